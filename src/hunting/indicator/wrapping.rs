//! What stands around a value where people copy it from: quotation marks,
//! brackets, a comma, a label such as `MD5:`, characters that nobody sees.
//! Must not turn back what is defanged.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::character::{
    closes, code_point, counterpart, has_no_width, is_quote, may_be_joined, opens, plain, turns_direction,
};

/// Labels of values, in lower case and without spaces and hyphens. Among them
/// are the types of MISP.
const LABELS: &[(&[&str], IndicatorKind)] = &[
    (
        &[
            "ip",
            "ips",
            "ipv4",
            "ipv6",
            "ipaddress",
            "ipaddr",
            "ipsrc",
            "ipdst",
            "srcip",
            "dstip",
            "sourceip",
            "destinationip",
            "remoteip",
            "c2ip",
        ],
        IndicatorKind::Ip,
    ),
    (&["cidr", "network", "subnet", "netblock"], IndicatorKind::Cidr),
    (&["domain", "domainname", "fqdn", "dns", "c2domain"], IndicatorKind::Domain),
    (&["url", "uri", "link"], IndicatorKind::Url),
    (&["email", "mail", "emailaddress", "emailsrc", "emaildst", "sender", "from"], IndicatorKind::Email),
    (&["md5", "md5hash"], IndicatorKind::Md5),
    (&["sha1", "sha1hash"], IndicatorKind::Sha1),
    (&["sha256", "sha256hash", "sha2"], IndicatorKind::Sha256),
    (&["sha512", "sha512hash"], IndicatorKind::Sha512),
    (&["host", "hostname", "computer", "computername"], IndicatorKind::Host),
    (&["user", "username", "account", "login"], IndicatorKind::User),
    (&["process", "processname"], IndicatorKind::Process),
    (&["file", "filename", "filepath", "path"], IndicatorKind::FileName),
    (&["registry", "registrykey", "regkey", "regkeyvalue"], IndicatorKind::RegistryKey),
    (&["port", "srcport", "dstport"], IndicatorKind::Port),
];

/// A text without what a reader does not see. `is_name` is for names, in which
/// a change of direction may be there to deceive.
///
/// # Errors
/// The character that cannot be left out.
pub(super) fn visible(text: &str, is_name: bool) -> Result<String, String> {
    let edge = |c: char| c.is_whitespace() || has_no_width(c) || turns_direction(c);
    let text = text.trim_matches(edge);
    let is_odd = |c: char| c.is_control() && (is_name || c != '\t');
    if let Some((place, c)) = text.chars().enumerate().find(|(_, c)| is_odd(*c)) {
        return Err(format!(
            "it holds a control character or a line break ({}, the character {}): pass each indicator by itself",
            code_point(c),
            place + 1
        ));
    }
    if let Some((place, c)) = text.chars().enumerate().find(|(_, c)| turns_direction(*c)).filter(|_| !is_name) {
        return Err(format!(
            "it holds {}, which changes the direction of what follows, as the character {}: remove it, or name the \
             kind of a name that has it",
            code_point(c),
            place + 1
        ));
    }
    let characters: Vec<char> = text.chars().collect();
    let kept = |at: &usize, c: char| {
        let neighbour = |at: Option<usize>| at.and_then(|at| characters.get(at)).copied();
        !has_no_width(c) || may_be_joined(neighbour(at.checked_sub(1)), c, neighbour(at.checked_add(1)))
    };
    let seen = characters.iter().enumerate().filter(|(at, c)| kept(at, **c)).map(|(_, c)| *c);
    Ok(if is_name { seen.collect() } else { seen.map(plain).collect() })
}

/// A text without the quotation marks, brackets and punctuation around it.
pub(super) fn unwrapped(text: &str) -> &str {
    let mut text = text;
    loop {
        let before = text;
        text = text.trim().trim_matches(is_quote).trim_end_matches([',', ';']);
        text = without_final_dots(text);
        text = without_pair(text);
        text = without_lone_bracket(text);
        if text == before {
            break;
        }
    }
    text = between_bars(text);
    display_form(text)
}

/// A name without quotation marks around it: anything else may be its own.
pub(super) fn unquoted(text: &str) -> &str {
    let mut characters = text.chars();
    match (characters.next(), characters.next_back()) {
        (Some(first), Some(last)) if is_quote(first) && is_quote(last) && !characters.as_str().is_empty() => {
            characters.as_str().trim()
        }
        _ => text,
    }
}

/// A label before a value, and the value: `MD5: …`, `sha256=…`.
pub(super) fn label(text: &str) -> Option<(IndicatorKind, &str)> {
    let (label, value) = text.split_once([':', '='])?;
    let name: String =
        label.chars().filter(|c| !matches!(c, ' ' | '-' | '_' | '.')).flat_map(char::to_lowercase).collect();
    let (_, kind) = LABELS.iter().find(|(names, _)| names.contains(&name.as_str()))?;
    // `host:443`, `url://`.
    let is_port = value.bytes().all(|b| b.is_ascii_digit()) && *kind != IndicatorKind::Port;
    let value = value.trim();
    (!value.is_empty() && !value.starts_with("//") && !is_port).then_some((*kind, value))
}

/// The end of a sentence, or a colon behind a value. An address may end with
/// two colons.
fn without_final_dots(text: &str) -> &str {
    match text.strip_suffix(['.', ':', '!']) {
        Some(rest) if !rest.ends_with(':') && rest.len() > 2 => rest,
        _ => text,
    }
}

/// A text without the pair of brackets around the whole of it.
fn without_pair(text: &str) -> &str {
    let mut characters = text.chars();
    let Some(open) = characters.next() else { return text };
    let Some(close) = counterpart(open) else { return text };
    let inner = characters.as_str();
    let mut depth = 1_usize;
    for (at, c) in inner.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
        }
        if depth == 0 {
            return inner.get(..at).filter(|_| at + c.len_utf8() == inner.len()).unwrap_or(text);
        }
    }
    text
}

/// A text without a bracket at an end of it that has no counterpart.
fn without_lone_bracket(text: &str) -> &str {
    let count = |wanted: char| text.chars().filter(|c| *c == wanted).count();
    if let Some(last) = text.chars().next_back().filter(|c| closes(*c)) {
        let open = ['[', '(', '{', '<'].into_iter().find(|open| counterpart(*open) == Some(last));
        if open.is_some_and(|open| count(open) < count(last)) {
            return text.strip_suffix(last).unwrap_or(text);
        }
    }
    if let Some(first) = text.chars().next().filter(|c| opens(*c))
        && counterpart(first).is_some_and(|close| count(close) < count(first))
        && text.chars().nth(1).is_some_and(|c| c.is_alphanumeric())
    {
        return text.strip_prefix(first).unwrap_or(text);
    }
    text
}

/// `https://evil.example/x|evil.example/x`, as Slack exports a link with its
/// text.
fn between_bars(text: &str) -> &str {
    match text.split_once('|') {
        Some((link, _)) if link.contains("://") || link.starts_with("mailto:") => link,
        _ => text,
    }
}

/// `"John Doe" <a@evil.example>`.
fn display_form(text: &str) -> &str {
    let inner = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    match inner {
        Some((name, address)) if !name.trim().is_empty() && address.contains('@') && !name.contains('@') => address,
        _ => text,
    }
}

/// The text and the target of a link in Markdown.
pub(super) fn markdown_link(text: &str) -> Option<(&str, &str)> {
    let (text, target) = text.strip_prefix('[')?.strip_suffix(')')?.split_once("](")?;
    Some((text, target))
}
