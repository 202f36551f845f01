//! What a value must be, and whether it is.

use regex::Regex;
use serde_json::Value;

use super::fuzzy::near;
use super::glob::Glob;
use super::phrase::has_phrase;
use super::range::{Bound, within};
use crate::logs::{Scalar, words};

/// What a value must be.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
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

impl Condition {
    pub(crate) fn passes(&self, value: &Scalar, analyzed: bool) -> bool {
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
            (condition, Scalar::Text(value)) if analyzed => condition.passes_words(&words(value)),
            (Self::Match { text, .. } | Self::Phrase { text, .. } | Self::Term(text), Scalar::Text(value)) => {
                text == value
            }
            (Self::Wildcard(glob), Scalar::Text(value)) => glob.matches(value),
            (Self::Regex(regex), Scalar::Text(value)) => regex.is_match(value),
            (Self::Fuzzy { text, distance }, Scalar::Text(value)) => near(text, value, *distance),
        }
    }

    pub(crate) fn passes_words(&self, value: &[String]) -> bool {
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
