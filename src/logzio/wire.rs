//! The wire: what Logz.io's endpoints take and give, as structs. Answers are read leniently: what is not needed may be
//! missing or odd. The fields within an event or a log, which come as raw JSON, are read in `conversions`.

use crate::logzio::condition::{Condition, TYPE};
use crate::logzio::page_size::Received;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The most logs that one log search returns. (Logz.io API, "Search logs".)
pub const LARGEST_SEARCH: u32 = 10_000;

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

/// A list that may be `null`. It may be missing only if a count says that this is a page all the same: an answer of another
/// kind must not pass for a page with nothing on it.
fn listed<T>(list: Option<Option<Vec<T>>>, is_counted: bool) -> Result<Vec<T>, &'static str> {
    match list {
        Some(list) => Ok(list.unwrap_or_default()),
        None if is_counted => Ok(Vec::new()),
        None => Err("it holds neither a list nor a count"),
    }
}

/// A value that is there, `null` included.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
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

/// The body of `POST /v1/search`: a subset of the Elasticsearch 6.8 search
/// DSL. Logz.io refuses fields that are not on its list.
#[derive(Debug, Serialize)]
pub struct LogSearch<'a> {
    /// Which logs.
    pub query: Bool,
    /// How many, at most [`LARGEST_SEARCH`].
    pub size: u32,
    /// How many to leave out before; left out for none.
    #[serde(skip_serializing_if = "is_none")]
    pub from: u32,
    /// In which order.
    pub sort: [ByTimestamp; 1],
    /// Which fields; left out for all.
    #[serde(rename = "_source", skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceFilter<'a>>,
    /// What to count; left out for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggs: Option<ByType>,
}

impl<'a> LogSearch<'a> {
    /// A search by time; `fields` empty for all of them.
    #[must_use]
    pub fn new(lucene: &str, window: (i64, i64), newest_first: bool, size: u32, fields: &'a [String]) -> Self {
        let source = (!fields.is_empty()).then_some(SourceFilter { includes: fields });
        Self { source, ..Self::of(Condition::lucene(lucene), window, newest_first, size) }
    }

    /// The same, which returns only these fields.
    #[must_use]
    pub fn with_fields(self, fields: &'a [String]) -> Self {
        Self { source: Some(SourceFilter { includes: fields }), ..self }
    }

    /// A search by time for whole logs.
    #[must_use]
    pub fn of(condition: Condition, window: (i64, i64), newest_first: bool, size: u32) -> Self {
        let timestamp = Ends { gte: window.0, lte: window.1, format: "epoch_millis" };
        let order = if newest_first { "desc" } else { "asc" };
        Self {
            query: Bool { bool: Must { must: (condition, Range { range: Timestamps { timestamp } }) } },
            size,
            from: 0,
            sort: [ByTimestamp { timestamp: Direction { order } }],
            source: None,
            aggs: None,
        }
    }

    /// The same, which also counts the logs of each type, and returns the newest `samples` of each.
    #[must_use]
    pub fn by_type(self, samples: u32) -> Self {
        let newest = TopHits { size: samples, sort: [ByTimestamp { timestamp: Direction { order: "desc" } }] };
        let types = OfTypes {
            terms: Terms { field: TYPE, size: MOST_BUCKETS },
            aggs: (samples > 0).then_some(Samples { samples: Newest { top_hits: newest } }),
        };
        Self { aggs: Some(ByType { types }), ..self }
    }
}

/// A query of which every part must match.
#[derive(Debug, Serialize)]
pub struct Bool {
    /// The parts.
    #[serde(rename = "bool")]
    pub bool: Must,
}

/// The parts of a [`Bool`].
#[derive(Debug, Serialize)]
pub struct Must {
    /// They must match.
    pub must: (Condition, Range),
}

/// The most buckets of an aggregation. (Logz.io API, "Search logs", `aggs`.)
pub const MOST_BUCKETS: u32 = 1_000;

/// An aggregation by log type.
#[derive(Debug, Serialize)]
pub struct ByType {
    /// The aggregation, by its name.
    pub types: OfTypes,
}

/// The aggregation of [`ByType`].
#[derive(Debug, Serialize)]
pub struct OfTypes {
    /// By which field.
    pub terms: Terms,
    /// What to return of each bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggs: Option<Samples>,
}

/// The field of an aggregation.
#[derive(Debug, Serialize)]
pub struct Terms {
    /// The field.
    pub field: &'static str,
    /// At most so many buckets.
    pub size: u32,
}

