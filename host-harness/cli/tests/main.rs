//! The command as its users have it: the real binary with the embedded component, against the simulator on a port.
//!
//! What the component makes of Logz.io's answers is not proved here; this is about state, output, signals, lists and exit
//! codes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[cfg(unix)]
mod accounts;
#[cfg(unix)]
mod adapter;
mod agreement;
#[cfg(unix)]
mod cache;
mod conformance;
#[cfg(unix)]
mod delivery;
mod demo;
mod fetching;
mod fields;
mod histogram;
mod hunting;
mod logs;
mod network;
mod schema;
mod support;
#[cfg(unix)]
mod watching;
