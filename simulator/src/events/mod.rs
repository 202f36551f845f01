//! Security events: an `event`, the `store` of an account's, and the endpoints
//! that search them (`search`) and give the logs of one (`event_logs`).
//!
//! Must not know of tokens, faults or transport.

mod body;
mod event;
mod event_logs;
mod page;
mod search;
mod seconds;
mod store;

pub use event::{Event, Severity};
pub(crate) use event_logs::search_event_logs;
pub(crate) use search::{EventMemory, search_events};
pub use store::EventRecord;
pub(crate) use store::EventStore;
