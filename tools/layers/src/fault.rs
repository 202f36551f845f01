//! What the check reports: what is wrong, and the lines to look at.

use std::fmt;

/// Something that is wrong with the architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, with the names of the modules or crates.
    pub what: String,
    /// The lines that make it so, each as `file:line: why`.
    pub lines: Vec<String>,
}

impl Fault {
    /// A fault without a line.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), lines: Vec::new() }
    }

    /// The same, with the lines that make it so.
    #[must_use]
    pub fn at(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}", self.what)?;
        for line in &self.lines {
            write!(formatter, "\n  {line}")?;
        }
        Ok(())
    }
}
