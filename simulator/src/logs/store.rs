//! The logs of one account, sorted by time, and the mapping of each of their
//! days.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::log::Log;
use super::mapping::Mapping;
use crate::time;

/// The logs of one account.
#[derive(Debug, Default)]
pub(crate) struct LogStore {
    logs: Vec<Arc<Log>>,
    sorted: bool,
    by_id: HashMap<String, Arc<Log>>,
    /// By the first millisecond of their day.
    mappings: BTreeMap<i64, Mapping>,
    /// Logs whose fields are not in a mapping yet.
    unmapped: Vec<Arc<Log>>,
}

impl LogStore {
    pub(crate) fn add(&mut self, log: Log) {
        let log = Arc::new(log);
        self.by_id.insert(log.id.clone(), Arc::clone(&log));
        self.unmapped.push(Arc::clone(&log));
        self.logs.push(log);
        self.sorted = false;
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Log>> {
        self.by_id.get(id)
    }

    /// Logs by time, those of the same time in the order they were added.
    pub(crate) fn sorted(&mut self) -> &[Arc<Log>] {
        if !self.sorted {
            self.logs.sort_by_key(|log| log.time);
            self.sorted = true;
        }
        &self.logs
    }

    /// Makes the logs ready to be searched.
    pub(crate) fn refresh(&mut self) {
        self.sorted();
        for log in self.unmapped.drain(..) {
            self.mappings.entry(log.day()).or_default().add(&log);
        }
    }

    /// The logs from one millisecond to another, both included. Those that were
    /// added after the last [`refresh`](Self::refresh) may be missing.
    pub(crate) fn between(&self, first: i64, last: i64) -> &[Arc<Log>] {
        let start = self.logs.partition_point(|log| log.time.timestamp_millis() < first);
        let end = self.logs.partition_point(|log| log.time.timestamp_millis() <= last);
        self.logs.get(start..end).unwrap_or_default()
    }

    /// The indices of the days from one millisecond to another, by the first
    /// millisecond of each.
    pub(crate) fn days(&self, first: i64, last: i64) -> impl Iterator<Item = (i64, &Mapping)> {
        let first = time::day_start(first);
        self.mappings.range(first..=last.max(first)).map(|(day, mapping)| (*day, mapping))
    }
}
