//! Properties of everything that reads what others wrote: cursors, page tokens, times, queries, indicators, JSON, and the
//! answers of each endpoint. `make fuzz TIME=60` gives each property that many seconds; by itself, each takes a short while.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `texts` | what reads a text |
//! | `answers` | operations, whatever Logz.io answers |
//! | `json_form` | the JSON form of the contract's values |
//!
//! Those of the state file stand in the command, which keeps it.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail on the spot"
)]

mod answers;
mod json_form;
mod texts;
