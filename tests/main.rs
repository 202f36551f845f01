//! What proves the whole.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]

mod component;
mod endpoints;
mod sandbox;
mod script;
