//! How logs write an indicator, as words to ask for. Must not know the syntax
//! of a query.

use crate::hunting::indicator::account::short_domain;
use crate::hunting::indicator::parsed::Parsed;
use crate::hunting::indicator::url::{Url, default_port};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

/// A network that is no whole number of octets is looked for by the prefixes
/// that make it up, up to this many.
const MOST_PREFIXES: usize = 16;

/// A spelling of an indicator in logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// The value itself.
    Whole(String),
    /// What the value begins with.
    Prefix(String),
}

/// The spellings to ask for word by word, each once. A field that is not
/// analysed is compared letter by letter, so the usual letter cases are
/// among them.
pub(super) fn spellings(value: &str, parsed: &Parsed) -> Vec<Spelling> {
    let lower = value.to_lowercase();
    let all: Vec<String> = match parsed {
        Parsed::Network(network) => return of_network(*network),
        Parsed::Address(IpAddr::V6(address)) => of_v6(*address),
        Parsed::Address(IpAddr::V4(_)) | Parsed::Port(_) => vec![value.to_owned()],
        Parsed::Hash(lower) => vec![lower.clone(), value.to_uppercase()],
        Parsed::Domain(domain) => {
            [value.to_owned(), lower].into_iter().chain(domain.forms().map(str::to_owned)).collect()
        }
        Parsed::Email(email) => [value.to_owned(), lower].into_iter().chain(email.forms()).collect(),
        Parsed::Url(url) => of_url(value, url),
        Parsed::Account(account) => {
            let mut all = vec![value.to_owned(), lower, value.to_uppercase()];
            if let Some(domain) = &account.domain {
                let (name, short) = (&account.name, short_domain(domain));
                all.extend([format!("{short}\\{name}"), format!("{name}@{domain}")]);
                all.push(format!("{}\\{name}", short.to_uppercase()));
            }
            all
        }
        Parsed::Computer(computer) => {
            let short = computer.short().map(str::to_owned);
            let upper = short.as_ref().map(|short| short.to_uppercase());
            [value.to_owned(), lower, value.to_uppercase()].into_iter().chain(short).chain(upper).collect()
        }
        Parsed::RegistryKey(key) => {
            let at = value.len().saturating_sub(key.path.len());
            // As it is written, where its length is that of its lower case.
            let path = value.get(at..).filter(|path| path.to_lowercase() == key.path).unwrap_or(&key.path);
            let hives = key.hives().map(|hive| format!("{}{path}", hive.to_uppercase()));
            std::iter::once(value.to_owned()).chain(hives).collect()
        }
        Parsed::Path(path) => {
            let at = value.len().saturating_sub(path.len());
            let written = value.get(at..).filter(|text| text.to_lowercase() == *path).unwrap_or(path);
            vec![written.to_owned(), path.clone()]
        }
    };
    let mut known = BTreeSet::new();
    all.into_iter().filter(|text| known.insert(text.clone())).map(Spelling::Whole).collect()
}

/// Whether every value that one of the spellings finds holds the indicator. If
/// not, the query may match neighbouring addresses.
pub(super) fn are_exact(parsed: &Parsed) -> bool {
    let Parsed::Network(network) = parsed else { return true };
    match network {
        IpNet::V4(v4) => {
            let spare = v4.prefix_len() % 8;
            spare == 0 || 1_usize << (8 - spare) <= MOST_PREFIXES
        }
        IpNet::V6(_) => false,
    }
}

/// A URL as it is written, with and without the slash of its root and the port
/// of its scheme.
fn of_url(value: &str, url: &Url) -> Vec<String> {
    let mut all = vec![value.to_owned(), with_other_end(value)];
    let port = url.scheme.as_deref().and_then(default_port).filter(|_| url.port.is_none());
    let Some((scheme, rest)) = value.split_once("://") else { return all };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if let Some(port) = port {
        let bare = authority.strip_suffix(&format!(":{port}"));
        let other = bare.map_or_else(|| format!("{authority}:{port}"), str::to_owned);
        all.push(format!("{scheme}://{other}{path}"));
    }
    for host in url.host.forms() {
        let other = authority.to_lowercase();
        if !other.contains(&host) && authority.contains('.') && url.port.is_none() {
            all.push(format!("{scheme}://{host}{path}"));
        }
    }
    if url.path != path.trim_end_matches('/') && !url.path.is_empty() {
        all.push(format!("{scheme}://{authority}{}", url.path));
    }
    let encoded = encoded(&url.path);
    if encoded != url.path {
        all.push(format!("{scheme}://{authority}{encoded}"));
    }
    all
}

/// A path with what a browser encodes encoded.
fn encoded(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c) {
            result.push(c);
            continue;
        }
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            result.push_str(&format!("%{byte:02X}"));
        }
    }
    result
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

fn of_v6(address: Ipv6Addr) -> Vec<String> {
    let short = address.to_string();
    // Java writes every group, and no zero before a digit.
    let long = address.segments().map(|group| format!("{group:x}")).join(":");
    let full = address.segments().map(|group| format!("{group:04x}")).join(":");
    vec![short.to_uppercase(), short, long.to_uppercase(), long, full.to_uppercase(), full]
}

/// The octets that follow the whole ones of a network, if they are few.
pub(super) fn few_octets(network: &ipnet::Ipv4Net) -> Vec<u8> {
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
fn of_network(network: IpNet) -> Vec<Spelling> {
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
            of_v6(network.network()).into_iter().map(Spelling::Whole).collect()
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
