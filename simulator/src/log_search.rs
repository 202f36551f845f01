//! Log search and scroll: what they accept, which days they cover, and their
//! answers.
//!
//! Knows nothing of tokens, faults or transport, nor how a query matches.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::account::AccountKind;
use crate::aggregation::Aggregations;
use crate::answer::{Answer, ErrorShape, Refusal};
use crate::behaviour::{Behaviour, HitsTotal, ScrollHits, SearchEnd};
use crate::document::{Log, Scalar, TIME_FIELD, is_analyzed};
use crate::log_store::LogStore;
use crate::query::{Glob, Query};
use crate::time;

/// What a search is run on.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a mut LogStore,
    pub(crate) behaviour: &'a Behaviour,
    pub(crate) now: DateTime<Utc>,
    pub(crate) account: AccountKind,
    pub(crate) url_query: &'a str,
}

const MAX_RESULTS: u64 = 10_000;
const MAX_SCROLL_PAGE: u64 = 1000;
const DEFAULT_SIZE: u64 = 10;
const DEFAULT_KEEP_ALIVE: TimeDelta = TimeDelta::minutes(1);
const MAX_KEEP_ALIVE: TimeDelta = TimeDelta::minutes(5);
const MAX_SCROLL_AGE: TimeDelta = TimeDelta::minutes(20);

/// `POST /v1/search`.
pub(crate) fn search(context: Context<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let mut body = read_body(body)?;
    check_members(
        &body,
        &[
            "query",
            "from",
            "size",
            "sort",
            "_source",
            "post_filter",
            "docvalue_fields",
            "version",
            "stored_fields",
            "highlight",
            "aggs",
            "aggregations",
        ],
    )?;
    let day_offset = check_url(&context)?;
    let request = SearchRequest::read(&mut body, context.now)?;
    if request.from.saturating_add(request.size) > MAX_RESULTS {
        return Err(Refusal::elasticsearch(format!(
            "Result window is too large, from + size must be less than or equal to: [{MAX_RESULTS}] but was [{}]",
            request.from.saturating_add(request.size)
        )));
    }
    let (hits_total, search_end) = (context.behaviour.hits_total, context.behaviour.search_end);
    let rows = request.size.min(context.behaviour.search_rows.into());
    let mut found = request.run(context, day_offset)?;
    if search_end != SearchEnd::Whole {
        found.hits.retain(|hit| is_on_the_first_shard(&hit.log.id));
    }
    let page = found.rows(request.from as usize, rows as usize);
    let total = match hits_total {
        HitsTotal::Number => json!(found.hits.len()),
        HitsTotal::Object => {
            let capped = found.hits.len().min(MAX_RESULTS as usize);
            let relation = if capped < found.hits.len() { "gte" } else { "eq" };
            json!({"value": capped, "relation": relation})
        }
    };
    let max_score = match found.hits.first() {
        Some(hit) if found.scored && request.size > 0 => json!(hit.score),
        _ => Value::Null,
    };
    let timed_out = search_end == SearchEnd::TimedOut;
    let early = if search_end == SearchEnd::TerminatedEarly { "\"terminated_early\":true," } else { "" };
    let failed = u8::from(search_end == SearchEnd::FailedShard);
    let successful = 2 - failed;
    let mut answer = format!(
        "{{\"took\":{},\"timed_out\":{timed_out},{early}\"_shards\":{{\"total\":2,\"successful\":{successful},\
         \"skipped\":0,\"failed\":{failed}}},\"hits\":{{\"total\":{total},\"max_score\":{max_score},\"hits\":[",
        3 + found.hits.len() / 1000
    )
    .into_bytes();
    request.presentation.write(page, found.scored, &mut answer);
    answer.extend_from_slice(b"]}");
    if let Some(aggregations) = &found.aggregations {
        answer.extend_from_slice(format!(",\"aggregations\":{aggregations}").as_bytes());
    }
    answer.push(b'}');
    Ok(Answer { rows: page.len(), ..Answer::json(answer) })
}

/// The scrolls under way.
#[derive(Debug, Default)]
pub(crate) struct Scrolls {
    contexts: HashMap<u64, Scroll>,
    next: u64,
}

#[derive(Debug)]
struct Scroll {
    account: AccountKind,
    found: Found,
    presentation: Presentation,
    size: usize,
    position: usize,
    begun: DateTime<Utc>,
    used: DateTime<Utc>,
    keep_alive: TimeDelta,
}

/// `POST /v1/scroll`.
pub(crate) fn scroll(context: Context<'_>, scrolls: &mut Scrolls, body: &[u8]) -> Result<Answer, Refusal> {
    let mut body = read_body(body)?;
    check_members(
        &body,
        &["query", "from", "size", "sort", "_source", "post_filter", "aggs", "aggregations", "scroll", "scroll_id"],
    )?;
    let keep_alive = match body.get("scroll") {
        None | Some(Value::Null) => DEFAULT_KEEP_ALIVE,
        Some(value) => value
            .as_str()
            .and_then(keep_alive)
            .ok_or_else(|| Refusal::search(format!("failed to parse setting [scroll] with value [{value}]")))?,
    };
    if keep_alive > MAX_KEEP_ALIVE {
        return Err(Refusal::search("Scroll can't exceed [5m]"));
    }
    let (now, account, hits_shape) = (context.now, context.account, context.behaviour.scroll_hits);
    let expired_status = context.behaviour.expired_scroll_status;
    let number = match body.get("scroll_id") {
        None | Some(Value::Null) => {
            let request = SearchRequest::read(&mut body, now)?;
            if request.size > MAX_SCROLL_PAGE {
                return Err(Refusal::search(format!("Scroll page size can't exceed [{MAX_SCROLL_PAGE}]")));
            }
            let found = request.run(context, 0)?;
            scrolls.next += 1;
            let scroll = Scroll {
                account,
                found,
                presentation: request.presentation,
                size: request.size as usize,
                position: request.from as usize,
                begun: now,
                used: now,
                keep_alive,
            };
            scrolls.contexts.insert(scrolls.next, scroll);
            scrolls.next
        }
        Some(id) => {
            if body.contains_key("query") {
                return Err(Refusal::search("ScrollId and query parameter can not co-exist in request"));
            }
            id.as_str()
                .and_then(|id| id.strip_prefix("DnF1ZXJ5VGhlbkZldGNo"))
                .and_then(|id| id.split('-').next())
                .and_then(|number| u64::from_str_radix(number, 16).ok())
                .unwrap_or_default()
        }
    };
    scrolls.contexts.retain(|_, scroll| now - scroll.used <= scroll.keep_alive && now - scroll.begun <= MAX_SCROLL_AGE);
    let Some(scroll) = scrolls.contexts.get_mut(&number).filter(|scroll| scroll.account == account) else {
        return Err(match expired_status {
            404 => Refusal {
                status: 404,
                shape: ErrorShape::Text,
                code: "search/SCROLL_EXPIRED",
                message: "scroll context has expired".to_owned(),
            },
            status => {
                Refusal { status, ..Refusal::elasticsearch("SearchContextMissingException[No search context found]") }
            }
        });
    };
    scroll.used = now;
    let page = scroll.found.rows(scroll.position, scroll.size);
    scroll.position += page.len();
    let total = scroll.found.hits.len();
    let mut hits = format!("{{\"total\":{total},\"hits\":[").into_bytes();
    scroll.presentation.write(page, scroll.found.scored, &mut hits);
    hits.extend_from_slice(b"]}");
    let hits = String::from_utf8_lossy(&hits);
    let hits = match hits_shape {
        ScrollHits::Text => Value::from(&*hits).to_string(),
        ScrollHits::NestedText => Value::from(format!("{{\"hits\":{hits}}}")).to_string(),
        ScrollHits::Object => hits.into_owned(),
    };
    let rows = page.len();
    // Only the first answer has them.
    let aggregations = match scroll.found.aggregations.take() {
        Some(aggregations) => format!(",\"aggregations\":{aggregations}"),
        None => String::new(),
    };
    let id = format!("DnF1ZXJ5VGhlbkZldGNo{number:x}-{:x}", scroll.position);
    let answer = format!("{{\"code\":200,\"scrollId\":\"{id}\",\"hits\":{hits}{aggregations}}}");
    Ok(Answer { rows, ..Answer::json(answer) })
}

