//! The real component in the real sandbox, against the simulator.
//!
//! | module | what it tests |
//! | --- | --- |
//! | `component` | every operation, error, fault and limit of the sandbox |
//! | `json` | the contract called by name and by JSON, and its schema |
//! | `schedules` | random schedules of the fetch: as the native run |
//! | `large_logs` | logs of 1 MiB through search, event logs and fetch |
//! | `costs` | instructions, requests and bytes, held to those accepted |
//! | `hunting` | a hunt: as the native run |
//!
//! `sandbox` runs the component; `support` is shared with the native tests.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail on the spot"
)]

mod component;
mod costs;
mod hunting;
mod json;
mod large_logs;
mod sandbox;
mod schedules;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "shared with the native tests")]
mod support;
