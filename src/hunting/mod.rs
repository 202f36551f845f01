//! `hunt-indicators` and `find-fields`: indicators of compromise in the logs, and the fields that they are in. It must not know
//! how a request is sent.
//!
//! The modules stand in layers, and each uses those below only:
//!
//! ```text
//! hunt              the operation: searches, and each log back to its indicators
//! coverage, find_fields
//!                   the log types whose fields a hunt knows; the operation: the fields that hold indicators
//! report, sampling  what a hunt found; logs of each type
//! sighting, query   what was seen of one indicator; indicators in Lucene
//! fields            the fields to look in
//! arguments, evidence
//!                   what a caller asks for; what sampled logs say about fields
//! classification    what a value holds
//! field_name        what the name of a field says
//! indicator, known_fields, kinds, document, job
//!                   leaves
//! ```

pub mod arguments;
pub mod classification;
pub mod coverage;
pub mod document;
pub mod evidence;
pub mod field_name;
pub mod fields;
mod find_fields;
mod hunt;
pub mod indicator;
pub mod job;
pub mod kinds;
pub mod known_fields;
pub mod query;
pub mod report;
pub mod sampling;
pub mod sighting;

pub use find_fields::find_fields;
pub use hunt::*;
