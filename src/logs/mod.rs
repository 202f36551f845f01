//! `search-logs` and `get-logs-by-event-id`: logs in pages. It must not know
//! what a query means, nor how a request is sent.

pub mod range;
mod search;

pub use search::*;
