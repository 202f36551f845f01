//! The types that fields have in the index of a day.
//!
//! A new field takes the type of its first value of the day, and keeps it for
//! that day: a later value is converted to it, or is not found at all. (Logz.io
//! documentation, "Field mapping"; Elasticsearch 6.8, "Dynamic field mapping".)
//! No field but the time field is a date, since Logz.io turns the detection of
//! dates off, and none is an address.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::analysis::is_analyzed;
use super::fields::{Scalar, TIME_FIELD};
use super::log::Log;

/// The most characters of a value that can be searched. (Logz.io
/// documentation, "Invalid log errors".)
const LONGEST_KEYWORD: usize = 32_700;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Date,
    Text,
    Keyword,
    Long,
    Float,
    Boolean,
}

impl FieldType {
    /// The type that a new field takes.
    fn of(name: &str, first: &Scalar) -> Self {
        match first {
            _ if name == TIME_FIELD => Self::Date,
            _ if is_analyzed(name) => Self::Text,
            Scalar::Text(_) => Self::Keyword,
            Scalar::Whole(_) => Self::Long,
            Scalar::Decimal(_) => Self::Float,
            Scalar::Bool(_) => Self::Boolean,
        }
    }

    /// Elasticsearch's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Text => "text",
            Self::Keyword => "keyword",
            Self::Long => "long",
            Self::Float => "float",
            Self::Boolean => "boolean",
        }
    }

    /// A value as it is indexed; none if the type cannot hold it.
    pub(crate) fn indexed(self, value: &Scalar) -> Option<Scalar> {
        match (self, value) {
            (Self::Text | Self::Date, value) => Some(value.clone()),
            (Self::Keyword, value) => {
                let text = value.to_text();
                (text.chars().count() <= LONGEST_KEYWORD).then_some(Scalar::Text(text))
            }
            (Self::Long, Scalar::Whole(number)) => Some(Scalar::Whole(*number)),
            (Self::Long, Scalar::Decimal(number)) => Some(Scalar::Whole(*number as i64)),
            (Self::Long, Scalar::Text(text)) => number(text).map(|number| Scalar::Whole(number as i64)),
            (Self::Float, Scalar::Whole(number)) => Some(Scalar::Decimal(*number as f64)),
            (Self::Float, Scalar::Decimal(number)) => Some(Scalar::Decimal(*number)),
            (Self::Float, Scalar::Text(text)) => number(text).map(Scalar::Decimal),
            (Self::Long | Self::Float, Scalar::Bool(_)) => None,
            (Self::Boolean, Scalar::Bool(flag)) => Some(Scalar::Bool(*flag)),
            (Self::Boolean, Scalar::Text(text)) => boolean(text).map(Scalar::Bool),
            (Self::Boolean, Scalar::Whole(_) | Scalar::Decimal(_)) => None,
        }
    }

    /// Whether a value is indexed as it is.
    fn keeps(self, value: &Scalar) -> bool {
        match (self, value) {
            (Self::Text | Self::Date, _)
            | (Self::Long, Scalar::Whole(_))
            | (Self::Float, Scalar::Decimal(_))
            | (Self::Boolean, Scalar::Bool(_)) => true,
            (Self::Keyword, Scalar::Text(text)) => text.len() <= LONGEST_KEYWORD,
            _ => false,
        }
    }

    /// Values as they are indexed, if that is not as they are.
    pub(crate) fn converted(self, values: &[Scalar]) -> Option<Vec<Scalar>> {
        match values.iter().all(|value| self.keeps(value)) {
            true => None,
            false => Some(values.iter().filter_map(|value| self.indexed(value)).collect()),
        }
    }
}

/// A text as a number: digits with a sign, a point and an exponent, as Java's
/// decimals have them.
pub(crate) fn number(text: &str) -> Option<f64> {
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    text.chars().all(is_plain).then(|| text.parse().ok()).flatten()
}

/// A text as a truth value.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The types of the fields of one day.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    /// With the time from which the field is known.
    fields: BTreeMap<String, (DateTime<Utc>, FieldType)>,
    since: Option<DateTime<Utc>>,
}

