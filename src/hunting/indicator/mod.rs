//! Indicators of compromise: what a person wrote, told apart by kind, in the
//! spellings that logs have, and whether a value holds one. Knows no query
//! syntax and no field.

use crate::contract::IndicatorKind;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

/// The longest value, in bytes.
pub const LONGEST: usize = 2_048;
/// The widest network of IPv4 that can be looked for, as a prefix's length.
const WIDEST_V4: u8 = 8;
/// The same for IPv6.
const WIDEST_V6: u8 = 16;
/// A network that is no whole number of octets is looked for by the prefixes
/// that make it up, up to this many.
const MOST_PREFIXES: usize = 16;
/// What the names of files end with that are no domains, though they look it.
const FILE_ENDINGS: &[&str] = &[
    "7z", "apk", "bat", "bin", "cmd", "dat", "dll", "dmg", "doc", "docm", "docx", "dotm", "drv", "elf", "exe", "gz",
    "hta", "img", "iso", "jar", "js", "jse", "lnk", "log", "msi", "ocx", "pdf", "php", "ps1", "psm1", "rar", "rtf",
    "scr", "sys", "tar", "tmp", "txt", "vbe", "vbs", "vhd", "vhdx", "war", "wsf", "xls", "xlsb", "xlsm", "xlsx",
];
/// What ends both scripts and domains: of a name with no other dot, a script.
const SCRIPT_ENDING: &str = "py";

/// An indicator that can be looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// What it is.
    pub kind: IndicatorKind,
    /// Its value, as it is looked for.
    pub value: String,
    test: Test,
}

/// What a value must be to hold an indicator.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    Address(IpAddr),
    Network(IpNet),
    Port(u16),
    /// A text in lower case.
    Text(String),
}

/// The values of some fields of a log, read once for many indicators.
#[derive(Debug, Default)]
pub struct Values {
    texts: Vec<String>,
    addresses: Vec<IpAddr>,
}

/// A spelling of an indicator in logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// The value itself.
    Whole(String),
    /// What the value begins with.
    Prefix(String),
}

/// A part of how a value is written, wherever it stands in a longer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// This text, in any letter case.
    Text(String),
    /// Zeros, as many as there are.
    Zeros,
    /// Zeros and colons: groups of an address that are zero.
    ZeroGroups,
    /// A number.
    Number,
    /// One of these numbers.
    OneOf(Vec<u8>),
    /// Anything.
    Rest,
}

/// What must not stand beside an indicator, besides letters, digits and `_`,
/// lest it be a part of something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joints {
    /// Directly before it.
    pub before: &'static str,
    /// Directly behind it.
    pub behind: &'static str,
    /// Behind it, if a letter, a digit or `_` follows: else it ends a sentence.
    pub goes_on: &'static str,
}

