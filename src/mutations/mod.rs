//! The component with one of its rules broken, for the tests that prove that
//! the others would notice. Never part of what is shipped.

pub mod mutation;
pub mod operations;
