//! The group `incidents`: what an incident holds, which ones come, and that each comes once.

mod attached_logs;
mod cursor;
mod fields;
mod filters;
mod look_back;
mod notices;
mod once;
mod pages;
mod paging;
mod schedule;

use crate::case::CodeCase;

pub(super) const CASES: &[&[CodeCase]] = &[
    attached_logs::CASES,
    cursor::CASES,
    fields::CASES,
    filters::CASES,
    look_back::CASES,
    notices::CASES,
    once::CASES,
    paging::CASES,
];
