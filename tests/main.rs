//! What proves the whole.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail on the spot"
)]

mod completeness;
mod component;
mod cost;
mod endpoints;
mod hunting;
mod json;
mod moving;
mod mutants;
mod mutations;
mod native;
mod planting;
mod poison;
mod rules;
mod sample;
mod sandbox;
mod scenarios;
mod schedule;
mod script;
mod searching;
mod simulation;
