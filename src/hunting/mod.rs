//! `hunt-indicators`: indicators of compromise in the logs. It must not know
//! how a request is sent.
//!
//! The modules stand in layers, and each uses those below only:
//!
//! ```text
//! hunt       the operation: searches, and each log back to its indicators
//! report     what a hunt found, as the contract has it
//! sighting   what was seen of one indicator
//! query, arguments  indicators in Lucene; what a caller asks for
//! fields     the fields to look in
//! document, known_fields, indicator, job  leaves
//! ```

pub mod arguments;
pub mod document;
pub mod fields;
mod hunt;
pub mod indicator;
pub mod job;
pub mod known_fields;
pub mod query;
pub mod report;
pub mod sighting;

pub use hunt::*;