/// Logs of a bucket.
#[derive(Debug, Serialize)]
pub struct Samples {
    /// The aggregation, by its name.
    pub samples: Newest,
}

/// The aggregation of [`Samples`].
#[derive(Debug, Serialize)]
pub struct Newest {
    /// Which logs.
    pub top_hits: TopHits,
}

/// The first logs in an order. (Elasticsearch 6.8, "Top hits aggregation".)
#[derive(Debug, Serialize)]
pub struct TopHits {
    /// How many, at most 100.
    pub size: u32,
    /// The order.
    pub sort: [ByTimestamp; 1],
}

/// A range of timestamps.
#[derive(Debug, Serialize)]
pub struct Range {
    /// By field.
    pub range: Timestamps,
}

/// The field of a [`Range`].
#[derive(Debug, Serialize)]
pub struct Timestamps {
    /// The range.
    #[serde(rename = "@timestamp")]
    pub timestamp: Ends,
}

/// Both ends belong to the range. In epoch milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ends {
    /// At or after.
    pub gte: i64,
    /// At or before.
    pub lte: i64,
    /// How to read them.
    pub format: &'static str,
}

/// An order by time.
#[derive(Debug, Serialize)]
pub struct ByTimestamp {
    /// The order.
    #[serde(rename = "@timestamp")]
    pub timestamp: Direction,
}

/// `asc` or `desc`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Direction {
    /// The word.
    pub order: &'static str,
}

/// The fields of a log to return.
#[derive(Debug, Serialize)]
pub struct SourceFilter<'a> {
    /// Their names.
    pub includes: &'a [String],
}

/// The answer to a [`LogSearch`].
#[derive(Debug, Deserialize)]
pub struct LogHits {
    /// What was found.
    pub hits: Hits,
    /// The search stopped before it was through.
    #[serde(default, deserialize_with = "flag")]
    pub timed_out: Option<bool>,
    /// The search stopped when it had found as much as it may.
    #[serde(default, deserialize_with = "flag")]
    pub terminated_early: Option<bool>,
    /// The parts of the index that were searched.
    #[serde(rename = "_shards", default, deserialize_with = "shards")]
    pub shards: Option<Shards>,
    /// What was counted, if it was asked for.
    #[serde(default)]
    pub aggregations: Option<Counted>,
}

/// What a search counted.
#[derive(Debug, Deserialize)]
pub struct Counted {
    /// The logs of each type.
    pub types: Buckets,
}

/// The buckets of an aggregation, the largest first.
#[derive(Debug, Deserialize)]
pub struct Buckets {
    /// How many logs are in none of the buckets that are returned.
    #[serde(default, deserialize_with = "count")]
    pub sum_other_doc_count: Option<u64>,
    /// The buckets.
    pub buckets: Vec<Bucket>,
}

/// The logs of one type.
#[derive(Debug, Deserialize)]
pub struct Bucket {
    /// The type, as its text if it is no text.
    #[serde(deserialize_with = "scalar")]
    pub key: String,
    /// How many there are.
    #[serde(default, deserialize_with = "count")]
    pub doc_count: Option<u64>,
    /// Some of them, if they were asked for.
    #[serde(default)]
    pub samples: Option<Sampled>,
}

/// The logs of a bucket that are returned.
#[derive(Debug, Deserialize)]
pub struct Sampled {
    /// The logs.
    pub hits: Hits,
}

impl LogHits {
    /// Why there may be logs that match and were neither returned nor counted;
    /// none if Logz.io searched all that it has.
    ///
    /// Elasticsearch answers with what it found until then, and with a success.
    /// (Elasticsearch 6.8, "Request body search", `timeout`,
    /// `terminate_after` and `allow_partial_search_results`.)
    #[must_use]
    pub fn why_partial(&self) -> Option<&'static str> {
        if self.timed_out == Some(true) {
            Some("it took too long")
        } else if self.terminated_early == Some(true) {
            Some("it had found as much as it may")
        } else if self.shards.as_ref().is_some_and(|shards| shards.failed.is_some_and(|failed| failed > 0)) {
            Some("a part of the index could not be read")
        } else {
            None
        }
    }

    /// Whether Logz.io counted more logs than it returned, although more were
    /// asked for.
    #[must_use]
    pub fn is_short(&self, size: u32) -> bool {
        let length = u64::try_from(self.hits.hits.len()).unwrap_or(u64::MAX);
        length < u64::from(size) && self.hits.total.is_some_and(|total| total.value > length)
    }
}