fn keep_alive(text: &str) -> Option<TimeDelta> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok()?;
    match text.get(digits.len()..)? {
        "m" => TimeDelta::try_minutes(number),
        "s" => TimeDelta::try_seconds(number),
        "ms" => TimeDelta::try_milliseconds(number),
        "micros" => Some(TimeDelta::microseconds(number)),
        "nanos" => Some(TimeDelta::nanoseconds(number)),
        _ => None,
    }
}

fn read_body(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::search("The request body must be a JSON object")),
        Err(error) => Err(Refusal::search(format!("The request body is not valid JSON: {error}"))),
    }
}

fn check_members(body: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    let unknown: Vec<&str> = body.keys().map(String::as_str).filter(|name| !known.contains(name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::search(format!("Found JSON elements which are not allowed [{}]", unknown.join(", "))))
}

/// Reads the parameters of the URL; the result is the day offset.
fn check_url(context: &Context<'_>) -> Result<i64, Refusal> {
    let mut day_offset = 0;
    for pair in context.url_query.split('&') {
        match pair.split_once('=') {
            Some(("dayOffset", days)) => {
                day_offset = days
                    .parse::<u32>()
                    .map(i64::from)
                    .map_err(|_| Refusal::search(format!("dayOffset must be a whole number, not [{days}]")))?;
            }
            Some(("accountIds", id)) if id.parse() != Ok(context.account.id()) => {
                return Err(Refusal::forbidden(403));
            }
            _ => {}
        }
    }
    Ok(day_offset)
}

/// A search as the body describes it.
struct SearchRequest {
    query: Query,
    post_filter: Option<Query>,
    from: u64,
    size: u64,
    sort: Vec<SortItem>,
    presentation: Presentation,
    aggregations: Option<Aggregations>,
}

#[derive(Debug)]
struct SortItem {
    field: String,
    descending: bool,
    /// Documents without the field are no reason to refuse.
    unmapped: bool,
}

/// How hits are shown.
#[derive(Debug)]
struct Presentation {
    source: Source,
    version: bool,
    docvalue_fields: Vec<String>,
}

#[derive(Debug)]
enum Source {
    Whole,
    None,
    Some { includes: Vec<String>, excludes: Vec<String> },
}

impl SearchRequest {
    fn read(body: &mut Map<String, Value>, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let query = match body.get("query") {
            Some(query @ Value::Object(_)) => Query::parse(query, now)?,
            Some(other) => {
                return Err(Refusal::search(format!("Query syntax (in 'query' field) is invalid: [{other}]")));
            }
            None => {
                return Err(Refusal::search("Query syntax (in 'query' field) is invalid: [query is missing]"));
            }
        };
        let post_filter = match body.get("post_filter") {
            None | Some(Value::Null) => None,
            Some(filter) => Some(Query::parse(filter, now)?),
        };
        let number = |name: &str, default| match body.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => {
                value.as_u64().ok_or_else(|| Refusal::search(format!("[{name}] must be a whole number, not [{value}]")))
            }
        };
        let (from, size) = (number("from", 0)?, number("size", DEFAULT_SIZE)?);
        if size > MAX_RESULTS {
            return Err(Refusal::search(format!("[size] can't exceed [{MAX_RESULTS}]")));
        }
        let version = match body.get("version") {
            None | Some(Value::Null) => false,
            Some(value) => value.as_bool().ok_or_else(|| Refusal::search("[version] must be true or false"))?,
        };
        if body.get("highlight").is_some_and(|value| !value.is_object() && !value.is_null()) {
            return Err(Refusal::search("[highlight] must be an object"));
        }
        let stored_fields = texts(body, "stored_fields")?;
        let source = match body.get("_source") {
            None | Some(Value::Null) if !stored_fields.is_empty() => Source::None,
            source => Source::read(source)?,
        };
        let aggregations = match (body.remove("aggs"), body.remove("aggregations")) {
            (Some(_), Some(_)) => {
                return Err(Refusal::search("Found two aggregation elements, aggs and aggregations"));
            }
            (Some(Value::Object(tree)), None) | (None, Some(Value::Object(tree))) => Some(Aggregations::read(&tree)?),
            (None | Some(Value::Null), None | Some(Value::Null)) => None,
            _ => return Err(Refusal::search("[aggs] must be an object")),
        };
        Ok(Self {
            query,
            post_filter,
            from,
            size,
            sort: read_sort(body.get("sort"))?,
            presentation: Presentation { source, version, docvalue_fields: texts(body, "docvalue_fields")? },
            aggregations: aggregations.filter(|aggregations| !aggregations.is_empty()),
        })
    }

    fn run(&self, context: Context<'_>, day_offset: i64) -> Result<Found, Refusal> {
        let Context { store, behaviour, now, .. } = context;
        let (first, last) = self.window(behaviour, now, day_offset);
        let kept_from = behaviour.log_retention.map_or(i64::MIN, |kept| (now - kept).timestamp_millis());
        let logs: Vec<&Arc<Log>> =
            store.between(first.max(kept_from), last).iter().filter(|log| log.visible_at <= now).collect();
        for item in &self.sort {
            let known = item.unmapped
                || matches!(item.field.as_str(), TIME_FIELD | "_doc" | "_score" | "_id" | "_index")
                || logs.is_empty()
                || logs.iter().any(|log| log.fields().has(&item.field));
            if !known {
                return Err(Refusal::elasticsearch(format!(
                    "No mapping found for [{}] in order to sort on",
                    item.field
                )));
            }
        }
        let matching: Vec<(usize, &Arc<Log>)> =
            logs.into_iter().enumerate().filter(|(_, log)| self.query.matches(log)).collect();
        let aggregations = self.aggregations.as_ref().map(|aggregations| {
            let logs: Vec<&Log> = matching.iter().map(|(_, log)| log.as_ref()).collect();
            aggregations.compute(&logs)
        });
        let scored = self.sort.is_empty() || self.sort.iter().any(|item| item.field == "_score");
        let relevance = |log: &Log| if scored { score(&log.id) } else { 0.0 };
        let mut hits: Vec<Hit> = matching
            .into_iter()
            .filter(|(_, log)| self.post_filter.as_ref().is_none_or(|filter| filter.matches(log)))
            .map(|(number, log)| Hit {
                keys: self.sort.iter().map(|item| item.key(log, number)).collect(),
                score: relevance(log),
                log: Arc::clone(log),
            })
            .collect();
        if self.sort.is_empty() {
            hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        } else {
            hits.sort_by(|a, b| {
                self.sort
                    .iter()
                    .zip(a.keys.iter().zip(&b.keys))
                    .map(|(item, (a, b))| a.compare(b, item.descending))
                    .find(|order| order.is_ne())
                    .unwrap_or(Ordering::Equal)
            });
        }
        Ok(Found { hits, scored, aggregations })
    }

    /// The milliseconds that are really searched: of what the query asks for,
    /// the last calendar days, without a word about the others.
    fn window(&self, behaviour: &Behaviour, now: DateTime<Utc>, day_offset: i64) -> (i64, i64) {
        let earlier_days = (i64::from(behaviour.search_days) - 1).max(0) * time::DAY;
        let today = time::day_start(now.timestamp_millis());
        let by_default = {
            let last_day = today - (day_offset.max(1) - 1) * time::DAY;
            (last_day - earlier_days, last_day + time::DAY - 1)
        };
        let (first, last) = self.query.times();
        if (first, last) == (i64::MIN, i64::MAX) {
            return by_default;
        }
        let last = if last == i64::MAX { today + time::DAY - 1 } else { last };
        let first = first.max(time::day_start(last).saturating_sub(earlier_days));
        match day_offset {
            0 | 1 => (first, last),
            _ => (first.max(by_default.0), last.min(by_default.1)),
        }
    }
}

