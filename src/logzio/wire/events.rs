//! Security events and the logs behind one: what is asked, and what comes, each row as its text.

use super::lenient::{count, lenient, listed, present};
use crate::logzio::page_size::Received;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The body of `POST /v2/security/rules/events/search`.
#[derive(Debug, Serialize)]
pub struct EventSearch {
    /// Which events.
    pub filter: EventSearchFilter,
    /// By date, oldest first.
    pub sort: [Sort; 1],
    /// Which page.
    pub pagination: Pagination,
}

impl EventSearch {
    /// A page of events by date.
    #[must_use]
    pub fn new(filter: EventSearchFilter, newest_first: bool, pagination: Pagination) -> Self {
        Self { filter, sort: [Sort { field: "DATE", descending: newest_first }], pagination }
    }
}

/// The filter of an event search. By default: everything, at no time.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventSearchFilter {
    /// A text that the rule's name contains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_term: Option<String>,
    /// Any of these severities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<&'static str>,
    /// The range of event dates. Both ends are mandatory.
    pub time_range: TimeRange,
    /// Muted events too. Sent always: nobody documents what its absence means.
    pub include_muted_events: bool,
}

/// A range of event dates in whole seconds since 1970. Nobody documents
/// whether an end belongs to it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeRange {
    /// Where it starts.
    pub from_date: i64,
    /// Where it ends.
    pub to_date: i64,
}

/// One criterion of an order.
#[derive(Debug, Serialize)]
pub struct Sort {
    /// `DATE`.
    pub field: &'static str,
    /// The default of Logz.io is true.
    pub descending: bool,
}

/// A page by its number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// The number, from 1.
    pub page_number: u32,
    /// The rows in a page, at most [`LARGEST_PAGE`](crate::logzio::paging::LARGEST_PAGE).
    pub page_size: u32,
}

/// The body of `POST /v2/security/rules/events/logs/search`.
#[derive(Debug, Serialize)]
pub struct EventLogSearch<'a> {
    /// Which event.
    pub filter: EventLogFilter<'a>,
    /// Which page.
    pub pagination: Pagination,
}

/// The filter of a search for an event's logs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventLogFilter<'a> {
    /// The event's id.
    pub alert_event_id: &'a str,
}

/// A page of events or of an event's logs, each as its text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "SentRows")]
pub struct Rows {
    /// How many there are on all pages, as Logz.io counts.
    pub total: Option<u64>,
    /// The rows. None where Logz.io sends `null`, or a total and no list.
    pub results: Vec<Box<RawValue>>,
    /// Which page this is, as Logz.io says.
    pub pagination: Option<EchoedPagination>,
}

/// [`Rows`] as they are sent.
#[derive(Deserialize)]
struct SentRows {
    #[serde(default, deserialize_with = "count")]
    total: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    results: Option<Option<Vec<Box<RawValue>>>>,
    #[serde(default, deserialize_with = "lenient")]
    pagination: Option<EchoedPagination>,
}

impl TryFrom<SentRows> for Rows {
    type Error = &'static str;

    fn try_from(sent: SentRows) -> Result<Self, Self::Error> {
        let SentRows { total, results, pagination } = sent;
        let results = listed(results, total.is_some())?;
        Ok(Self { total, results, pagination })
    }
}

/// The pagination of an answer, which repeats that of the request. (Logz.io
/// API, "Search for security events".)
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EchoedPagination {
    /// The rows of a page.
    #[serde(default, deserialize_with = "count")]
    pub page_size: Option<u64>,
}

impl Rows {
    /// What the answer says of its own size.
    #[must_use]
    pub fn received(&self) -> Received {
        let echoed = self.pagination.and_then(|pagination| pagination.page_size);
        Received {
            rows: u32::try_from(self.results.len()).unwrap_or(u32::MAX),
            echoed: echoed.and_then(|size| u32::try_from(size).ok()),
            total: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logzio::wire::LogHits;

    #[test]
    fn counts_are_read_in_every_shape() {
        for (total, count) in [
            ("7", Some(7)),
            (r#"{"value":8,"relation":"gte"}"#, Some(8)),
            ("\"9\"", Some(9)),
            ("-1", None),
            ("null", None),
            ("1.5", None),
            ("[1]", None),
            ("true", None),
        ] {
            let rows: Rows = serde_json::from_str(&format!(r#"{{"total":{total},"results":[]}}"#)).unwrap();
            assert_eq!(rows.total, count, "{total}");
        }
        assert_eq!(
            serde_json::from_str::<Rows>(r#"{"results":[1,{"a" : 2}]}"#).unwrap().results[1].get(),
            r#"{"a" : 2}"#
        );
    }

    #[test]
    fn a_list_that_is_null_or_missing_beside_a_count_is_empty() {
        for text in [r#"{"results":null}"#, r#"{"total":0}"#, r#"{"total":3}"#, r#"{"total":0,"results":[]}"#] {
            assert!(serde_json::from_str::<Rows>(text).unwrap().results.is_empty(), "{text}");
        }
        for text in [r#"{"hits":{"hits":null}}"#, r#"{"hits":{"total":0}}"#, r#"{"hits":{"total":0,"hits":[]}}"#] {
            assert!(serde_json::from_str::<LogHits>(text).unwrap().hits.hits.is_empty(), "{text}");
        }
        for text in ["{}", r#"{"status":"ok"}"#, r#"{"total":null}"#, r#"{"results":{}}"#, r#"{"results":7}"#] {
            assert!(serde_json::from_str::<Rows>(text).is_err(), "{text}");
        }
        for text in ["{}", r#"{"hits":{}}"#, r#"{"hits":[]}"#, r#"{"hits":{"hits":{}}}"#] {
            assert!(serde_json::from_str::<LogHits>(text).is_err(), "{text}");
        }
    }
}
