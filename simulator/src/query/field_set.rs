//! The fields that a query searches.

use super::condition::Condition;
use super::glob::Glob;
use crate::logs::{Log, Scalar, TIME_FIELD, is_analyzed, words};

/// The fields that a query searches; any of them may match.
#[derive(Debug, Clone)]
pub(crate) enum FieldSet {
    All,
    Named(String),
    Like(Glob),
    Several(Vec<FieldSet>),
}

impl FieldSet {
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "*" | "_all" => Self::All,
            name if name.contains('*') => Self::Like(Glob::new(name)),
            name => Self::Named(name.to_owned()),
        }
    }

    pub(crate) fn is_time(&self) -> bool {
        matches!(self, Self::Named(name) if name == TIME_FIELD)
    }

    /// The name under which a query asks whether a field exists.
    pub(crate) fn is_exists(&self) -> bool {
        matches!(self, Self::Named(name) if name == "_exists_")
    }

    /// Whether analysis finds no word in a text, so that no condition is left.
    pub(crate) fn leaves_nothing_of(&self, text: &str) -> bool {
        matches!(self, Self::Named(name) if is_analyzed(name)) && words(text).is_empty()
    }

    pub(crate) fn exists_in(&self, log: &Log) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => {
                matches!(name.as_str(), TIME_FIELD | "_id" | "_index" | "_type") || log.fields().has(name)
            }
            Self::Like(glob) => log.fields().iter().any(|(name, _)| glob.matches(name)),
            Self::Several(sets) => sets.iter().any(|set| set.exists_in(log)),
        }
    }

    pub(crate) fn any_value(&self, log: &Log, condition: &Condition) -> bool {
        let passes = |field: &str, values: &[Scalar]| match condition {
            // The words may be spread over the values.
            Condition::Match { all: true, .. } if is_analyzed(field) => {
                let text = |value: &Scalar| if let Scalar::Text(text) = value { words(text) } else { Vec::new() };
                condition.passes_words(&values.iter().flat_map(text).collect::<Vec<_>>())
            }
            condition => values.iter().any(|value| condition.passes(value, is_analyzed(field))),
        };
        match self {
            // A text that is no date cannot be in a date.
            Self::All => log.fields().iter().any(|(field, values)| field != TIME_FIELD && passes(field, values)),
            Self::Like(glob) => log
                .fields()
                .iter()
                .any(|(field, values)| field != TIME_FIELD && glob.matches(field) && passes(field, values)),
            Self::Named(field) => match field.as_str() {
                "_id" => condition.passes(&Scalar::Text(log.id.clone()), false),
                "_index" => condition.passes(&Scalar::Text(log.index()), false),
                "_type" => condition.passes(&Scalar::Text("doc".to_owned()), false),
                field => passes(field, log.fields().get(field)),
            },
            Self::Several(sets) => sets.iter().any(|set| set.any_value(log, condition)),
        }
    }
}
