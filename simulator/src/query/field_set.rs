//! The fields that a query searches.

use super::condition::Condition;
use super::glob::Glob;
use crate::logs::{Document, Scalar, TIME_FIELD, is_analyzed, words};

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

    /// Whether a field is among them, but for one that Elasticsearch makes up.
    pub(crate) fn covers(&self, field: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => name == field,
            Self::Like(glob) => glob.matches(field),
            Self::Several(sets) => sets.iter().any(|set| set.covers(field)),
        }
    }

    pub(crate) fn exists_in(&self, log: Document<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => matches!(name.as_str(), TIME_FIELD | "_id" | "_index" | "_type") || log.has(name),
            Self::Like(glob) => log.names().any(|name| glob.matches(name) && log.has(name)),
            Self::Several(sets) => sets.iter().any(|set| set.exists_in(log)),
        }
    }

    pub(crate) fn any_value(&self, log: Document<'_>, condition: &Condition) -> bool {
        let passes = |field: &str| match condition {
            // The words may be spread over the values.
            Condition::Match { all: true, .. } if is_analyzed(field) => {
                condition.passes_words(&log.words(field).concat())
            }
            condition if is_analyzed(field) => log.words(field).iter().any(|words| condition.passes_words(words)),
            condition => log.values(field).iter().any(|value| condition.passes(value)),
        };
        let is = |text: &str| condition.passes(&Scalar::Text(text.to_owned()));
        match self {
            // A text that is no date cannot be in a date.
            Self::All => log.names().any(passes),
            Self::Like(glob) => log.names().any(|field| glob.matches(field) && passes(field)),
            Self::Named(field) => match field.as_str() {
                "_id" => is(log.log.id()),
                "_index" => is(&log.log.index()),
                "_type" => is("doc"),
                field => passes(field),
            },
            Self::Several(sets) => sets.iter().any(|set| set.any_value(log, condition)),
        }
    }
}
