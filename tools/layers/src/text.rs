//! Lines of a text, with the numbers that they have in their file.

/// A line, without its line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// What it says.
    pub text: String,
}

/// The lines of a text that begins at a line of its file.
pub fn lines(text: &str, first: usize) -> impl Iterator<Item = Line> + '_ {
    text.lines().enumerate().map(move |(offset, line)| Line { number: first + offset, text: line.to_owned() })
}
