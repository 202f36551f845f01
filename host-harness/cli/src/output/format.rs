//! The formats of an output, as they are asked for.

use clap::{Args, ValueEnum};

#[derive(Args)]
pub(crate) struct OutputArguments {
    /// The output format
    ///
    /// json is one array, ndjson one object per line; both contain events and logs as Logz.io sent them (in ndjson, line
    /// breaks between values become spaces). In csv, a text that a spreadsheet would read as a formula gets an apostrophe in
    /// front. Warnings go to standard error.
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; texts are cut to the width of the terminal
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
    /// Comma-separated values, with a header line
    Csv,
}
