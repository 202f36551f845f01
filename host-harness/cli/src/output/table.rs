//! Rows for people: columns of fixed widths, so that rows can be written as they come, and texts that cannot harm a
//! terminal. It does not know what the rows are about.

use std::env;
use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::colour::Palette;
use super::text::{cut, printable};

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
    fn nothing_is_cut_without_a_width() {
        assert_eq!(row(None, ["abcdef", "0123456789"]), "abcdef  0123456789\n");
    }
}
