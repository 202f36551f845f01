//! Aggregations of a log search: `terms`, `date_histogram`, metrics, and the
//! `top_hits` of a bucket.
//!
//! Must not know which logs are aggregated or why.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::top_hits::TopHits;
use crate::behaviour::Behaviour;
use crate::logs::{Document, Scalar, TIME_FIELD, is_analyzed};
use crate::refusal::Refusal;
use crate::time;

/// Aggregations by name.
#[derive(Debug)]
pub(crate) struct Aggregations(Vec<(String, Aggregation)>);

#[derive(Debug)]
struct Aggregation {
    kind: Kind,
    within: Aggregations,
}

#[derive(Debug)]
enum Kind {
    Terms { field: String, size: usize, order: TermsOrder },
    DateHistogram { interval: i64, min_count: usize },
    Metric { metric: Metric, field: String },
    TopHits(TopHits),
}

#[derive(Debug, Clone, Copy)]
enum TermsOrder {
    Count { descending: bool },
    Key { descending: bool },
}

#[derive(Debug, Clone, Copy)]
enum Metric {
    Min,
    Max,
    Avg,
    Sum,
    ValueCount,
    Cardinality,
}

/// What may stand in another only once.
const BUCKETS: [&str; 6] = ["date_histogram", "geohash_grid", "histogram", "ip_ranges", "significant_terms", "terms"];
const MAX_SIZE: u64 = 1000;
const MAX_BUCKETS: i64 = 10_000;

fn refused(reason: impl std::fmt::Display) -> Refusal {
    Refusal::search(format!(
        "This search can't be executed: [{reason}]. Please contact customer support for more details"
    ))
}

