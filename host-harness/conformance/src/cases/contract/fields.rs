//! The names of the arguments of each function, as the WIT has them.

/// The fields of `types.connection`, with the cases of the endpoint for the endpoint.
pub(super) const CONNECTION: [&str; 5] = ["region", "url", "security-token", "operations-token", "time-budget-ms"];

/// The fields of `incidents.fetch-request`, with those of the filter for the filter.
pub(super) const FETCH: [&str; 8] =
    ["start", "rule-name", "severities", "tags", "include-muted", "limit", "look-back-minutes", "attach-logs"];

pub(super) const SEARCH: [&str; 7] = ["lucene", "since", "until", "order", "fields", "limit", "page"];

pub(super) const EVENT_LOGS: [&str; 3] = ["event-id", "limit", "page"];

pub(super) const FIND_FIELDS: [&str; 2] = ["since", "until"];

pub(super) const HUNT: [&str; 7] =
    ["indicators", "fields", "log-types", "internal-networks", "since", "until", "limit-per-indicator"];
