//! The tests of the component's operations against the simulator, run
//! natively: they need no WebAssembly, and compile in seconds.
//!
//! | module | what it tests | how it runs |
//! | --- | --- | --- |
//! | `component_mutations` | each mutation changes what can be seen | native |
//! | `endpoints` | what is sent to Logz.io, and what becomes of each kind of answer | script |
//! | `fetch_rules` | the rules of the fetch, one test for each | native |
//! | `fetch_mutations` | a broken rule of the fetch is noticed | native |
//! | `fetch_cost` | rows, requests and calls of a fetch | native |
//! | `counts` | what Logz.io counts, compared with what it shows | native |
//! | `cursors` | cursors of other integrations and of earlier builds | native |
//! | `malformed_events` | events that cannot be read in full | native |
//! | `search` | log search: each log once, in order, with a count that is right or none | native |
//! | `hunting` | hunts: what was planted is found, and nothing else | native |
//!
//! `sandboxed/` is a package of its own: the real component in the real
//! sandbox. `support` holds what the tests share, and no test. `soak.rs` is a test
//! program of its own: random schedules for as long as it is given.
//! `lucene/` compares the simulator's log search with Lucene itself.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail on the spot"
)]

mod component_mutations;
mod counts;
mod cursors;
mod endpoints;
mod fetch_cost;
mod fetch_mutations;
mod fetch_rules;
mod hunting;
mod hunting_cost;
mod hunting_fields;
mod hunting_shapes;
mod malformed_events;
mod search;
mod support;
