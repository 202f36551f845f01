//! How logs write an indicator: words to ask for, and the parts of a regular
//! expression. Must not know the syntax of a query.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::parsed::Parsed;
use crate::hunting::indicator::url;
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

/// How it is written wherever a longer value holds it as a word; none for
/// a number. Whatever holds the indicator is written so, and hardly anything
/// else.
pub(super) fn pieces(parsed: &Parsed) -> Vec<Piece> {
    match parsed {
        Parsed::Address(IpAddr::V4(address)) => vec![Piece::Text(address.to_string())],
        Parsed::Address(IpAddr::V6(address)) => pieces_of_groups(&address.segments()),
        Parsed::Network(IpNet::V4(network)) => {
            let whole = usize::from(network.prefix_len() / 8);
            let octets = network.network().octets();
            let head: Vec<String> = octets.iter().take(whole).map(ToString::to_string).collect();
            let mut pieces = vec![Piece::Text(head.join("."))];
            let few = few_octets(network);
            for octet in whole..octets.len() {
                pieces.extend((octet > 0).then(|| Piece::Text(".".into())));
                pieces.push(if octet == whole && !few.is_empty() { Piece::OneOf(few.clone()) } else { Piece::Number });
            }
            pieces
        }
        Parsed::Network(IpNet::V6(network)) => {
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
        Parsed::Port(_) => Vec::new(),
        Parsed::Text(lower) => vec![Piece::Text(lower.clone())],
    }
}

/// The spellings to look for word by word, each once. A field that is not
/// analysed is compared letter by letter, so the usual letter cases are
/// among them.
pub(super) fn spellings(value: &str, kind: IndicatorKind, parsed: &Parsed) -> Vec<Spelling> {
    let all: Vec<String> = match parsed {
        Parsed::Network(network) => return spellings_of(*network),
        Parsed::Address(IpAddr::V6(address)) => spellings_of_v6(*address),
        Parsed::Address(IpAddr::V4(_)) | Parsed::Port(_) => vec![value.to_owned()],
        Parsed::Text(lower) => match kind {
            IndicatorKind::Md5 | IndicatorKind::Sha1 | IndicatorKind::Sha256 | IndicatorKind::Sha512 => {
                vec![lower.clone(), value.to_uppercase()]
            }
            IndicatorKind::Host | IndicatorKind::User => vec![value.to_owned(), lower.clone(), value.to_uppercase()],
            IndicatorKind::Url => vec![value.to_owned(), url::with_other_end(value)],
            _ => vec![value.to_owned(), lower.clone()],
        },
    };
    let mut known = BTreeSet::new();
    all.into_iter().filter(|text| known.insert(text.clone())).map(Spelling::Whole).collect()
}

/// Whether every value that one of the spellings finds holds it. If not,
/// the spellings find neighbours too.
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
