//! A log: the bytes that are served, and when it can be found.

use std::sync::OnceLock;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::fields::Fields;
use crate::time;

/// A log to put into a simulated account.
#[derive(Debug, Clone)]
pub struct Log {
    pub(crate) id: String,
    pub(crate) time: DateTime<Utc>,
    pub(crate) visible_at: DateTime<Utc>,
    pub(crate) raw: Bytes,
    fields: OnceLock<Fields>,
}

impl Log {
    /// A log with this `_id`, found by this time and served as these bytes,
    /// whether or not they are a JSON object or say the same `@timestamp`.
    /// Visible from its time on.
    pub fn new(id: impl Into<String>, time: DateTime<Utc>, document: impl Into<Bytes>) -> Self {
        Self { id: id.into(), time, visible_at: time, raw: document.into(), fields: OnceLock::new() }
    }

    /// When the log can be found from, if later than its time.
    pub fn visible_at(mut self, time: DateTime<Utc>) -> Self {
        self.visible_at = time;
        self
    }

    /// The `_id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The time it is found by.
    pub fn time(&self) -> DateTime<Utc> {
        self.time
    }

    /// The bytes that are served.
    pub fn document(&self) -> &Bytes {
        &self.raw
    }

    /// The first millisecond of the log's day.
    pub(crate) fn day(&self) -> i64 {
        time::day_start(self.time.timestamp_millis())
    }

    /// The index of the log's day.
    pub(crate) fn index(&self) -> String {
        index_of(self.day())
    }

    /// The fields, read at first use.
    pub(crate) fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| Fields::read(&self.raw))
    }
}

/// The index of a day, given by its first millisecond.
pub(crate) fn index_of(day: i64) -> String {
    let day = DateTime::from_timestamp_millis(day).unwrap_or_default();
    format!("logzioCustomerIndex{}_v23", day.format("%y%m%d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_a_day() {
        let time = DateTime::parse_from_rfc3339("2026-11-22T23:59:59Z").unwrap().to_utc();
        assert_eq!(Log::new("1", time, "{}").index(), "logzioCustomerIndex261122_v23");
    }
}
