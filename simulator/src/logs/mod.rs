//! Logs: a document, its fields as Logz.io maps them, the words of the fields
//! that it analyses, and the logs of an account.
//!
//! Strings are kept whole (exact, case-sensitive), except for the analysed
//! fields, which are searched by word. Must not know of queries or requests.

mod analysis;
mod fields;
mod log;
mod store;

pub(crate) use analysis::{is_analyzed, words};
pub(crate) use fields::{Scalar, TIME_FIELD};
pub use log::Log;
pub(crate) use store::LogStore;