/// The parts of the index that a search went to.
#[derive(Debug, Deserialize)]
pub struct Shards {
    /// How many could not be searched.
    #[serde(default, deserialize_with = "count")]
    pub failed: Option<u64>,
}

/// What a log search found.
#[derive(Debug, Deserialize)]
#[serde(try_from = "SentHits")]
pub struct Hits {
    /// How many logs match: a number, or an object with a `value`.
    pub total: Option<Total>,
    /// The logs. None where Logz.io sends `null`, or a total and no list.
    pub hits: Vec<Hit>,
}

/// [`Hits`] as they are sent.
#[derive(Deserialize)]
struct SentHits {
    #[serde(default, deserialize_with = "total")]
    total: Option<Total>,
    #[serde(default, deserialize_with = "present")]
    hits: Option<Option<Vec<Hit>>>,
}

impl TryFrom<SentHits> for Hits {
    type Error = &'static str;

    fn try_from(sent: SentHits) -> Result<Self, Self::Error> {
        Ok(Self { total: sent.total, hits: listed(sent.hits, sent.total.is_some())? })
    }
}

/// How many logs match.
///
/// Elasticsearch counts up to 10 000 from its version 7 on, and then says that
/// there are at least so many. (Elasticsearch 7.10, "Search API", `hits.total`.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The count.
    pub value: u64,
    /// There are so many, and not more.
    pub is_exact: bool,
}

impl Total {
    /// The count, if there are not more.
    #[must_use]
    pub fn exact(self) -> Option<u64> {
        self.is_exact.then_some(self.value)
    }
}

/// A log that was found.
#[derive(Debug, Deserialize)]
pub struct Hit {
    /// Its index.
    #[serde(rename = "_index", default, deserialize_with = "text")]
    pub index: Option<String>,
    /// Its id in the index.
    #[serde(rename = "_id", default, deserialize_with = "text")]
    pub id: Option<String>,
    /// The log.
    #[serde(rename = "_source")]
    pub source: Box<RawValue>,
    /// What it was sorted by: the timestamp in epoch milliseconds.
    #[serde(default)]
    pub sort: Option<Box<RawValue>>,
}

impl Hit {
    /// The first value that the log was sorted by, as its text.
    #[must_use]
    pub fn sorted_by(&self) -> Option<&str> {
        let First(value) = serde_json::from_str(self.sort.as_ref()?.get()).ok()?;
        value.map(|value| value.get().trim_matches('"'))
    }
}

/// The first value of a list, if it has one.
struct First<'a>(Option<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = First<'de>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<'de>, A::Error> {
                let first = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// The answer of `GET /v2/whoami`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whoami {
    /// The account's name.
    #[serde(default, deserialize_with = "text")]
    pub account_name: Option<String>,
    /// The account's id.
    #[serde(default, deserialize_with = "count")]
    pub account_id: Option<u64>,
}

/// An entry of `GET /v1/associated-accounts`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssociatedAccount {
    /// The account's id.
    #[serde(default, deserialize_with = "count")]
    pub account_id: Option<u64>,
    /// `SECURITY_ACCOUNT`, `OWNER_ACCOUNT`, `SUB_ACCOUNT` and others.
    #[serde(rename = "type", default, deserialize_with = "text")]
    pub kind: Option<String>,
}

/// The type of a Security account.
pub const SECURITY_ACCOUNT: &str = "SECURITY_ACCOUNT";

/// What an answer with an error says, in any of the shapes that occur:
/// `{"message"}`, a list of those, a JSON string, or plain text.
#[must_use]
pub fn error_message(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let text = serde_json::from_str::<Message>(body)
        .map(|error| error.message)
        .or_else(|_| {
            serde_json::from_str::<Vec<Message>>(body)
                .map(|errors| errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "))
        })
        .or_else(|_| serde_json::from_str::<String>(body))
        .unwrap_or_else(|_| if body.trim_start().starts_with('<') { String::new() } else { body.to_owned() });
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// Whether the answer is an error in spite of its status.
#[must_use]
pub fn is_error(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Coded {
        #[serde(rename = "errorCode")]
        _error_code: IgnoredAny,
    }
    // Errors are short: a page of results is not read for nothing.
    body.len() < 16_384 && body.contains("errorCode") && serde_json::from_str::<Coded>(body).is_ok()
}

/// The fields of an object in their order, the first of each name, and the
/// names that occur more than once.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    fields: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// Names that occurred again.
    pub repeated: Vec<String>,
}

impl<'a> Fields<'a> {
    /// Reads an object; `None` if the text is not one.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text of a field. Absent and null are the same.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.get()).filter(|text| *text != "null")
    }

    /// Whether a field occurs more than once.
    #[must_use]
    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|other| other == name)
    }

    /// The fields in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.fields.iter().map(|(key, value)| (key.as_ref(), value.get()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
                let mut fields = Fields::default();
                // Events have a dozen fields; only a hostile one is worth a set.
                const FEW: usize = 32;
                let mut known = std::collections::HashSet::new();
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    let count = fields.fields.len();
                    if count >= FEW && known.is_empty() {
                        known.extend(fields.fields.iter().map(|(key, _)| key.clone()));
                    }
                    let again = if count < FEW {
                        fields.fields.iter().any(|(other, _)| *other == key)
                    } else {
                        !known.insert(key.clone())
                    };
                    if again {
                        fields.repeated.push(key.into_owned());
                    } else {
                        fields.fields.push((key, value));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The name of a field, copied only if it holds an escape.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// A count in any shape that occurs; `None` for anything else.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    total(deserializer).map(|total| total.map(|total| total.value))
}

