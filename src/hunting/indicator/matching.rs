//! Whether a value of a log holds an indicator as a whole word. Must not know
//! the fields that values are of.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::network::address;
use crate::hunting::indicator::parsed::Parsed;
use std::net::IpAddr;

/// The values of some fields of a log, read once for many indicators.
#[derive(Debug, Default)]
pub struct Values {
    texts: Vec<String>,
    addresses: Vec<IpAddr>,
}

/// The characters that must not stand beside an indicator, as they would make
/// it a part of a longer word. Letters, digits and `_` never may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Boundaries {
    /// Directly before it.
    pub before: &'static str,
    /// Directly behind it.
    pub behind: &'static str,
    /// Behind it if a letter, a digit or `_` follows. If none does, they end a
    /// sentence.
    pub before_word: &'static str,
}

impl Boundaries {
    /// The boundaries of a kind.
    #[must_use]
    pub fn of(kind: IndicatorKind) -> Self {
        match kind {
            IndicatorKind::Ip | IndicatorKind::Cidr => Self { before: ".", behind: "", before_word: "." },
            // The name of a computer may have its domain behind it.
            IndicatorKind::Host => Self { before: ".-", behind: "", before_word: "-" },
            IndicatorKind::Domain => Self { before: ".-", behind: "", before_word: ".-" },
            IndicatorKind::Email => Self { before: ".-+", behind: "", before_word: ".-" },
            IndicatorKind::Url => Self { before: "", behind: "-=%", before_word: "./?#&:~+@,;!*'" },
            IndicatorKind::User | IndicatorKind::Process | IndicatorKind::FileName | IndicatorKind::RegistryKey => {
                Self { before: "-.", behind: "", before_word: ".-@" }
            }
            IndicatorKind::Md5
            | IndicatorKind::Sha1
            | IndicatorKind::Sha256
            | IndicatorKind::Sha512
            | IndicatorKind::Port => Self::default(),
        }
    }
}

/// Whether one of the values holds an indicator: an address or a port by its value,
/// anything else as a whole word.
pub(super) fn is_in(parsed: &Parsed, kind: IndicatorKind, values: &Values) -> bool {
    match parsed {
        Parsed::Address(wanted) => values.addresses.contains(wanted),
        Parsed::Network(network) => values.addresses.iter().any(|address| network.contains(address)),
        // Written as a search for the number finds it.
        Parsed::Port(port) => {
            let port = port.to_string();
            values.texts.iter().any(|text| text.strip_suffix(".0").unwrap_or(text) == port)
        }
        Parsed::Text(wanted) => values.texts.iter().any(|text| holds(text, wanted, kind)),
    }
}

impl Values {
    /// Values of one log, in any order.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<String> = values.into_iter().map(str::to_lowercase).collect();
        let addresses = texts.iter().flat_map(|text| addresses_in(text)).collect();
        Self { texts, addresses }
    }
}

/// Every address that a text holds as a word.
fn addresses_in(text: &str) -> Vec<IpAddr> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | ':' | '_')))
        .filter(|word| word.len() >= 2 && word.contains(['.', ':']))
        .flat_map(|word| {
            // The end of a sentence; an address may end with colons itself.
            let word = word.trim_end_matches('.');
            // `src:203.0.113.9`, and a port behind it.
            let part = || word.split(':').filter_map(|part| part.parse::<std::net::Ipv4Addr>().ok());
            match address(word).or_else(|| address(word.trim_end_matches(':'))) {
                Some(address) => vec![address],
                None => part().map(IpAddr::V4).collect(),
            }
        })
        .collect()
}

/// Whether a text in lower case holds another as a whole word.
fn holds(text: &str, wanted: &str, kind: IndicatorKind) -> bool {
    if text.trim() == wanted {
        return true;
    }
    let boundaries = Boundaries::of(kind);
    text.match_indices(wanted).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let mut behind = text.get(at + found.len()..).unwrap_or_default().chars();
        let (next, after) = (behind.next(), behind.next());
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let joined = |c: Option<char>, signs: &str| word(c) || c.is_some_and(|c| signs.contains(c));
        let goes_on = next.is_some_and(|c| boundaries.before_word.contains(c)) && word(after);
        !joined(before, boundaries.before) && !joined(next, boundaries.behind) && !goes_on
    })
}
