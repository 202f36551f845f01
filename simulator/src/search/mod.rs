//! The endpoints of log search: `log_search` and `scroll`. A `request` is read
//! from a body and run; what is `found` is sorted and presented.
//!
//! Must not know of tokens, faults or transport, nor how a query matches.

mod aggregation;
mod body;
mod context;
mod failure;
mod found;
mod hit;
mod log_search;
mod presentation;
mod request;
mod scroll;
mod sort;
mod source;
mod top_hits;

pub(crate) use context::Context;
pub(crate) use log_search::search;
pub(crate) use scroll::{Scrolls, scroll};
