//! What a log search looks for, and whether a document is it.
//!
//! Reads the part of Elasticsearch's query DSL that clients of Logz.io use.
//! Knows nothing of pages, sorting or the window of days.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use regex::Regex;
use serde_json::{Map, Value};

use crate::answer::Refusal;
use crate::document::{Log, Scalar, TIME_FIELD, is_analyzed, words};
use crate::lucene::{self, LuceneError, Reading};
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
        test: Test,
    },
}

/// The fields a query looks at; any of them may match.
#[derive(Debug, Clone)]
pub(crate) enum FieldSet {
    All,
    Named(String),
    Like(Glob),
    Several(Vec<FieldSet>),
}

/// What a value must be.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// The text itself or, in an analysed field, any or all of its words.
    Match {
        text: String,
        all: bool,
    },
    /// The text itself or, in an analysed field, its words in a row, with
    /// this many places off in all.
    Phrase {
        text: String,
        slop: usize,
    },
    /// The text itself; in an analysed field, one of its words is the text.
    Term(String),
    Wildcard(Glob),
    Regex(Regex),
    Fuzzy {
        text: String,
        distance: usize,
    },
    Range {
        lower: Option<Bound>,
        upper: Option<Bound>,
        /// In an analysed field, the ends are read in lower case, as its words
        /// are.
        analyzed: bool,
    },
}

/// An end of a range.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) value: Value,
    pub(crate) inclusive: bool,
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

    fn exists_in(&self, log: &Log) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => {
                matches!(name.as_str(), TIME_FIELD | "_id" | "_index" | "_type") || log.fields().has(name)
            }
            Self::Like(glob) => log.fields().iter().any(|(name, _)| glob.matches(name)),
            Self::Several(sets) => sets.iter().any(|set| set.exists_in(log)),
        }
    }

    fn any_value(&self, log: &Log, test: &Test) -> bool {
        let passes = |field: &str, values: &[Scalar]| match test {
            // The words may be spread over the values.
            Test::Match { all: true, .. } if is_analyzed(field) => {
                let text = |value: &Scalar| if let Scalar::Text(text) = value { words(text) } else { Vec::new() };
                test.passes_words(&values.iter().flat_map(text).collect::<Vec<_>>())
            }
            test => values.iter().any(|value| test.passes(value, is_analyzed(field))),
        };
        match self {
            // A text that is no date cannot be in a date.
            Self::All => log.fields().iter().any(|(field, values)| field != TIME_FIELD && passes(field, values)),
            Self::Like(glob) => log
                .fields()
                .iter()
                .any(|(field, values)| field != TIME_FIELD && glob.matches(field) && passes(field, values)),
            Self::Named(field) => match field.as_str() {
                "_id" => test.passes(&Scalar::Text(log.id.clone()), false),
                "_index" => test.passes(&Scalar::Text(log.index()), false),
                "_type" => test.passes(&Scalar::Text("doc".to_owned()), false),
                field => passes(field, log.fields().get(field)),
            },
            Self::Several(sets) => sets.iter().any(|set| set.any_value(log, test)),
        }
    }
}

impl Query {
    pub(crate) fn leaf(fields: FieldSet, test: Test) -> Self {
        Self::Leaf { fields, test }
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
            Self::Leaf { fields, test } => fields.any_value(log, test),
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
            return Ok(Self::leaf(fields, Test::Range { lower, upper, analyzed: false }));
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

    /// Reads a query in the DSL.
    pub(crate) fn parse(value: &Value, now: DateTime<Utc>) -> Result<Self, Refusal> {
        check_limits(value)?;
        parse_query(value, now)
    }
}

/// A single date as a query: the whole of what it means.
pub(crate) fn time_term(text: &str, now: DateTime<Utc>) -> Result<Query, String> {
    let bound = || Some(Bound { value: text.into(), inclusive: true });
    Query::range(FieldSet::Named(TIME_FIELD.to_owned()), bound(), bound(), Formats::MAPPED, now)
}

/// What Logz.io refuses anywhere in a query, before Elasticsearch sees it.
fn check_limits(value: &Value) -> Result<(), Refusal> {
    match value {
        Value::Array(values) => values.iter().try_for_each(check_limits),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            match name.as_str() {
                "fuzzy_max_expansions" | "max_expansions" | "max_determinized_states" => {
                    return Err(Refusal::search(format!(
                        "Query syntax (in 'query' field) is invalid: [{name} is not allowed]"
                    )));
                }
                "allow_leading_wildcard" if *value != Value::Bool(false) && *value != "false" => {
                    return Err(Refusal::search("[query] query_string.allow_leading_wildcard not allowed to be true"));
                }
                _ => {}
            }
            check_limits(value)
        }),
        _ => Ok(()),
    }
}

