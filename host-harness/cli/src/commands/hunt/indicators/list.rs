//! A list of indicators as people write it: one to a line, with bullets, numbers and labels, or in prose. What a value means is
//! decided by the component; of prose, only what has the form of an address, a URL, a name with a dot or a hash is taken.

/// What was taken from a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The number of the line, from 1.
    pub(super) line: u64,
    pub(super) values: Vec<String>,
    /// Whether the line is more than the value: then a reader wants to know what was taken.
    pub(super) chosen: bool,
}

/// What stands before a value, and a colon between them.
const LABELS: &[&str] = &[
    "address",
    "c2",
    "cidr",
    "domain",
    "domain name",
    "e-mail",
    "email",
    "fqdn",
    "hash",
    "host",
    "hostname",
    "indicator",
    "ioc",
    "ip",
    "ip address",
    "ipv4",
    "ipv6",
    "md5",
    "network",
    "sha-1",
    "sha-256",
    "sha-512",
    "sha1",
    "sha256",
    "sha512",
    "url",
    "uri",
    "user",
    "process",
    "file",
    "file name",
    "filename",
    "registry key",
];

/// What brackets and quotes open a value that stands in them.
const PAIRS: &[(char, char)] = &[('<', '>'), ('(', ')'), ('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')];

/// Reads the lines of a text: whatever their ends, without empty lines and comments. Of a line without a value, nothing is
/// taken, and it is among the results.
pub(super) fn read(text: &str) -> Vec<Taken> {
    lines(text).filter_map(|(line, number)| take(without_comment(line), number)).collect()
}

/// The lines of a text, whatever their ends, with their numbers.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, u64)> {
    let unix = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    unix.flat_map(|line| line.split('\r')).zip(1_u64..)
}

/// What a line holds; none if it is empty.
fn take(line: &str, number: u64) -> Option<Taken> {
    if line.is_empty() {
        return None;
    }
    let value = without_label(without_bullet(line));
    let values = if value.is_empty() {
        Vec::new()
    } else if !value.contains(char::is_whitespace) || is_one(value) {
        vec![value.to_owned()]
    } else {
        value.split([' ', '\t', ',', ';', '|', '\u{a0}']).filter_map(word).collect()
    };
    let chosen = values.first().is_none_or(|first| values.len() > 1 || first != line);
    Some(Taken { line: number, values, chosen })
}

/// Whether a value with white space in it is one: a registry key, or a domain that is defanged with it.
fn is_one(value: &str) -> bool {
    let upper = value.to_ascii_uppercase();
    ["HKLM\\", "HKCU\\", "HKCR\\", "HKU\\", "HKEY_"].iter().any(|root| upper.starts_with(root))
        || [" dot ", " DOT ", " [dot] ", " (dot) "]
            .iter()
            .any(|dot| value.matches(dot).count() * 2 == value.matches(' ').count())
}

fn without_bullet(line: &str) -> &str {
    let line =
        line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '•' | '·' | '▪' | '◦' | '‣' | '–' | '>'));
    for bullet in ["- [ ] ", "- [x] ", "- ", "* ", "+ "] {
        if let Some(rest) = line.strip_prefix(bullet) {
            return rest.trim();
        }
    }
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() < line.len()
        && let Some(rest) = [". ", ") ", ".\t", ")\t"].iter().find_map(|end| digits.strip_prefix(end))
    {
        return rest.trim();
    }
    line.trim()
}

fn without_label(value: &str) -> &str {
    match value.split_once([':', '=']) {
        // `user:` is a label, and in `http://` the colon has no value behind it.
        Some((label, rest))
            if LABELS.contains(&label.trim().to_ascii_lowercase().as_str()) && !rest.starts_with("//") =>
        {
            rest.trim()
        }
        _ => value,
    }
}

/// A word of prose, if it has the form of an indicator.
fn word(word: &str) -> Option<String> {
    let mut value = word.trim_matches(|c: char| matches!(c, '.' | '!' | '?' | ':' | '…'));
    for (open, close) in PAIRS {
        // A bracket inside, as of `evil(.)example`, is a part of it.
        if let Some(inner) = value.strip_prefix(*open) {
            value = inner.strip_suffix(*close).unwrap_or(inner);
        } else if !value.contains(*open) || open == close {
            value = value.strip_suffix(*close).unwrap_or(value);
        }
    }
    let value = value.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    has_form(value).then(|| value.to_owned())
}

