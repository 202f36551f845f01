//! The kinds of indicators that a value of a log holds. What has a form is recognised by it, as an indicator is; of the rest,
//! the name of the field says what it may be.

use crate::contract::IndicatorKind;
use crate::hunting::field_name;
use crate::hunting::indicator;
use crate::hunting::kinds::Kinds;

/// How much of a value is read, in bytes, and how many of its words: a field of long texts is searched for every kind.
const MOST_READ: usize = 4_096;
const MOST_WORDS: usize = 200;
/// The shortest word that can be of a kind with a form: `::1`.
const SHORTEST: usize = 3;
/// From so many words on, a value is a text, in which anything may stand.
const WORDS_OF_A_TEXT: usize = 5;
/// The longest name of an account, a computer or a program, in bytes.
const LONGEST_NAME: usize = 256;
/// What stands where there is nothing to name.
const PLACEHOLDERS: &[&str] = &[
    "",
    "-",
    "--",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "(null)",
    "<null>",
    "unknown",
    "undefined",
    "*",
    "?",
    "(unknown)",
    "not available",
    "not applicable",
    "(none)",
    "<none>",
    "<unknown>",
    "_",
    "n.a.",
    "(empty)",
    "empty",
];

/// Whether a value says only that there is none.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    PLACEHOLDERS.iter().any(|placeholder| value.eq_ignore_ascii_case(placeholder))
}

/// What a value holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The kinds that have a form, and were recognised by it.
    pub by_form: Kinds,
    /// It is a text, in which anything may stand.
    pub is_text: bool,
    /// It may be a path of a URL: it begins with a slash.
    pub is_path: bool,
}

/// What a value holds, whatever its field.
#[must_use]
pub fn content(value: &str) -> Content {
    let value = value.trim();
    if is_placeholder(value) {
        return Content::default();
    }
    let head = value.get(..MOST_READ.min(value.len())).unwrap_or_else(|| {
        let end = (0..=MOST_READ).rev().find(|end| value.is_char_boundary(*end)).unwrap_or_default();
        value.get(..end).unwrap_or_default()
    });
    let is_path = head.starts_with('/') && !head.contains(char::is_whitespace);
    let by_form = held_by(head);
    let has_spaces = head.contains(char::is_whitespace);
    if !by_form.is_empty() && !has_spaces {
        return Content { by_form, is_text: false, is_path };
    }
    let is_text = value.len() > MOST_READ || head.split_whitespace().nth(WORDS_OF_A_TEXT - 1).is_some();
    let words = head.split(|c: char| c.is_whitespace() || "\"'`<>(){}|,;=".contains(c));
    let by_form = words
        .map(|word| word.trim_matches(|c: char| matches!(c, '[' | ']' | '.' | ':' | '!' | '?')))
        .filter(|word| word.len() >= SHORTEST)
        .take(MOST_WORDS)
        .fold(by_form, |kinds, word| kinds.and(held_by(word)));
    Content { by_form, is_text, is_path }
}

/// The kinds that a value is of by its field's name, if it can be a value of them.
#[must_use]
pub fn by_name(names: Kinds, value: &str) -> Kinds {
    let value = value.trim();
    let mut kinds = Kinds::default();
    if names.is_empty() || value.len() > LONGEST_NAME || is_placeholder(value) {
        return kinds;
    }
    let is_number = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    for kind in names.iter() {
        let fits = match kind {
            IndicatorKind::User => !value.contains(['\n', '\t', '{', '<']) && indicator::address(value).is_none(),
            IndicatorKind::Host => is_computer(value),
            IndicatorKind::Process | IndicatorKind::FileName => !is_number,
            IndicatorKind::Port => value.parse::<u16>().is_ok(),
            _ => false,
        };
        if fits {
            kinds = kinds.with(kind);
        }
    }
    kinds
}

/// Whether a value can be the name of a computer: labels with a letter, perhaps a Windows domain before them.
#[must_use]
pub fn is_computer(value: &str) -> bool {
    let name = value.rsplit('\\').next().unwrap_or(value).trim_end_matches(['$', '.']);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(plain) && name.chars().any(char::is_alphabetic) && !is_placeholder(name)
}