fn invalid(reason: impl std::fmt::Display) -> Refusal {
    Refusal::search(format!("Query syntax (in 'query' field) is invalid: [{reason}]"))
}

fn parse_query(value: &Value, now: DateTime<Utc>) -> Result<Query, Refusal> {
    let Value::Object(members) = value else {
        return Err(invalid("a query must be an object"));
    };
    let mut members = members.iter();
    let Some((kind, body)) = members.next() else {
        return Ok(Query::All);
    };
    if members.next().is_some() {
        return Err(invalid(format!("[{kind}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]")));
    }
    let Value::Object(body) = body else {
        return Err(invalid(format!("[{kind}] query malformed, no start_object after query name")));
    };
    match kind.as_str() {
        "match_all" => known(kind, body, &["boost"]).map(|()| Query::All),
        "match_none" => known(kind, body, &["boost"]).map(|()| Query::None),
        "bool" => parse_bool(body, now),
        "range" => parse_range(body, now),
        "exists" => {
            known(kind, body, &["field", "boost"])?;
            Ok(Query::Exists(FieldSet::of(text_member(kind, body, "field")?)))
        }
        "ids" => {
            known(kind, body, &["values", "type", "boost"])?;
            let Some(Value::Array(ids)) = body.get("values") else {
                return Err(invalid("[ids] requires values"));
            };
            Ok(Query::Ids(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
        }
        "query_string" => parse_query_string(body, now),
        "term" => {
            let (field, value, _) = one_field(kind, body, "value", &["boost"])?;
            term(field, &value, now)
        }
        "terms" => {
            let fields: Vec<_> = body.iter().filter(|(name, _)| *name != "boost").collect();
            let [(field, Value::Array(values))] = fields.as_slice() else {
                return Err(invalid("[terms] query requires one field with an array of values"));
            };
            let should = values.iter().map(|value| term(field, value, now)).collect::<Result<_, _>>()?;
            Ok(Query::Bool { must: vec![], should, must_not: vec![], minimum: 1 })
        }
        "match" => {
            let extra = ["operator", "boost", "lenient", "fuzziness", "minimum_should_match"];
            let (field, value, options) = one_field(kind, body, "query", &extra)?;
            let all = options
                .and_then(|options| options.get("operator"))
                .is_some_and(|operator| operator.as_str().is_some_and(|o| o.eq_ignore_ascii_case("and")));
            let text = plain(&value).into_owned();
            if field == TIME_FIELD {
                return time_term(&text, now).map_err(Refusal::elasticsearch);
            }
            Ok(Query::leaf(FieldSet::of(field), Test::Match { text, all }))
        }
        "match_phrase" => {
            let (field, value, options) = one_field(kind, body, "query", &["slop", "boost", "analyzer"])?;
            let slop = options.and_then(|o| o.get("slop")).and_then(Value::as_u64).unwrap_or(0);
            let text = plain(&value).into_owned();
            Ok(Query::leaf(FieldSet::of(field), Test::Phrase { text, slop: slop as usize }))
        }
        "wildcard" => {
            let key = match body.values().next() {
                Some(Value::Object(options)) if options.contains_key("wildcard") => "wildcard",
                _ => "value",
            };
            let (field, value, _) = one_field(kind, body, key, &["boost", "rewrite"])?;
            let pattern = plain(&value);
            if pattern.starts_with(['*', '?']) {
                return Err(Refusal::search("[query] 'wildcard' queries are not allowed to start with '*' or '?'"));
            }
            Ok(Query::leaf(FieldSet::of(field), Test::Wildcard(Glob::new(&pattern))))
        }
        "prefix" => {
            let (field, value, _) = one_field(kind, body, "value", &["boost", "rewrite"])?;
            Ok(Query::leaf(FieldSet::of(field), Test::Wildcard(Glob::prefix(&plain(&value)))))
        }
        "regexp" => {
            let (field, value, _) = one_field(kind, body, "value", &["boost", "flags"])?;
            let regex = compile_regex(&plain(&value)).map_err(Refusal::elasticsearch)?;
            Ok(Query::leaf(FieldSet::of(field), Test::Regex(regex)))
        }
        other => Err(Refusal::elasticsearch(format!("no [query] registered for [{other}]"))),
    }
}

fn known(kind: &str, body: &Map<String, Value>, names: &[&str]) -> Result<(), Refusal> {
    match body.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(Refusal::elasticsearch(format!("[{kind}] query does not support [{name}]"))),
        None => Ok(()),
    }
}

fn text_member<'a>(kind: &str, body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    body.get(name).and_then(Value::as_str).ok_or_else(|| invalid(format!("[{kind}] must be provided with a [{name}]")))
}

