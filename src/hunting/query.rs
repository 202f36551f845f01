//! Indicators packed into searches: what Elasticsearch is asked, and the same as queries in Lucene syntax for pasting. Must not
//! know the windows of a search, nor its answer.
//!
//! - A query names its fields beside it, so that its text does not grow with them, and is lenient: one day's logs may have a
//!   number where another's have a text.
//! - Fields are compared with regular expressions, since most are not analysed: a value is found within a longer one.
//! - In fields that are analysed, such as the message, commas, colons, dots and underscores may join a value with its
//!   neighbours to one word. There, a value of one word is found by a regular expression for words, and one of several by two
//!   of its words. (Unicode Standard Annex #29, "Word boundaries".)
//! - Where the caller named no fields, what has a form is asked for in every field besides, as a whole value: it is found in
//!   fields that were not sampled, too. Regular expressions are not, as each reads all values of a field.

use crate::contract::IndicatorKind;
use crate::hunting::fields::{Fields, is_analysed};
use crate::hunting::indicator::{Boundaries, Indicator, Piece, Spelling};
use crate::hunting::kinds::has_a_form;
use crate::hunting::known_fields;
use crate::hunting::pair::Pair;
use crate::logzio::condition::Condition;
use crate::lucene;
use std::collections::{BTreeMap, BTreeSet};

/// The most conditions of one query. Elasticsearch takes 1 024. (Elasticsearch
/// 6.8, "Search settings", `indices.query.bool.max_clause_count`.)
const MOST_CLAUSES: usize = 1_000;
/// The length that a query of several indicators stays below, in bytes.
const LONGEST_QUERY: usize = 30_000;
/// About how long a regular expression is besides its alternatives.
const FRAME: usize = 160;
/// So many named fields are asked word by word as well: nobody knows whether they are analysed.
const FEW_FIELDS: usize = 20;
/// Any field.
const ANY: &str = "*";

/// The queries that look for some indicators, which are named by their places.
pub struct Queries<'a> {
    /// The indicators.
    pub indicators: &'a [Indicator],
    /// Where to look for them.
    pub fields: &'a Fields,
    /// Whether whole values are asked for in every field.
    pub in_every_field: bool,
}

/// A query.
pub struct Query {
    /// What Elasticsearch is asked.
    pub condition: Condition,
    /// The same in Lucene syntax.
    pub texts: Vec<String>,
}

/// A text that is looked for in some fields.
struct Part {
    text: String,
    fields: Vec<String>,
}

/// What to ask for an indicator.
struct Terms {
    words: Vec<String>,
    pattern: Option<String>,
}

