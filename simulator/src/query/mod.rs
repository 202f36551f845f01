//! What a log search looks for, and whether a log is it: a query puts
//! `condition`s on the values of the fields of a `field_set`.
//!
//! Must not know how a query is written, nor of pages, sorting or the window of
//! days.

mod condition;
mod field_set;
mod fuzzy;
mod glob;
mod phrase;
mod range;
mod regular_expression;

use chrono::{DateTime, Utc};
use serde_json::Value;

pub(crate) use self::condition::{Condition, Unsuited};
pub(crate) use self::field_set::FieldSet;
pub(crate) use self::glob::Glob;
pub(crate) use self::range::Bound;
pub(crate) use self::regular_expression::compile_regex;
use crate::logs::{Document, FieldType, Mapping};
use crate::time::{Formats, Span};

/// A query, ready to be matched.
#[derive(Debug, Clone)]
pub(crate) enum Query {
    All,
    None,
    Bool {
        must: Vec<Query>,
        should: Vec<Query>,
        must_not: Vec<Query>,
        /// How many of `should` must match.
        minimum: usize,
    },
    /// `@timestamp` in milliseconds, both ends included.
    Time {
        first: i64,
        last: i64,
    },
    Exists(FieldSet),
    Ids(Vec<String>),
    Leaf {
        fields: FieldSet,
        condition: Condition,
        /// A condition that the type of a field cannot have finds nothing,
        /// instead of failing the query.
        lenient: bool,
    },
}

impl Query {
    /// A condition that fails the query where a field's type cannot have it.
    pub(crate) fn strict(fields: FieldSet, condition: Condition) -> Self {
        Self::Leaf { fields, condition, lenient: false }
    }

    /// Whether the index of a mapping can run the query.
    pub(crate) fn check(&self, mapping: &Mapping, now: DateTime<Utc>) -> Result<(), Unsuited> {
        match self {
            Self::Bool { must, should, must_not, .. } => {
                must.iter().chain(should).chain(must_not).try_for_each(|query| query.check(mapping, now))
            }
            Self::Leaf { fields, condition, lenient: false } => {
                if let FieldSet::Named(name) = fields {
                    return mapping.known_type(name, now).map_or(Ok(()), |of| condition.check(name, of));
                }
                let mut covered = mapping.known(now).filter(|(name, of)| *of != FieldType::Date && fields.covers(name));
                covered.try_for_each(|(name, of)| condition.check(name, of))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn matches(&self, log: Document<'_>) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Bool { must, should, must_not, minimum } => {
                must.iter().all(|query| query.matches(log))
                    && !must_not.iter().any(|query| query.matches(log))
                    && (*minimum == 0
                        || should.iter().filter(|query| query.matches(log)).take(*minimum).count() == *minimum)
            }
            Self::Time { first, last } => (*first..=*last).contains(&log.log.time.timestamp_millis()),
            Self::Exists(fields) => fields.exists_in(log),
            Self::Ids(ids) => ids.contains(&log.log.id),
            Self::Leaf { fields, condition, .. } => fields.any_value(log, condition),
        }
    }

    /// The times outside of which nothing can match, as far as conditions on
    /// `@timestamp` that always hold say so.
    pub(crate) fn times(&self) -> (i64, i64) {
        match self {
            Self::Time { first, last } => (*first, *last),
            Self::Bool { must, should, minimum, .. } => {
                let only = match should.as_slice() {
                    [only] if *minimum == 1 => Some(only),
                    _ => None,
                };
                must.iter()
                    .chain(only)
                    .map(Self::times)
                    .fold((i64::MIN, i64::MAX), |(first, last), (from, to)| (first.max(from), last.min(to)))
            }
            _ => (i64::MIN, i64::MAX),
        }
    }

    /// A range of `@timestamp`. The error is a reason.
    pub(crate) fn dates(
        lower: Option<Bound>,
        upper: Option<Bound>,
        formats: Formats,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        let span = |bound: &Bound| -> Result<Span, String> {
            let (value, span) = match &bound.value {
                Value::Number(number) => {
                    let millis = number.as_i64().or_else(|| number.as_f64().map(|n| n as i64));
                    let millis = millis.and_then(|millis| formats.number(millis));
                    (number.to_string(), millis.map(|millis| Span { first: millis, last: millis }))
                }
                Value::String(text) => (text.clone(), formats.resolve(text, now)),
                other => (other.to_string(), None),
            };
            span.ok_or_else(|| {
                format!("failed to parse date field [{value}] with format [strict_date_optional_time||epoch_millis]")
            })
        };
        // A day means its first moment or its last, by the side it stands on.
        let first = match &lower {
            None => i64::MIN,
            Some(bound) if bound.inclusive => span(bound)?.first,
            Some(bound) => span(bound)?.last.saturating_add(1),
        };
        let last = match &upper {
            None => i64::MAX,
            Some(bound) if bound.inclusive => span(bound)?.last,
            Some(bound) => span(bound)?.first.saturating_sub(1),
        };
        Ok(Self::Time { first, last })
    }
}

/// A single date as a query: the whole of what it means.
pub(crate) fn time_term(text: &str, now: DateTime<Utc>) -> Result<Query, String> {
    let bound = || Some(Bound { value: text.into(), inclusive: true });
    Query::dates(bound(), bound(), Formats::MAPPED, now)
}