fn texts(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, Refusal> {
    let refused = || Refusal::search(format!("[{name}] must be an array of strings"));
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => {
            values.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(refused)).collect()
        }
        Some(_) => Err(refused()),
    }
}

fn read_sort(value: Option<&Value>) -> Result<Vec<SortItem>, Refusal> {
    let items = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Refusal::search("[sort] must be an array")),
    };
    let mut sort = Vec::new();
    for item in items {
        match item {
            Value::String(field) => sort.push(SortItem::new(field, None)?),
            Value::Object(fields) => {
                for (field, order) in fields {
                    sort.push(SortItem::new(field, Some(order))?);
                }
            }
            other => {
                return Err(Refusal::search(format!("[sort] cannot hold [{other}]")));
            }
        }
    }
    Ok(sort)
}

impl SortItem {
    fn new(field: &str, order: Option<&Value>) -> Result<Self, Refusal> {
        if is_analyzed(field) {
            return Err(Refusal::elasticsearch(format!(
                "Fielddata is disabled on text fields by default. Set fielddata=true on [{field}]"
            )));
        }
        let mut item = Self {
            field: field.to_owned(),
            // Relevance is best first, everything else the other way round.
            descending: field == "_score",
            unmapped: false,
        };
        let mut direction = |value: &Value| match value.as_str() {
            Some("asc") => {
                item.descending = false;
                Ok(())
            }
            Some("desc") => {
                item.descending = true;
                Ok(())
            }
            _ => Err(Refusal::elasticsearch(format!("Illegal sort order [{value}]"))),
        };
        match order {
            None => {}
            Some(order @ Value::String(_)) => direction(order)?,
            Some(Value::Object(options)) => {
                for (name, value) in options {
                    match name.as_str() {
                        "order" => direction(value)?,
                        "unmapped_type" | "ignore_unmapped" => item.unmapped = true,
                        "missing" | "mode" | "format" | "numeric_type" => {}
                        name => {
                            return Err(Refusal::elasticsearch(format!("[field_sort] unknown field [{name}]")));
                        }
                    }
                }
            }
            Some(other) => {
                return Err(Refusal::elasticsearch(format!("Illegal sort order [{other}]")));
            }
        }
        Ok(item)
    }

    fn key(&self, log: &Log, number: usize) -> SortValue {
        match self.field.as_str() {
            TIME_FIELD => SortValue::Whole(log.time.timestamp_millis()),
            "_doc" => SortValue::Whole(number as i64),
            "_score" => SortValue::Decimal(score(&log.id)),
            "_id" => SortValue::Text(log.id.clone()),
            "_index" => SortValue::Text(log.index()),
            field => {
                let values = log.fields().get(field).iter().map(|value| match value {
                    Scalar::Text(text) => SortValue::Text(text.clone()),
                    Scalar::Number(number) => SortValue::Decimal(*number),
                    Scalar::Bool(flag) => SortValue::Whole(i64::from(*flag)),
                });
                // Of several values the one that comes first in this order.
                values.min_by(|a, b| a.compare(b, self.descending)).unwrap_or(SortValue::Missing)
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum SortValue {
    Whole(i64),
    Decimal(f64),
    Text(String),
    Missing,
}

impl SortValue {
    /// Documents without a value come last either way.
    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Whole(_), _) | (Self::Decimal(_), Self::Text(_)) => Ordering::Less,
            _ => Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Whole(number) => json!(number),
            // A long in the mapping, so no point in the text.
            Self::Decimal(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                json!(*number as i64)
            }
            Self::Decimal(number) => json!(number),
            Self::Text(text) => json!(text),
            Self::Missing => Value::Null,
        }
    }
}

/// Which of two shards a document is on: by its id alone, as in Elasticsearch.
fn is_on_the_first_shard(id: &str) -> bool {
    (score(id).to_bits() >> 28) & 1 == 0
}

/// A relevance that has nothing to do with time, as Elasticsearch's has not.
fn score(id: &str) -> f64 {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    1.0 + (hash >> 40) as f64 / (1_u64 << 24) as f64
}

#[derive(Debug)]
struct Hit {
    log: Arc<Log>,
    keys: Vec<SortValue>,
    score: f64,
}

/// All that a search found, in order.
#[derive(Debug)]
struct Found {
    hits: Vec<Hit>,
    scored: bool,
    aggregations: Option<Value>,
}

impl Found {
    fn rows(&self, from: usize, size: usize) -> &[Hit] {
        let start = from.min(self.hits.len());
        let end = start.saturating_add(size).min(self.hits.len());
        self.hits.get(start..end).unwrap_or_default()
    }
}

impl Source {
    fn read(value: Option<&Value>) -> Result<Self, Refusal> {
        let refused = || Refusal::search("[_source] must be true, false or {\"includes\": [...]}");
        let list = |value: &Value| -> Result<Vec<String>, Refusal> {
            match value {
                Value::String(field) => Ok(vec![field.clone()]),
                Value::Array(fields) => {
                    fields.iter().map(|field| field.as_str().map(str::to_owned).ok_or_else(refused)).collect()
                }
                _ => Err(refused()),
            }
        };
        match value {
            None | Some(Value::Null | Value::Bool(true)) => Ok(Self::Whole),
            Some(Value::Bool(false)) => Ok(Self::None),
            Some(Value::Object(filter)) => {
                let (mut includes, mut excludes) = (Vec::new(), Vec::new());
                for (name, value) in filter {
                    match name.as_str() {
                        "includes" | "include" => includes = list(value)?,
                        "excludes" | "exclude" => excludes = list(value)?,
                        _ => return Err(refused()),
                    }
                }
                Ok(match includes.is_empty() && excludes.is_empty() {
                    true => Self::Whole,
                    false => Self::Some { includes, excludes },
                })
            }
            Some(other) => Ok(Self::Some { includes: list(other)?, excludes: Vec::new() }),
        }
    }

