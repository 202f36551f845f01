//! What proves the whole.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]

mod endpoints;
mod script;
