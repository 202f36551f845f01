//! A log: its document, and when it can be found.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::fields::Fields;
use super::filler::filled;
use crate::body::Part;
use crate::time;

/// A log to put into a simulated account.
#[derive(Debug, Clone)]
pub struct Log {
    pub(crate) id: String,
    pub(crate) time: DateTime<Utc>,
    pub(crate) visible_at: DateTime<Utc>,
    raw: Bytes,
    /// The size that the document is filled to.
    size: usize,
    fields: OnceLock<Fields>,
}

impl Log {
    /// A log with this `_id`, found by this time and served as these bytes,
    /// whether or not they are a JSON object or say the same `@timestamp`.
    /// Visible from its time on.
    pub fn new(id: impl Into<String>, time: DateTime<Utc>, document: impl Into<Bytes>) -> Self {
        Self { id: id.into(), time, visible_at: time, raw: document.into(), size: 0, fields: OnceLock::new() }
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

    /// Fills the document to this many bytes, with members that hold no word of
    /// any language. They are made each time the log is served, never held, and
    /// not found by any search. What is no JSON object stays as it is.
    pub fn filled_to(mut self, bytes: usize) -> Self {
        self.size = bytes;
        self
    }

    /// The document, without what fills it.
    pub fn document(&self) -> &Bytes {
        &self.raw
    }

    /// The bytes that are served.
    pub fn served(&self) -> Bytes {
        match self.is_filled() {
            true => filled(&self.raw, self.size, self.seed()),
            false => self.raw.clone(),
        }
    }

    /// Whether the document is filled when it is served.
    pub(crate) fn is_filled(&self) -> bool {
        self.size > self.raw.len() && self.raw.trim_ascii_end().ends_with(b"}")
    }

    fn seed(&self) -> u64 {
        self.id
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    /// The bytes that are served, as a part of a body.
    pub(crate) fn part(self: &Arc<Self>) -> Part {
        match self.is_filled() {
            true => {
                let log = Arc::clone(self);
                Part::made(Some(self.size), move || log.served())
            }
            false => Part::Ready(self.raw.clone()),
        }
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