impl Mapping {
    /// Adds the fields of a log, of which those that are visible first count.
    pub(crate) fn add(&mut self, log: &Log) {
        let time = log.visible_at;
        self.since = Some(self.since.map_or(time, |since| since.min(time)));
        for (name, values) in log.fields().iter() {
            let Some(first) = values.first() else { continue };
            let new = (time, FieldType::of(name, first));
            match self.fields.get_mut(name) {
                Some(known) if known.0 <= time => {}
                Some(known) => *known = new,
                None => drop(self.fields.insert(name.to_owned(), new)),
            }
        }
    }

    /// Whether the index is there: it comes with its first log.
    pub(crate) fn exists(&self, now: DateTime<Utc>) -> bool {
        self.since.is_some_and(|since| since <= now)
    }

    /// The type of a field that is known by now.
    pub(crate) fn known_type(&self, name: &str, now: DateTime<Utc>) -> Option<FieldType> {
        self.fields.get(name).filter(|(since, _)| *since <= now).map(|(_, field_type)| *field_type)
    }

    /// The type of a field; none if no log has it.
    pub(crate) fn field_type(&self, name: &str) -> Option<FieldType> {
        match name {
            TIME_FIELD => Some(FieldType::Date),
            name => self.fields.get(name).map(|(_, field_type)| *field_type),
        }
    }

    /// The fields that are known by now.
    pub(crate) fn known(&self, now: DateTime<Utc>) -> impl Iterator<Item = (&str, FieldType)> {
        self.fields
            .iter()
            .filter(move |(_, (since, _))| *since <= now)
            .map(|(name, (_, field_type))| (name.as_str(), *field_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(second: i64, document: &'static str) -> Log {
        Log::new("a", DateTime::from_timestamp(second, 0).unwrap(), document)
    }

    #[test]
    fn a_field_has_the_type_of_its_first_value() {
        let mut mapping = Mapping::default();
        mapping.add(&log(5, r#"{"a":"x","b":{"c":1},"d":[1.5,2],"e":true,"message":1,"@timestamp":"x","f":[]}"#));
        mapping.add(&log(9, r#"{"a":1,"b.c":"x"}"#));
        mapping.add(&log(2, r#"{"d":7}"#));
        let now = DateTime::from_timestamp(20, 0).unwrap();
        let known: Vec<_> = mapping.known(now).map(|(name, field_type)| (name, field_type.name())).collect();
        assert_eq!(
            known,
            [
                ("@timestamp", "date"),
                ("a", "keyword"),
                ("b.c", "long"),
                ("d", "long"),
                ("e", "boolean"),
                ("message", "text")
            ]
        );
        let early = DateTime::from_timestamp(3, 0).unwrap();
        assert_eq!(mapping.known(early).map(|(name, _)| name).collect::<Vec<_>>(), ["d"]);
    }

    #[test]
    fn a_value_is_converted_to_its_fields_type_or_not_indexed() {
        let text = |text: &str| Scalar::Text(text.into());
        for (field_type, value, indexed) in [
            (FieldType::Keyword, Scalar::Whole(4711), Some(text("4711"))),
            (FieldType::Keyword, Scalar::Decimal(1.5), Some(text("1.5"))),
            (FieldType::Keyword, Scalar::Bool(true), Some(text("true"))),
            (FieldType::Keyword, text(&"x".repeat(32_700)), Some(text(&"x".repeat(32_700)))),
            (FieldType::Keyword, text(&"x".repeat(32_701)), None),
            (FieldType::Long, text("4711"), Some(Scalar::Whole(4711))),
            (FieldType::Long, Scalar::Decimal(-2.9), Some(Scalar::Whole(-2))),
            (FieldType::Long, text("admin"), None),
            (FieldType::Long, text(" 10"), None),
            (FieldType::Long, Scalar::Bool(true), None),
            (FieldType::Float, Scalar::Whole(3), Some(Scalar::Decimal(3.0))),
            (FieldType::Float, text("1e3"), Some(Scalar::Decimal(1000.0))),
            (FieldType::Boolean, text("false"), Some(Scalar::Bool(false))),
            (FieldType::Boolean, text("no"), None),
            (FieldType::Boolean, Scalar::Whole(1), None),
        ] {
            assert_eq!(field_type.indexed(&value), indexed, "{field_type:?}");
            let converted = field_type.converted(std::slice::from_ref(&value));
            assert_eq!(converted.unwrap_or_else(|| vec![value]), Vec::from_iter(indexed), "{field_type:?}");
        }
    }
}
