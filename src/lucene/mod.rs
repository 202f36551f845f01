//! Lucene's query syntax: what is refused, and how values are written. It must
//! not know a field of Logz.io's.

mod check;

pub use check::*;