/// What a word holds: the kind that it is, and those of its parts.
fn held_by(word: &str) -> Kinds {
    use IndicatorKind as K;
    // What has neither of these has no form, and most words have none.
    let may_have_a_form = word.len() >= SHORTEST && (word.contains(['.', ':', '@', '\\', '/']) || word.len() >= 32);
    let kind = if may_have_a_form { indicator::recognise(word) } else { None };
    match kind {
        Some(K::Ip | K::Cidr) => Kinds::of(&[K::Ip, K::Cidr]),
        Some(K::Url) => {
            let rest = word.split_once("://").map_or(word, |(_, rest)| rest);
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default();
            let of_host = match indicator::address(host) {
                Some(_) => Kinds::of(&[K::Ip, K::Cidr]),
                None => Kinds::of(&[K::Domain]),
            };
            Kinds::of(&[K::Url]).and(of_host)
        }
        Some(K::Email) => Kinds::of(&[K::Email, K::Domain, K::User]),
        Some(K::FileName) => Kinds::of(&[K::FileName, K::Process]),
        Some(K::Port) | None => Kinds::default(),
        Some(kind) => Kinds::of(&[kind]),
    }
}

/// What a field may hold by its name alone.
#[must_use]
pub fn possible(name: &str) -> Kinds {
    field_name::kinds(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use IndicatorKind as K;

    #[test]
    fn what_has_a_form_is_recognised_in_any_value() {
        for (value, kinds) in [
            ("203.0.113.9", &[K::Ip, K::Cidr][..]),
            ("203.0.113.9:443", &[K::Ip, K::Cidr]),
            ("203.0.113.9, 10.0.0.1", &[K::Ip, K::Cidr]),
            ("evil.example", &[K::Domain]),
            ("https://evil.example/a", &[K::Domain, K::Url]),
            ("http://203.0.113.9/a", &[K::Ip, K::Cidr, K::Url]),
            ("<a@evil.example>", &[K::Domain, K::Email, K::User]),
            ("MD5=d41d8cd98f00b204e9800998ecf8427e,SHA1=da39a3ee5e6b4b0d3255bfef95601890afd80709", &[K::Md5, K::Sha1]),
            (r"C:\Windows\evil.exe", &[K::Process, K::FileName]),
            (r"HKLM\Software\Run\evil", &[K::RegistryKey]),
            ("GET http://evil.example/a HTTP/1.1", &[K::Domain, K::Url]),
            ("443", &[]),
            ("-", &[]),
            ("accepted", &[]),
        ] {
            let found: Vec<K> = content(value).by_form.iter().collect();
            for kind in kinds {
                assert!(found.contains(kind), "{value}: {found:?}");
            }
            assert_eq!(found.is_empty(), kinds.is_empty(), "{value}: {found:?}");
        }
        assert!(content("a sentence of some words").is_text && !content("two words").is_text);
        assert!(content(&"x".repeat(MOST_READ + 1)).is_text);
        assert!(content(&"é".repeat(MOST_READ)).is_text);
        assert!(content("/gate.php?a=b").is_path && !content("gate.php").is_path);
    }

    #[test]
    fn a_placeholder_names_nothing() {
        for value in ["-", "N/A", "unknown", "", " ", "(null)", "none"] {
            assert!(is_placeholder(value), "{value}");
            assert!(by_name(Kinds::of(&[K::User, K::Host]), value).is_empty(), "{value}");
        }
        assert!(!is_placeholder("SYSTEM"));
        assert!(by_name(Kinds::of(&[K::User]), "SYSTEM").has(K::User));
    }

    #[test]
    fn a_name_is_believed_only_of_values_that_fit() {
        let all = Kinds::of(&[K::User, K::Host, K::Port]);
        assert_eq!(by_name(all, "web-01").iter().collect::<Vec<_>>(), [K::Host, K::User]);
        assert_eq!(by_name(all, "443").iter().collect::<Vec<_>>(), [K::User, K::Port]);
        assert!(by_name(all, "203.0.113.9").is_empty());
        assert!(by_name(all, &"x".repeat(LONGEST_NAME + 1)).is_empty());
    }
}
