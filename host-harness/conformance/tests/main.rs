//! The suite, the reports and the adapters as programs use them.
//!
//! That the suite notices broken rules is proved by the mutants, which are many: `make conformance`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod adapter;
mod promises;
mod reports;
mod suite;
mod support;