    /// The document as it is shown, byte for byte if all of it is.
    fn of(&self, log: &Log) -> Option<Bytes> {
        match self {
            Self::Whole => Some(log.raw.clone()),
            Self::None => None,
            Self::Some { includes, excludes } => {
                let Ok(Value::Object(document)) = serde_json::from_slice(&log.raw) else {
                    return Some(Bytes::from_static(b"{}"));
                };
                let globs = |fields: &[String]| -> Vec<Glob> { fields.iter().map(|field| Glob::new(field)).collect() };
                let kept = filter_object("", document, &globs(includes), &globs(excludes));
                Some(Value::Object(kept).to_string().into())
            }
        }
    }
}

/// Keeps the members whose path, or the path of an object around them, is
/// among the fields asked for.
fn filter_object(path: &str, object: Map<String, Value>, includes: &[Glob], excludes: &[Glob]) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in object {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if excludes.iter().any(|glob| glob.matches(&path)) {
            continue;
        }
        // The whole of an included object is included.
        let included = includes.is_empty() || includes.iter().any(|glob| glob.matches(&path));
        let includes = if included { &[] } else { includes };
        match value {
            Value::Object(members) => {
                let members = filter_object(&path, members, includes, excludes);
                if included || !members.is_empty() {
                    kept.insert(name, Value::Object(members));
                }
            }
            Value::Array(values) if values.iter().any(Value::is_object) => {
                let values: Vec<Value> = values
                    .into_iter()
                    .filter_map(|value| match value {
                        Value::Object(members) => {
                            let members = filter_object(&path, members, includes, excludes);
                            (included || !members.is_empty()).then_some(Value::Object(members))
                        }
                        value => included.then_some(value),
                    })
                    .collect();
                if included || !values.is_empty() {
                    kept.insert(name, Value::Array(values));
                }
            }
            value if included => {
                kept.insert(name, value);
            }
            _ => {}
        }
    }
    kept
}

impl Presentation {
    fn write(&self, hits: &[Hit], scored: bool, out: &mut Vec<u8>) {
        for (at, hit) in hits.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            let score = if scored { json!(hit.score) } else { Value::Null };
            let id = Value::from(hit.log.id.as_str());
            out.extend_from_slice(
                format!("{{\"_index\":\"{}\",\"_type\":\"doc\",\"_id\":{id},\"_score\":{score}", hit.log.index())
                    .as_bytes(),
            );
            if self.version {
                out.extend_from_slice(b",\"_version\":1");
            }
            if let Some(source) = self.source.of(&hit.log) {
                out.extend_from_slice(b",\"_source\":");
                out.extend_from_slice(&source);
            }
            let fields: Map<String, Value> = self
                .docvalue_fields
                .iter()
                .map(|field| (field.clone(), docvalues(&hit.log, field)))
                .filter(|(_, values)| values.as_array().is_some_and(|values| !values.is_empty()))
                .collect();
            if !fields.is_empty() {
                out.extend_from_slice(format!(",\"fields\":{}", Value::Object(fields)).as_bytes());
            }
            if !hit.keys.is_empty() {
                let keys: Vec<Value> = hit.keys.iter().map(SortValue::to_json).collect();
                out.extend_from_slice(format!(",\"sort\":{}", Value::Array(keys)).as_bytes());
            }
            out.push(b'}');
        }
    }
}

