//! What nobody has documented about Logz.io, each with a default.
//!
//! A client that is right under every setting here is right whatever Logz.io
//! turns out to do. Must not know how the settings are used.

use chrono::TimeDelta;

use crate::refusal::ErrorShape;

/// How the simulator behaves where Logz.io's documentation is silent or
/// contradicts itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// Whether an event dated exactly `fromDate` is found. Inclusive.
    pub from_date: Bound,
    /// Whether an event dated exactly `toDate` is found. Inclusive.
    pub to_date: Bound,
    /// What the time filter sees of events' dates. Kept.
    pub date_fractions: Fractions,
    /// What the time filter sees of a `fromDate` or `toDate` with a fraction.
    /// Kept.
    pub filter_fractions: Fractions,
    /// In which order events of the same date come. Stable.
    pub ties: Ties,
    /// What `total` says of an events search. Exact.
    pub total: Total,
    /// How deep pages of events go. Unlimited.
    pub page_depth: PageDepth,
    /// What becomes of a `pageSize` above 1 000. Refused.
    pub page_size_excess: PageSizeExcess,
    /// The most rows of a page of events or of an event's logs, however many are
    /// asked for. 1 000.
    pub page_rows: u32,
    /// What the `pageSize` of an answer says where a page is cut. The size it
    /// is cut to.
    pub page_size_echo: PageSizeEcho,
    /// Whether `searchTerm` finds rule names in any letter case. It does not.
    pub search_term_ignores_case: bool,
    /// The answer for the logs of an event that does not exist. Empty.
    pub unknown_event: UnknownEvent,
    /// Whether a `query_string` that asks a field of numbers for a text, and
    /// does not say `lenient`, finds nothing there instead of failing.
    /// Elasticsearch 6.8 does so where the index searches all fields by
    /// default. It fails.
    pub lenient_queries: bool,
    /// The shape of `hits.total` in a log search. A number.
    pub hits_total: HitsTotal,
    /// How far a log search goes through what there is. To the end.
    pub search_end: SearchEnd,
    /// The most rows of a log search, however many are asked for. 10 000.
    pub search_rows: u32,
    /// The shape of `hits` in a scroll. A string.
    pub scroll_hits: ScrollHits,
    /// The shape of the answer of `/v1/account/log-types`. An array.
    pub log_types: LogTypes,
    /// Whether every aggregation is refused. It is not.
    pub refuses_aggregations: bool,
    /// Whether the aggregation `top_hits` is refused. It is not among those
    /// that the documentation forbids. It is not.
    pub refuses_top_hits: bool,
    /// How many calendar days (UTC) one log search covers. 2.
    pub search_days: u32,
    /// How long logs are kept; for ever if none. Older ones are found by
    /// neither a search nor an event's logs. None.
    pub log_retention: Option<TimeDelta>,
    /// The status for a token that no account has: 401 or 403. 403.
    pub unknown_token_status: u16,
    /// The status for a token of another region: 401 or 403. 401.
    pub wrong_region_status: u16,
    /// The status for a scroll that has expired: 400 or 404. 400.
    pub expired_scroll_status: u16,
    /// One shape for every error body, instead of each endpoint's own. None.
    pub error_shape: Option<ErrorShape>,
    /// How many requests of one account are served at the same time over
    /// [`router`](crate::Simulator::router) and
    /// [`serve`](crate::Simulator::serve); one more gets a 429. 100.
    pub concurrent_requests: u32,
}

impl Default for Behaviour {
    /// What the documentation says, or else what is most likely.
    fn default() -> Self {
        Self {
            from_date: Bound::Inclusive,
            to_date: Bound::Inclusive,
            date_fractions: Fractions::Kept,
            filter_fractions: Fractions::Kept,
            ties: Ties::Stable,
            total: Total::Exact,
            page_depth: PageDepth::Unlimited,
            page_size_excess: PageSizeExcess::Refused,
            page_rows: 1_000,
            page_size_echo: PageSizeEcho::Given,
            search_term_ignores_case: false,
            unknown_event: UnknownEvent::Empty,
            lenient_queries: false,
            hits_total: HitsTotal::Number,
            search_end: SearchEnd::Whole,
            search_rows: 10_000,
            scroll_hits: ScrollHits::Text,
            log_types: LogTypes::Array,
            refuses_aggregations: false,
            refuses_top_hits: false,
            search_days: 2,
            log_retention: None,
            unknown_token_status: 403,
            wrong_region_status: 401,
            expired_scroll_status: 400,
            error_shape: None,
            concurrent_requests: 100,
        }
    }
}

/// Whether an end of a range belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The end itself is found.
    Inclusive,
    /// Only what lies strictly within is found.
    Exclusive,
}

/// What a comparison sees of a time with a fraction of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fractions {
    /// The whole of it.
    Kept,
    /// The seconds before the point.
    Truncated,
}

/// The order of events that have the same date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// The same at every call.
    Stable,
    /// Another one at every call.
    Shuffled,
}

/// What `total` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// How many events match.
    Exact,
    /// How many matched at the call before, of the same filter or not; exact
    /// at the first.
    Stale,
    /// How many match, and this many more or fewer, but not below zero.
    Off(i32),
}

/// How deep pages of events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageDepth {
    /// To the last event.
    Unlimited,
    /// Rows beyond this many are missing from the results, without a word.
    Empty(u32),
    /// A page that ends beyond this many rows is a 400.
    Refused(u32),
}

/// What becomes of a `pageSize` above 1 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageSizeExcess {
    /// A 400.
    Refused,
    /// A page of 1 000, which its echo says.
    Capped,
}

/// What the `pageSize` of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageSizeEcho {
    /// The size that the page was cut to.
    Given,
    /// The size that was asked for.
    Asked,
}

/// The answer for the logs of an event that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownEvent {
    /// No logs, as for an event whose logs are no longer kept.
    Empty,
    /// A 404.
    NotFound,
}

/// The shape of `hits.total` in a log search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HitsTotal {
    /// `"total": 339604`.
    Number,
    /// `"total": {"value": 10000, "relation": "gte"}`: counted up to 10 000.
    Object,
}

/// How far a log search goes through what there is.
///
/// Elasticsearch answers with what it found until it stopped, counts that
/// alone, and says so in a field beside the hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchEnd {
    /// To the end.
    Whole,
    /// It sees one log in two, and says `"timed_out": true`.
    TimedOut,
    /// It sees one log in two, and says `"terminated_early": true`.
    TerminatedEarly,
    /// One of its two shards fails, with one log in two: `"failed": 1`.
    FailedShard,
}

/// The shape of `hits` in the answer of a scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScrollHits {
    /// A string that holds `{"total": …, "hits": […]}`.
    Text,
    /// A string that holds `{"hits": {"total": …, "hits": […]}}`.
    NestedText,
    /// The object itself.
    Object,
}

/// The shape of the answer of `/v1/account/log-types`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTypes {
    /// `["auth", "falco"]`
    Array,
    /// `{"logTypes": ["auth", "falco"]}`
    Object,
}