/// A field, what is asked of it, and the options beside that.
type FieldClause<'a> = (&'a str, Value, Option<&'a Map<String, Value>>);

/// `{"field": value}` or `{"field": {"value": value, …}}`.
fn one_field<'a>(
    kind: &str,
    body: &'a Map<String, Value>,
    key: &str,
    others: &[&str],
) -> Result<FieldClause<'a>, Refusal> {
    let mut fields = body.iter();
    let (Some((field, value)), None) = (fields.next(), fields.next()) else {
        return Err(invalid(format!("[{kind}] query requires exactly one field")));
    };
    let Value::Object(options) = value else {
        return scalar(kind, value).map(|value| (field.as_str(), value, None));
    };
    let names: Vec<&str> = others.iter().copied().chain([key]).collect();
    known(kind, options, &names)?;
    let value = options.get(key).ok_or_else(|| invalid(format!("[{kind}] requires [{key}]")))?;
    scalar(kind, value).map(|value| (field.as_str(), value, Some(options)))
}

fn scalar(kind: &str, value: &Value) -> Result<Value, Refusal> {
    match value {
        Value::Array(_) | Value::Object(_) | Value::Null => {
            Err(invalid(format!("[{kind}] query does not support this value: {value}")))
        }
        value => Ok(value.clone()),
    }
}

fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

fn term(field: &str, value: &Value, now: DateTime<Utc>) -> Result<Query, Refusal> {
    let text = plain(&scalar("term", value)?).into_owned();
    if field == TIME_FIELD {
        return time_term(&text, now).map_err(Refusal::elasticsearch);
    }
    Ok(Query::leaf(FieldSet::Named(field.to_owned()), Test::Term(text)))
}

fn parse_bool(body: &Map<String, Value>, now: DateTime<Utc>) -> Result<Query, Refusal> {
    let names = ["must", "filter", "should", "must_not", "minimum_should_match", "boost", "adjust_pure_negative"];
    known("bool", body, &names)?;
    let clauses = |name: &str| -> Result<Vec<Query>, Refusal> {
        match body.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(queries)) => queries.iter().map(|q| parse_query(q, now)).collect(),
            Some(query) => Ok(vec![parse_query(query, now)?]),
        }
    };
    let mut must = clauses("must")?;
    must.append(&mut clauses("filter")?);
    let (should, must_not) = (clauses("should")?, clauses("must_not")?);
    let minimum = match body.get("minimum_should_match") {
        None | Some(Value::Null) => usize::from(must.is_empty() && !should.is_empty()),
        Some(value) => plain(value)
            .parse()
            .map_err(|_| invalid(format!("[bool] minimum_should_match [{value}] is not a number")))?,
    };
    Ok(Query::Bool { must, should, must_not, minimum })
}