impl Queries<'_> {
    /// Indicators that fit into one query, by their places.
    #[must_use]
    pub fn packs(&self) -> Vec<Vec<usize>> {
        let mut places: Vec<usize> = (0..self.indicators.len()).collect();
        places.sort_by_key(|place| self.indicators.get(*place).map(|indicator| indicator.kind));
        let mut packs: Vec<Vec<usize>> = Vec::new();
        let (mut clauses, mut bytes, mut last, mut in_group) = (0, 0, None, 0);
        for place in places {
            let Some(indicator) = self.indicators.get(place) else { continue };
            let names = self.fields.of(indicator.kind);
            let fields = names.len().max(1);
            let analysed = names.iter().filter(|name| is_analysed(name)).count();
            let Terms { words, pattern } = self.terms(indicator);
            let of_words = words.iter().map(|text| text.len() + " OR ".len()).sum::<usize>();
            let of_pattern = pattern.as_ref().map_or(0, |pattern| pattern.chars().count() + 1);
            // What a regular expression holds at least.
            let is_new = last != Some(indicator.kind) || in_group + of_pattern > lucene::LONGEST_ALTERNATIVES / 2;
            in_group = if is_new { of_pattern } else { in_group + of_pattern };
            last = Some(indicator.kind);
            let everywhere = usize::from(self.is_asked_everywhere(indicator.kind));
            let in_words = match pattern {
                Some(_) if !self.asks_words(indicator.kind) => analysed,
                _ => fields,
            };
            let more_clauses = words.len() * (in_words + everywhere) + if is_new { fields + 2 * analysed } else { 0 };
            let more_bytes = of_words + 2 * of_pattern + if is_new { 3 * FRAME } else { 0 };
            match packs.last_mut() {
                Some(pack) if clauses + more_clauses <= MOST_CLAUSES && bytes + more_bytes <= LONGEST_QUERY => {
                    pack.push(place);
                    clauses += more_clauses;
                    bytes += more_bytes;
                }
                _ => {
                    packs.push(vec![place]);
                    // The first of a query pays for its regular expressions.
                    (clauses, bytes) = (more_clauses.max(fields), more_bytes + 3 * FRAME);
                    in_group = of_pattern;
                }
            }
        }
        packs
    }

    /// Whether one of these is asked for in every field, besides those of its kind.
    #[must_use]
    pub fn are_asked_everywhere(&self, members: &[usize]) -> bool {
        let mut indicators = members.iter().filter_map(|place| self.indicators.get(*place));
        indicators.any(|indicator| self.is_asked_everywhere(indicator.kind))
    }

    fn is_asked_everywhere(&self, kind: IndicatorKind) -> bool {
        self.in_every_field && has_a_form(kind) && !self.fields.are_named(kind)
    }

    /// Whether the fields of a kind that are not known to be analysed are asked word by word, besides by regular expressions.
    fn asks_words(&self, kind: IndicatorKind) -> bool {
        self.fields.are_named(kind) && self.fields.of(kind).len() <= FEW_FIELDS
    }

    /// What to ask for an indicator: words, and a part of a regular expression
    /// for values that hold it.
    fn terms(&self, indicator: &Indicator) -> Terms {
        let spellings = indicator.spellings();
        let fields = self.fields.of(indicator.kind);
        // A long value in many fields is looked for by how it begins.
        let most = (LONGEST_QUERY / fields.len().max(1)).saturating_sub(FRAME).clamp(100, lucene::LONGEST_ALTERNATIVES);
        let pieces = indicator.pieces();
        let mut pattern = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => pattern.push_str(&lucene::any_case(text, most)),
                Piece::Zeros => pattern.push_str("0*"),
                Piece::ZeroGroups => pattern.push_str("[0:]*"),
                Piece::Number => pattern.push_str("[0-9]+"),
                Piece::OneOf(numbers) => {
                    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                    pattern.push_str(&format!("({})", numbers.join("|")));
                }
                Piece::Rest => pattern.push_str(".*"),
            }
        }
        Terms {
            words: spellings.iter().map(|spelling| in_lucene(spelling, Some(known_fields::MESSAGE))).collect(),
            pattern: (!pieces.is_empty()).then_some(pattern),
        }
    }

    /// The query for these indicators. `word_by_word` is for a Logz.io that
    /// takes no regular expression.
    #[must_use]
    pub fn query(&self, members: &[usize], word_by_word: bool) -> Query {
        let mut kinds: BTreeMap<IndicatorKind, Vec<&Indicator>> = BTreeMap::new();
        for indicator in members.iter().filter_map(|place| self.indicators.get(*place)) {
            kinds.entry(indicator.kind).or_default().push(indicator);
        }
        let parts: Vec<Part> =
            kinds.into_iter().flat_map(|(kind, indicators)| self.parts(kind, &indicators, word_by_word)).collect();
        let mut texts = for_pasting(&parts);
        let mut conditions: Vec<Condition> =
            parts.into_iter().map(|part| Condition::in_fields(part.text, part.fields)).collect();
        if !word_by_word && let Some([host, path]) = self.urls_in_two_fields(members) {
            texts.extend(host.for_pasting_with(&path));
            let both = [host, path].map(|part| Condition::in_fields(part.text, part.fields));
            conditions.push(Condition::all(both.into()));
        }
        Query { condition: Condition::any(conditions), texts }
    }

    /// The hosts of URLs, in the fields of domains, and their paths.
    fn urls_in_two_fields(&self, members: &[usize]) -> Option<[Part; 2]> {
        if self.fields.are_named(IndicatorKind::Url) {
            return None;
        }
        let (mut hosts, mut paths) = (BTreeSet::new(), BTreeSet::new());
        for indicator in members.iter().filter_map(|place| self.indicators.get(*place)) {
            if let Some(Pair::Url { host, path }) = Pair::of(indicator) {
                hosts.insert(lucene::any_case(&host, lucene::LONGEST_ALTERNATIVES));
                // The query may stand in a third field.
                paths.extend(path.split_once('?').map(|(path, _)| lucene::quoted(path)));
                paths.insert(lucene::quoted(&path));
            }
        }
        if hosts.is_empty() {
            return None;
        }
        let hosts: Vec<String> = hosts.into_iter().collect();
        let names = self.fields.of(IndicatorKind::Domain).iter().filter(|name| !is_analysed(name));
        let fields = names.cloned().collect();
        let host = Part { text: lucene::holding(&hosts, "", "", "").join(" OR "), fields };
        let path = Part { text: paths.into_iter().collect::<Vec<_>>().join(" OR "), fields: vec![ANY.into()] };
        Some([host, path])
    }

    /// What is asked for indicators of a kind.
    fn parts(&self, kind: IndicatorKind, indicators: &[&Indicator], word_by_word: bool) -> Vec<Part> {
        let spellings: Vec<Spelling> = indicators.iter().flat_map(|indicator| indicator.spellings()).collect();
        let patterns: Vec<String> = if word_by_word {
            Vec::new()
        } else {
            let patterns = indicators.iter().filter_map(|indicator| self.terms(indicator).pattern);
            // The domain of an account may stand in another field.
            let names = indicators.iter().filter_map(|indicator| match Pair::of(indicator) {
                Some(Pair::Account { name, .. }) => Some(lucene::any_case(&name, lucene::LONGEST_ALTERNATIVES)),
                _ => None,
            });
            patterns.chain(names).collect()
        };
        let boundaries = Boundaries::of(kind);
        let expressions = lucene::holding(&patterns, boundaries.before, boundaries.behind, boundaries.before_word);
        let words = |field: Option<&str>| -> Vec<String> {
            let terms: BTreeSet<String> = spellings.iter().map(|spelling| in_lucene(spelling, field)).collect();
            terms.into_iter().collect()
        };
        let names = self.fields.of(kind);
        if names.is_empty() {
            let text = [words(None), expressions].concat().join(" OR ");
            return vec![Part { text, fields: vec![ANY.into()] }];
        }
        let (analysed, whole): (Vec<String>, Vec<String>) = names.iter().cloned().partition(|name| is_analysed(name));
        let mut parts = Vec::new();
        if let Some(first) = whole.first() {
            let in_words = expressions.is_empty() || self.asks_words(kind);
            let terms = if in_words { words(Some(first)) } else { Vec::new() };
            parts.push(Part { text: [terms, expressions.clone()].concat().join(" OR "), fields: whole });
        }
        if let Some(first) = analysed.first() {
            let mut terms = words(Some(first));
            terms.extend(expressions);
            if !patterns.is_empty() {
                terms.extend(in_two_words(&spellings));
            }
            parts.push(Part { text: terms.join(" OR "), fields: analysed });
        }
        if self.is_asked_everywhere(kind) {
            parts.push(Part { text: words(Some(ANY)).join(" OR "), fields: vec![ANY.into()] });
        }
        parts
    }
}

