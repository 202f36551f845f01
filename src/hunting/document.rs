//! A log as a search sees it: its values by field, where nested objects and
//! keys with dots are the same, and a list is each of its values.

use crate::logzio::condition::TYPE;
use serde_json::Value;
use std::collections::HashMap;

/// The values of a log by field.
#[derive(Debug, Default)]
pub struct Document {
    fields: HashMap<String, Vec<String>>,
}

impl Document {
    /// Reads a log. What is no JSON object has no fields.
    #[must_use]
    pub fn read(source: &str) -> Self {
        let mut document = Self::default();
        if let Ok(Value::Object(members)) = serde_json::from_str(source) {
            for (name, value) in members {
                document.collect(name, value);
            }
        }
        document
    }

    /// The values of a field: texts, and numbers and truth values as text.
    pub fn values(&self, field: &str) -> impl Iterator<Item = &str> {
        self.fields.get(field).into_iter().flatten().map(String::as_str)
    }

    /// The fields with their values.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.fields.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The log types, one as a rule. The empty name stands for none.
    #[must_use]
    pub fn log_types(&self) -> Vec<&str> {
        let types: Vec<&str> = self.values(TYPE).collect();
        if types.is_empty() { vec![""] } else { types }
    }

    /// The values of all fields.
    pub fn all_values(&self) -> impl Iterator<Item = &str> {
        self.fields.values().flatten().map(String::as_str)
    }

    fn collect(&mut self, path: String, value: Value) {
        let text = match value {
            Value::Null => return,
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
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
        self.fields.entry(path).or_default().push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_repeated_fields_are_read() {
        let document = Document::read(
            r#"{"source":{"ip":"a","port":443},"source.ip":["b","b"],"x":[{"y":true},{"y":[null,"z"]}],"n":null}"#,
        );
        let sorted = |field| {
            let mut values: Vec<&str> = document.values(field).collect();
            values.sort_unstable();
            values
        };
        assert_eq!(sorted("source.ip"), ["a", "b", "b"]);
        assert_eq!(sorted("source.port"), ["443"]);
        assert_eq!(sorted("x.y"), ["true", "z"]);
        assert_eq!(sorted("n"), [""; 0]);
        assert_eq!(document.all_values().count(), 6);
        assert_eq!(Document::read("[1]").all_values().count(), 0);
    }
}