fn has_form(value: &str) -> bool {
    let plain = value.replace(['[', ']', '(', ')', '{', '}', '\\'], "").to_ascii_lowercase();
    let plain = plain.replace("dot", ".").replace("hxxp", "http");
    if plain.contains("://") || plain.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    if plain
        .split_once('/')
        .is_some_and(|(address, bits)| address.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok())
    {
        return true;
    }
    if matches!(plain.len(), 32 | 40 | 64 | 128) && plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return true;
    }
    let host = plain.rsplit('@').next().unwrap_or_default().split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    let labels = host
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')));
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    labels && (is_address || (last.chars().count() >= 2 && last.chars().any(char::is_alphabetic)))
}

/// A line without what follows a `#` at its beginning or behind white space. Within a word, such as a URL, it is a part.
fn without_comment(line: &str) -> &str {
    let signs = line.match_indices('#').map(|(at, _)| at);
    let before = |at: &usize| line.get(..*at).unwrap_or_default();
    let comment = signs.into_iter().find(|at| before(at).is_empty() || before(at).ends_with(char::is_whitespace));
    line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        read(text).into_iter().flat_map(|taken| taken.values).collect()
    }

    #[test]
    fn a_line_is_a_value_whatever_its_end() {
        let text = "203.0.113.9\r\n\r\n# comment\n  evil.example  \t# C2\rhttp://a.example/#top\n  # x\n\u{e9}\n";
        let taken = read(text);
        assert!(taken.iter().all(|taken| !taken.chosen), "{taken:?}");
        assert_eq!(values(text), ["203.0.113.9", "evil.example", "http://a.example/#top", "\u{e9}"]);
        assert_eq!(values(""), Vec::<String>::new());
        assert_eq!(values("# only\r\r\n"), Vec::<String>::new());
    }

    #[test]
    fn bullets_numbers_and_labels_are_left_out() {
        for (line, value) in [
            ("- 203.0.113.9", "203.0.113.9"),
            ("* evil[.]example", "evil[.]example"),
            ("  • hxxp://evil.example/a", "hxxp://evil.example/a"),
            ("12. 192.0.2.1", "192.0.2.1"),
            ("3) evil.example", "evil.example"),
            ("- [x] evil.example", "evil.example"),
            ("IP: 203.0.113.9", "203.0.113.9"),
            ("- Domain name: evil.example", "evil.example"),
            ("SHA256: d41d8cd9", "d41d8cd9"),
            ("user: mallory", "mallory"),
            ("url: http://evil.example", "http://evil.example"),
            // These are no bullets, numbers or labels.
            ("192.0.2.1", "192.0.2.1"),
            ("http://evil.example:80/a", "http://evil.example:80/a"),
            ("2001:db8::1", "2001:db8::1"),
            ("HKLM\\Software\\Some Key", "HKLM\\Software\\Some Key"),
            ("evil dot example", "evil dot example"),
        ] {
            assert_eq!(values(line), [value], "{line}");
            assert_eq!(read(line)[0].chosen, line != value, "{line}");
        }
    }

    #[test]
    fn of_prose_only_what_has_the_form_of_an_indicator_is_taken() {
        let text = "The actor, e.g. on Monday, used 203.0.113.9:8443 and (evil[.]example); then hxxps://a.example/x?y=1.\n\
                    Mail came from \"bad@evil.example\", the file had d41d8cd98f00b204e9800998ecf8427e, i.e. nothing.\n\
                    Nothing here, version 1.2 at 10:30, 100%.\n\
                    From 198.51.100.0/24 and 2001:db8::7, via http://[2001:db8::8]/a.";
        assert_eq!(
            values(text),
            [
                "203.0.113.9:8443",
                "evil[.]example",
                "hxxps://a.example/x?y=1",
                "bad@evil.example",
                "d41d8cd98f00b204e9800998ecf8427e",
                "198.51.100.0/24",
                "2001:db8::7",
                "http://[2001:db8::8]/a",
            ]
        );
        let nothing = &read(text)[2];
        assert_eq!((nothing.line, nothing.values.len(), nothing.chosen), (3, 0, true));
    }
}
