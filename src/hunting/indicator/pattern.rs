//! How logs write an indicator, as the parts of regular expressions. Must not
//! know the syntax of a regular expression.

use crate::hunting::indicator::account::short_domain;
use crate::hunting::indicator::parsed::Parsed;
use crate::hunting::indicator::spelling::few_octets;
use crate::hunting::indicator::url::{Url, default_port};
use ipnet::IpNet;
use std::net::IpAddr;

/// A part of how a value is written, wherever it stands in a longer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// This text, in any letter case.
    Text(String),
    /// This text, in any letter case, or nothing.
    Optional(String),
    /// One of these texts, in any letter case.
    AnyOf(Vec<String>),
    /// A slash, which may have a backslash before it, as JSON may write it.
    Slash,
    /// A backslash, once or more: it may be doubled, as JSON writes it.
    Backslash,
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

/// The ways in which an indicator is written, each in its parts; none for a
/// number. Whatever holds the indicator has it in one of these ways, and
/// hardly anything else has.
pub(super) fn patterns(parsed: &Parsed) -> Vec<Vec<Piece>> {
    let text = |text: &str| vec![Piece::Text(text.to_owned())];
    match parsed {
        Parsed::Port(_) => Vec::new(),
        Parsed::Address(IpAddr::V4(address)) => vec![text(&address.to_string())],
        Parsed::Address(IpAddr::V6(address)) => vec![of_groups(&address.segments())],
        Parsed::Network(network) => vec![of_network(*network)],
        Parsed::Hash(hash) => vec![text(hash)],
        Parsed::Domain(domain) => domain.forms().map(text).collect(),
        Parsed::Url(url) => of_url(url),
        Parsed::Email(email) => {
            let account = vec![
                Piece::Text(short_domain(&email.domain.ascii).to_owned()),
                Piece::Rest,
                Piece::Backslash,
                Piece::Text(email.name.clone()),
            ];
            email.forms().map(|form| text(&form)).chain([account]).collect()
        }
        Parsed::Account(account) => match &account.domain {
            None => vec![of_path(&account.name)],
            Some(domain) => {
                let short = short_domain(domain);
                let before = vec![Piece::Text(short.to_owned()), Piece::Rest, Piece::Text(account.name.clone())];
                vec![before, vec![Piece::Text(format!("{}@{short}", account.name)), Piece::Rest]]
            }
        },
        Parsed::Computer(computer) => std::iter::once(text(&computer.name)).chain(computer.short().map(text)).collect(),
        Parsed::RegistryKey(key) => {
            let path = of_path(&key.path);
            let of_hive = |hive: &str, between: Vec<Piece>| {
                of_path(hive).into_iter().chain(between).chain(path.clone()).collect::<Vec<_>>()
            };
            let plain = key.hives().map(|hive| of_hive(hive, vec![Piece::Optional(":".into())]));
            let users = key
                .hives_of_users()
                .map(|hive| of_hive(hive, vec![Piece::Backslash, Piece::Text("s-1-".into()), Piece::Rest]));
            plain.chain(users).collect()
        }
        Parsed::Path(path) => vec![of_path(path)],
    }
}

/// A text with backslashes and slashes that may be escaped.
fn of_path(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for c in text.chars() {
        let piece = match c {
            '\\' => Piece::Backslash,
            '/' => Piece::Slash,
            c => {
                plain.push(c);
                continue;
            }
        };
        push_text(&mut pieces, &mut plain);
        if pieces.last() != Some(&Piece::Backslash) || piece != Piece::Backslash {
            pieces.push(piece);
        }
    }
    push_text(&mut pieces, &mut plain);
    pieces
}

fn push_text(pieces: &mut Vec<Piece>, text: &mut String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text)));
    }
}

/// A URL by its host, its port and its path; by its scheme too where it has no
/// path, as else any log with the host would be read.
fn of_url(url: &Url) -> Vec<Vec<Piece>> {
    let mut rest = Vec::new();
    match (url.port, url.scheme.as_deref()) {
        (Some(port), _) => rest.push(Piece::Text(format!(":{port}"))),
        (None, Some(scheme)) => rest.extend(default_port(scheme).map(|port| Piece::Optional(format!(":{port}")))),
        (None, None) => rest.extend([":443", ":80"].map(|port| Piece::Optional(port.into()))),
    }
    let before = match &url.scheme {
        Some(scheme) if url.path.is_empty() => {
            vec![Piece::Text(format!("{scheme}:")), Piece::Slash, Piece::Slash, Piece::Rest]
        }
        _ => Vec::new(),
    };
    let path = of_target(&url.path);
    let whole = |host: Vec<Piece>, fragment: Option<&String>| {
        let fragment = fragment.map(|fragment| of_target(&format!("#{fragment}"))).unwrap_or_default();
        [before.clone(), host, rest.clone(), path.clone(), fragment].concat()
    };
    let hosts: Vec<Vec<Piece>> = match url.host.address() {
        Some(IpAddr::V6(address)) => {
            let groups = of_groups(&address.segments());
            vec![[vec![Piece::Text("[".into())], groups, vec![Piece::Text("]".into())]].concat()]
        }
        _ => url.host.forms().iter().map(|host| vec![Piece::Text(host.clone())]).collect(),
    };
    let mut all: Vec<Vec<Piece>> = hosts.iter().map(|host| whole(host.clone(), None)).collect();
    if let Some(fragment) = &url.fragment {
        all.extend(hosts.into_iter().map(|host| whole(host, Some(fragment))));
    }
    all
}

/// Path, query or fragment: what may be encoded, in each way.
fn of_target(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-._~=?:@,+$#!;".contains(c) {
            plain.push(c);
            continue;
        }
        push_text(&mut pieces, &mut plain);
        if c == '/' {
            pieces.push(Piece::Slash);
            continue;
        }
        let mut bytes = [0; 4];
        let encoded: String = c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut ways = vec![c.to_string(), encoded];
        match c {
            ' ' => ways.push("+".into()),
            // JSON may write these by their number.
            '&' | '<' | '>' | '\'' | '"' => ways.push(format!("\\u{:04x}", u32::from(c))),
            _ => {}
        }
        pieces.push(Piece::AnyOf(ways));
    }
    push_text(&mut pieces, &mut plain);
    pieces
}

fn of_network(network: IpNet) -> Vec<Piece> {
    match network {
        IpNet::V4(network) => {
            let whole = usize::from(network.prefix_len() / 8);
            let octets = network.network().octets();
            let head: Vec<String> = octets.iter().take(whole).map(ToString::to_string).collect();
            let mut pieces = vec![Piece::Text(head.join("."))];
            let few = few_octets(&network);
            for octet in whole..octets.len() {
                pieces.extend((octet > 0).then(|| Piece::Text(".".into())));
                pieces.push(if octet == whole && !few.is_empty() { Piece::OneOf(few.clone()) } else { Piece::Number });
            }
            pieces
        }
        IpNet::V6(network) => {
            let whole = usize::from(network.prefix_len() / 16);
            let groups = network.network().segments();
            if whole == groups.len() {
                return of_groups(&groups);
            }
            // What is zero may be written as :: with what is behind it.
            let head: Vec<u16> = groups.into_iter().take(whole).take_while(|group| *group != 0).collect();
            let mut pieces = of_groups(&head);
            pieces.extend([Piece::Text(":".into()), Piece::Rest]);
            pieces
        }
    }
}

/// Groups of an address as they stand in a text, with zeros before them or
/// `::` in the place of zeros.
fn of_groups(groups: &[u16]) -> Vec<Piece> {
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