impl Joints {
    /// Those of a kind.
    #[must_use]
    pub fn of(kind: IndicatorKind) -> Self {
        match kind {
            IndicatorKind::Ip | IndicatorKind::Cidr => Self { before: ".", behind: "", goes_on: "." },
            // The name of a computer may have its domain behind it.
            IndicatorKind::Host => Self { before: ".-", behind: "", goes_on: "-" },
            IndicatorKind::Domain => Self { before: ".-", behind: "", goes_on: ".-" },
            IndicatorKind::Email => Self { before: ".-+", behind: "", goes_on: ".-" },
            IndicatorKind::Url => Self { before: "", behind: "-=%", goes_on: "./?#&:~+@,;!*'" },
            IndicatorKind::User | IndicatorKind::Process | IndicatorKind::FileName => {
                Self { before: "-.", behind: "", goes_on: ".-@" }
            }
            IndicatorKind::Md5 | IndicatorKind::Sha1 | IndicatorKind::Sha256 | IndicatorKind::Port => Self::default(),
        }
    }
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
        let is_name = matches!(kind, Some(IndicatorKind::User | IndicatorKind::Process | IndicatorKind::FileName));
        let value = if is_name { written.to_owned() } else { refanged(written) };
        let kind = kind
            .or_else(|| told_kind(&value))
            .ok_or("what it is cannot be told: name its kind, such as user, host or process")?;
        Self::of_kind(value, kind)
    }

    fn of_kind(value: String, kind: IndicatorKind) -> Result<Self, String> {
        let test = match kind {
            IndicatorKind::Ip => {
                let address = address(&value).ok_or("it is no IP address: write it as 203.0.113.9 or 2001:db8::9")?;
                return Ok(Self { kind, value: address.to_string(), test: Test::Address(address) });
            }
            IndicatorKind::Cidr => {
                let network = network(&value)?;
                let widest = if network.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
                // Before its first group that is zero, an address of IPv6 has
                // no text that all its spellings share.
                if network.prefix_len() < widest || spellings_of(network).contains(&Spelling::Prefix(String::new())) {
                    return Err(format!(
                        "the network is too wide: write one of /{widest} or longer{}",
                        if widest == WIDEST_V6 { ", whose first group is not zero" } else { "" }
                    ));
                }
                return Ok(Self { kind, value: network.to_string(), test: Test::Network(network) });
            }
            IndicatorKind::Port => {
                let why = "it is no port: write a number from 0 to 65535";
                let port: u16 = if is_short(&value) { value.parse().map_err(|_| why)? } else { return Err(why.into()) };
                return Ok(Self { kind, value: port.to_string(), test: Test::Port(port) });
            }
            IndicatorKind::Domain => {
                let value = without_port(&value).unwrap_or(&value);
                let value = value.strip_suffix('.').unwrap_or(value).to_owned();
                if value.contains('*') {
                    return Err("it holds a wildcard, which Logz.io refuses here: write the domain's own name".into());
                }
                if !is_domain(&value) {
                    return Err("it is no domain: write it as evil.example".into());
                }
                return Ok(Self { kind, test: Test::Text(value.to_lowercase()), value });
            }
            IndicatorKind::Email if !is_email(&value) => {
                return Err("it is no e-mail address: write it as name@evil.example".into());
            }
            IndicatorKind::Url => {
                check_url(&value)?;
                // A final slash or none is the same place.
                let short = value.trim_end_matches('/').to_lowercase();
                Test::Text(if short.is_empty() { value.to_lowercase() } else { short })
            }
            IndicatorKind::Md5 => hash(&value, 32)?,
            IndicatorKind::Sha1 => hash(&value, 40)?,
            IndicatorKind::Sha256 => hash(&value, 64)?,
            _ => Test::Text(value.to_lowercase()),
        };
        Ok(Self { kind, value, test })
    }

    /// What tells it from others: the same for all spellings of one.
    #[must_use]
    pub fn identity(&self) -> (IndicatorKind, String) {
        (self.kind, self.value.to_lowercase())
    }

    /// The network, if it is one or an address.
    #[must_use]
    pub fn network(&self) -> Option<IpNet> {
        match self.test {
            Test::Address(address) => Some(address.into()),
            Test::Network(network) => Some(network),
            _ => None,
        }
    }

    /// How it is written wherever a longer value holds it as a word; none for
    /// a number. What [`Self::is_in`] finds is written so, and hardly anything
    /// else.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        match &self.test {
            Test::Address(IpAddr::V4(address)) => vec![Piece::Text(address.to_string())],
            Test::Address(IpAddr::V6(address)) => pieces_of_groups(&address.segments()),
            Test::Network(IpNet::V4(network)) => {
                let whole = usize::from(network.prefix_len() / 8);
                let octets = network.network().octets();
                let head: Vec<String> = octets.iter().take(whole).map(ToString::to_string).collect();
                let mut pieces = vec![Piece::Text(head.join("."))];
                let few = few_octets(network);
                for octet in whole..octets.len() {
                    pieces.extend((octet > 0).then(|| Piece::Text(".".into())));
                    pieces.push(if octet == whole && !few.is_empty() {
                        Piece::OneOf(few.clone())
                    } else {
                        Piece::Number
                    });
                }
                pieces
            }
            Test::Network(IpNet::V6(network)) => {
                let whole = usize::from(network.prefix_len() / 16);
                let groups = network.network().segments();
                if whole == groups.len() {
                    return pieces_of_groups(&groups);
                }
                // What is zero may be written as :: with what is behind it.
                let head: Vec<u16> = groups.into_iter().take(whole).take_while(|group| *group != 0).collect();
                let mut pieces = pieces_of_groups(&head);
                pieces.extend([Piece::Text(":".into()), Piece::Rest]);
                pieces
            }
            Test::Port(_) => Vec::new(),
            Test::Text(lower) => vec![Piece::Text(lower.clone())],
        }
    }

    /// The spellings to look for word by word, each once. A field that is not
    /// analysed is compared letter by letter, so the usual letter cases are
    /// among them.
    #[must_use]
    pub fn spellings(&self) -> Vec<Spelling> {
        let value = &self.value;
        let all: Vec<String> = match &self.test {
            Test::Network(network) => return spellings_of(*network),
            Test::Address(IpAddr::V6(address)) => spellings_of_v6(*address),
            Test::Address(IpAddr::V4(_)) | Test::Port(_) => vec![value.clone()],
            Test::Text(lower) => match self.kind {
                IndicatorKind::Md5 | IndicatorKind::Sha1 | IndicatorKind::Sha256 => {
                    vec![lower.clone(), value.to_uppercase()]
                }
                IndicatorKind::Host | IndicatorKind::User => vec![value.clone(), lower.clone(), value.to_uppercase()],
                IndicatorKind::Url => vec![value.clone(), with_other_end(value)],
                _ => vec![value.clone(), lower.clone()],
            },
        };
        let mut known = BTreeSet::new();
        all.into_iter().filter(|text| known.insert(text.clone())).map(Spelling::Whole).collect()
    }

    /// Whether every value that one of the spellings finds holds it. If not,
    /// the spellings find neighbours too.
    #[must_use]
    pub fn spellings_are_exact(&self) -> bool {
        let Test::Network(network) = &self.test else { return true };
        match network {
            IpNet::V4(v4) => {
                let spare = v4.prefix_len() % 8;
                spare == 0 || 1_usize << (8 - spare) <= MOST_PREFIXES
            }
            IpNet::V6(_) => false,
        }
    }

    /// Whether one of the values holds it: an address or a port by its value,
    /// anything else as a whole word.
    #[must_use]
    pub fn is_in(&self, values: &Values) -> bool {
        match &self.test {
            Test::Address(wanted) => values.addresses.contains(wanted),
            Test::Network(network) => values.addresses.iter().any(|address| network.contains(address)),
            // Written as a search for the number finds it.
            Test::Port(port) => {
                let port = port.to_string();
                values.texts.iter().any(|text| text.strip_suffix(".0").unwrap_or(text) == port)
            }
            Test::Text(wanted) => values.texts.iter().any(|text| holds(text, wanted, self.kind)),
        }
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

/// Reads a network; an address alone is one of its own.
///
/// # Errors
/// What to write instead.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .map(|network| network.trunc())
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        .ok_or_else(|| "it is no network: write it as 192.0.2.0/24 or 2001:db8::/48".into())
}

