//! Sinks as their users have them: read from `sinks.toml`, opened, and delivered to.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod file;
mod ocsf;
mod settings;
mod standard;
mod support;
mod syslog;
mod template;
mod webhook;