fn parse_range(body: &Map<String, Value>, now: DateTime<Utc>) -> Result<Query, Refusal> {
    let mut fields = body.iter();
    let (Some((field, Value::Object(options))), None) = (fields.next(), fields.next()) else {
        return Err(invalid("[range] query requires exactly one field with its bounds"));
    };
    let flag = |name: &str| options.get(name).and_then(Value::as_bool).unwrap_or(true);
    let (mut lower, mut upper, mut formats) = (None, None, Formats::MAPPED);
    for (name, value) in options {
        let bound = |inclusive| match value {
            Value::Null => Ok(None),
            value => Ok(Some(Bound { value: scalar("range", value)?, inclusive })),
        };
        match name.as_str() {
            "gte" => lower = bound(true)?,
            "gt" => lower = bound(false)?,
            "lte" => upper = bound(true)?,
            "lt" => upper = bound(false)?,
            "from" => lower = bound(flag("include_lower"))?,
            "to" => upper = bound(flag("include_upper"))?,
            "include_lower" | "include_upper" if value.is_boolean() => {}
            "boost" | "relation" => {}
            "time_zone" if value == "UTC" || value == "Z" || value == "+00:00" => {}
            "format" => {
                formats = value
                    .as_str()
                    .and_then(Formats::parse)
                    .ok_or_else(|| Refusal::elasticsearch(format!("Invalid format: [{value}]")))?;
            }
            name => {
                return Err(Refusal::elasticsearch(format!("[range] query does not support [{name}]")));
            }
        }
    }
    Query::range(FieldSet::Named(field.clone()), lower, upper, formats, now).map_err(Refusal::elasticsearch)
}

fn parse_query_string(body: &Map<String, Value>, now: DateTime<Utc>) -> Result<Query, Refusal> {
    let names = [
        "query",
        "default_field",
        "fields",
        "default_operator",
        "allow_leading_wildcard",
        "analyze_wildcard",
        "lenient",
        "boost",
        "time_zone",
        "type",
        "phrase_slop",
        "fuzziness",
        "escape",
        "auto_generate_synonyms_phrase_query",
    ];
    known("query_string", body, &names)?;
    let text = text_member("query_string", body, "query")?;
    let and = match body.get("default_operator").map(plain) {
        None => false,
        Some(name) if name.eq_ignore_ascii_case("or") => false,
        Some(name) if name.eq_ignore_ascii_case("and") => true,
        Some(name) => return Err(Refusal::elasticsearch(format!("No enum constant Operator.{name}"))),
    };
    let default_fields = match (body.get("default_field"), body.get("fields")) {
        (Some(Value::String(field)), _) => FieldSet::of(field),
        (_, Some(Value::Array(fields))) => FieldSet::Several(
            fields
                .iter()
                .filter_map(Value::as_str)
                .map(|field| FieldSet::of(field.split('^').next().unwrap_or(field)))
                .collect(),
        ),
        _ => FieldSet::All,
    };
    lucene::parse(text, &Reading { and, default_fields, now }).map_err(|error| match error {
        LuceneError::Syntax(reason) => Refusal::elasticsearch(reason),
        LuceneError::LeadingWildcard(term) => Refusal::search(format!(
            "[query] contains a wildcard search with leading wildcard which is not allowed [{term}]"
        )),
    })
}

impl Test {
    fn passes(&self, value: &Scalar, analyzed: bool) -> bool {
        match (self, value) {
            (Self::Range { lower, upper, analyzed: by_word }, Scalar::Text(text)) if analyzed => {
                let read = |bound: &Option<Bound>| match bound {
                    Some(Bound { value: Value::String(text), inclusive }) if *by_word => {
                        Some(Bound { value: text.to_lowercase().into(), inclusive: *inclusive })
                    }
                    bound => bound.clone(),
                };
                let (lower, upper) = (read(lower), read(upper));
                let word = |word| within(&Scalar::Text(word), lower.as_ref(), upper.as_ref());
                words(text).into_iter().any(word)
            }
            (Self::Range { lower, upper, .. }, value) => within(value, lower.as_ref(), upper.as_ref()),
            (Self::Match { text, .. } | Self::Phrase { text, .. } | Self::Term(text), Scalar::Number(n)) => {
                text.parse::<f64>() == Ok(*n)
            }
            (Self::Match { text, .. } | Self::Phrase { text, .. } | Self::Term(text), Scalar::Bool(b)) => {
                *text == b.to_string()
            }
            // Patterns are for strings.
            (_, Scalar::Number(_) | Scalar::Bool(_)) => false,
            (test, Scalar::Text(value)) if analyzed => test.passes_words(&words(value)),
            (Self::Match { text, .. } | Self::Phrase { text, .. } | Self::Term(text), Scalar::Text(value)) => {
                text == value
            }
            (Self::Wildcard(glob), Scalar::Text(value)) => glob.matches(value),
            (Self::Regex(regex), Scalar::Text(value)) => regex.is_match(value),
            (Self::Fuzzy { text, distance }, Scalar::Text(value)) => near(text, value, *distance),
        }
    }