/// Reads an address, perhaps in brackets or with a port behind it. One of
/// IPv4 that is written as IPv6 is that of IPv4.
#[must_use]
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, rest)) if rest.is_empty() || rest.starts_with(':') => inner,
        _ => text,
    };
    // `fe80::1%eth0` names the interface too.
    let zoneless = || bare.split_once('%')?.0.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(zoneless)
        .or_else(|| without_port(bare)?.parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4))
        .map(|address| address.to_canonical())
}

/// What stands before a port.
fn without_port(text: &str) -> Option<&str> {
    text.split_once(':').filter(|(_, port)| is_short(port) && port.parse::<u16>().is_ok()).map(|(host, _)| host)
}

/// Whether a text is no longer than a port, with a sign or a zero.
fn is_short(text: &str) -> bool {
    text.len() <= 6
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

/// Turns a defanged value back: `hxxps[:]//evil[.]example` and the like.
fn refanged(text: &str) -> String {
    let mut result = text.to_owned();
    for (defanged, plain) in [
        (" [.] ", "."),
        (" (.) ", "."),
        (" [dot] ", "."),
        (" (dot) ", "."),
        (" [at] ", "@"),
        (" (at) ", "@"),
        ("[://]", "://"),
        ("[:]", ":"),
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("{dot}", "."),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
        ("{at}", "@"),
    ] {
        result = replaced(&result, defanged, plain);
    }
    let scheme = result.split_once(':').and_then(|(scheme, _)| Some((scheme.len(), plain_scheme(scheme)?)));
    if let Some((length, plain)) = scheme {
        result.replace_range(..length, plain);
    }
    result
}

/// What a defanged scheme stands for: `hxxp`, `hXXps`, `h**p`, `hxtp`.
fn plain_scheme(scheme: &str) -> Option<&'static str> {
    let lower = scheme.to_ascii_lowercase();
    let middle = lower.strip_prefix('h').and_then(|rest| rest.strip_suffix("ps").or_else(|| rest.strip_suffix('p')));
    let is_http = middle.is_some_and(|middle| middle.len() == 2 && middle.bytes().all(|b| b"tx*_".contains(&b)));
    match (is_http, lower.ends_with('s')) {
        (true, true) => Some("https"),
        (true, false) => Some("http"),
        _ => (lower == "fxp").then_some("ftp"),
    }
}

