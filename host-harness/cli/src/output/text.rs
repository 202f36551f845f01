//! Texts in the cells of a terminal: cut, wrapped, and harmless. It does not know what they are about.

use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A text that is safe to print on one line of a terminal: what moves the cursor, changes the direction of writing or cannot
/// be seen is replaced. It goes by Unicode's own classes, so it knows characters that are yet to be abused.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => safe.push(' '),
            ' '..='~' => safe.push(character),
            // They choose between the text and the picture of the character before.
            '\u{fe0e}' | '\u{fe0f}' => {}
            _ if is_hidden(character) => safe.push(char::REPLACEMENT_CHARACTER),
            _ => safe.push(character),
        }
    }
    safe
}

/// Whether a character shows nothing by itself, or changes how others are shown.
fn is_hidden(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || CodePointSetData::new::<BidiControl>().contains(character)
}

/// A number with its digits in groups of three: 1 234 567.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The beginning of a text, in at most this many cells, with an ellipsis where it was cut.
pub(crate) fn cut(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > cells {
            break;
        }
        short.push(character);
    }
    short.push('…');
    short
}

/// The lines of a text, broken between words, of at most this many cells each; a longer word has a line of its own.
pub(crate) fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in printable(text).split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && line.width() + 1 + word.width() > cells {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// A text in pieces of at most this many cells each, broken anywhere.
pub(crate) fn chunked(text: &str, cells: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for character in text.chars() {
        let width = character.width().unwrap_or(0);
        if used > 0 && used + width > cells {
            pieces.push(String::new());
            used = 0;
        }
        used += width;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_deceive_a_reader_are_replaced() {
        for character in
            "\u{061c}\u{ad}\u{180e}\u{fff9}\u{fffa}\u{fffb}\u{e0001}\u{e0041}\u{e0100}\u{034f}\u{115f}\u{3164}\
            \u{200b}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}\u{2069}\u{206f}\u{feff}\u{85}\u{9b}\u{1b}\u{7f}\u{0}"
                .chars()
        {
            assert_eq!(printable(&format!("a{character}b")), "a\u{fffd}b", "{:x}", u32::from(character));
        }
        let text = "Größe 日本語 عربي 👍 ⚠\u{fe0f} ~";
        assert_eq!(printable(text), text.replace('\u{fe0f}', ""));
    }

    #[test]
    fn digits_are_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1 000"), (21_000_300, "21 000 300")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn wide_characters_take_two_cells() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("immeasurable", 4), ["immeasurable"]);
        assert_eq!(wrapped("", 4), [""]);
    }

    #[test]
    fn pieces_hold_every_character_and_no_more_cells_than_they_may() {
        assert_eq!(chunked("abcdefg", 3), ["abc", "def", "g"]);
        assert_eq!(chunked("日本語", 3), ["日", "本", "語"]);
        assert_eq!(chunked("", 3), [""]);
    }
}
