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

pub(crate) use self::condition::Condition;
pub(crate) use self::field_set::FieldSet;
pub(crate) use self::glob::Glob;
pub(crate) use self::range::Bound;
pub(crate) use self::regular_expression::compile_regex;
use crate::logs::{Log, TIME_FIELD};
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
    },
}

impl Query {
    pub(crate) fn leaf(fields: FieldSet, condition: Condition) -> Self {
        Self::Leaf { fields, condition }
    }

    pub(crate) fn matches(&self, log: &Log) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Bool { must, should, must_not, minimum } => {
                must.iter().all(|query| query.matches(log))
                    && !must_not.iter().any(|query| query.matches(log))
                    && (*minimum == 0
                        || should.iter().filter(|query| query.matches(log)).take(*minimum).count() == *minimum)
            }
            Self::Time { first, last } => (*first..=*last).contains(&log.time.timestamp_millis()),
            Self::Exists(fields) => fields.exists_in(log),
            Self::Ids(ids) => ids.contains(&log.id),
            Self::Leaf { fields, condition } => fields.any_value(log, condition),
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

    /// A range; on `@timestamp`, of dates. The error is a reason.
    pub(crate) fn range(
        fields: FieldSet,
        lower: Option<Bound>,
        upper: Option<Bound>,
        formats: Formats,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        if !fields.is_time() {
            return Ok(Self::leaf(fields, Condition::Range { lower, upper, analyzed: false }));
        }
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
    Query::range(FieldSet::Named(TIME_FIELD.to_owned()), bound(), bound(), Formats::MAPPED, now)
}