impl Aggregations {
    pub(crate) fn read(tree: &Map<String, Value>, behaviour: &Behaviour) -> Result<Self, Refusal> {
        Self::read_within(tree, behaviour, false)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn read_within(tree: &Map<String, Value>, behaviour: &Behaviour, in_bucket: bool) -> Result<Self, Refusal> {
        tree.iter()
            .map(|(name, body)| match body {
                Value::Object(body) => Ok((name.clone(), Aggregation::read(name, body, behaviour, in_bucket)?)),
                _ => Err(refused(format!("the aggregation [{name}] must be an object"))),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn compute(&self, logs: &[Document<'_>]) -> Value {
        let results = self.0.iter().map(|(name, aggregation)| (name.clone(), aggregation.compute(logs)));
        Value::Object(results.collect())
    }
}

impl Aggregation {
    fn read(name: &str, body: &Map<String, Value>, behaviour: &Behaviour, in_bucket: bool) -> Result<Self, Refusal> {
        let mut found = None;
        let mut nested = &Map::new();
        for (key, value) in body {
            match (key.as_str(), value) {
                ("aggs" | "aggregations", Value::Object(tree)) => nested = tree,
                ("meta", _) => {}
                (kind, Value::Object(options)) if found.is_none() => found = Some((kind, options)),
                _ => return Err(refused(format!("the aggregation [{name}] has a stray [{key}]"))),
            }
        }
        let Some((kind, options)) = found else {
            return Err(refused(format!("Missing definition for aggregation [{name}]")));
        };
        if behaviour.refuses_aggregations || matches!(kind, "significant_terms" | "multi_terms") {
            return Err(refused(format!("the aggregation {kind} is not allowed")));
        }
        let is_bucket = BUCKETS.contains(&kind);
        if is_bucket && in_bucket {
            return Err(refused("bucket aggregations can't be nested in one another"));
        }
        if options.get("size").and_then(Value::as_u64).is_some_and(|size| size > MAX_SIZE) {
            return Err(refused(format!("aggregation size can't exceed {MAX_SIZE}")));
        }
        if kind == "top_hits" {
            if behaviour.refuses_top_hits {
                return Err(refused(format!("the aggregation {kind} is not allowed")));
            }
            if !nested.is_empty() {
                return Err(refused(format!("[{name}] cannot have sub-aggregations")));
            }
            return Ok(Self { kind: Kind::TopHits(TopHits::read(name, options)?), within: Aggregations(Vec::new()) });
        }
        let field = options.get("field").and_then(Value::as_str).unwrap_or_default();
        if field.is_empty() {
            return Err(refused(format!("the aggregation [{name}] needs a field")));
        }
        if is_analyzed(field) {
            return Err(Refusal::elasticsearch(format!(
                "Fielddata is disabled on text fields by default. Set fielddata=true on [{field}]"
            )));
        }
        let field = field.to_owned();
        let metric = |metric| Ok(Kind::Metric { metric, field: field.clone() });
        let kind = match kind {
            "terms" => Kind::terms(options, field),
            "date_histogram" => Kind::date_histogram(options, &field),
            "min" => metric(Metric::Min),
            "max" => metric(Metric::Max),
            "avg" => metric(Metric::Avg),
            "sum" => metric(Metric::Sum),
            "value_count" => metric(Metric::ValueCount),
            "cardinality" => metric(Metric::Cardinality),
            other => Err(Refusal::elasticsearch(format!("Unknown aggregation type [{other}] in [{name}]"))),
        }?;
        let within = Aggregations::read_within(nested, behaviour, in_bucket || is_bucket)?;
        if !is_bucket && !within.is_empty() {
            return Err(refused(format!("[{name}] cannot have sub-aggregations")));
        }
        Ok(Self { kind, within })
    }

    fn compute(&self, logs: &[Document<'_>]) -> Value {
        match &self.kind {
            Kind::Metric { metric, field } => metric.compute(logs, field),
            Kind::DateHistogram { interval, min_count } => self.date_histogram(logs, *interval, *min_count),
            Kind::TopHits(top_hits) => top_hits.compute(logs),
            Kind::Terms { field, size, order } => self.terms(logs, field, *size, *order),
        }
    }

    fn bucket(&self, head: Value, logs: &[Document<'_>]) -> Value {
        let mut bucket = head;
        if let (Value::Object(bucket), Value::Object(within)) = (&mut bucket, self.within.compute(logs)) {
            bucket.insert("doc_count".to_owned(), json!(logs.len()));
            bucket.extend(within);
        }
        bucket
    }

    fn terms(&self, logs: &[Document<'_>], field: &str, size: usize, order: TermsOrder) -> Value {
        let mut groups: BTreeMap<Key, Vec<Document<'_>>> = BTreeMap::new();
        let mut counted = 0;
        for log in logs {
            // A value that is there twice makes the document count once.
            for key in keys(*log, field) {
                counted += 1;
                groups.entry(key).or_default().push(*log);
            }
        }
        let mut groups: Vec<(Key, Vec<Document<'_>>)> = groups.into_iter().collect();
        match order {
            TermsOrder::Count { descending: true } => {
                groups.sort_by_key(|(_, logs)| std::cmp::Reverse(logs.len()));
            }
            TermsOrder::Count { descending: false } => {
                groups.sort_by_key(|(_, logs)| logs.len());
            }
            TermsOrder::Key { descending: true } => groups.reverse(),
            TermsOrder::Key { descending: false } => {}
        }
        groups.truncate(size);
        let shown: usize = groups.iter().map(|(_, logs)| logs.len()).sum();
        let buckets: Vec<Value> = groups.iter().map(|(key, logs)| self.bucket(key.to_json(), logs)).collect();
        json!({
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": counted - shown,
            "buckets": buckets,
        })
    }

    fn date_histogram(&self, logs: &[Document<'_>], interval: i64, min_count: usize) -> Value {
        let mut groups: BTreeMap<i64, Vec<Document<'_>>> = BTreeMap::new();
        for log in logs {
            let millis = log.log.time.timestamp_millis();
            groups.entry(millis - millis.rem_euclid(interval)).or_default().push(*log);
        }
        let ends = groups.keys().next().copied().zip(groups.keys().next_back().copied());
        if let Some((first, last)) = ends
            && min_count == 0
        {
            let gaps = ((last - first) / interval).min(MAX_BUCKETS);
            for number in 0..gaps {
                groups.entry(first + number * interval).or_default();
            }
        }
        let buckets: Vec<Value> = groups
            .iter()
            .filter(|(_, logs)| logs.len() >= min_count)
            .map(|(key, logs)| self.bucket(json!({"key": key, "key_as_string": time::iso(*key)}), logs))
            .collect();
        json!({ "buckets": buckets })
    }
}

impl Kind {
    fn terms(options: &Map<String, Value>, field: String) -> Result<Self, Refusal> {
        let size = options.get("size").map_or(Some(10), Value::as_u64).filter(|size| *size > 0);
        let size =
            size.ok_or_else(|| Refusal::elasticsearch("[size] must be greater than 0 in a terms aggregation"))?;
        let mut order = TermsOrder::Count { descending: true };
        if let Some(Value::Object(asked)) = options.get("order") {
            for (key, direction) in asked {
                let descending = direction.as_str() == Some("desc");
                order = match key.as_str() {
                    "_count" => TermsOrder::Count { descending },
                    "_key" | "_term" => TermsOrder::Key { descending },
                    key => {
                        return Err(Refusal::elasticsearch(format!("Invalid aggregation order path [{key}]")));
                    }
                };
            }
        }
        Ok(Self::Terms { field, size: size as usize, order })
    }

    fn date_histogram(options: &Map<String, Value>, field: &str) -> Result<Self, Refusal> {
        if field != TIME_FIELD {
            return Err(Refusal::elasticsearch(format!(
                "Field [{field}] of type [keyword] is not supported for aggregation [date_histogram]"
            )));
        }
        let interval = ["interval", "fixed_interval", "calendar_interval"]
            .into_iter()
            .find_map(|name| options.get(name))
            .and_then(Value::as_str)
            .and_then(interval)
            .ok_or_else(|| {
                Refusal::elasticsearch("[interval] must be 1 or greater for aggregation [date_histogram]")
            })?;
        let min_count = options.get("min_doc_count").and_then(Value::as_u64).unwrap_or(0);
        Ok(Self::DateHistogram { interval, min_count: min_count as usize })
    }
}

/// An interval in milliseconds.
fn interval(text: &str) -> Option<i64> {
    let named = match text {
        "second" => Some(1000),
        "minute" => Some(60_000),
        "hour" => Some(3_600_000),
        "day" => Some(time::DAY),
        "week" => Some(7 * time::DAY),
        _ => None,
    };
    if named.is_some() {
        return named;
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok().filter(|number| *number > 0)?;
    let unit = match text.get(digits.len()..)? {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => time::DAY,
        "w" => 7 * time::DAY,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// A value to group by, in an order of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64, u64),
    Bool(bool),
    Text(String),
}

impl Key {
    fn to_json(&self) -> Value {
        match self {
            Self::Number(_, bits) => {
                let number = f64::from_bits(*bits);
                match number.fract() == 0.0 && number.abs() < 1e15 {
                    true => json!({"key": number as i64}),
                    false => json!({"key": number}),
                }
            }
            Self::Bool(flag) => json!({"key": i64::from(*flag), "key_as_string": flag.to_string()}),
            Self::Text(text) => json!({"key": text}),
        }
    }
}

fn keys(log: Document<'_>, field: &str) -> BTreeSet<Key> {
    if field == TIME_FIELD {
        let millis = log.log.time.timestamp_millis();
        return [Key::Number(millis, (millis as f64).to_bits())].into();
    }
    let values = log.values(field);
    let values = values.iter().map(|value| match value {
        Scalar::Text(text) => Key::Text(text.clone()),
        Scalar::Whole(number) => Key::Number(*number, (*number as f64).to_bits()),
        Scalar::Decimal(number) => Key::Number(number.floor() as i64, number.to_bits()),
        Scalar::Bool(flag) => Key::Bool(*flag),
    });
    values.collect()
}

impl Metric {
    fn compute(self, logs: &[Document<'_>], field: &str) -> Value {
        let numbers: Vec<f64> = if field == TIME_FIELD {
            logs.iter().map(|log| log.log.time.timestamp_millis() as f64).collect()
        } else {
            logs.iter()
                .flat_map(|log| log.values(field).into_owned())
                .filter_map(|value| match value {
                    Scalar::Whole(number) => Some(number as f64),
                    Scalar::Decimal(number) => Some(number),
                    _ => None,
                })
                .collect()
        };
        let value = match self {
            Self::Min => numbers.iter().copied().reduce(f64::min),
            Self::Max => numbers.iter().copied().reduce(f64::max),
            Self::Sum => Some(numbers.iter().sum()),
            Self::Avg if numbers.is_empty() => None,
            Self::Avg => Some(numbers.iter().sum::<f64>() / numbers.len() as f64),
            Self::ValueCount => {
                let count: usize = match field {
                    TIME_FIELD => logs.len(),
                    field => logs.iter().map(|log| log.values(field).len()).sum(),
                };
                return json!({"value": count});
            }
            Self::Cardinality => {
                let distinct: BTreeSet<Key> = logs.iter().flat_map(|log| keys(*log, field)).collect();
                return json!({"value": distinct.len()});
            }
        };
        match (self, value) {
            (Self::Min | Self::Max | Self::Avg, Some(millis)) if field == TIME_FIELD => {
                json!({"value": millis, "value_as_string": time::iso(millis as i64)})
            }
            (_, value) => json!({ "value": value }),
        }
    }
}
