//! Logs: a `log` and its `fields`, the `mapping` that gives the fields of a day
//! their types, the words that `analysis` makes of texts, and the `store` of an
//! account's logs.
//!
//! Strings are kept whole (exact, case-sensitive), except for the analysed
//! fields, which are searched by word. Must not know of queries or requests.

mod analysis;
mod document;
mod fields;
mod filler;
mod log;
mod mapping;
mod store;

pub(crate) use analysis::{is_analyzed, words};
pub(crate) use document::Document;
pub(crate) use fields::{Scalar, TIME_FIELD};
pub use log::Log;
pub(crate) use log::index_of;
pub(crate) use mapping::{FieldType, Mapping, boolean, number};
pub(crate) use store::LogStore;