fn docvalues(log: &Log, field: &str) -> Value {
    if field == TIME_FIELD {
        return json!([time::iso(log.time.timestamp_millis())]);
    }
    let values = log.fields().get(field).iter().map(|value| match value {
        Scalar::Text(text) => json!(text),
        Scalar::Number(number) => SortValue::Decimal(*number).to_json(),
        Scalar::Bool(flag) => json!(flag),
    });
    Value::Array(values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::*;
    use crate::fault::Endpoint;
    use crate::simulator::Simulator;

    /// Logs `a` to `h`, one each twelve hours up to noon of 2026-11-22, which
    /// is now, and `z` a minute later.
    fn filled(behaviour: Behaviour) -> Simulator {
        let simulator = with_behaviour(behaviour);
        let now = simulator.clock().now();
        let logs = ('a'..='h').rev().enumerate().map(|(age, id)| {
            let time = now - TimeDelta::hours(12 * age as i64);
            let document = json!({
                "@timestamp": time::iso(time.timestamp_millis()),
                "type": if age % 2 == 0 { "even" } else { "odd" },
                "age": age,
                "nested": {"deep": {"x": id, "y": 1}, "other": true},
                "nested.deep.x": id,
                "list": [{"k": 1, "l": 2}, {"k": 3}],
                "message": format!("log number {age}"),
            });
            Log::new(id, time, document.to_string())
        });
        simulator.add_logs(AccountKind::Operations, logs);
        let soon = now + TimeDelta::minutes(1);
        simulator.add_logs(AccountKind::Operations, [Log::new("z", soon, "{}")]);
        simulator.add_logs(AccountKind::Security, [Log::new("s", now, "{\"type\":\"logzio-alerts\"}")]);
        simulator
    }

    fn ids(answer: &Value) -> String {
        let hits = answer["hits"]["hits"].as_array().unwrap();
        hits.iter().map(|hit| hit["_id"].as_str().unwrap()).collect()
    }

    /// The ids found by a query, oldest first.
    fn found(simulator: &Simulator, query: &str) -> String {
        let body = format!(r#"{{"query":{query},"sort":[{{"@timestamp":"asc"}}],"size":100}}"#);
        ids(&ask_json(simulator, Endpoint::Search, &body))
    }

    fn between(from: &str, to: &str) -> String {
        format!(r#"{{"range":{{"@timestamp":{{"gte":{from},"lte":{to}}}}}}}"#)
    }

    #[test]
    fn a_search_that_does_not_reach_its_end_says_so_and_counts_what_it_saw() {
        let search = |behaviour| {
            let simulator = filled(behaviour);
            let query = r#"{"query":{"query_string":{"query":"*","allow_leading_wildcard":false}},"size":10}"#;
            ask_json(&simulator, Endpoint::Search, query)
        };
        let all = search(Behaviour::default());
        assert_eq!((&all["timed_out"], &all["_shards"]["failed"]), (&json!(false), &json!(0)));
        for (search_end, said) in [
            (SearchEnd::TimedOut, "/timed_out"),
            (SearchEnd::TerminatedEarly, "/terminated_early"),
            (SearchEnd::FailedShard, "/_shards/failed"),
        ] {
            let answer = search(Behaviour { search_end, ..Behaviour::default() });
            let said = answer.pointer(said).unwrap();
            assert!(*said == json!(true) || *said == json!(1), "{search_end:?}: {answer}");
            let seen = answer["hits"]["hits"].as_array().unwrap().len();
            assert_eq!(answer["hits"]["total"], json!(seen), "{search_end:?}");
            assert!(seen > 0 && seen < all["hits"]["hits"].as_array().unwrap().len(), "{search_end:?}: {seen}");
        }
        let short = search(Behaviour { search_rows: 2, ..Behaviour::default() });
        assert_eq!(short["hits"]["hits"].as_array().unwrap().len(), 2);
        assert_eq!(short["hits"]["total"], all["hits"]["total"]);
    }

    #[test]
    fn without_a_time_range_today_and_yesterday_are_searched() {
        let simulator = filled(Behaviour::default());
        assert_eq!(found(&simulator, r#"{"match_all":{}}"#), "efgh");
        assert_eq!(found(&simulator, "{}"), "efgh");
        simulator.clock().advance(TimeDelta::minutes(1));
        assert_eq!(found(&simulator, r#"{"match_all":{}}"#), "efghz");
    }

    #[test]
    fn of_a_longer_range_only_the_last_calendar_days_are_searched() {
        let simulator = filled(Behaviour::default());
        for (query, ids) in [
            (between("\"2026-11-18\"", "\"2026-11-20\""), "abcd"),
            (between("\"2026-11-18\"", "\"2026-11-21\""), "cdef"),
            (between("\"now-7d\"", "\"now\""), "efgh"),
            // Midnight is a day of its own.
            (between("\"2026-11-20T00:00:00Z\"", "\"2026-11-22T00:00:00.000Z\""), "efg"),
            (r#"{"range":{"@timestamp":{"gte":"2026-11-20","lt":"2026-11-22"}}}"#.to_owned(), "cdef"),
            (r#"{"range":{"@timestamp":{"gte":"2026-11-18"}}}"#.to_owned(), "efgh"),
            (r#"{"range":{"@timestamp":{"lte":"2026-11-19T12:00:00.000Z"}}}"#.to_owned(), "ab"),
            (r#"{"query_string":{"query":"@timestamp:[2026-11-18 TO 2026-11-20]"}}"#.to_owned(), "abcd"),
            // A range that need not hold does not move the days.
            (
                r#"{"bool":{"should":[{"range":{"@timestamp":{"lte":"2026-11-19"}}},{"match_all":{}}]}}"#.to_owned(),
                "efgh",
            ),
        ] {
            assert_eq!(found(&simulator, &query), ids, "{query}");
        }
        let wide = filled(Behaviour { search_days: 3, ..Behaviour::default() });
        assert_eq!(found(&wide, &between("\"now-7d\"", "\"now\"")), "cdefgh");
    }

    #[test]
    fn the_day_offset_moves_the_two_days() {
        let simulator = filled(Behaviour::default());
        let search = |query: &str| {
            let body = r#"{"query":{"match_all":{}},"sort":[{"@timestamp":"asc"}]}"#;
            let mut request = request(&simulator, Endpoint::Search, body);
            *request.uri_mut() = format!("/v1/search?{query}").parse().unwrap();
            send(&simulator, request)
        };
        for (query, found) in [("dayOffset=0", "efgh"), ("dayOffset=1", "efgh"), ("dayOffset=3", "abcd")] {
            assert_eq!(ids(&serde_json::from_slice(&search(query).body).unwrap()), found, "{query}");
        }
        assert_eq!(search("dayOffset=-1").status, 400);
        assert_eq!(search("accountIds=24601").status, 200);
        assert_eq!(search("accountIds=24601&accountIds=1").status, 403);
    }

    #[test]
    fn a_time_range_is_read_in_every_form_that_clients_send() {
        let simulator = filled(Behaviour::default());
        let millis = |text: &str| time(text).timestamp_millis();
        let (from, to) = (millis("2026-11-21T12:00:00Z"), millis("2026-11-22T00:00:00Z"));
        let range = |bounds: String| found(&simulator, &format!(r#"{{"range":{{"@timestamp":{bounds}}}}}"#));
        let xsoar = |lower, upper| {
            range(format!(r#"{{"from":{from},"include_lower":{lower},"to":{to},"include_upper":{upper}}}"#))
        };
        assert_eq!(xsoar(true, true), "fg");
        assert_eq!(xsoar(false, true), "g");
        assert_eq!(xsoar(true, false), "f");
        for (bounds, found) in [
            (format!(r#"{{"from":{from},"to":{to}}}"#), "fg"),
            (format!(r#"{{"gte":"{from}","lt":"{to}"}}"#), "f"),
            (format!(r#"{{"gte":{from},"lte":{to},"format":"epoch_millis"}}"#), "fg"),
            (format!(r#"{{"gte":{},"lte":{},"format":"epoch_second"}}"#, from / 1000, to / 1000), "fg"),
            (r#"{"gte":"now-5m","lte":"now"}"#.into(), "h"),
            (r#"{"gt":"now-24h","lte":"now"}"#.into(), "gh"),
            (r#"{"gte":"2026-11-21T14:00:00.000+02:00","lte":"2026-11-21T19:00:00-05:00"}"#.into(), "fg"),
            (r#"{"gte":"2026-11-21T12:00:00.000+0000","lt":"2026-11-22"}"#.into(), "f"),
            (r#"{"gte":"2026-11-21T12:00:00Z","format":"strict_date_optional_time"}"#.into(), "fgh"),
            (r#"{"gt":"2026-11-21","lte":"now/d","time_zone":"+00:00"}"#.into(), "gh"),
        ] {
            assert_eq!(range(bounds.clone()), found, "{bounds}");
        }
    }

    #[test]
    fn the_query_dsl_finds_what_it_says() {
        let simulator = filled(Behaviour::default());
        for (query, ids) in [
            (r#"{"term":{"type":"even"}}"#, "fh"),
            (r#"{"term":{"type":{"value":"even","boost":2}}}"#, "fh"),
            (r#"{"term":{"age":3}}"#, "e"),
            (r#"{"term":{"message":"log number 3"}}"#, ""),
            (r#"{"terms":{"age":[0,3,9]}}"#, "eh"),
            (r#"{"match":{"message":"NUMBER 3"}}"#, "efgh"),
            (r#"{"match":{"message":{"query":"NUMBER 3","operator":"and"}}}"#, "e"),
            (r#"{"match_phrase":{"message":"number 3"}}"#, "e"),
            (r#"{"wildcard":{"type":"e*n"}}"#, "fh"),
            (r#"{"wildcard":{"type":{"value":"o?d"}}}"#, "eg"),
            (r#"{"wildcard":{"type":{"wildcard":"o*"}}}"#, "eg"),
            (r#"{"prefix":{"type":"ev"}}"#, "fh"),
            (r#"{"regexp":{"type":"e.*"}}"#, "fh"),
            (r#"{"exists":{"field":"nested.deep"}}"#, "efgh"),
            (r#"{"exists":{"field":"nothing"}}"#, ""),
            (r#"{"ids":{"values":["a","e"]}}"#, "e"),
            (r#"{"range":{"age":{"gte":1,"lt":3}}}"#, "fg"),
            (r#"{"match_none":{}}"#, ""),
            (r#"{"bool":{}}"#, "efgh"),
            (r#"{"bool":{"must":[{"term":{"type":"even"}}],"must_not":{"term":{"age":0}}}}"#, "f"),
            (r#"{"bool":{"filter":{"term":{"type":"even"}},"should":[{"term":{"age":0}}]}}"#, "fh"),
            (r#"{"bool":{"should":[{"term":{"age":0}},{"term":{"age":1}}]}}"#, "gh"),
            (r#"{"bool":{"should":[{"term":{"age":0}},{"term":{"type":"even"}}],"minimum_should_match":2}}"#, "h"),
            (r#"{"query_string":{"query":"nested.deep.x:e OR age:[2 TO *]"}}"#, "ef"),
            (r#"{"query_string":{"query":"number AND odd","allow_leading_wildcard":false}}"#, "eg"),
            (r#"{"query_string":{"query":"even","default_field":"type"}}"#, "fh"),
            (r#"{"query_string":{"query":"even","fields":["message","type^3"]}}"#, "fh"),
            (r#"{"query_string":{"query":"type:even age:0","default_operator":"AND"}}"#, "h"),
        ] {
            assert_eq!(found(&simulator, query), ids, "{query}");
        }
    }

    #[test]
    fn what_logzio_or_elasticsearch_refuses_is_refused() {
        let simulator = filled(Behaviour::default());
        const ALL: &str = r#""query":{"match_all":{}}"#;
        let query = |query: &str| format!(r#"{{"query":{query}}}"#);
        let lucene = |text: &str| query(&json!({"query_string": {"query": text}}).to_string());
        for (body, reason) in [
            (String::new(), "not valid JSON"),
            ("[]".into(), "must be a JSON object"),
            ("{}".into(), "query is missing"),
            (query("null"), "Query syntax (in 'query' field) is invalid"),
            (query("[]"), "Query syntax (in 'query' field) is invalid"),
            (
                format!(r#"{{{ALL},"track_total_hits":true}}"#),
                "Found JSON elements which are not allowed [track_total_hits]",
            ),
            (format!(r#"{{{ALL},"search_after":[1],"timeout":"1s"}}"#), "not allowed [search_after, timeout]"),
            (format!(r#"{{{ALL},"size":10001}}"#), "10000"),
            (format!(r#"{{{ALL},"size":-1}}"#), "whole number"),
            (format!(r#"{{{ALL},"size":"10"}}"#), "whole number"),
            (format!(r#"{{{ALL},"from":9000,"size":1001}}"#), "Result window is too large"),
            (format!(r#"{{{ALL},"sort":{{"@timestamp":"asc"}}}}"#), "[sort] must be an array"),
            (format!(r#"{{{ALL},"sort":["message"]}}"#), "Fielddata is disabled"),
            (format!(r#"{{{ALL},"sort":[{{"nowhere":"asc"}}]}}"#), "No mapping found for [nowhere]"),
            (format!(r#"{{{ALL},"sort":[{{"age":"up"}}]}}"#), "Illegal sort order"),
            (format!(r#"{{{ALL},"_source":7}}"#), "[_source]"),
            (format!(r#"{{{ALL},"_source":{{"only":["a"]}}}}"#), "[_source]"),
            (format!(r#"{{{ALL},"stored_fields":"*"}}"#), "array of strings"),
            (format!(r#"{{{ALL},"version":1}}"#), "[version]"),
            (format!(r#"{{{ALL},"highlight":true}}"#), "[highlight]"),
            (
                format!(r#"{{{ALL},"post_filter":{{"wildcard":{{"type":"*x"}}}}}}"#),
                "'wildcard' queries are not allowed",
            ),
            (query(r#"{"wildcard":{"type":"*x"}}"#), "'wildcard' queries are not allowed to start with '*' or '?'"),
            (
                query(r#"{"bool":{"must":[{"wildcard":{"type":{"value":"?x"}}}]}}"#),
                "'wildcard' queries are not allowed",
            ),
            (
                query(r#"{"query_string":{"query":"x","allow_leading_wildcard":true}}"#),
                "query_string.allow_leading_wildcard not allowed to be true",
            ),
            (
                query(r#"{"query_string":{"query":"x","max_determinized_states":1}}"#),
                "max_determinized_states is not allowed",
            ),
            (query(r#"{"match":{"type":{"query":"x","max_expansions":1}}}"#), "max_expansions is not allowed"),
            (lucene("type:(a OR *b)"), "contains a wildcard search with leading wildcard which is not allowed [*b]"),
            (lucene("type:("), "Query has failed. Elasticsearch Response: [Failed to parse query [type:(]"),
            (query(r#"{"query_string":{"text":"x"}}"#), "does not support [text]"),
            (query(r#"{"query_string":{}}"#), "must be provided with a [query]"),
            (query(r#"{"fancy":{}}"#), "no [query] registered for [fancy]"),
            (query(r#"{"match_all":[]}"#), "query malformed"),
            (query(r#"{"match_all":{},"match_none":{}}"#), "malformed query"),
            (query(r#"{"bool":{"musst":[]}}"#), "does not support [musst]"),
            (query(r#"{"range":{"@timestamp":{"since":1}}}"#), "does not support [since]"),
            (query(r#"{"range":{"@timestamp":{"gte":"yesterday"}}}"#), "failed to parse date field [yesterday]"),
            (query(r#"{"range":{"@timestamp":{"gte":"1","format":"dd.MM.yy"}}}"#), "Invalid format"),
            (query(r#"{"term":{"type":["a"]}}"#), "does not support this value"),
            (query(r#"{"terms":{"type":"a"}}"#), "array of values"),
            (query(r#"{"exists":{}}"#), "must be provided with a [field]"),
        ] {
            let (status, message) = refusal(&ask(&simulator, Endpoint::Search, &body));
            assert_eq!(status, 400, "{body}");
            assert!(message.contains(reason), "{body}: {message}");
        }
    }

    #[test]
    fn a_hit_has_index_id_source_and_sort_values() {
        let simulator = filled(Behaviour::default());
        let body = r#"{"query":{"term":{"age":1}},"sort":[{"@timestamp":{"order":"desc"}},"_doc"],
            "_source":{"includes":["type","nested.deep.x"]},"version":true,"docvalue_fields":["type"]}"#;
        let answer = ask_json(&simulator, Endpoint::Search, body);
        assert_eq!(
            answer["hits"],
            json!({
                "total": 1,
                "max_score": null,
                "hits": [{
                    "_index": "logzioCustomerIndex261122_v23",
                    "_type": "doc",
                    "_id": "g",
                    "_score": null,
                    "_version": 1,
                    "_source": {"type": "odd", "nested": {"deep": {"x": "g"}}, "nested.deep.x": "g"},
                    "fields": {"type": ["odd"]},
                    "sort": [1_795_305_600_000_i64, 2],
                }],
            })
        );
        assert_eq!(answer["timed_out"], false);
    }

    #[test]
    fn the_source_is_filtered_by_path_or_left_as_it_is() {
        let simulator = filled(Behaviour::default());
        let source = |filter: &str| {
            let body = format!(r#"{{"query":{{"term":{{"age":0}}}},"_source":{filter}}}"#);
            ask_json(&simulator, Endpoint::Search, &body)["hits"]["hits"][0]["_source"].clone()
        };
        assert_eq!(source(r#"{"includes":["nested.deep.y"]}"#), json!({"nested": {"deep": {"y": 1}}}));
        assert_eq!(source(r#"{"includes":["list.k"]}"#), json!({"list": [{"k": 1}, {"k": 3}]}));
        assert_eq!(source(r#"{"includes":["a*"],"excludes":["b"]}"#), json!({"age": 0}));
        assert_eq!(source(r#"["age"]"#), json!({"age": 0}));
        assert_eq!(source(r#"{"includes":["nowhere"]}"#), json!({}));
        assert_eq!(source("false"), Value::Null);
        let whole = ask(&simulator, Endpoint::Search, r#"{"query":{"term":{"age":0}},"_source":true}"#);
        let stored = &simulator.logs(AccountKind::Operations)[7];
        assert!(whole.text().contains(std::str::from_utf8(stored.document()).unwrap()));
    }

    #[test]
    fn pages_are_ten_hits_from_the_first_unless_said_otherwise() {
        let simulator = filled(Behaviour::default());
        let now = simulator.clock().now();
        let more = (0..30).map(|n| Log::new(format!("{n}"), now, "{}"));
        simulator.add_logs(AccountKind::Operations, more);
        let count = |body: &str| {
            let answer = ask_json(&simulator, Endpoint::Search, body);
            (answer["hits"]["hits"].as_array().unwrap().len(), answer["hits"]["total"].clone())
        };
        assert_eq!(count(r#"{"query":{"match_all":{}}}"#), (10, json!(34)));
        assert_eq!(count(r#"{"query":{"match_all":{}},"size":0}"#), (0, json!(34)));
        assert_eq!(count(r#"{"query":{"match_all":{}},"from":30,"size":9970}"#), (4, json!(34)));
    }

    #[test]
    fn without_a_sort_the_order_is_not_that_of_time() {
        let simulator = filled(Behaviour::default());
        let answer = ask_json(&simulator, Endpoint::Search, r#"{"query":{"match_all":{}}}"#);
        let found = ids(&answer);
        assert!(found != "efgh" && found != "hgfe", "{found}");
        assert_eq!(answer["hits"]["max_score"], answer["hits"]["hits"][0]["_score"]);
    }

    #[test]
    fn hits_can_be_sorted_by_any_field_but_analysed_ones() {
        let simulator = filled(Behaviour::default());
        for (sort, order) in [
            (r#"[{"@timestamp":"desc"}]"#, "hgfe"),
            (r#"[{"age":"desc"}]"#, "efgh"),
            (r#"[{"type":"asc"},{"age":{"order":"desc"}}]"#, "fheg"),
            (r#"[{"_id":"desc"}]"#, "hgfe"),
            (r#"[{"nowhere":{"order":"asc","unmapped_type":"long"}},{"age":"asc"}]"#, "hgfe"),
        ] {
            let body = format!(r#"{{"query":{{"match_all":{{}}}},"sort":{sort}}}"#);
            assert_eq!(ids(&ask_json(&simulator, Endpoint::Search, &body)), order, "{sort}");
        }
        // The specification's own example sends an empty item.
        ask_json(&simulator, Endpoint::Search, r#"{"query":{"match_all":{}},"sort":[{}]}"#);
    }

    #[test]
    fn the_total_can_be_an_object_that_stops_at_10_000() {
        let simulator = filled(Behaviour { hits_total: HitsTotal::Object, ..Behaviour::default() });
        let total = |simulator: &Simulator| {
            let body = r#"{"query":{"match_all":{}},"size":0}"#;
            ask_json(simulator, Endpoint::Search, body)["hits"]["total"].clone()
        };
        assert_eq!(total(&simulator), json!({"value": 4, "relation": "eq"}));
        let now = simulator.clock().now();
        simulator.add_logs(AccountKind::Operations, (0..10_000).map(|n| Log::new(format!("{n}"), now, "{}")));
        assert_eq!(total(&simulator), json!({"value": 10_000, "relation": "gte"}));
    }

    #[test]
    fn a_security_token_searches_the_event_logs() {
        let simulator = filled(Behaviour::default());
        let mut request = request(&simulator, Endpoint::Search, r#"{"query":{"match_all":{}}}"#);
        let token = simulator.security_token().parse().unwrap();
        request.headers_mut().insert("x-api-token", token);
        let answer = send(&simulator, request);
        assert!(answer.text().contains("logzio-alerts") && answer.rows == 1, "{}", answer.text());
    }

    #[test]
    fn logs_beyond_retention_are_not_found() {
        let kept = Some(TimeDelta::hours(13));
        let simulator = filled(Behaviour { log_retention: kept, ..Behaviour::default() });
        assert_eq!(found(&simulator, r#"{"match_all":{}}"#), "gh");
    }

    #[test]
    fn aggregations_count_what_the_query_matches() {
        let simulator = filled(Behaviour::default());
        let body = r#"{"query":{"match_all":{}},"size":0,"post_filter":{"term":{"type":"odd"}},"aggs":{
            "types":{"terms":{"field":"type","order":{"_key":"asc"}},"aggs":{"oldest":{"max":{"field":"age"}}}},
            "days":{"date_histogram":{"field":"@timestamp","fixed_interval":"6h"}},
            "ages":{"terms":{"field":"age","size":1}},
            "n":{"value_count":{"field":"list.k"}},
            "k":{"cardinality":{"field":"list.k"}},
            "mean":{"avg":{"field":"age"}},
            "none":{"min":{"field":"nowhere"}}}}"#;
        let answer = ask_json(&simulator, Endpoint::Search, body);
        assert_eq!(answer["hits"]["total"], 2);
        let aggregations = &answer["aggregations"];
        assert_eq!(
            aggregations["types"]["buckets"],
            json!([
                {"key": "even", "doc_count": 2, "oldest": {"value": 2.0}},
                {"key": "odd", "doc_count": 2, "oldest": {"value": 3.0}},
            ])
        );
        let counts: Vec<_> = aggregations["days"]["buckets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bucket| bucket["doc_count"].as_u64().unwrap())
            .collect();
        assert_eq!(counts, [1, 0, 1, 0, 1, 0, 1]);
        assert_eq!(aggregations["days"]["buckets"][0]["key_as_string"], "2026-11-21T00:00:00.000Z");
        assert_eq!(aggregations["ages"]["sum_other_doc_count"], 3);
        assert_eq!(aggregations["n"]["value"], 8);
        assert_eq!(aggregations["k"]["value"], 2);
        assert_eq!(aggregations["mean"]["value"], 1.5);
        assert_eq!(aggregations["none"]["value"], Value::Null);
    }

    #[test]
    fn aggregations_have_their_own_limits() {
        let simulator = filled(Behaviour::default());
        for (aggregations, reason) in [
            (r#"{"a":{"terms":{"field":"type","size":1001}}}"#, "can't exceed 1000"),
            (r#"{"a":{"terms":{"field":"message"}}}"#, "Fielddata is disabled"),
            (r#"{"a":{"significant_terms":{"field":"type"}}}"#, "is not allowed"),
            (r#"{"a":{"multi_terms":{"field":"type"}}}"#, "is not allowed"),
            (r#"{"a":{"fancy":{"field":"type"}}}"#, "Unknown aggregation type [fancy]"),
            (r#"{"a":{}}"#, "Missing definition"),
            (r#"{"a":{"date_histogram":{"field":"@timestamp"}}}"#, "[interval]"),
            (r#"{"a":{"date_histogram":{"field":"type","interval":"1h"}}}"#, "not supported"),
            (
                r#"{"a":{"date_histogram":{"field":"@timestamp","interval":"1h"},"aggs":{"b":{"terms":{"field":"type"}}}}}"#,
                "can't be nested",
            ),
        ] {
            let body = format!(r#"{{"query":{{"match_all":{{}}}},"aggs":{aggregations}}}"#);
            let (status, message) = refusal(&ask(&simulator, Endpoint::Search, &body));
            assert_eq!(status, 400, "{aggregations}");
            assert!(message.contains(reason), "{aggregations}: {message}");
        }
    }

    const FIRST: &str = r#"{"query":{"match_all":{}},"size":3,"sort":[{"@timestamp":"desc"}],"scroll":"2m"}"#;

    fn scrolled(answer: &Value) -> (String, Value) {
        let next = json!({"scroll_id": answer["scrollId"]}).to_string();
        (next, serde_json::from_str(answer["hits"].as_str().unwrap()).unwrap())
    }

    fn page_ids(hits: &Value) -> String {
        hits["hits"].as_array().unwrap().iter().map(|hit| hit["_id"].as_str().unwrap()).collect()
    }

    #[test]
    fn a_scroll_goes_on_to_an_empty_page() {
        let simulator = filled(Behaviour::default());
        let (next, first) = scrolled(&ask_json(&simulator, Endpoint::Scroll, FIRST));
        assert_eq!((page_ids(&first), &first["total"]), ("hgf".into(), &json!(4)));
        let (next, second) = scrolled(&ask_json(&simulator, Endpoint::Scroll, &next));
        assert_eq!(page_ids(&second), "e");
        let (_, third) = scrolled(&ask_json(&simulator, Endpoint::Scroll, &next));
        assert_eq!(page_ids(&third), "");
    }

    #[test]
    fn a_scroll_lives_as_long_as_it_asked_to() {
        for (status, reason) in [(400, "SearchContextMissing"), (404, "scroll context has expired")] {
            let simulator = filled(Behaviour { expired_scroll_status: status, ..Behaviour::default() });
            let (next, _) = scrolled(&ask_json(&simulator, Endpoint::Scroll, FIRST));
            simulator.clock().advance(TimeDelta::minutes(2));
            let (next, _) = scrolled(&ask_json(&simulator, Endpoint::Scroll, &next));
            simulator.clock().advance(TimeDelta::seconds(121));
            let (refused, message) = refusal(&ask(&simulator, Endpoint::Scroll, &next));
            assert_eq!(refused, status);
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn a_scroll_is_strict_about_what_goes_together() {
        let simulator = filled(Behaviour::default());
        for (body, reason) in [
            (r#"{"query":{"match_all":{}},"scroll_id":"x"}"#, "ScrollId and query parameter can not co-exist"),
            (r#"{"query":{"match_all":{}},"scroll":"6m"}"#, "Scroll can't exceed [5m]"),
            (r#"{"query":{"match_all":{}},"scroll":"soon"}"#, "failed to parse setting"),
            (r#"{"query":{"match_all":{}},"size":1001}"#, "can't exceed [1000]"),
            (r#"{"query":{"match_all":{}},"highlight":{}}"#, "not allowed [highlight]"),
            (r#"{"scroll_id":"DnF1ZXJ5VGhlbkZldGNo9-0"}"#, "SearchContextMissing"),
            (r#"{"scroll_id":"?"}"#, "SearchContextMissing"),
            ("{}", "query is missing"),
        ] {
            let (status, message) = refusal(&ask(&simulator, Endpoint::Scroll, body));
            assert_eq!(status, 400, "{body}");
            assert!(message.contains(reason), "{body}: {message}");
        }
    }

    #[test]
    fn the_hits_of_a_scroll_come_in_any_of_their_shapes() {
        let hits = |scroll_hits| {
            let simulator = filled(Behaviour { scroll_hits, ..Behaviour::default() });
            ask_json(&simulator, Endpoint::Scroll, FIRST)["hits"].clone()
        };
        let nested: Value = serde_json::from_str(hits(ScrollHits::NestedText).as_str().unwrap()).unwrap();
        assert_eq!(page_ids(&nested["hits"]), "hgf");
        assert_eq!(page_ids(&hits(ScrollHits::Object)), "hgf");
    }

    #[test]
    fn aggregations_come_with_the_first_page_of_a_scroll_only() {
        let simulator = filled(Behaviour::default());
        let body = r#"{"query":{"match_all":{}},"aggs":{"n":{"value_count":{"field":"age"}}}}"#;
        let answer = ask_json(&simulator, Endpoint::Scroll, body);
        assert_eq!(answer["aggregations"]["n"]["value"], 4);
        let answer = ask_json(&simulator, Endpoint::Scroll, &scrolled(&answer).0);
        assert_eq!(answer["aggregations"], Value::Null);
    }
}
