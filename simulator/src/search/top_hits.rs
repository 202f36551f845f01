//! The aggregation `top_hits`: the first logs of each bucket.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::sort::{SortItem, SortValue, read_sort, relevance};
use super::source::Source;
use crate::logs::Document;
use crate::refusal::Refusal;

const DEFAULT_SIZE: u64 = 3;
/// The most hits of a bucket. (Elasticsearch 6.8, "Index modules",
/// `index.max_inner_result_window`.)
const MAX_SIZE: u64 = 100;

/// Which hits of a bucket are shown, and how.
#[derive(Debug)]
pub(crate) struct TopHits {
    from: usize,
    size: usize,
    sort: Vec<SortItem>,
    source: Source,
}

impl TopHits {
    pub(crate) fn read(name: &str, options: &Map<String, Value>) -> Result<Self, Refusal> {
        let number = |member: &str, default| match options.get(member) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value
                .as_u64()
                .ok_or_else(|| Refusal::elasticsearch(format!("[top_hits] failed to parse field [{member}]"))),
        };
        let (from, size) = (number("from", 0)?, number("size", DEFAULT_SIZE)?);
        let last = from.saturating_add(size);
        if last > MAX_SIZE {
            return Err(Refusal::elasticsearch(format!(
                "Top hits result window is too large, the top hits aggregator [{name}]'s from + size must be less \
                 than or equal to: [{MAX_SIZE}] but was [{last}]. This limit can be set by changing the \
                 [index.max_inner_result_window] index level setting."
            )));
        }
        if let Some(unknown) =
            options.keys().find(|member| !["from", "size", "sort", "_source"].contains(&member.as_str()))
        {
            return Err(Refusal::elasticsearch(format!("[top_hits] unknown field [{unknown}]")));
        }
        Ok(Self {
            from: from as usize,
            size: size as usize,
            sort: read_sort(options.get("sort"))?,
            source: Source::read(options.get("_source"))?,
        })
    }

    pub(crate) fn compute(&self, logs: &[Document<'_>]) -> Value {
        let mut hits: Vec<(Vec<SortValue>, Document<'_>)> = logs
            .iter()
            .enumerate()
            .map(|(number, log)| (self.sort.iter().map(|item| item.key(*log, number)).collect(), *log))
            .collect();
        hits.sort_by(|(a, a_log), (b, b_log)| match self.sort.is_empty() {
            true => relevance(b_log.log.id()).total_cmp(&relevance(a_log.log.id())),
            false => self
                .sort
                .iter()
                .zip(a.iter().zip(b))
                .map(|(item, (a, b))| a.compare(b, item.descending))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal),
        });
        let shown: Vec<Value> =
            hits.iter().skip(self.from).take(self.size).map(|(keys, log)| self.hit(keys, *log)).collect();
        json!({"hits": {"total": logs.len(), "max_score": null, "hits": shown}})
    }

    fn hit(&self, keys: &[SortValue], log: Document<'_>) -> Value {
        let log = log.log;
        let score = if keys.is_empty() { json!(relevance(log.id())) } else { Value::Null };
        let mut hit = json!({"_index": log.index(), "_type": "doc", "_id": log.id(), "_score": score});
        if let Value::Object(hit) = &mut hit {
            if let Some(source) = self.source.of(log) {
                hit.insert("_source".to_owned(), serde_json::from_slice(&source.to_bytes()).unwrap_or_default());
            }
            if !keys.is_empty() {
                hit.insert("sort".to_owned(), keys.iter().map(SortValue::to_json).collect());
            }
        }
        hit
    }
}