/// Checks that a URL has a scheme and a host that can stand in a log.
fn check_url(value: &str) -> Result<(), String> {
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, value),
    };
    let scheme_is_odd = scheme.is_some_and(|scheme| {
        !scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let named =
        |host: &str| !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    let is_host = (scheme == Some("file") && host.is_empty())
        || address(host).is_some()
        || named(host)
        || without_port(host).is_some_and(named);
    if scheme_is_odd || !is_host {
        let part = if scheme_is_odd { "scheme" } else { "host" };
        return Err(format!("the {part} of the URL cannot be read: write it as http://evil.example/path"));
    }
    Ok(())
}

/// Replaces a text in any letter case.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, found) in lower.match_indices(from) {
        result.push_str(text.get(copied..at).unwrap_or_default());
        result.push_str(to);
        copied = at + found.len();
    }
    result.push_str(text.get(copied..).unwrap_or_default());
    result
}

/// What a value is, where that can be told.
fn told_kind(value: &str) -> Option<IndicatorKind> {
    let all_hex = value.bytes().all(|b| b.is_ascii_hexdigit());
    let kind = if value.contains("://") {
        IndicatorKind::Url
    } else if value.parse::<IpNet>().is_ok() {
        IndicatorKind::Cidr
    } else if address(value).is_some() {
        IndicatorKind::Ip
    } else if all_hex && value.len() == 32 {
        IndicatorKind::Md5
    } else if all_hex && value.len() == 40 {
        IndicatorKind::Sha1
    } else if all_hex && value.len() == 64 {
        IndicatorKind::Sha256
    } else if value.bytes().all(|b| b.is_ascii_digit()) && is_short(value) && value.parse::<u16>().is_ok() {
        IndicatorKind::Port
    } else if is_email(value) {
        IndicatorKind::Email
    } else if is_path(value) {
        IndicatorKind::FileName
    } else if let Some((domain, name)) = value.split_once('\\') {
        // DOMAIN\user, or a path from where one is.
        let is_user = !domain.is_empty() && !name.is_empty() && !name.contains('\\') && !is_file(value);
        if is_user { IndicatorKind::User } else { IndicatorKind::FileName }
    } else if let Some((host, rest)) = value.split_once('/') {
        let is_address = address(host).is_some();
        // The length of a prefix or a mask, though not a right one.
        if is_address && (rest.bytes().all(|b| b.is_ascii_digit()) || rest.parse::<IpAddr>().is_ok()) {
            return Some(IndicatorKind::Cidr);
        }
        if !is_address && !is_domain(without_port(host).unwrap_or(host)) {
            return None;
        }
        IndicatorKind::Url
    } else if is_file(value) {
        IndicatorKind::FileName
    } else if is_domain(value.strip_suffix('.').unwrap_or(value))
        || without_port(value).is_some_and(is_domain)
        || value.strip_prefix("*.").is_some_and(is_domain)
    {
        IndicatorKind::Domain
    } else {
        return None;
    };
    Some(kind)
}

fn is_path(value: &str) -> bool {
    let drive = value.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && value.get(1..3).is_some_and(|rest| rest == ":\\" || rest == ":/");
    drive || value.starts_with('/') || value.starts_with("\\\\") || value.starts_with('%')
}

fn is_file(value: &str) -> bool {
    value.rsplit_once('.').is_some_and(|(name, ending)| {
        let ending = ending.to_ascii_lowercase();
        let is_script = ending == SCRIPT_ENDING && !name.contains('.');
        !name.is_empty() && (is_script || FILE_ENDINGS.contains(&ending.as_str()))
    })
}

fn is_domain(value: &str) -> bool {
    let labels: Vec<&str> = value.split('.').collect();
    let label = |label: &&str| {
        !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let top = labels.last().is_some_and(|top| top.chars().any(char::is_alphabetic));
    value.len() <= 253 && labels.len() >= 2 && top && labels.iter().all(label)
}

fn is_email(value: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '\\' | '/' | '"' | '<' | '>' | '@');
    value.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && name.chars().all(plain) && is_domain(domain))
}

fn hash(value: &str, length: usize) -> Result<Test, String> {
    if value.len() == length && value.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Test::Text(value.to_ascii_lowercase()));
    }
    Err(format!("it is no hash of this kind: write {length} hexadecimal digits"))
}

