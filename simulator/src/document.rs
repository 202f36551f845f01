//! A log document: the bytes that are served, and its fields as Logz.io maps
//! them.
//!
//! Strings are kept whole (exact, case-sensitive), except for the analysed
//! fields, which are searched by word. Nested objects and keys with dots are
//! the same fields. Knows nothing of queries.

use std::sync::OnceLock;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

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

    /// The index of the log's day.
    pub(crate) fn index(&self) -> String {
        format!("logzioCustomerIndex{}_v23", self.time.format("%y%m%d"))
    }

    /// The fields, read at first use.
    pub(crate) fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| Fields::read(&self.raw))
    }
}

/// The time field, which is a date where all others are what JSON has.
pub(crate) const TIME_FIELD: &str = "@timestamp";

/// Whether a field is analysed: searched by word, and of no use for sorting or
/// aggregations.
pub(crate) fn is_analyzed(field: &str) -> bool {
    matches!(field, "message" | "tags" | "geoip_location")
}

/// The words of a text, in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}

/// A value in a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Text(String),
    Number(f64),
    Bool(bool),
}

/// The values of a document by field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, Vec<Scalar>)>);

impl Fields {
    fn read(raw: &[u8]) -> Self {
        let mut fields = Self::default();
        if let Ok(Value::Object(members)) = serde_json::from_slice(raw) {
            for (name, value) in members {
                fields.collect(name, value);
            }
        }
        fields.0.sort_by(|a, b| a.0.cmp(&b.0));
        // A nested field and its flattened double are one field.
        fields.0.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1.append(&mut later.1);
            }
            same
        });
        fields
    }

    fn collect(&mut self, path: String, value: Value) {
        let scalar = match value {
            Value::Null => return,
            Value::Bool(value) => Scalar::Bool(value),
            Value::Number(value) => Scalar::Number(value.as_f64().unwrap_or_default()),
            Value::String(value) => Scalar::Text(value),
            Value::Array(values) => {
                for value in values {
                    self.collect(path.clone(), value);
                }
                return;
            }
            Value::Object(members) => {
                for (name, value) in members {
                    self.collect(format!("{path}.{name}"), value);
                }
                return;
            }
        };
        self.0.push((path, vec![scalar]));
    }

    /// The values of a field, none if the document lacks it.
    pub(crate) fn get(&self, field: &str) -> &[Scalar] {
        self.0
            .binary_search_by(|(name, _)| name.as_str().cmp(field))
            .ok()
            .and_then(|at| self.0.get(at))
            .map_or(&[], |(_, values)| values)
    }

    /// Whether there is a field of this name, or one within an object of this
    /// name.
    pub(crate) fn has(&self, field: &str) -> bool {
        let at = self.0.partition_point(|(name, _)| name.as_str() < field);
        self.0
            .iter()
            .skip(at)
            .take_while(|(name, _)| name.starts_with(field))
            .any(|(name, _)| name.len() == field.len() || name.as_bytes().get(field.len()) == Some(&b'.'))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[Scalar])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(document: &'static str) -> Fields {
        Log::new("1", DateTime::UNIX_EPOCH, document).fields().clone()
    }

    #[test]
    fn nested_objects_and_keys_with_dots_are_the_same_field() {
        let fields = fields(r#"{"a":{"b":"x","c":[1,{"d":true}]},"a.b":["y","y"],"n":null,"e":[]}"#);
        let text = |text: &str| Scalar::Text(text.into());
        let mut values = fields.get("a.b").to_vec();
        values.sort_by_key(|value| format!("{value:?}"));
        assert_eq!(values, [text("x"), text("y"), text("y")]);
        assert_eq!(fields.get("a.c"), [Scalar::Number(1.0)]);
        assert_eq!(fields.get("a.c.d"), [Scalar::Bool(true)]);
        assert!(fields.has("a") && fields.has("a.c") && !fields.has("n") && !fields.has("e"));
        assert!(!fields.has("a."));
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        assert_eq!(fields("[1, 2").iter().count(), 0);
        assert_eq!(fields("\"text\"").iter().count(), 0);
    }

    #[test]
    fn an_index_is_a_day() {
        let time = DateTime::parse_from_rfc3339("2026-11-22T23:59:59Z").unwrap().to_utc();
        assert_eq!(Log::new("1", time, "{}").index(), "logzioCustomerIndex261122_v23");
    }
}
