//! Conditions on logs, in Elasticsearch's query language: as much of it as searches need. Must not know what is looked for.
//! (Elasticsearch 6.8, "Query DSL"; Logz.io takes any part of it with few exceptions: Logz.io API, "Search logs", `query`.)

use serde::Serialize;

/// A condition on a log.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A query in Lucene syntax.
    QueryString(QueryString),
    /// Several conditions.
    Bool(Several),
    /// A field has a value.
    Exists {
        /// The field.
        field: String,
    },
    /// A field has one of these values.
    Terms(OfType),
}

/// A query in Lucene syntax.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct QueryString {
    /// The query.
    pub query: String,
    /// The fields that terms without a field are looked for in; none for those of the account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// A term that the type of a field cannot have finds nothing there, instead of failing the search: one day's logs may
    /// have a number where another's have a text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lenient: bool,
    /// Must be false. (Logz.io API, "Search logs", query limits.)
    pub allow_leading_wildcard: bool,
}

/// Several conditions. Where none of `should` has to hold, one of `must` does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Several {
    /// All of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub must: Vec<Condition>,
    /// One of these, if there is no `must`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub should: Vec<Condition>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub must_not: Vec<Condition>,
}

/// The log types of a [`Condition::Terms`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfType {
    /// The types.
    #[serde(rename = "type")]
    pub types: Vec<String>,
}

/// The field that has a log's type.
pub const TYPE: &str = "type";

impl Condition {
    /// A query in Lucene syntax, as a person writes it.
    #[must_use]
    pub fn lucene(query: &str) -> Self {
        Self::QueryString(QueryString { query: query.into(), ..QueryString::default() })
    }

    /// A query in Lucene syntax on some fields. `*` is any field.
    #[must_use]
    pub fn in_fields(query: String, fields: Vec<String>) -> Self {
        Self::QueryString(QueryString { query, fields, lenient: true, allow_leading_wildcard: false })
    }

    /// The logs of these types.
    #[must_use]
    pub fn of_types(types: Vec<String>) -> Self {
        Self::Terms(OfType { types })
    }

    /// The logs that have a field.
    #[must_use]
    pub fn exists(field: &str) -> Self {
        Self::Exists { field: field.into() }
    }

    /// All of these.
    #[must_use]
    pub fn all(must: Vec<Self>) -> Self {
        Self::Bool(Several { must, ..Several::default() })
    }

    /// At least one of these.
    #[must_use]
    pub fn any(mut should: Vec<Self>) -> Self {
        match should.pop() {
            Some(only) if should.is_empty() => only,
            last => {
                should.extend(last);
                Self::Bool(Several { should, ..Several::default() })
            }
        }
    }

    /// None of these.
    #[must_use]
    pub fn none(must_not: Vec<Self>) -> Self {
        Self::Bool(Several { must_not, ..Several::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_written_as_elasticsearch_reads_them() {
        let written = |condition: Condition| serde_json::to_string(&condition).unwrap();
        assert_eq!(
            written(Condition::lucene("a:b")),
            r#"{"query_string":{"query":"a:b","allow_leading_wildcard":false}}"#
        );
        assert_eq!(
            written(Condition::in_fields("x".into(), vec!["a".into(), "b.c".into()])),
            r#"{"query_string":{"query":"x","fields":["a","b.c"],"lenient":true,"allow_leading_wildcard":false}}"#
        );
        let a = || Condition::exists("a");
        assert_eq!(written(Condition::any(vec![a()])), r#"{"exists":{"field":"a"}}"#);
        assert_eq!(
            written(Condition::all(vec![
                Condition::of_types(vec!["t".into()]),
                Condition::any(vec![a(), a()]),
                Condition::none(vec![a()])
            ])),
            concat!(
                r#"{"bool":{"must":[{"terms":{"type":["t"]}},"#,
                r#"{"bool":{"should":[{"exists":{"field":"a"}},{"exists":{"field":"a"}}]}},"#,
                r#"{"bool":{"must_not":[{"exists":{"field":"a"}}]}}]}}"#
            )
        );
    }
}