/// A URL with the slash that a path may be made of, or without it.
fn with_other_end(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    match (url.strip_suffix('/'), path.contains(['/', '?', '#'])) {
        (Some(shorter), _) => shorter.to_owned(),
        (None, false) => format!("{url}/"),
        (None, true) => url.to_owned(),
    }
}

/// Groups of an address as they stand in a text, with zeros before them or
/// `::` in the place of zeros.
fn pieces_of_groups(groups: &[u16]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut zeros = false;
    for (place, group) in groups.iter().enumerate() {
        if *group == 0 {
            zeros = true;
            continue;
        }
        pieces.extend(zeros.then_some(Piece::ZeroGroups));
        pieces.extend((place > 0).then(|| Piece::Text(":".into())));
        zeros = false;
        pieces.extend([Piece::Zeros, Piece::Text(format!("{group:x}"))]);
    }
    if zeros {
        pieces.extend([Piece::ZeroGroups, Piece::Text(":".into()), Piece::ZeroGroups]);
    }
    pieces
}

fn spellings_of_v6(address: Ipv6Addr) -> Vec<String> {
    let short = address.to_string();
    // Java writes every group, and no zero before a digit.
    let long = address.segments().map(|group| format!("{group:x}")).join(":");
    let full = address.segments().map(|group| format!("{group:04x}")).join(":");
    vec![short.to_uppercase(), short, long.to_uppercase(), long, full.to_uppercase(), full]
}

/// The octets that follow the whole ones of a network, if they are few.
fn few_octets(network: &ipnet::Ipv4Net) -> Vec<u8> {
    let spare = network.prefix_len() % 8;
    let count = 1_usize << (8 - spare);
    let first = network.network().octets().into_iter().nth(usize::from(network.prefix_len() / 8));
    match first {
        Some(first) if spare > 0 && count <= MOST_PREFIXES => (first..=u8::MAX).take(count).collect(),
        _ => Vec::new(),
    }
}

/// What the addresses of a network begin with, as logs write them. Where it is
/// not a whole number of octets or groups, perhaps neighbours' too.
fn spellings_of(network: IpNet) -> Vec<Spelling> {
    match network {
        IpNet::V4(network) => {
            let octets = network.network().octets();
            let whole = usize::from(network.prefix_len() / 8);
            let head: String = octets.iter().take(whole).map(|octet| format!("{octet}.")).collect();
            let few = few_octets(&network);
            if whole == octets.len() {
                return vec![Spelling::Whole(network.network().to_string())];
            }
            if few.is_empty() {
                return vec![Spelling::Prefix(head)];
            }
            let spelling = |octet| match whole {
                3 => Spelling::Whole(format!("{head}{octet}")),
                _ => Spelling::Prefix(format!("{head}{octet}.")),
            };
            few.into_iter().map(spelling).collect()
        }
        IpNet::V6(network) if network.prefix_len() == 128 => {
            spellings_of_v6(network.network()).into_iter().map(Spelling::Whole).collect()
        }
        IpNet::V6(network) => {
            // A group that is zero, and those behind it, may be written as ::.
            let whole = usize::from(network.prefix_len() / 16);
            let groups = network.network().segments();
            let head = || groups.iter().take(whole).take_while(|group| **group != 0);
            let short: String = head().map(|group| format!("{group:x}:")).collect();
            let full: String = head().map(|group| format!("{group:04x}:")).collect();
            let mut prefixes = vec![short];
            for other in [full.clone(), prefixes.concat().to_uppercase(), full.to_uppercase()] {
                if !prefixes.contains(&other) {
                    prefixes.push(other);
                }
            }
            prefixes.into_iter().map(Spelling::Prefix).collect()
        }
    }
}

/// Whether a text in lower case holds another as a whole word.
fn holds(text: &str, wanted: &str, kind: IndicatorKind) -> bool {
    if text.trim() == wanted {
        return true;
    }
    let joints = Joints::of(kind);
    text.match_indices(wanted).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let mut behind = text.get(at + found.len()..).unwrap_or_default().chars();
        let (next, after) = (behind.next(), behind.next());
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let joined = |c: Option<char>, signs: &str| word(c) || c.is_some_and(|c| signs.contains(c));
        let goes_on = next.is_some_and(|c| joints.goes_on.contains(c)) && word(after);
        !joined(before, joints.before) && !joined(next, joints.behind) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for written in ["", "  ", "ada", "70000", "a b", "a\nb", "10/20", &"1".repeat(128), &"x".repeat(LONGEST + 1)] {
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
