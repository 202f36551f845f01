//! The formats of an output, as they are asked for.

use clap::{Args, ValueEnum};

#[derive(Args)]
pub(crate) struct OutputArguments {
    /// How to write what was found
    ///
    /// json is one array, ndjson one object to a line; both hold events and logs as Logz.io sent them (in ndjson, line
    /// breaks between values become spaces). In csv, a text that a spreadsheet would take for a formula begins with an
    /// apostrophe. Warnings go to standard error.
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; texts are cut to the width of the terminal
    Table,
    /// One array
    Json,
    /// One object to a line
    Ndjson,
    /// Comma-separated values, with a line of titles
    Csv,
}
