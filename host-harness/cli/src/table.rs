//! Rows for people: columns of fixed widths, so that rows can be written as they come, and texts that cannot harm a
//! terminal. It does not know what the rows are about.

use std::env;
use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::colour::Palette;

/// The space between columns.
const GAP: usize = 2;

/// A column: its title, and how many cells of the terminal it takes.
pub(crate) struct Column {
    title: &'static str,
    width: usize,
}

impl Column {
    pub(crate) fn new(title: &'static str, width: usize) -> Self {
        Self { title, width }
    }
}

/// A text in a cell, with its style.
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn plain(text: &str) -> Self {
        Self::styled(text, Style::new())
    }

    pub(crate) fn styled(text: &str, style: Style) -> Self {
        Self { text: printable(text), style }
    }
}

/// A table that is written row by row. The last column takes what is left of the width.
pub(crate) struct Table {
    columns: Vec<Column>,
    width: Option<usize>,
}

impl Table {
    /// A table for an output of this many cells, or of any width.
    pub(crate) fn new(columns: Vec<Column>, width: Option<usize>) -> Self {
        Self { columns, width }
    }

    /// How many cells the last column has.
    pub(crate) fn room_of_the_last(&self) -> usize {
        let before: usize = self.columns.iter().rev().skip(1).map(|column| column.width + GAP).sum();
        self.width.map_or(usize::MAX, |width| width.saturating_sub(before).max(1))
    }

    pub(crate) fn write_titles(&self, out: &mut dyn Write, palette: &Palette) -> io::Result<()> {
        let titles = self.columns.iter().map(|column| Cell::styled(column.title, palette.title));
        self.write_row(out, titles)
    }

    pub(crate) fn write_row(&self, out: &mut dyn Write, cells: impl IntoIterator<Item = Cell>) -> io::Result<()> {
        let mut used = 0;
        let last = self.columns.len().saturating_sub(1);
        for (index, (column, Cell { text, style })) in self.columns.iter().zip(cells).enumerate() {
            let room = match self.width {
                Some(width) if index == last => width.saturating_sub(used).max(1),
                None if index == last => usize::MAX,
                _ => column.width,
            };
            // Without a width nothing is cut: a column that overflows is better than half an id in a pipe.
            let text = if self.width.is_some() { cut(&text, room) } else { text };
            write!(out, "{style}{text}{style:#}")?;
            if index != last {
                let padding = column.width.saturating_sub(text.width()) + GAP;
                write!(out, "{:padding$}", "")?;
            }
            used += column.width + GAP;
        }
        writeln!(out)
    }
}

/// How many cells standard output has: those of the terminal, or none in particular.
pub(crate) fn stdout_width() -> Option<usize> {
    let terminal = io::stdout().is_terminal();
    let asked = || env::var("COLUMNS").ok()?.parse::<u16>().ok();
    let found = || console::Term::stdout().size_checked().map(|(_, columns)| columns);
    terminal.then(|| asked().or_else(found).unwrap_or(80)).map(|width| usize::from(width).max(40))
}

/// A text that is safe to print on one line of a terminal: control characters, escape sequences and characters that turn
/// the direction of writing are replaced.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => safe.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                safe.push('\u{fffd}');
            }
            _ if character.is_control() => safe.push('\u{fffd}'),
            _ => safe.push(character),
        }
    }
    safe
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

    fn row(width: Option<usize>, cells: [&str; 2]) -> String {
        let table = Table::new(vec![Column::new("A", 4), Column::new("B", 4)], width);
        let mut out = Vec::new();
        table.write_row(&mut out, cells.map(Cell::plain)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escape_sequences_never_reach_the_terminal() {
        let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r\nnext\u{202e}gpj";
        let safe = printable(evil);
        assert!(!safe.chars().any(char::is_control), "{safe:?}");
        assert!(!safe.contains('\u{202e}'), "{safe:?}");
        assert!(safe.contains("next"), "{safe:?}");
        assert!(!row(Some(80), [evil, evil]).trim_end().chars().any(char::is_control));
    }

    #[test]
    fn long_texts_are_cut_to_the_width() {
        assert_eq!(row(Some(14), ["abcdef", "0123456789"]), "abc…  0123456…\n");
        assert_eq!(row(Some(14), ["ab", "01234567"]), "ab    01234567\n");
    }

    #[test]
    fn wide_characters_take_two_cells() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn nothing_is_cut_without_a_width() {
        assert_eq!(row(None, ["abcdef", "0123456789"]), "abcdef  0123456789\n");
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
