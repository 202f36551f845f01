//! The functions of the contract, as a call names them.

pub(crate) const DESCRIBE: &str = "manifest.describe";
pub(crate) const CHECK: &str = "diagnostics.check-connection";
pub(crate) const FETCH: &str = "incidents.fetch-incidents";
pub(crate) const EVENT_LOGS: &str = "logs.get-logs-by-event-id";
pub(crate) const SEARCH: &str = "logs.search-logs";
pub(crate) const HUNT: &str = "hunting.hunt-indicators";
pub(crate) const FIND_FIELDS: &str = "hunting.find-fields";
