//! What a value must be, and whether it is; which types of fields can be asked.

use regex::Regex;
use serde_json::Value;

use super::fuzzy::near;
use super::glob::Glob;
use super::phrase::has_phrase;
use super::range::{Bound, within};
use crate::logs::{FieldType, Scalar, boolean, number, words};

/// What a value must be.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// The text itself or, in an analysed field, any or all of its words.
    Match {
        text: String,
        words: Vec<String>,
        all: bool,
    },
    /// The text itself or, in an analysed field, its words in a row, with
    /// this many places off in all.
    Phrase {
        text: String,
        words: Vec<String>,
        slop: usize,
    },
    /// The text itself; in an analysed field, one of its words is the text.
    Term(String),
    Prefix(Glob),
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

/// Why the type of a field cannot have a condition: a kind of exception of
/// Elasticsearch's, and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unsuited {
    /// A value that is none of the type's.
    Value(&'static str, String),
    /// A kind of query that the type does not have.
    Kind(String),
}

impl Condition {
    pub(crate) fn matching(text: String, all: bool) -> Self {
        Self::Match { words: words(&text), text, all }
    }

    pub(crate) fn phrase(text: String, slop: usize) -> Self {
        Self::Phrase { words: words(&text), text, slop }
    }

    /// Whether a field of this type can be asked.
    pub(crate) fn check(&self, field: &str, field_type: FieldType) -> Result<(), Unsuited> {
        let has = |text: &str| match field_type {
            FieldType::Long | FieldType::Float if number(text).is_none() => {
                let reason =
                    if text.is_empty() { "empty String".to_owned() } else { format!("For input string: \"{text}\"") };
                Err(Unsuited::Value("number_format_exception", reason))
            }
            FieldType::Boolean if boolean(text).is_none() => Err(Unsuited::Value(
                "illegal_argument_exception",
                format!("Can't parse boolean value [{text}], expected [true] or [false]"),
            )),
            _ => Ok(()),
        };
        let kind = match self {
            Self::Match { text, .. } | Self::Phrase { text, .. } | Self::Term(text) => return has(text),
            Self::Range { lower, upper, .. } => {
                return lower.iter().chain(upper).try_for_each(|bound| has(&bound.text()));
            }
            Self::Prefix(_) => "prefix",
            Self::Wildcard(_) => "wildcard",
            Self::Regex(_) => "regexp",
            Self::Fuzzy { .. } => "fuzzy",
        };
        match field_type {
            FieldType::Text | FieldType::Keyword | FieldType::Date => Ok(()),
            FieldType::Long | FieldType::Float | FieldType::Boolean => Err(Unsuited::Kind(format!(
                "Can only use {kind} queries on keyword and text fields - not on [{field}] which is of type [{}]",
                field_type.name()
            ))),
        }
    }

    /// Whether a value of a field that is kept whole passes.
    pub(crate) fn passes(&self, value: &Scalar) -> bool {
        match (self, value) {
            (Self::Range { lower, upper, .. }, value) => within(value, lower.as_ref(), upper.as_ref()),
            (Self::Match { text, .. } | Self::Phrase { text, .. } | Self::Term(text), value) => match value {
                Scalar::Text(value) => text == value,
                Scalar::Whole(value) => match text.parse::<i64>() {
                    Ok(whole) => whole == *value,
                    Err(_) => number(text) == Some(*value as f64),
                },
                Scalar::Decimal(value) => number(text) == Some(*value),
                Scalar::Bool(value) => boolean(text) == Some(*value),
            },
            // Patterns are for strings.
            (_, Scalar::Whole(_) | Scalar::Decimal(_) | Scalar::Bool(_)) => false,
            (Self::Prefix(glob) | Self::Wildcard(glob), Scalar::Text(value)) => glob.matches(value),
            (Self::Regex(regex), Scalar::Text(value)) => regex.is_match(value),
            (Self::Fuzzy { text, distance }, Scalar::Text(value)) => near(text, value, *distance),
        }
    }

    /// Whether the words of a value of an analysed field pass.
    pub(crate) fn passes_words(&self, value: &[String]) -> bool {
        match self {
            Self::Match { words, all, .. } => {
                let has = |word: &String| value.contains(word);
                match all {
                    true => !words.is_empty() && words.iter().all(has),
                    false => words.iter().any(has),
                }
            }
            Self::Phrase { words, slop, .. } => has_phrase(value, words, *slop),
            Self::Term(text) => value.contains(text),
            Self::Prefix(glob) | Self::Wildcard(glob) => {
                let glob = glob.to_lowercase();
                value.iter().any(|word| glob.matches(word))
            }
            Self::Regex(regex) => value.iter().any(|word| regex.is_match(word)),
            Self::Fuzzy { text, distance } => {
                let text = text.to_lowercase();
                value.iter().any(|word| near(&text, word, *distance))
            }
            Self::Range { lower, upper, analyzed } => {
                let read = |bound: &Option<Bound>| match bound {
                    Some(Bound { value: Value::String(text), inclusive }) if *analyzed => {
                        Some(Bound { value: text.to_lowercase().into(), inclusive: *inclusive })
                    }
                    bound => bound.clone(),
                };
                let (lower, upper) = (read(lower), read(upper));
                value.iter().any(|word| within(&Scalar::Text(word.clone()), lower.as_ref(), upper.as_ref()))
            }
        }
    }
}
