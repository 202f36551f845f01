//! The Lucene query syntax, as Elasticsearch's `query_string` reads it.
//!
//! Follows the published grammar of Lucene's classic query parser: the same
//! tokens, longest first, and the same rule of precedence, in which AND binds
//! its two neighbours and nothing else. No parser at hand does: the grammar of
//! tantivy, for one, forgets which characters were escaped, has no `&&` and
//! `!`, and gives AND precedence over OR. Must not know of
//! documents.

mod error;
mod escape;
mod parser;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use error::LuceneError;
pub(crate) use parser::{Reading, parse};
