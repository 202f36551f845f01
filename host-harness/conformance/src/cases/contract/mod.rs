//! The group `contract`: what the component exports and says of itself, and that it keeps nothing between calls.

mod commands;
mod describe;
mod exports;
mod fields;
mod identity;
mod parameters;
mod state;
mod traces;

use crate::case::CodeCase;

pub(super) const CASES: &[&[CodeCase]] =
    &[commands::CASES, exports::CASES, identity::CASES, parameters::CASES, state::CASES, traces::CASES];