impl Part {
    /// This and another as a query in Lucene syntax, if it is no longer than a search takes.
    fn for_pasting_with(&self, other: &Self) -> Option<String> {
        let fields: Vec<String> =
            self.fields.iter().map(|field| format!("{}:({})", lucene::escaped(field), self.text)).collect();
        let text = format!("({}) AND ({})", fields.join(" OR "), other.text);
        (text.len() <= LONGEST_QUERY).then_some(text)
    }
}

/// Parts as queries in Lucene syntax, each no longer than a search takes.
fn for_pasting(parts: &[Part]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for part in parts {
        for field in &part.fields {
            let text = match field.as_str() {
                ANY => part.text.clone(),
                field if part.text.contains(" OR ") => format!("{}:({})", lucene::escaped(field), part.text),
                field => format!("{}:{}", lucene::escaped(field), part.text),
            };
            match texts.last_mut() {
                Some(last) if last.len() + text.len() + " OR ".len() <= LONGEST_QUERY => {
                    last.push_str(" OR ");
                    last.push_str(&text);
                }
                _ => texts.push(text),
            }
        }
    }
    texts
}

/// A condition for values of several words in a field that is analysed: two of the words, each perhaps joined with others.
fn in_two_words(spellings: &[Spelling]) -> Option<String> {
    let (mut first, mut second) = (BTreeSet::new(), BTreeSet::new());
    for spelling in spellings {
        let (Spelling::Whole(text) | Spelling::Prefix(text)) = spelling;
        let mut words = words_of(&text.to_lowercase());
        if words.len() < 2 {
            continue;
        }
        // The longest are in the fewest logs.
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let mut words = words.into_iter().map(|word| lucene::any_case(&word, lucene::LONGEST_ALTERNATIVES));
        first.extend(words.next());
        second.extend(words.next());
    }
    if first.is_empty() {
        return None;
    }
    let one_of = |words: BTreeSet<String>| {
        let words: Vec<String> = words.into_iter().collect();
        format!("({})", lucene::holding(&words, "", "", "").join(" OR "))
    };
    Some(format!("({} AND {})", one_of(first), one_of(second)))
}

