//! A search as the body of its request describes it.

use serde_json::{Map, Value};

use super::aggregation::Aggregations;
use super::body::texts;
use super::context::Context;
use super::presentation::Presentation;
use super::sort::{SortItem, read_sort};
use super::source::Source;
use crate::dsl;
use crate::query::Query;
use crate::refusal::Refusal;

/// The most results of a search, from the first to the last that is shown.
pub(crate) const MAX_RESULTS: u64 = 10_000;
const DEFAULT_SIZE: u64 = 10;

/// A search as the body describes it.
pub(crate) struct SearchRequest {
    pub(crate) query: Query,
    /// The query as it was written.
    pub(crate) written: Value,
    pub(crate) post_filter: Option<Query>,
    pub(crate) from: u64,
    pub(crate) size: u64,
    pub(crate) sort: Vec<SortItem>,
    pub(crate) presentation: Presentation,
    pub(crate) aggregations: Option<Aggregations>,
}

impl SearchRequest {
    pub(crate) fn read(body: &mut Map<String, Value>, context: &Context<'_>) -> Result<Self, Refusal> {
        let setting = context.setting();
        let query = match body.get("query") {
            Some(query @ Value::Object(_)) => dsl::parse(query, setting)?,
            Some(other) => {
                return Err(Refusal::search(format!("Query syntax (in 'query' field) is invalid: [{other}]")));
            }
            None => {
                return Err(Refusal::search("Query syntax (in 'query' field) is invalid: [query is missing]"));
            }
        };
        let post_filter = match body.get("post_filter") {
            None | Some(Value::Null) => None,
            Some(filter) => Some(dsl::parse(filter, setting)?),
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
            (Some(Value::Object(tree)), None) | (None, Some(Value::Object(tree))) => {
                Some(Aggregations::read(&tree, context.behaviour)?)
            }
            (None | Some(Value::Null), None | Some(Value::Null)) => None,
            _ => return Err(Refusal::search("[aggs] must be an object")),
        };
        Ok(Self {
            query,
            written: body.remove("query").unwrap_or_default(),
            post_filter,
            from,
            size,
            sort: read_sort(body.get("sort"))?,
            presentation: Presentation::new(source, version, texts(body, "docvalue_fields")?),
            aggregations: aggregations.filter(|aggregations| !aggregations.is_empty()),
        })
    }
}
