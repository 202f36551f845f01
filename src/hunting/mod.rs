//! `hunt-indicators` and `find-fields`: indicators of compromise in the logs, and the fields that they are in. It must not know
//! how a request is sent.
//!
//! A silent "not seen" is the worst answer. Fields are therefore learned from the account itself:
//!
//! - For each window of two days, one search counts the logs of each `type` (an aggregation of at most 1 000) and returns the
//!   newest of each. Where Logz.io takes no such search, each type is searched by itself. Then logs that lack the fields seen
//!   so far of their type are asked for, in up to three rounds.
//! - Every value of a sampled log is read as an indicator is. A field counts for the kinds that its values are of; for accounts,
//!   computers, programs and ports, which have no form, the words in its name decide as well. Known names are a start.
//! - What has a form, such as an address or a hash, is also asked for in every field, and counts in any field of a log that is
//!   found. A name is also asked for in every field whose own name says that it may hold one. So a rare field that no sample
//!   had hides nothing.
//! - A query names its fields beside its text (`fields` of `query_string`), so a kind may have hundreds of fields: a regular
//!   expression for sixty addresses is one condition in each. Conditions stay below the 1 024 of Elasticsearch 6.8.
//! - A sighting is complete if all logs that hold it were read, every log type in the range was sampled, and Logz.io took the
//!   search of every field. What nothing can tell is that a field holds names if neither its name nor a sample says so.
//! - It costs two or three searches for each window; a caller with many hunts passes the fields on.
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
//! classification, pair
//!                   what a value holds; indicators in two fields
//! field_name, indicator
//!                   what the name of a field says; what to look for
//! known_fields, kinds, document, job
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
pub mod pair;
pub mod query;
pub mod report;
pub mod sampling;
pub mod sighting;

pub use find_fields::find_fields;
pub use hunt::*;
