//! How a step of the bench ends: it stops at the first thing that goes wrong.

/// A value, or why there is none.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
