//! The simulator as a client sees it, through its public interface.
//!
//! - `answering`: tokens, paths, error bodies, compression, records of requests;
//! - `events`, `event_logs`: the endpoints of security events;
//! - `search`, `aggregations`, `scroll`: the endpoints of log search;
//! - `large_logs`: logs that are made as they are sent;
//! - `field_types`: what queries may ask of numbers, texts and truth values;
//! - `scenario`: generated data;
//! - `server`: answers on a socket, with delays, hangs, cuts and resets.
//!
//! `client` asks a simulator, and `half_days` is an account to ask. What needs
//! no request is tested beside the code.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail on the spot")]

mod aggregations;
mod answering;
mod client;
mod event_logs;
mod events;
mod field_types;
mod half_days;
mod large_logs;
mod scenario;
mod scroll;
mod search;
mod server;
