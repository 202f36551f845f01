//! The fields of a document and their values. Nested objects and keys with dots
//! are the same fields.

use serde_json::Value;

/// The time field, which is a date where all others are what JSON has.
pub(crate) const TIME_FIELD: &str = "@timestamp";

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
    pub(crate) fn read(raw: &[u8]) -> Self {
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
        Fields::read(document.as_bytes())
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
}
