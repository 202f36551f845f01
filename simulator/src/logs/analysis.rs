//! Which fields are analysed, and the words that analysis makes of a text: those
//! of Lucene's `StandardTokenizer` in lower case.
//!
//! Lucene cuts by the word boundaries of Unicode's annex 29 and keeps what holds
//! a letter or a digit. So `192.0.2.16,203.0.113.10` and `host:k.evil.example`
//! are one word each. It departs from the annex in two ways: a run of a script
//! without spaces, such as Thai, is one word, and a word ends after 255 UTF-16
//! units. `make lucene` compares the words with Lucene's own.

use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

/// The longest word, in UTF-16 units.
const LONGEST_WORD: usize = 255;

/// What makes a segment a word: a letter, a digit, a picture.
static WORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\p{Alphabetic}\p{Nd}\p{Extended_Pictographic}]|\p{Regional_Indicator}{2}").ok());

/// Characters of scripts that are written without spaces.
static WITHOUT_SPACES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{Thai}\p{Lao}\p{Myanmar}\p{Khmer}]+$").ok());

/// Whether a field is analysed: searched by word, and of no use for sorting or
/// aggregations.
pub(crate) fn is_analyzed(field: &str) -> bool {
    matches!(field, "message" | "tags" | "geoip_location")
}

/// The words of a text, in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    let matches = |regex: &Option<Regex>, text: &str| regex.as_ref().is_some_and(|regex| regex.is_match(text));
    let mut words: Vec<String> = Vec::new();
    let mut in_run = false;
    for segment in text.split_word_bounds() {
        let is_ascii = segment.is_ascii();
        let is_word = match is_ascii {
            true => segment.bytes().any(|byte| byte.is_ascii_alphanumeric()),
            false => matches(&WORD, segment),
        };
        let joins = !is_ascii && matches(&WITHOUT_SPACES, segment);
        match words.last_mut() {
            Some(word) if joins && in_run => word.push_str(segment),
            _ if is_word => cut(segment, &mut words),
            _ => {}
        }
        in_run = joins;
    }
    words
}

/// Adds a segment as words that are not too long.
fn cut(segment: &str, words: &mut Vec<String>) {
    let mut units = 0;
    let fitting = segment.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > LONGEST_WORD
    });
    let Some((end, _)) = fitting else {
        words.push(lower_case(segment));
        return;
    };
    // The longest word that ends there; what follows is cut anew.
    let (start, rest) = segment.split_at(end);
    let first = start.split_word_bounds().next().unwrap_or(start);
    words.push(lower_case(first));
    let rest = [start.get(first.len()..).unwrap_or_default(), rest].concat();
    words.extend(self::words(&rest));
}

/// One character for each, as Java does it.
fn lower_case(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_unicode_ends_a_word() {
        for (text, expected) in [
            ("192.0.2.16,203.0.113.10", vec!["192.0.2.16,203.0.113.10"]),
            ("host:k.evil.example", vec!["host:k.evil.example"]),
            ("src=192.0.2.16:443", vec!["src", "192.0.2.16", "443"]),
            ("user=root; a_b it's (x) \"y\" [z]", vec!["user", "root", "a_b", "it's", "x", "y", "z"]),
            ("https://Evil.example/a?b=1&c", vec!["https", "evil.example", "a", "b", "1", "c"]),
            (r#"{\"ip\":\"192.0.2.16\"}"#, vec!["ip", "192.0.2.16"]),
            ("a/192.0.2.16\\b,c", vec!["a", "192.0.2.16", "b", "c"]),
            ("mail.x@evil.example", vec!["mail.x", "evil.example"]),
            ("10.0.0.1-10.0.0.2 1,5 a,b 1,a", vec!["10.0.0.1", "10.0.0.2", "1,5", "a", "b", "1", "a"]),
            (
                "İ ΑΣ ½ ___ 漢字",
                vec!["i", "ας", "漢", "字"].into_iter().map(|w| if w == "ας" { "ασ" } else { w }).collect(),
            ),
            ("ไทยไทย ok", vec!["ไทยไทย", "ok"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_ends_after_255_units() {
        let lengths = |text: &str| words(text).iter().map(String::len).collect::<Vec<_>>();
        assert_eq!(lengths(&"a".repeat(600)), [255, 255, 90]);
        assert_eq!(lengths(&format!("{}.{}", "a".repeat(254), "b".repeat(10))), [254, 10]);
    }
}
