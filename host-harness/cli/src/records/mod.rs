//! What incidents, logs, checks and sightings look like when they are written, for programs and for people.

mod account;
mod check;
mod field;
mod incident;
mod log;
mod of_account;
mod sighting;
mod time;

pub(crate) use account::{AccountCheckRecord, AccountRecord};
pub(crate) use check::{CheckRecord, is_failed};
pub(crate) use field::{FieldSummary, KindRecord};
pub(crate) use incident::IncidentRecord;
pub(crate) use log::{LogRecord, field_of};
pub(crate) use of_account::{AccountColumn, OfAccount};
pub(crate) use sighting::{AccountsSummary, SightingRecord, Summary};
pub(crate) use time::seconds;
