//! What people hand over that cannot be looked for as it is, and why: wildcards,
//! regular expressions, ranges, and identifiers that no log field holds. Must
//! not read what can be looked for.

use crate::hunting::indicator::file_name::is_path;
use crate::hunting::indicator::network::networks_of_range;
use std::net::Ipv4Addr;

/// How many networks a range is replaced by in a message.
const MOST_NETWORKS: usize = 4;

/// Why a text, that nobody named the kind of, cannot be looked for.
pub(super) fn reason(text: &str) -> Option<String> {
    range(text).or_else(|| pattern(text)).or_else(|| number(text)).or_else(|| pair(text)).or_else(|| identifier(text))
}

/// A regular expression or a wildcard.
pub(super) fn pattern(text: &str) -> Option<String> {
    if is_regular_expression(text) {
        return Some("it is a regular expression: write out the values that it stands for".into());
    }
    let wildcard = wildcard(text)?;
    let what = if is_path(text) { "the path or the name of a file" } else { "the value" };
    Some(format!("it holds a wildcard ({wildcard}), which Logz.io refuses here: write {what} whole"))
}

/// A star, or a question mark where it is none of a URL.
pub(super) fn wildcard(text: &str) -> Option<char> {
    // Stars of a defanged scheme, such as `h**p`.
    let (before, rest) = text.split_once(':').unwrap_or(("", text));
    let rest = if before.len() <= 6 && before.starts_with(['h', 'H', 'f', 'F']) { rest } else { text };
    if rest.contains('*') {
        return Some('*');
    }
    let is_question = rest.contains('?') && (is_path(text) || !rest.contains(['/', '.']) || text.contains('\\'));
    is_question.then_some('?')
}

fn is_regular_expression(text: &str) -> bool {
    let has = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    let class = [r"\d", r"\w", r"\s", r"\S", r"\W", r"\D"];
    let with_count = class.iter().any(|class| {
        text.match_indices(class).any(|(at, found)| {
            text.get(at + found.len()..).is_some_and(|behind| behind.starts_with(['+', '*', '{', '?']))
        })
    });
    // `/evil\.example/`
    let in_slashes = text.len() > 2 && text.starts_with('/') && text.ends_with('/') && text.contains('\\');
    let is_link = text.contains("://") && !text.contains("s?://");
    let anchored =
        text.starts_with('^') || text.ends_with('$') && !is_link && text.contains('.') && !text.contains(['@', '/']);
    let choice = text.split_once('(').is_some_and(|(_, inner)| {
        inner.split_once(')').is_some_and(|(inner, behind)| {
            inner.contains('|') && !inner.contains("://") || behind.starts_with(['?', '+', '*'])
        })
    });
    let count = text.split_once('{').is_some_and(|(_, inner)| {
        inner.split_once('}').is_some_and(|(inner, _)| {
            !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit() || b == b',') && inner != ","
        })
    });
    has(&[".*", ".+", "(?", "[^", "]+", "]*", "]{", "s?://", "[a-z", "[A-Z", "[0-9", r"\.("])
        && (!is_path(text) || has(&["(?", "[^", "]+", "]*", "]{", "[a-z", "[A-Z", "[0-9"]))
        || with_count
        || text.starts_with(r"\b") && text.ends_with(r"\b")
        || in_slashes
        || anchored
        || choice
        || count && !is_link
}

/// `203.0.113.0-203.0.113.255`, `203.0.113.*`.
fn range(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let numbers = parts.iter().take_while(|part| part.parse::<u8>().is_ok()).count();
    let stars = parts.iter().skip(numbers).all(|part| matches!(*part, "*" | "x" | "X" | "0-255"));
    if parts.len() == 4 && (1..=3).contains(&numbers) && stars {
        let head = parts.iter().take(numbers).copied().chain(std::iter::repeat_n("0", 4 - numbers));
        let network = head.collect::<Vec<_>>().join(".");
        return Some(format!("it is a range of addresses: write {network}/{}", numbers * 8));
    }
    let dashes = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}');
    let (first, last) = text.split_once(dashes)?;
    let (first, last) = (first.trim(), last.trim());
    let first: Ipv4Addr = first.parse().ok()?;
    // `203.0.113.0-255`
    let last: Ipv4Addr = last.parse().ok().or_else(|| {
        let octet: u8 = last.parse().ok()?;
        let [a, b, c, _] = first.octets();
        Some(Ipv4Addr::from([a, b, c, octet]))
    })?;
    let networks = networks_of_range(first, last, MOST_NETWORKS);
    let instead = if networks.is_empty() { "networks such as 192.0.2.0/24".to_owned() } else { networks.join(", ") };
    Some(format!("it is a range of addresses: write {instead}"))
}

