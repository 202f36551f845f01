//! The group `hunting`: indicators that were planted in logs are found and attributed; nothing else is.

mod batches;
mod fields;
mod kinds;
mod notices;
mod queries;
mod report;
mod request;
mod sightings;

use crate::case::CodeCase;

pub(super) const CASES: &[&[CodeCase]] =
    &[batches::CASES, fields::CASES, kinds::CASES, notices::CASES, queries::CASES, request::CASES, sightings::CASES];
