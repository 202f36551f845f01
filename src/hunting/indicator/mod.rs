//! Indicators of compromise: what a person wrote, read as a kind; the spellings
//! that logs have of it; and whether a value of a log holds it. Must not know
//! the syntax of a query, a field of a log, or how a search is sent.
//!
//! ```text
//! mod          Indicator: what a hunt works with
//! matching  spelling
//! parsed  kind
//! url  domain  refang
//! network
//! ```

mod domain;
mod kind;
mod matching;
mod network;
mod parsed;
mod refang;
mod spelling;
mod url;

pub use kind::recognise;
pub use matching::{Boundaries, Values};
pub use network::{address, network};
pub use spelling::{Piece, Spelling};

use crate::contract::IndicatorKind;
use ipnet::IpNet;
use parsed::Parsed;

/// The longest value, in bytes.
pub const LONGEST: usize = 2_048;

/// An indicator that can be looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// What it is.
    pub kind: IndicatorKind,
    /// Its value, as it is looked for.
    pub value: String,
    parsed: Parsed,
}

impl Indicator {
    /// Reads what a person wrote, with its kind if they named one.
    ///
    /// # Errors
    /// Why it cannot be looked for, and what to change.
    pub fn read(written: &str, kind: Option<IndicatorKind>) -> Result<Self, String> {
        let written = written.trim();
        if written.is_empty() {
            return Err("it is empty: leave it out".into());
        }
        if written.len() > LONGEST {
            return Err(format!("it is {} bytes long: shorten it to {LONGEST}", written.len()));
        }
        if written.contains(char::is_control) {
            return Err("it holds a control character or a line break: pass each indicator by itself".into());
        }
        // Names may hold anything; what looks defanged in one may be its own.
        let is_name = matches!(
            kind,
            Some(IndicatorKind::User | IndicatorKind::Process | IndicatorKind::FileName | IndicatorKind::RegistryKey)
        );
        let value = if is_name { written.to_owned() } else { refang::refanged(written) };
        let kind = kind
            .or_else(|| kind::recognise(&value))
            .ok_or("what it is cannot be told: name its kind, such as user, host or process")?;
        let (parsed, value) = Parsed::read(value, kind)?;
        Ok(Self { kind, value, parsed })
    }

    /// What tells it from others: the same for all spellings of one.
    #[must_use]
    pub fn identity(&self) -> (IndicatorKind, String) {
        (self.kind, self.value.to_lowercase())
    }

    /// The network, if it is one or an address.
    #[must_use]
    pub fn network(&self) -> Option<IpNet> {
        match self.parsed {
            Parsed::Address(address) => Some(address.into()),
            Parsed::Network(network) => Some(network),
            _ => None,
        }
    }

