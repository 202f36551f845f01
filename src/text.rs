//! Texts of others, made fit for one line of a message: cut to a length, without control characters. Knows nothing of
//! tokens: `masking` overwrites those.

/// The longest text of Logz.io's that an error or a notice repeats, in characters.
pub const LONGEST_MESSAGE: usize = 300;
/// The same for a value that somebody gave, such as a time or an indicator.
pub const LONGEST_VALUE: usize = 60;
/// The same for a field of an event.
pub const LONGEST_FIELD: usize = 40;

/// A text in one line of at most `most` characters, with `…` behind it if it was longer.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    let (short, is_cut) = first(text, most);
    if is_cut { short + "…" } else { short }
}

/// A value that somebody gave, for a message.
#[must_use]
pub fn shown(value: &str) -> String {
    cut(value, LONGEST_VALUE)
}

/// A text as [`cut`] makes it, in quotation marks, with what would end the quotation or the line escaped.
#[must_use]
pub fn quoted(text: &str, most: usize) -> String {
    let end = text.char_indices().nth(most).map(|(index, _)| index);
    let short = end.and_then(|end| text.get(..end)).unwrap_or(text);
    format!("{short:?}{}", if end.is_some() { "…" } else { "" })
}

/// The first `most` characters, with spaces for those that change how the line is laid out, and whether there are more.
fn first(text: &str, most: usize) -> (String, bool) {
    let mut characters = text.chars().map(|c| if c.is_control() || is_layout(c) { ' ' } else { c });
    let short = characters.by_ref().take(most).collect();
    (short, characters.next().is_some())
}

/// Separators of lines and paragraphs, and marks that turn the direction of a text.
fn is_layout(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_characters_and_stays_on_one_line() {
        for (text, short) in [
            ("", ""),
            ("four", "four"),
            ("fives", "five…"),
            ("a\nb\t", "a b "),
            ("a\u{202e}\u{2028}b", "a  b"),
            ("\u{e4}\u{f6}\u{fc}\u{df}", "\u{e4}\u{f6}\u{fc}\u{df}"),
            ("\u{e4}\u{f6}\u{fc}\u{df}!", "\u{e4}\u{f6}\u{fc}\u{df}…"),
        ] {
            assert_eq!(cut(text, 4), short);
        }
    }

    #[test]
    fn a_quotation_shows_where_a_value_ends() {
        assert_eq!(quoted("a\"b\n", 10), r#""a\"b\n""#);
        assert_eq!(quoted("banana", 3), r#""ban"…"#);
        assert_eq!(quoted("ban", 3), r#""ban""#);
    }
}
