//! `search-logs` and `get-logs-by-event-id`: logs in pages. It must not know
//! what a query means, nor how a request is sent.

mod by_event;
mod hidden;
mod page_bytes;
mod page_token;
mod position;
pub mod range;
mod reading;
mod rest;
mod search;

pub use by_event::{DEFAULT_EVENT_LOGS, by_event_id};
pub use search::{DEFAULT_SEARCH, LONGEST_QUERY, search};

use crate::contract::Error;

/// How many logs a page may hold.
pub const LIMITS: std::ops::RangeInclusive<u32> = 1..=10_000;

fn checked_limit(limit: Option<u32>, default: u32) -> Result<u32, Error> {
    let limit = limit.unwrap_or(default);
    if LIMITS.contains(&limit) {
        return Ok(limit);
    }
    Err(Error::InvalidArgument(format!(
        "a limit of {limit} is not possible: give {} to {}, and page for more",
        LIMITS.start(),
        LIMITS.end()
    )))
}
