//! `fetch-incidents`: security events as incidents, each exactly once. It must
//! not know how a request is sent.

mod attach;
pub mod cursor;
mod fetch;
pub mod sweep;

pub use fetch::*;
