//! The group `hunting`: indicators that were planted in logs are found and attributed; nothing else is.

mod batches;
mod kinds;
mod queries;
mod report;
mod request;
mod sightings;

use crate::case::CodeCase;

pub(super) const CASES: &[&[CodeCase]] =
    &[batches::CASES, kinds::CASES, queries::CASES, request::CASES, sightings::CASES];