    /// The parts of how it is written wherever a longer value holds it as a
    /// word; none for a number. Whatever [`Self::is_in`] finds is written so,
    /// and hardly anything else.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        spelling::pieces(&self.parsed)
    }

    /// The spellings to ask for word by word, each once. A field that is not
    /// analysed is compared letter by letter, so the usual letter cases are
    /// among them.
    #[must_use]
    pub fn spellings(&self) -> Vec<Spelling> {
        spelling::spellings(&self.value, self.kind, &self.parsed)
    }

    /// Whether every value that one of the spellings finds holds it. If not,
    /// the query may match neighbouring addresses.
    #[must_use]
    pub fn spellings_are_exact(&self) -> bool {
        spelling::are_exact(&self.parsed)
    }

    /// Whether one of the values holds it: an address or a port by its value,
    /// anything else as a whole word.
    #[must_use]
    pub fn is_in(&self, values: &Values) -> bool {
        matching::is_in(&self.parsed, self.kind, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn read(value: &str) -> Result<(IndicatorKind, String), String> {
        Indicator::read(value, None).map(|indicator| (indicator.kind, indicator.value))
    }

    #[test]
    fn kinds_are_told_from_values() {
        use IndicatorKind as K;
        for (written, kind, value) in [
            ("203.0.113.9", K::Ip, "203.0.113.9"),
            (" 203[.]0(.)113[dot]9 ", K::Ip, "203.0.113.9"),
            ("203.0.113.9:8443", K::Ip, "203.0.113.9"),
            ("2001:DB8:0:0::9", K::Ip, "2001:db8::9"),
            ("[2001:db8::9]:443", K::Ip, "2001:db8::9"),
            ("::ffff:203.0.113.9", K::Ip, "203.0.113.9"),
            ("192.0.2.77/24", K::Cidr, "192.0.2.0/24"),
            ("2001:db8::/48", K::Cidr, "2001:db8::/48"),
            ("evil.example", K::Domain, "evil.example"),
            ("Evil[.]Example.", K::Domain, "Evil.Example"),
            ("a_b.c-d.xn--p1ai", K::Domain, "a_b.c-d.xn--p1ai"),
            ("hxxps[:]//evil[.]example/a?b=c", K::Url, "https://evil.example/a?b=c"),
            ("HXXP://evil.example", K::Url, "http://evil.example"),
            ("evil.example/login", K::Url, "evil.example/login"),
            ("who(at)evil[dot]example", K::Email, "who@evil.example"),
            ("d41d8cd98f00b204e9800998ecf8427e", K::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (&"A".repeat(40), K::Sha1, &"A".repeat(40)),
            (&"0".repeat(64), K::Sha256, &"0".repeat(64)),
            (&"0".repeat(128), K::Sha512, &"0".repeat(128)),
            ("HKCU\\Software", K::RegistryKey, "HKCU\\Software"),
            ("4444", K::Port, "4444"),
            ("dropper.exe", K::FileName, "dropper.exe"),
            ("C:\\Windows\\x.dll", K::FileName, "C:\\Windows\\x.dll"),
            ("/usr/bin/nc", K::FileName, "/usr/bin/nc"),
            ("CORP\\ada", K::User, "CORP\\ada"),
            ("Windows\\System32\\evil.exe", K::FileName, "Windows\\System32\\evil.exe"),
            ("temp\\evil.exe", K::FileName, "temp\\evil.exe"),
            ("script.py", K::FileName, "script.py"),
            ("www.evil.py", K::Domain, "www.evil.py"),
            ("evil.example:8080", K::Domain, "evil.example"),
            ("evil [.] example", K::Domain, "evil.example"),
            ("fe80::1%eth0", K::Ip, "fe80::1"),
            ("0443", K::Port, "443"),
            ("h**p://evil.example/", K::Url, "http://evil.example/"),
            ("hxtps://evil.example/", K::Url, "https://evil.example/"),
        ] {
            assert_eq!(read(written), Ok((kind, value.to_owned())), "{written}");
        }
        for written in ["", "  ", "ada", "70000", "a b", "a\nb", "10/20", &"1".repeat(127), &"x".repeat(LONGEST + 1)] {
            assert!(read(written).is_err(), "{written}");
        }
        for (written, remedy) in [
            ("203.0.113.9/33", "192.0.2.0/24"),
            ("203.0.113.0/255.255.255.0", "192.0.2.0/24"),
            ("http://evil[.example/", "http://evil.example/path"),
            ("!ttp://evil.example/", "http://evil.example/path"),
            ("*.evil.example", "own name"),
        ] {
            let why = read(written).unwrap_err();
            assert!(why.contains(remedy), "{written}: {why}");
        }
    }

    #[test]
    fn what_is_not_of_the_named_kind_is_refused_with_an_example() {
        use IndicatorKind as K;
        for (value, kind, remedy) in [
            ("evil", K::Ip, "203.0.113.9"),
            ("0.0.0.0/0", K::Cidr, "/8"),
            ("10.0.0.0/7", K::Cidr, "/8"),
            ("::/0", K::Cidr, "/16"),
            ("::1/64", K::Cidr, "not zero"),
            ("300.0.0.0/8", K::Cidr, "192.0.2.0/24"),
            ("*.evil.example", K::Domain, "own name"),
            ("evil", K::Domain, "evil.example"),
            ("evil.example", K::Email, "name@"),
            ("abc", K::Md5, "32"),
            (&"g".repeat(64), K::Sha256, "64"),
            ("65536", K::Port, "65535"),
        ] {
            let why = Indicator::read(value, Some(kind)).unwrap_err();
            assert!(why.contains(remedy), "{value}: {why}");
        }
        // A name may be anything.
        let name = Indicator::read("a[.]b *", Some(K::Process)).unwrap();
        assert_eq!(name.value, "a[.]b *");
    }

    #[test]
    fn networks_are_looked_for_by_what_their_addresses_begin_with() {
        for (network, exact, prefixes) in [
            ("10.0.0.0/8", true, vec!["10."]),
            ("192.0.2.0/24", true, vec!["192.0.2."]),
            ("172.16.0.0/15", true, vec!["172.16.", "172.17."]),
            ("172.16.0.0/11", false, vec!["172."]),
            ("2001:db8::/32", false, vec!["2001:db8:", "2001:0db8:", "2001:DB8:", "2001:0DB8:"]),
            ("2001:0:0:5::/64", false, vec!["2001:"]),
            ("2001:db8:a00::/44", false, vec!["2001:db8:", "2001:0db8:", "2001:DB8:", "2001:0DB8:"]),
        ] {
            let indicator = Indicator::read(network, None).unwrap();
            assert_eq!(indicator.spellings_are_exact(), exact, "{network}");
            let expected: Vec<Spelling> = prefixes.into_iter().map(|text| Spelling::Prefix(text.into())).collect();
            assert_eq!(indicator.spellings(), expected, "{network}");
        }
        let few = Indicator::read("192.0.2.254/31", None).unwrap();
        assert_eq!(few.spellings(), ["192.0.2.254", "192.0.2.255"].map(|text| Spelling::Whole(text.into())));
    }

    /// Whatever the network, an address in it has one of the prefixes.
    #[test]
    fn no_address_of_a_network_escapes_its_prefixes() {
        let mut rng = fastrand::Rng::with_seed(5);
        for _ in 0..20_000 {
            let address = if rng.bool() {
                IpAddr::from(rng.u32(..).to_be_bytes())
            } else {
                let mut groups = [(); 8].map(|()| if rng.u8(..3) == 0 { 0 } else { rng.u16(..) });
                groups[0] |= 0x2000;
                IpAddr::from(groups)
            };
            let (least, most) = if address.is_ipv4() { (8, 32) } else { (16, 128) };
            let network = IpNet::new(address, rng.u8(least..=most)).unwrap();
            let Ok(indicator) = Indicator::read(&network.to_string(), None) else {
                panic!("{network} was refused");
            };
            let text = address.to_canonical().to_string();
            let spelled = indicator.spellings().iter().any(|spelling| match spelling {
                Spelling::Prefix(prefix) => text.starts_with(prefix.as_str()),
                Spelling::Whole(whole) => text == *whole,
            });
            assert!(spelled, "{network} {text} {:?}", indicator.spellings());
            assert!(indicator.is_in(&Values::new([text.as_str()])), "{network} {text}");
        }
    }

    #[test]
    fn a_value_holds_an_indicator_as_a_whole_word_only() {
        use IndicatorKind as K;
        for (kind, value, text, held) in [
            (K::Ip, "203.0.113.9", "from 203.0.113.9.", true),
            (K::Ip, "203.0.113.9", "from 203.0.113.90", false),
            (K::Ip, "203.0.113.9", "203.0.113.9:443", true),
            (K::Ip, "203.0.113.9", "1.203.0.113.9", false),
            (K::Ip, "2001:db8::9", "[2001:DB8:0:0:0:0:0:9]", true),
            (K::Ip, "203.0.113.9", "::ffff:203.0.113.9", true),
            (K::Cidr, "203.0.113.0/29", "peer=203.0.113.7", true),
            (K::Cidr, "203.0.113.0/29", "peer=203.0.113.8", false),
            (K::Port, "443", "443", true),
            (K::Port, "443", "4430", false),
            (K::Domain, "evil.example", "GET Evil.Example/x", true),
            (K::Domain, "evil.example", "see evil.example. Then", true),
            (K::Domain, "evil.example", "evil.example.com", false),
            (K::Domain, "evil.example", "not-evil.example", false),
            (K::Domain, "evil.example", "www.evil.example", false),
            (K::Url, "http://evil.example/a", "\"http://evil.example/a\"", true),
            (K::Url, "http://evil.example/a", "http://evil.example/a/b", false),
            (K::Url, "http://evil.example/a", "http://evil.example/ab", false),
            (K::Email, "a@evil.example", "<A@EVIL.example>", true),
            (K::Email, "a@evil.example", "ba@evil.example", false),
            (K::Md5, "d41d8cd98f00b204e9800998ecf8427e", "MD5=D41D8CD98F00B204E9800998ECF8427E,SHA1=", true),
            (K::Md5, "d41d8cd98f00b204e9800998ecf8427e", "0d41d8cd98f00b204e9800998ecf8427e", false),
            (K::User, "ada", "Ada", true),
            (K::User, "ada", "adam", false),
            (K::User, "ada", "ada-admin", false),
            (K::FileName, "x.exe", "C:\\tmp\\x.exe", true),
            (K::FileName, "x.exe", "x.exe.bak", false),
            (K::FileName, "x.exe", "max.exe", false),
            (K::Host, "web-01", "web-01.fernwood.example", true),
            (K::Host, "web-01", "web-01-old", false),
            (K::Host, "web", "www.web.example", false),
            (K::User, "ada", "CORP\\Ada", true),
            (K::Process, "nc", "/usr/bin/nc -l", true),
            (K::Ip, "203.0.113.9", "deny 203.0.113.9->198.51.100.7", true),
            (K::Ip, "203.0.113.9", "203.0.113.9-203.0.113.20", true),
            (K::Ip, "fe80::1", "fe80::1%eth0", true),
            (K::Url, "http://evil.example/", "http://evil.example", true),
            (K::Url, "http://evil.example", "http://evil.example/", true),
            (K::Url, "http://evil.example", "http://evil.example/x", false),
            (K::Domain, "evil.example", "evil.example.", true),
            (K::Port, "443", "+443", false),
        ] {
            let indicator = Indicator::read(value, Some(kind)).unwrap();
            assert_eq!(indicator.is_in(&Values::new([text])), held, "{value} in {text}");
        }
    }
}
