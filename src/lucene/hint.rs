//! What Lucene takes, but may read in another way than its author means: words
//! in the place of operators, and characters in the place of quotes. It must
//! not know the syntax around them.

use std::fmt;

/// What a query says that its author may not mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The character that it is about, counted from 1.
    pub position: usize,
    /// How Lucene reads it.
    pub what: &'static str,
    /// What to write instead.
    pub suggestion: &'static str,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}, {}: {}", self.position, self.what, self.suggestion)
    }
}

/// The hints of a query that is being read: the first of each kind, since its
/// author will look for the others.
#[derive(Default)]
pub(super) struct Hints {
    quotes: Option<Hint>,
    operator: Option<Hint>,
    /// A word that stands for an operator if a clause follows.
    waiting: Option<Hint>,
    /// Where a single quote begins a word.
    single: Option<usize>,
}

impl Hints {
    /// All of them, from the left.
    pub(super) fn found(&self) -> Vec<Hint> {
        let mut found: Vec<Hint> = self.quotes.into_iter().chain(self.operator).collect();
        found.sort_by_key(|hint| hint.position);
        found
    }

    /// A clause begins.
    pub(super) fn clause(&mut self) {
        let waiting = self.waiting.take();
        self.operator = self.operator.or(waiting);
    }

    /// No clause follows: a group ends, or an operator comes next. The word
    /// before is meant as one, as in `state:(wa OR or)`.
    pub(super) fn no_clause(&mut self) {
        self.waiting = None;
    }

    /// A word behind a clause, without an operator between them.
    pub(super) fn word_between(&mut self, start: usize, word: &[char]) {
        let (what, suggestion) = match lower_case(word).as_str() {
            "and" => (
                "the word \"and\" is searched for, since only AND in capitals is an operator",
                "write AND, or put the word in double quotes if it is meant",
            ),
            "or" => (
                "the word \"or\" is searched for, since only OR in capitals is an operator",
                "write OR, or put the word in double quotes if it is meant",
            ),
            "&" => ("a single & is no operator", "write AND, or put the character in double quotes if it is meant"),
            "|" => ("a single | is no operator", "write OR, or put the character in double quotes if it is meant"),
            _ => return self.word_before(start, word),
        };
        self.waiting = Some(Hint { position: start + 1, what, suggestion });
    }

    /// A word that no clause has to stand before.
    pub(super) fn word_before(&mut self, start: usize, word: &[char]) {
        if lower_case(word) == "not" {
            self.waiting = Some(Hint {
                position: start + 1,
                what: "the word \"not\" is searched for, since only NOT in capitals is an operator",
                suggestion: "write NOT, or put the word in double quotes if it is meant",
            });
        }
    }

    /// Looks for quotation marks in a word that Lucene reads as letters.
    pub(super) fn quotation_marks(&mut self, start: usize, word: &[char]) {
        const SUGGESTION: &str = "write straight double quotes, as in user:\"admin\"";
        let is_escaped =
            |at: usize| word.get(..at).unwrap_or_default().iter().rev().take_while(|c| **c == '\\').count() % 2 == 1;
        let double = |(at, c): (usize, &char)| "“”„‟«»＂".contains(*c) && !is_escaped(at);
        if let Some(at) = word.iter().enumerate().position(double) {
            self.quotes = self.quotes.or(Some(Hint {
                position: start + at + 1,
                what: "a quotation mark is read as a part of the word, since only \" quotes",
                suggestion: SUGGESTION,
            }));
        }
        let is_single = |c: Option<&char>| c.is_some_and(|c| "'‘’‚‛＇".contains(*c));
        if is_single(word.first()) {
            self.single = self.single.or(Some(start));
        }
        if let Some(from) = self.single
            && start + word.len() > from + 1
            && is_single(word.last())
            && !is_escaped(word.len() - 1)
        {
            self.quotes = self.quotes.or(Some(Hint {
                position: from + 1,
                what: "single quotes are read as parts of the words, since only \" quotes",
                suggestion: SUGGESTION,
            }));
        }
    }
}

/// A short word in lower case; nothing for a longer one.
fn lower_case(word: &[char]) -> String {
    if word.len() > "and".len() { String::new() } else { word.iter().map(char::to_ascii_lowercase).collect() }
}