    fn passes_words(&self, value: &[String]) -> bool {
        match self {
            Self::Match { text, all } => {
                let wanted = words(text);
                let has = |word: &String| value.contains(word);
                match all {
                    true => !wanted.is_empty() && wanted.iter().all(has),
                    false => wanted.iter().any(has),
                }
            }
            Self::Phrase { text, slop } => has_phrase(value, &words(text), *slop),
            Self::Term(text) => value.contains(text),
            Self::Wildcard(glob) => {
                let glob = glob.to_lowercase();
                value.iter().any(|word| glob.matches(word))
            }
            Self::Regex(regex) => value.iter().any(|word| regex.is_match(word)),
            Self::Fuzzy { text, distance } => {
                let text = text.to_lowercase();
                value.iter().any(|word| near(&text, word, *distance))
            }
            Self::Range { .. } => false,
        }
    }
}

fn within(value: &Scalar, lower: Option<&Bound>, upper: Option<&Bound>) -> bool {
    let compare = |bound: &Bound| match value {
        Scalar::Number(number) => {
            let bound = match &bound.value {
                Value::Number(bound) => bound.as_f64(),
                other => plain(other).parse().ok(),
            };
            bound.and_then(|bound| number.partial_cmp(&bound))
        }
        Scalar::Text(text) => Some(text.as_str().cmp(&plain(&bound.value))),
        Scalar::Bool(flag) => Some(flag.to_string().as_str().cmp(&plain(&bound.value))),
    };
    let above = lower
        .is_none_or(|bound| compare(bound).is_some_and(|order| order.is_gt() || (bound.inclusive && order.is_eq())));
    let below = upper
        .is_none_or(|bound| compare(bound).is_some_and(|order| order.is_lt() || (bound.inclusive && order.is_eq())));
    above && below
}

/// Whether the words stand in the text with no more than `slop` places off in
/// all, as Lucene measures it: the spread of where each would have the phrase
/// begin.
fn has_phrase(text: &[String], phrase: &[String], slop: usize) -> bool {
    fn place(
        text: &[String],
        phrase: &[String],
        at: i64,
        spread: Option<(i64, i64)>,
        slop: i64,
        taken: &mut Vec<usize>,
    ) -> bool {
        let Some((word, rest)) = phrase.split_first() else {
            return true;
        };
        for (position, candidate) in text.iter().enumerate() {
            if candidate != word || taken.contains(&position) {
                continue;
            }
            let start = position as i64 - at;
            let (low, high) = spread.map_or((start, start), |(low, high)| (low.min(start), high.max(start)));
            if high - low > slop {
                continue;
            }
            taken.push(position);
            let placed = place(text, rest, at + 1, Some((low, high)), slop, taken);
            taken.pop();
            if placed {
                return true;
            }
        }
        false
    }
    !phrase.is_empty() && place(text, phrase, 0, None, slop as i64, &mut Vec::new())
}

/// Whether two texts are at most `distance` edits apart, where swapping two
/// neighbours is one edit.
fn near(a: &str, b: &str, distance: usize) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > distance {
        return false;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut current = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&previous, j + 1) + 1).min(at(&current, j) + 1).min(at(&previous, j) + usize::from(x != y));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous.last().is_some_and(|edits| *edits <= distance)
}

