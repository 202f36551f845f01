//! Indicators packed into queries in Lucene syntax. Must not know the windows
//! of a search, nor its answer.

use crate::contract::IndicatorKind;
use crate::hunting::fields::Fields;
use crate::hunting::indicator::{Boundaries, Indicator, Piece, Spelling};
use crate::hunting::known_fields;
use crate::lucene;
use std::collections::BTreeMap;

/// The most conditions of one query. Elasticsearch takes 1 024. (Elasticsearch
/// 6.8, "Search settings", `indices.query.bool.max_clause_count`.)
const MOST_CLAUSES: usize = 1_000;
/// The length that a query of several indicators stays below, in bytes.
const LONGEST_QUERY: usize = 30_000;
/// About how long a regular expression is besides its alternatives.
const FRAME: usize = 160;

/// The queries that look for some indicators, which are named by their places.
pub struct Queries<'a> {
    /// The indicators.
    pub indicators: &'a [Indicator],
    /// Where to look for them.
    pub fields: &'a Fields,
}

/// What to ask for an indicator.
struct Terms {
    words: Vec<String>,
    patterns: Vec<String>,
}

impl Queries<'_> {
    /// Indicators that fit into one query, by their places.
    #[must_use]
    pub fn packs(&self) -> Vec<Vec<usize>> {
        let mut places: Vec<usize> = (0..self.indicators.len()).collect();
        places.sort_by_key(|place| self.indicators.get(*place).map(|indicator| indicator.kind));
        let mut packs: Vec<Vec<usize>> = Vec::new();
        let (mut clauses, mut bytes, mut last) = (0, 0, None);
        for place in places {
            let Some(indicator) = self.indicators.get(place) else { continue };
            let fields = self.fields.of(indicator.kind);
            let Terms { words, patterns } = self.terms(indicator);
            let of_words = words.iter().map(|text| text.len() + " OR ".len()).sum::<usize>();
            // An upper bound: two regular expressions in a row hold as much as
            // one can.
            let of_patterns: usize = patterns.iter().map(|pattern| pattern.len() + 1 + pattern.len() / 2).sum();
            let is_new = last != Some(indicator.kind);
            let (mut more_clauses, mut more_bytes) = (0, 0);
            for field in fields.iter().map(|name| Some(name.as_str())).chain(fields.is_empty().then_some(None)) {
                let (in_words, by_pattern) = self.fields.ways(indicator.kind, field, !patterns.is_empty());
                if in_words {
                    more_clauses += words.len();
                    more_bytes += of_words;
                }
                if by_pattern {
                    more_bytes += of_patterns;
                    more_clauses += usize::from(is_new);
                    more_bytes += if is_new { FRAME } else { 0 };
                }
                more_bytes +=
                    if is_new { field.map_or(0, |field| lucene::escaped(field).len()) + " OR :()".len() } else { 0 };
            }
            last = Some(indicator.kind);
            match packs.last_mut() {
                Some(pack) if clauses + more_clauses <= MOST_CLAUSES && bytes + more_bytes <= LONGEST_QUERY => {
                    pack.push(place);
                    clauses += more_clauses;
                    bytes += more_bytes;
                }
                _ => {
                    packs.push(vec![place]);
                    (clauses, bytes) = (more_clauses, more_bytes);
                }
            }
        }
        packs
    }

    /// What to ask for an indicator: words, and a part of a regular expression
    /// for values that hold it.
    fn terms(&self, indicator: &Indicator) -> Terms {
        let spellings = indicator.spellings();
        let fields = self.fields.of(indicator.kind);
        // A long value in many fields is looked for by how it begins.
        let most = (LONGEST_QUERY / fields.len().max(1)).saturating_sub(FRAME).clamp(100, lucene::LONGEST_ALTERNATIVES);
        Terms {
            words: spellings.iter().map(|spelling| in_lucene(spelling, Some(known_fields::MESSAGE))).collect(),
            patterns: indicator.patterns().iter().map(|pieces| in_regular_expression(pieces, most)).collect(),
        }
    }

    /// The query for these indicators. `word_by_word` is for a Logz.io that
    /// takes no regular expression.
    #[must_use]
    pub fn query(&self, members: &[usize], word_by_word: bool) -> String {
        let mut kinds: BTreeMap<IndicatorKind, Vec<&Indicator>> = BTreeMap::new();
        for indicator in members.iter().filter_map(|place| self.indicators.get(*place)) {
            kinds.entry(indicator.kind).or_default().push(indicator);
        }
        let mut parts = Vec::new();
        for (kind, indicators) in kinds {
            let spellings: Vec<Spelling> = indicators.iter().flat_map(|indicator| indicator.spellings()).collect();
            let patterns: Vec<String> = if word_by_word {
                Vec::new()
            } else {
                indicators.iter().flat_map(|indicator| self.terms(indicator).patterns).collect()
            };
            let boundaries = Boundaries::of(kind);
            let expressions = lucene::holding(&patterns, boundaries.before, boundaries.behind, boundaries.before_word);
            let any = |field: Option<&str>| {
                let (in_words, by_pattern) = self.fields.ways(kind, field, !expressions.is_empty());
                let mut terms = Vec::new();
                if in_words {
                    terms.extend(spellings.iter().map(|spelling| in_lucene(spelling, field)));
                }
                if by_pattern {
                    terms.extend(expressions.iter().cloned());
                }
                let several = terms.len() > 1;
                let terms = terms.join(" OR ");
                if several && field.is_some() { format!("({terms})") } else { terms }
            };
            let fields = self.fields.of(kind);
            if fields.is_empty() {
                parts.push(any(None));
            }
            parts.extend(fields.iter().map(|field| format!("{}:{}", lucene::escaped(field), any(Some(field)))));
        }
        parts.join(" OR ")
    }
}

/// The parts of a value as a part of a regular expression. What goes beyond
/// `most` characters may be anything.
fn in_regular_expression(pieces: &[Piece], most: usize) -> String {
    let mut pattern = String::new();
    for piece in pieces {
        let room = most.saturating_sub(pattern.chars().count());
        let part = match piece {
            Piece::Text(text) => lucene::any_case(text, room),
            Piece::Optional(text) => format!("({})?", lucene::any_case(text, room)),
            Piece::AnyOf(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| lucene::any_case(text, room)).collect();
                format!("({})", texts.join("|"))
            }
            // Two backslashes before the slash would end it.
            Piece::Slash => "[\\\\]?\\/".into(),
            Piece::Backslash => "[\\\\]+".into(),
            Piece::Zeros => "0*".into(),
            Piece::ZeroGroups => "[0:]*".into(),
            Piece::Number => "[0-9]+".into(),
            Piece::OneOf(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!("({})", numbers.join("|"))
            }
            Piece::Rest => ".*".into(),
        };
        if part.chars().count() + ".*".len() > room && !matches!(piece, Piece::Text(_)) {
            pattern.push_str(".*");
            break;
        }
        pattern.push_str(&part);
        if room <= part.chars().count() {
            break;
        }
    }
    pattern
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