/// The parts of a text that analysis leaves together, whatever its version.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let characters: Vec<char> = text.chars().collect();
    let mut is_open = false;
    for (at, c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let next = characters.get(at + 1);
        let joins = |kind: fn(&char) -> bool| before.is_some_and(kind) && next.is_some_and(kind);
        let is_part = c.is_alphanumeric()
            || *c == '_'
            || (*c == '.' && (joins(|c| c.is_alphabetic()) || joins(|c| c.is_numeric())));
        match words.last_mut() {
            Some(word) if is_part && is_open => word.push(*c),
            _ if is_part => words.push(c.to_string()),
            _ => {}
        }
        is_open = is_part;
    }
    words
}

/// A spelling as a term of a query, in a field or in any.
///
/// An IPv6 address is one value in most fields but several words in a field
/// that is analysed, where only its first groups in a row can be asked for.
fn in_lucene(spelling: &Spelling, field: Option<&str>) -> String {
    match spelling {
        Spelling::Whole(text) => lucene::quoted(text),
        Spelling::Prefix(text) => {
            let value = format!("{}*", lucene::escaped(text));
            let words = lucene::quoted(text.trim_end_matches(':'));
            match field {
                _ if !text.contains(':') => value,
                Some(known_fields::MESSAGE) => words,
                Some(_) => value,
                None => format!("{value} OR {words}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_every_analysis_cuts_it() {
        for (text, words) in [
            ("203.0.113.9", &["203.0.113.9"][..]),
            ("k.evil.example", &["k.evil.example"]),
            ("cdn.1drv.example", &["cdn", "1drv.example"]),
            ("a@evil.example", &["a", "evil.example"]),
            ("https://evil.example/a", &["https", "evil.example", "a"]),
            ("2001:db8::25", &["2001", "db8", "25"]),
        ] {
            assert_eq!(words_of(text), words, "{text}");
        }
    }
}
