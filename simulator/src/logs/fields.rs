//! The fields of a document and their values, as its JSON has them. Nested
//! objects and keys with dots are the same fields.

use std::sync::OnceLock;

use serde_json::Value;

use super::analysis::words;

/// The time field, which is a date where all others are what JSON has.
pub(crate) const TIME_FIELD: &str = "@timestamp";

/// A value in a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Text(String),
    Whole(i64),
    Decimal(f64),
    Bool(bool),
}

impl Scalar {
    /// The value as text, as a field of strings has it.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
            Self::Decimal(number) => Value::from(*number).to_string(),
            Self::Bool(flag) => flag.to_string(),
        }
    }
}

/// The values of a field.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    values: Vec<Scalar>,
    /// The words of each value, made at first use.
    words: OnceLock<Vec<Vec<String>>>,
}

/// The values of a document by field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<Field>);

impl Fields {
    pub(crate) fn read(raw: &[u8]) -> Self {
        let mut fields = Self::default();
        if let Ok(Value::Object(members)) = serde_json::from_slice(raw) {
            for (name, value) in members {
                fields.collect(name, value);
            }
        }
        fields.0.sort_by(|a, b| a.name.cmp(&b.name));
        // A nested field and its flattened double are one field.
        fields.0.dedup_by(|later, earlier| {
            let same = later.name == earlier.name;
            if same {
                earlier.values.append(&mut later.values);
            }
            same
        });
        fields
    }

    fn collect(&mut self, path: String, value: Value) {
        let scalar = match value {
            Value::Null => return,
            Value::Bool(value) => Scalar::Bool(value),
            Value::Number(value) => match value.as_i64() {
                Some(whole) => Scalar::Whole(whole),
                None => Scalar::Decimal(value.as_f64().unwrap_or_default()),
            },
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
        self.0.push(Field { name: path, values: vec![scalar], words: OnceLock::new() });
    }

    fn field(&self, name: &str) -> Option<&Field> {
        let at = self.0.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?;
        self.0.get(at)
    }

    /// The values of a field, none if the document lacks it.
    pub(crate) fn get(&self, name: &str) -> &[Scalar] {
        self.field(name).map_or(&[], |field| &field.values)
    }

    /// The words of each value of a field.
    pub(crate) fn words(&self, name: &str) -> &[Vec<String>] {
        self.field(name).map_or(&[], |field| {
            field.words.get_or_init(|| field.values.iter().map(|value| words(&value.to_text())).collect())
        })
    }

    /// The fields with this name, or within an object of this name.
    pub(crate) fn within<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a [Scalar])> {
        let at = self.0.partition_point(|field| field.name.as_str() < name);
        self.0.iter().skip(at).take_while(move |field| field.name.starts_with(name)).filter_map(move |field| {
            let is_within = field.name.len() == name.len() || field.name.as_bytes().get(name.len()) == Some(&b'.');
            is_within.then_some((field.name.as_str(), field.values.as_slice()))
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[Scalar])> {
        self.0.iter().map(|field| (field.name.as_str(), field.values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_objects_and_keys_with_dots_are_the_same_field() {
        let fields = Fields::read(br#"{"a":{"b":"x","c":[1,{"d":true}]},"a.b":["y","y"],"n":null,"e":[],"f":1.5}"#);
        let text = |text: &str| Scalar::Text(text.into());
        let mut values = fields.get("a.b").to_vec();
        values.sort_by_key(|value| format!("{value:?}"));
        assert_eq!(values, [text("x"), text("y"), text("y")]);
        assert_eq!(fields.get("a.c"), [Scalar::Whole(1)]);
        assert_eq!(fields.get("a.c.d"), [Scalar::Bool(true)]);
        assert_eq!(fields.get("f"), [Scalar::Decimal(1.5)]);
        let has = |name| fields.within(name).next().is_some();
        assert!(has("a") && has("a.c") && !has("n") && !has("e") && !has("a."));
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        assert_eq!(Fields::read(b"[1, 2").iter().count(), 0);
        assert_eq!(Fields::read(b"\"text\"").iter().count(), 0);
    }
}
