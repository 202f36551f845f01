//! `hunt-indicators`: indicators of compromise in the logs. It must not know
//! how a request is sent.

pub mod document;
pub mod fields;
mod hunt;
pub mod indicator;
pub mod sighting;

pub use hunt::*;
