//! The group `logs`: which logs a search finds over which range, in which order, and that pages lose none.

mod event_logs;
mod notices;
mod pages;
mod paging;
mod query;
mod range;

use crate::case::CodeCase;

pub(super) const CASES: &[&[CodeCase]] =
    &[event_logs::CASES, notices::CASES, paging::CASES, query::CASES, range::CASES];
