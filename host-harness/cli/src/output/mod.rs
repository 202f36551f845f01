//! How things are written: formats, tables, texts, colours, bars, messages and progress. It does not know what is written.

mod colour;
mod format;
mod message;
mod plot;
mod progress;
mod record;
mod standard;
mod table;
mod text;
mod writer;

pub(crate) use colour::Palette;
pub(crate) use format::{Format, OutputArguments};
pub(crate) use message::{note, say};
pub(crate) use plot::Ink;
pub(crate) use progress::{progress, progress_beside_rows};
pub(crate) use record::{Page, Record};
pub(crate) use standard::StandardOutput;
pub(crate) use table::{Cell, Column, Table, stdout_width};
pub(crate) use text::{chunked, cut, grouped, printable, wrapped};
pub(crate) use writer::{Output, standard_output};
