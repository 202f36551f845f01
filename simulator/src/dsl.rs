//! Elasticsearch's query DSL: reads the part of it that clients of Logz.io use.
//!
//! Must not know how a query is matched.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::logs::TIME_FIELD;
use crate::lucene::{self, LuceneError, Reading};
use crate::query::{Bound, Condition, FieldSet, Glob, Query, compile_regex, time_term};
use crate::refusal::Refusal;
use crate::time::Formats;

/// What a query is read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) now: DateTime<Utc>,
    /// A `query_string` on named fields is lenient if it does not say.
    pub(crate) lenient: bool,
}

/// Reads a query in the DSL.
pub(crate) fn parse(value: &Value, setting: Setting) -> Result<Query, Refusal> {
    check_limits(value)?;
    parse_query(value, setting)
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

fn parse_query(value: &Value, setting: Setting) -> Result<Query, Refusal> {
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
        "bool" => parse_bool(body, setting),
        "range" => parse_range(body, setting),
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
        "query_string" => parse_query_string(body, setting),
        "term" => {
            let (field, value, _) = one_field(kind, body, "value", &["boost"])?;
            term(field, &value, setting)
        }
        "terms" => {
            let fields: Vec<_> = body.iter().filter(|(name, _)| *name != "boost").collect();
            let [(field, Value::Array(values))] = fields.as_slice() else {
                return Err(invalid("[terms] query requires one field with an array of values"));
            };
            let should = values.iter().map(|value| term(field, value, setting)).collect::<Result<_, _>>()?;
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
                return time_term(&text, setting.now).map_err(Refusal::elasticsearch);
            }
            let lenient = options.and_then(|options| options.get("lenient")).is_some_and(flag);
            let (fields, condition) = (FieldSet::of(field), Condition::matching(text, all));
            Ok(Query::Leaf { fields, condition, lenient })
        }
        "match_phrase" => {
            let (field, value, options) = one_field(kind, body, "query", &["slop", "boost", "analyzer"])?;
            let slop = options.and_then(|o| o.get("slop")).and_then(Value::as_u64).unwrap_or(0);
            let text = plain(&value).into_owned();
            Ok(Query::strict(FieldSet::of(field), Condition::phrase(text, slop as usize)))
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
            Ok(Query::strict(FieldSet::of(field), Condition::Wildcard(Glob::new(&pattern))))
        }
        "prefix" => {
            let (field, value, _) = one_field(kind, body, "value", &["boost", "rewrite"])?;
            Ok(Query::strict(FieldSet::of(field), Condition::Prefix(Glob::prefix(&plain(&value)))))
        }
        "regexp" => {
            let (field, value, _) = one_field(kind, body, "value", &["boost", "flags"])?;
            let regex = compile_regex(&plain(&value)).map_err(Refusal::elasticsearch)?;
            Ok(Query::strict(FieldSet::of(field), Condition::Regex(regex)))
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

fn flag(value: &Value) -> bool {
    *value == true || *value == "true"
}

fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

fn term(field: &str, value: &Value, setting: Setting) -> Result<Query, Refusal> {
    let text = plain(&scalar("term", value)?).into_owned();
    if field == TIME_FIELD {
        return time_term(&text, setting.now).map_err(Refusal::elasticsearch);
    }
    Ok(Query::strict(FieldSet::Named(field.to_owned()), Condition::Term(text)))
}

fn parse_bool(body: &Map<String, Value>, setting: Setting) -> Result<Query, Refusal> {
    let names = ["must", "filter", "should", "must_not", "minimum_should_match", "boost", "adjust_pure_negative"];
    known("bool", body, &names)?;
    let clauses = |name: &str| -> Result<Vec<Query>, Refusal> {
        match body.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(queries)) => queries.iter().map(|q| parse_query(q, setting)).collect(),
            Some(query) => Ok(vec![parse_query(query, setting)?]),
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

fn parse_range(body: &Map<String, Value>, setting: Setting) -> Result<Query, Refusal> {
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
    if field == TIME_FIELD {
        return Query::dates(lower, upper, formats, setting.now).map_err(Refusal::elasticsearch);
    }
    Ok(Query::strict(FieldSet::Named(field.clone()), Condition::Range { lower, upper, analyzed: false }))
}

fn parse_query_string(body: &Map<String, Value>, setting: Setting) -> Result<Query, Refusal> {
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
    let lenient = match body.get("lenient") {
        None | Some(Value::Null) => None,
        Some(value) => Some(flag(value)),
    };
    let reading = Reading { and, default_fields, lenient, lenient_by_default: setting.lenient, now: setting.now };
    lucene::parse(text, &reading).map_err(|error| match error {
        LuceneError::Syntax(reason) => Refusal::elasticsearch(reason),
        LuceneError::LeadingWildcard(term) => Refusal::search(format!(
            "[query] contains a wildcard search with leading wildcard which is not allowed [{term}]"
        )),
    })
}
