//! What can be written in any format.

use std::io::{self, Write};

use super::colour::Palette;

/// Something that is written out.
pub(crate) trait Record {
    /// The record as JSON, on one line.
    fn json(&self) -> String;
    /// The titles of the columns in CSV.
    fn titles(&self) -> Vec<String>;
    /// The texts of the columns in CSV, row by row; most have one row.
    fn rows(&self) -> Vec<Vec<String>>;
    /// Writes the record for people. `first` is true once, for titles.
    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()>;
}

/// Where records for people are written to.
pub(crate) struct Page<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) palette: Palette,
    /// How many cells a line has; none if it can have any number.
    pub(crate) width: Option<usize>,
}