/// A Lucene regular expression, which always matches the whole value, and
/// knows neither anchors nor classes such as `\d`.
pub(crate) fn compile_regex(pattern: &str) -> Result<Regex, String> {
    /// A query asks many fields by one expression, and is asked again for other times: compiling is most of the work.
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    const MOST_COMPILED: usize = 256;
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = translate_regex(pattern)?;
    if compiled.len() >= MOST_COMPILED {
        compiled.clear();
    }
    compiled.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

fn translate_regex(pattern: &str) -> Result<Regex, String> {
    let mut translated = String::from(r"\A(?s:");
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    let mut before = None;
    while let Some(c) = characters.next() {
        let previous = before.replace(c);
        match c {
            '\\' => match characters.next() {
                Some(escaped) => translated.push_str(&regex::escape(&escaped.to_string())),
                None => return Err(format!("unexpected end of regular expression [{pattern}]")),
            },
            '[' if !in_class => {
                in_class = true;
                translated.push('[');
            }
            ']' if in_class => {
                in_class = false;
                translated.push(']');
            }
            '-' if in_class && characters.peek() == Some(&']') && !matches!(previous, Some('[' | '^')) => {
                return Err(format!("invalid range in regular expression [{pattern}]"));
            }
            c if in_class => {
                // Brackets, and signs that are operators within classes here.
                if matches!(c, '[' | '&' | '~') {
                    translated.push('\\');
                }
                translated.push(c);
            }
            '|' if matches!(previous, None | Some('(' | '|')) => {
                return Err(format!("the operator {c} of regular expressions is not simulated at such a place"));
            }
            '|' if matches!(characters.peek(), None | Some(')')) => {
                return Err(format!("unexpected end-of-string in regular expression [{pattern}]"));
            }
            '*' | '+' | '?' | '{' if matches!(previous, None | Some('*' | '+' | '?' | '}' | '(' | '|')) => {
                return Err(format!("the operator {c} of regular expressions is not simulated at such a place"));
            }
            '"' => {
                let rest: String = characters.clone().collect();
                let Some((literal, _)) = rest.split_once('"') else {
                    return Err(format!("expected '\"' in regular expression [{pattern}]"));
                };
                translated.push_str(&regex::escape(literal));
                characters.nth(literal.chars().count());
            }
            '@' => translated.push_str(".*"),
            '#' => translated.push_str(r"[^\s\S]"),
            '^' | '$' => {
                translated.push('\\');
                translated.push(c);
            }
            '~' | '&' | '<' | '>' => {
                return Err(format!("the operator {c} of regular expressions is not simulated"));
            }
            c => translated.push(c),
        }
    }
    translated.push_str(r")\z");
    Regex::new(&translated).map_err(|_| format!("invalid regular expression [{pattern}]"))
}

/// A pattern of `?` and `*`, in which a backslash makes the next character
/// stand for itself.
#[derive(Debug, Clone)]
pub(crate) struct Glob(Vec<GlobPart>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GlobPart {
    Character(char),
    One,
    Any,
}

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        let mut parts = Vec::new();
        let mut characters = pattern.chars();
        while let Some(c) = characters.next() {
            parts.push(match c {
                '*' => GlobPart::Any,
                '?' => GlobPart::One,
                '\\' => GlobPart::Character(characters.next().unwrap_or(c)),
                c => GlobPart::Character(c),
            });
        }
        Self(parts)
    }

    pub(crate) fn prefix(text: &str) -> Self {
        Self(text.chars().map(GlobPart::Character).chain([GlobPart::Any]).collect())
    }

    fn to_lowercase(&self) -> Self {
        let lower = |part: &GlobPart| match part {
            GlobPart::Character(c) => GlobPart::Character(c.to_lowercase().next().unwrap_or(*c)),
            part => *part,
        };
        Self(self.0.iter().map(lower).collect())
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where to go on if the last star has to take one character more.
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() || part < self.0.len() {
            let fits = match self.0.get(part) {
                Some(GlobPart::Any) => {
                    star = Some((part, at));
                    part += 1;
                    continue;
                }
                Some(GlobPart::One) => at < text.len(),
                Some(GlobPart::Character(c)) => text.get(at) == Some(c),
                None => false,
            };
            if fits {
                part += 1;
                at += 1;
                continue;
            }
            match star {
                Some((star_part, star_at)) if star_at < text.len() => {
                    star = Some((star_part, star_at + 1));
                    part = star_part + 1;
                    at = star_at + 1;
                }
                _ => return false,
            }
        }
        true
    }
}
