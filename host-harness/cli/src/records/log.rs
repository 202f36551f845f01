//! Logs.

use std::io;

use logzio_soar_host::contract::{JsonForm, Log};
use serde_json::Value;

use super::time::milliseconds;
use crate::output::{Cell, Column, Page, Record, Table};

pub(crate) struct LogRecord<'a> {
    log: &'a Log,
    fields: &'a [String],
}

impl<'a> LogRecord<'a> {
    /// A log, of which people see these fields; its message if there are none.
    pub(crate) fn new(log: &'a Log, fields: &'a [String]) -> Self {
        Self { log, fields }
    }

    fn values(&self) -> Vec<String> {
        let source = self.source();
        self.fields.iter().map(|field| field_of(&source, field).unwrap_or_default()).collect()
    }

    /// The document to look at: what is passed on is the text itself.
    fn source(&self) -> Value {
        serde_json::from_str(&self.log.source).unwrap_or_default()
    }

    pub(crate) fn timestamp(&self) -> Option<&str> {
        self.log.timestamp.as_deref()
    }

    /// The log's message, or all of it if it has none.
    pub(crate) fn message(&self) -> String {
        field_of(&self.source(), "message").unwrap_or_else(|| self.log.source.clone())
    }
}

/// The value of a field with dots in its name, whether it is written flat or nested.
pub(crate) fn field_of(source: &Value, field: &str) -> Option<String> {
    if let Some(value) = source.get(field) {
        return match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
    }
    let dots = field.match_indices('.').map(|(at, _)| at);
    dots.filter_map(|at| field.split_at_checked(at))
        .find_map(|(outer, inner)| field_of(source.get(outer)?, inner.get(1..)?))
}

impl Record for LogRecord<'_> {
    fn json(&self) -> String {
        self.log.to_json()
    }

    fn titles(&self) -> Vec<String> {
        let mut titles = vec!["id".to_owned(), "timestamp".to_owned()];
        if self.fields.is_empty() {
            titles.push("source".to_owned());
        }
        titles.extend(self.fields.iter().cloned());
        titles
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut texts = vec![text(&self.log.id), text(&self.log.timestamp)];
        if self.fields.is_empty() {
            texts.push(self.log.source.clone());
        }
        texts.extend(self.values());
        vec![texts]
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let timestamp = Cell::plain(&self.timestamp().map_or_else(|| "-".to_owned(), milliseconds));
        // The fields share the line, as the titles of a table must be known while it is compiled.
        let title = if self.fields.is_empty() { "LOG" } else { "FIELDS" };
        let columns = vec![Column::new("TIMESTAMP (UTC)", 23), Column::new(title, 0)];
        let table = Table::new(columns, page.width);
        if first {
            table.write_titles(page.out, &palette)?;
        }
        let text = if self.fields.is_empty() {
            self.message()
        } else {
            let pairs = self.fields.iter().zip(self.values());
            let pairs = pairs.map(|(field, value)| format!("{field}={value}"));
            pairs.collect::<Vec<_>>().join("  ")
        };
        table.write_row(page.out, [timestamp, Cell::plain(&text)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_title_has_its_text() {
        let log = Log { id: None, timestamp: None, source: "{}".into() };
        let fields = ["a".to_owned(), "b.c".to_owned()];
        for fields in [&fields[..0], &fields[..]] {
            let record = LogRecord::new(&log, fields);
            assert_eq!(record.rows().iter().map(Vec::len).collect::<Vec<_>>(), [record.titles().len()]);
        }
    }

    #[test]
    fn fields_are_found_flat_and_nested() {
        let source = serde_json::json!({
            "a.b": 1, "a": {"b": 2, "c.d": {"e": "three"}}, "n": null
        });
        assert_eq!(field_of(&source, "a.b").as_deref(), Some("1"));
        assert_eq!(field_of(&source, "a.c.d.e").as_deref(), Some("three"));
        for missing in ["n", "a.x", "x", "", ".", "a."] {
            assert_eq!(field_of(&source, missing), None, "{missing}");
        }
    }
}
