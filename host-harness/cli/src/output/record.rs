//! What can be written in any format.

use std::io::{self, Write};

use serde::Serialize;

use super::colour::Palette;

/// Something that is written out, one to a row.
pub(crate) trait Record: Serialize {
    /// The titles of the columns in CSV.
    fn titles(&self) -> Vec<String>;
    /// The texts of the columns in CSV.
    fn texts(&self) -> Vec<String>;
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
