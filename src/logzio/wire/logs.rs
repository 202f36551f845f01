//! Logs: what a search asks, and what it finds.

use super::lenient::{Total, count, lenient, listed, present, scalar, total};
use crate::logzio::condition::{Condition, TYPE};
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The most logs that one log search returns. (Logz.io API, "Search logs".)
pub const LARGEST_SEARCH: u32 = 10_000;

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
    #[serde(default, deserialize_with = "lenient")]
    pub timed_out: Option<bool>,
    /// The search stopped when it had found as much as it may.
    #[serde(default, deserialize_with = "lenient")]
    pub terminated_early: Option<bool>,
    /// The parts of the index that were searched.
    #[serde(rename = "_shards", default, deserialize_with = "lenient")]
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

/// A log that was found.
#[derive(Debug, Deserialize)]
pub struct Hit {
    /// Its index.
    #[serde(rename = "_index", default, deserialize_with = "lenient")]
    pub index: Option<String>,
    /// Its id in the index.
    #[serde(rename = "_id", default, deserialize_with = "lenient")]
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

/// Whether a number is left out of a request.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
