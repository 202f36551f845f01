//! Lucene's query syntax: what is refused, what may be read in another way than
//! meant, and how values are written. It must not know a field of Logz.io's.

mod check;
mod hint;

pub use check::*;
pub use hint::Hint;
