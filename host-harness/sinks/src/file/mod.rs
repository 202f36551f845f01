//! Lines in a file (NDJSON): rotated, synced before they count as delivered, whole after any crash. It knows bytes and numbers of
//! incidents, and nothing of what they say.
//!
//! ```text
//! sink                          a batch as lines
//! appended                      the open file
//! rotation, tail                when a file is full, and old files; what a crash left at the end
//! line, settings                leaves
//! ```

mod appended;
mod line;
mod rotation;
mod settings;
mod sink;
mod tail;

pub(crate) use settings::FileSettings;
pub(crate) use sink::FileSink;
