//! The logs of one account, sorted by time.
//!
//! Must not know of queries or requests.

use std::collections::HashMap;
use std::sync::Arc;

use super::log::Log;

/// The logs of one account.
#[derive(Debug, Default)]
pub(crate) struct LogStore {
    logs: Vec<Arc<Log>>,
    sorted: bool,
    by_id: HashMap<String, Arc<Log>>,
}

impl LogStore {
    pub(crate) fn add(&mut self, log: Log) {
        let log = Arc::new(log);
        self.by_id.insert(log.id.clone(), Arc::clone(&log));
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

    /// The logs from one millisecond to another, both included.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> &[Arc<Log>] {
        let logs = self.sorted();
        let start = logs.partition_point(|log| log.time.timestamp_millis() < first);
        let end = logs.partition_point(|log| log.time.timestamp_millis() <= last);
        logs.get(start..end).unwrap_or_default()
    }
}
