//! Runs a search: the days that it covers, what matches, and in which order.

use std::cmp::Ordering;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::context::Context;
use super::failure::Failure;
use super::hit::Hit;
use super::request::SearchRequest;
use super::sort::relevance;
use crate::behaviour::Behaviour;
use crate::logs::{Document, Log, Mapping, TIME_FIELD};
use crate::refusal::Refusal;
use crate::time;

/// Which of two shards a document is on: by its id alone, as in Elasticsearch.
pub(crate) fn is_on_the_first_shard(id: &str) -> bool {
    (relevance(id).to_bits() >> 28) & 1 == 0
}

/// All that a search found, in order.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    pub(crate) scored: bool,
    pub(crate) aggregations: Option<Value>,
    /// How many indices were searched.
    pub(crate) indices: usize,
    /// Why others were not.
    pub(crate) failures: Vec<Failure>,
}

/// The index of a day.
struct Index<'a> {
    day: i64,
    mapping: &'a Mapping,
}

impl<'a> From<(i64, &'a Mapping)> for Index<'a> {
    fn from((day, mapping): (i64, &'a Mapping)) -> Self {
        Self { day, mapping }
    }
}

impl Found {
    pub(crate) fn rows(&self, from: usize, size: usize) -> &[Hit] {
        let start = from.min(self.hits.len());
        let end = start.saturating_add(size).min(self.hits.len());
        self.hits.get(start..end).unwrap_or_default()
    }
}

impl SearchRequest {
    pub(crate) fn run(&self, context: Context<'_>, day_offset: i64) -> Result<Found, Refusal> {
        let Context { store, behaviour, now, .. } = context;
        let (first, last) = self.window(behaviour, now, day_offset);
        let kept_from = behaviour.log_retention.map_or(i64::MIN, |kept| (now - kept).timestamp_millis());
        store.refresh();
        let mut indices: Vec<Index<'_>> =
            store.days(first, last).filter(|(_, mapping)| mapping.exists(now)).map(Index::from).collect();
        let failures: Vec<Failure> = indices.iter().filter_map(|index| self.failure(index, now)).collect();
        if let Some(first) = failures.first()
            && failures.len() == indices.len()
        {
            return Err(first.refusal(&failures));
        }
        indices.retain(|index| failures.iter().all(|failure| failure.day != index.day));
        let logs: Vec<Document<'_>> = store
            .between(first.max(kept_from), last)
            .iter()
            .filter(|log| log.visible_at <= now)
            .filter_map(|log| {
                let index = indices.iter().find(|index| index.day == log.day())?;
                Some(Document::new(log, index.mapping))
            })
            .collect();
        for item in &self.sort {
            let known = item.unmapped
                || matches!(item.field.as_str(), TIME_FIELD | "_doc" | "_score" | "_id" | "_index")
                || logs.is_empty()
                || logs.iter().any(|log| log.has(&item.field));
            if !known {
                return Err(Refusal::elasticsearch(format!(
                    "No mapping found for [{}] in order to sort on",
                    item.field
                )));
            }
        }
        let matching: Vec<(usize, Document<'_>)> =
            logs.into_iter().enumerate().filter(|(_, log)| self.query.matches(*log)).collect();
        let aggregations = self.aggregations.as_ref().map(|aggregations| {
            let logs: Vec<Document<'_>> = matching.iter().map(|(_, log)| *log).collect();
            aggregations.compute(&logs)
        });
        let scored = self.sort.is_empty() || self.sort.iter().any(|item| item.field == "_score");
        let score = |log: &Log| if scored { relevance(&log.id) } else { 0.0 };
        let mut hits: Vec<Hit> = matching
            .into_iter()
            .filter(|(_, log)| self.post_filter.as_ref().is_none_or(|filter| filter.matches(*log)))
            .map(|(number, log)| Hit {
                keys: self.sort.iter().map(|item| item.key(log, number)).collect(),
                score: score(log.log),
                log: Arc::clone(log.log),
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
        Ok(Found { hits, scored, aggregations, indices: indices.len(), failures })
    }

    /// Why an index cannot be searched, if it cannot.
    fn failure(&self, index: &Index<'_>, now: DateTime<Utc>) -> Option<Failure> {
        let mut queries = std::iter::once(&self.query).chain(&self.post_filter);
        let unsuited = queries.find_map(|query| query.check(index.mapping, now).err())?;
        Some(Failure::new(index.day, unsuited, &self.written))
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
