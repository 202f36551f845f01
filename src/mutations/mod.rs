//! The component with one of its rules broken, for the tests that prove that others would notice. Compiled with the feature
//! `mutations` only, and never part of what is shipped.
//!
//! The modules have the names of those that they stand in for, and the same functions: the exports in `lib.rs` use the one
//! or the other, and nothing else knows of mutations.

pub mod answer;
pub mod call;
pub mod diagnostics;
pub mod hunting;
pub mod incidents;
pub mod logs;
pub mod manifest;
pub mod mutation;
pub mod sweep;
pub mod transport;