/// An address written as one number, or with octal or hexadecimal parts.
pub(super) fn number(text: &str) -> Option<String> {
    let instead = "write it with four decimal numbers, such as 203.0.113.9";
    let hexadecimal = |text: &str| {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let decimal = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() == 4 && parts.iter().all(|part| hexadecimal(part) || decimal(part)) {
        if parts.iter().any(|part| hexadecimal(part)) {
            return Some(format!("it is an address with hexadecimal numbers: {instead}"));
        }
        if parts.iter().any(|part| part.len() > 1 && part.starts_with('0')) {
            return Some(format!("it is an address with zeros before its numbers, which may be octal: {instead}"));
        }
    }
    if hexadecimal(text) && text.len() == 10 {
        return Some(format!("it is an address as a hexadecimal number: {instead}"));
    }
    let is_address = decimal(text) && (8..=10).contains(&text.len()) && text.parse::<u32>().is_ok();
    is_address.then(|| format!("it is one number, which may be an address: {instead}"))
}

/// Two values in one, as MISP joins them.
fn pair(text: &str) -> Option<String> {
    let (first, second) = text.split_once('|')?;
    let is_port = second.bytes().all(|b| b.is_ascii_digit());
    (!first.is_empty() && !second.is_empty() && !is_port)
        .then(|| "it is two values with a | between: pass each by itself".into())
}

/// Identifiers that are none of the kinds.
fn identifier(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let technique = upper.strip_prefix('T').is_some_and(|rest| match rest.split_once('.') {
        Some((number, part)) => digits(number, 4, 4) && digits(part, 3, 3),
        None => digits(rest, 4, 4),
    });
    let tactic = ["TA", "G", "S", "M", "DS"]
        .iter()
        .any(|start| upper.strip_prefix(start).is_some_and(|rest| digits(rest, 4, 4)));
    let vulnerability = upper.strip_prefix("CVE-").is_some_and(|rest| {
        rest.split_once('-').is_some_and(|(year, number)| digits(year, 4, 4) && digits(number, 4, 9))
    });
    let system = upper.strip_prefix("ASN").or_else(|| upper.strip_prefix("AS")).is_some_and(|rest| digits(rest, 1, 10));
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let hardware = ['-', ':'].iter().any(|sign| {
        let parts: Vec<&str> = text.split(*sign).collect();
        parts.len() == 6 && parts.iter().all(|part| part.len() == 2 && is_hex(part))
    });
    let fuzzy = {
        let mut parts = text.splitn(3, ':');
        parts.next().is_some_and(|size| digits(size, 1, 12))
            && parts.by_ref().filter(|part| part.len() >= 6).count() == 2
            && !text.contains(['.', ' '])
    };
    let is_base58 = text.chars().all(|c| c.is_ascii_alphanumeric() && !matches!(c, '0' | 'O' | 'I' | 'l'));
    let coin = text.starts_with("bc1") && text.len() >= 14 && text.bytes().all(|b| b.is_ascii_alphanumeric())
        || text.starts_with("0x") && text.len() == 42 && text.get(2..).is_some_and(is_hex)
        || text.starts_with(['1', '3']) && (26..=35).contains(&text.len()) && is_base58 && !is_hex(text);
    let browser = ["Mozilla/", "curl/", "Wget/", "python-requests/"].iter().any(|start| text.starts_with(start));
    let guid = {
        let parts: Vec<&str> = text.trim_matches(['{', '}']).split('-').collect();
        parts.len() == 5
            && parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
            && parts.iter().all(|part| is_hex(part))
    };
    let script =
        ["javascript:", "vbscript:", "data:"].iter().any(|start| upper.starts_with(&start.to_ascii_uppercase()));
    let other_hash = match text.len() {
        56 if is_hex(text) => Some("SHA-224"),
        96 if is_hex(text) => Some("SHA-384"),
        _ => None,
    };
    let what = [
        (technique || tactic, "an identifier of MITRE ATT&CK"),
        (vulnerability, "the number of a vulnerability"),
        (system, "the number of an autonomous system"),
        (hardware, "a hardware address"),
        (fuzzy, "a fuzzy hash"),
        (coin, "the address of a wallet"),
        (browser, "the user agent of a browser"),
        (guid, "a GUID"),
        (script, "a script, not a place"),
    ]
    .into_iter()
    .find_map(|(is_one, what)| is_one.then_some(what));
    match (what, other_hash) {
        (Some(what), _) => Some(format!("it is {what}, which is no kind of indicator: search the logs for it instead")),
        (None, Some(hash)) => Some(format!(
            "it is a hash of {hash}, which is no kind of indicator: write the MD5, SHA-1, SHA-256 or SHA-512 of the file"
        )),
        _ => None,
    }
}
