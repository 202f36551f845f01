//! What proves the whole.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]

mod component;
mod cost;
mod endpoints;
mod mutations;
mod native;
mod rules;
mod sandbox;
mod scenarios;
mod schedule;
mod script;
mod simulation;