/// Whether a number is left out of a request.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

/// An object, or none where it is something else.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// A total in any shape that occurs; `None` for anything else.
fn total<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Total>, D::Error> {
    struct Count;
    fn exact(value: u64) -> Total {
        Total { value, is_exact: true }
    }
    impl<'de> Visitor<'de> for Count {
        type Value = Option<Total>;
        fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
            formatter.write_str("a count")
        }
        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok(Some(exact(value)))
        }
        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok(u64::try_from(value).ok().map(exact))
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
            Ok(value.parse().ok().map(exact))
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }
        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let (mut value_found, mut is_exact) = (None, true);
            while let Some(key) = map.next_key::<String>()? {
                let value = map.next_value::<Box<RawValue>>()?;
                match key.as_str() {
                    "value" => value_found = value.get().parse().ok(),
                    "relation" => is_exact = value.get() == "\"eq\"",
                    _ => {}
                }
            }
            Ok(value_found.map(|value| Total { value, is_exact }))
        }
    }
    deserializer.deserialize_any(Count)
}

/// A text, or `None` for anything else.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// A text, or what else stands there as a text.
fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned()))
}

/// A truth value, or `None` for anything else.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// The parts of an index, or `None` for anything else.
fn shards<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Shards>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_an_error_is_found_in_every_shape() {
        for (body, message) in [
            (r#"{"code":403,"message":"Insufficient privileges"}"#, Some("Insufficient privileges")),
            (r#"[{"errorCode":"A","message":"one"},{"message":"two"}]"#, Some("one; two")),
            (r#""no alert id 1 found""#, Some("no alert id 1 found")),
            ("Too Many\n Requests", Some("Too Many Requests")),
            ("", None),
            ("<html><body>Bad gateway</body></html>", None),
        ] {
            assert_eq!(error_message(body).as_deref(), message, "{body}");
        }
    }

    #[test]
    fn an_error_code_is_an_error_whatever_the_status() {
        assert!(is_error(r#"{"errorCode":"A","message":"b"}"#));
        assert!(!is_error(r#"{"total":1,"results":[{"errorCode":"in a log"}]}"#));
        assert!(!is_error("[]"));
    }

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

    #[test]
    fn an_answer_is_partial_if_logz_io_says_so_in_any_way() {
        let read = |members: &str| -> LogHits {
            serde_json::from_str(&format!(r#"{{"hits":{{"total":3,"hits":[{{"_source":{{}}}}]}}{members}}}"#)).unwrap()
        };
        for partial in [r#","timed_out":true"#, r#","terminated_early":true"#, r#","_shards":{"total":2,"failed":1}"#] {
            assert!(read(partial).why_partial().is_some(), "{partial}");
        }
        for whole in [
            "",
            r#","timed_out":false,"terminated_early":false,"_shards":{"total":2,"failed":0}"#,
            r#","timed_out":null,"_shards":null"#,
            r#","timed_out":"no","terminated_early":[],"_shards":"all""#,
            r#","_shards":{"failed":"x"}"#,
        ] {
            assert_eq!(read(whole).why_partial(), None, "{whole}");
        }
        assert!(read("").is_short(2) && !read("").is_short(1));
    }

    #[test]
    fn the_first_of_repeated_fields_counts() {
        let fields = Fields::read(r#"{"a":1,"b":null,"a":2}"#).unwrap();
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c")), (Some("1"), None, None));
        assert_eq!(fields.repeated, ["a"]);
        assert!(Fields::read("[]").is_none() && Fields::read("null").is_none());
    }
}
