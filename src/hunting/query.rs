//! Indicators packed into searches: what Elasticsearch is asked, and the same as queries in Lucene syntax for pasting. Must not
//! know the windows of a search, nor its answer.
//!
//! - A query names its fields beside it, so that its text does not grow with them, and is lenient: one day's logs may have a
//!   number where another's have a text.
//! - Fields are compared with regular expressions, since most are not analysed: a value is found within a longer one.
//! - In fields that are analysed, such as the message, commas, colons, dots and underscores may join a value with its
//!   neighbours to one word. There, a value of one word is found by a regular expression for words, and one of several by two
//!   of its words. (Unicode Standard Annex #29, "Word boundaries".)
//! - Where the caller named no fields, what has a form is asked for in every field besides, and a name in every field that
//!   may hold one by its own name: they are found in fields that were not sampled, too.
//! - A part of a query has at most 900 fields; more of them are asked for beside each other.

use crate::contract::IndicatorKind;
use crate::hunting::field_name;
use crate::hunting::fields::{Fields, is_analysed};
use crate::hunting::indicator::{Boundaries, Indicator, Piece, Spelling};
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
/// The most fields beside one text. Elasticsearch takes 1 024. (Elasticsearch 7.0, "Breaking changes", "Search
/// settings"; 6.8 only warns.)
const MOST_FIELDS: usize = 900;

/// How much is asked for in fields that no sample had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Everywhere {
    /// Whole values, and values within longer ones.
    #[default]
    Within,
    /// Whole values.
    Whole,
    /// Nothing.
    Nothing,
}

impl Everywhere {
    /// What is asked for if Logz.io refuses this; none if there is nothing less.
    #[must_use]
    pub fn less(self) -> Option<Self> {
        match self {
            Self::Within => Some(Self::Whole),
            Self::Whole => Some(Self::Nothing),
            Self::Nothing => None,
        }
    }
}

/// The queries that look for some indicators, which are named by their places.
pub struct Queries<'a> {
    /// The indicators.
    pub indicators: &'a [Indicator],
    /// Where to look for them.
    pub fields: &'a Fields,
    /// What is asked for in fields that no sample had.
    pub everywhere: Everywhere,
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
    patterns: Vec<String>,
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
            let Terms { words, patterns } = self.terms(indicator);
            let of_words = words.iter().map(|text| text.len() + " OR ".len()).sum::<usize>();
            let of_pattern: usize = patterns.iter().map(|pattern| pattern.chars().count() + 1).sum();
            // What a regular expression holds at least.
            let is_new = last != Some(indicator.kind) || in_group + of_pattern > lucene::LONGEST_ALTERNATIVES / 2;
            in_group = if is_new { of_pattern } else { in_group + of_pattern };
            last = Some(indicator.kind);
            let everywhere = self.other_fields(indicator).len();
            let in_words = if patterns.is_empty() || self.asks_words(indicator.kind) { fields } else { analysed };
            let by_word = patterns.is_empty() || self.everywhere == Everywhere::Whole;
            let more_clauses = words.len() * (in_words + if by_word { everywhere } else { 0 })
                + if is_new { fields + 2 * analysed + everywhere } else { 0 };
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
                    (clauses, bytes) = (more_clauses.max(fields + everywhere), more_bytes + 3 * FRAME);
                    in_group = of_pattern;
                }
            }
        }
        packs
    }

    /// Whether one of these is asked for in other fields than those of its kind.
    #[must_use]
    pub fn are_asked_everywhere(&self, members: &[usize]) -> bool {
        let mut indicators = members.iter().filter_map(|place| self.indicators.get(*place));
        indicators.any(|indicator| !self.other_fields(indicator).is_empty())
    }

    /// The fields that an indicator is asked for in besides those of its kind: any, or those whose names say that they may
    /// hold it.
    fn other_fields(&self, indicator: &Indicator) -> Vec<String> {
        match self.everywhere {
            _ if self.fields.are_named(indicator.kind) => Vec::new(),
            Everywhere::Nothing => Vec::new(),
            _ if indicator.has_a_form() => vec![ANY.into()],
            _ => field_name::patterns(indicator.kind),
        }
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
        Terms {
            words: spellings.iter().map(|spelling| in_lucene(spelling, Some(known_fields::MESSAGE))).collect(),
            patterns: indicator.patterns().iter().map(|pieces| in_regular_expression(pieces, most)).collect(),
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
        let mut conditions: Vec<Condition> = parts.into_iter().flat_map(Part::conditions).collect();
        let pairs = [self.urls_in_two_fields(members), self.accounts_in_two_fields(members)];
        for [first, second] in pairs.into_iter().flatten().filter(|_| !word_by_word) {
            texts.extend(first.for_pasting_with(&second));
            let both = [first, second].map(|part| Condition::any(part.conditions()));
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

    /// The names of accounts, in the fields of users, and their domains.
    fn accounts_in_two_fields(&self, members: &[usize]) -> Option<[Part; 2]> {
        let (mut accounts, mut domains) = (BTreeSet::new(), BTreeSet::new());
        for indicator in members.iter().filter_map(|place| self.indicators.get(*place)) {
            if let Some(Pair::Account { name, domain }) = Pair::of(indicator)
                && !self.fields.are_named(indicator.kind)
            {
                let short = domain.split_once('.').map_or(domain.as_str(), |(short, _)| short);
                domains.extend([&domain, short].map(|name| lucene::any_case(name, lucene::LONGEST_ALTERNATIVES)));
                accounts.insert(lucene::any_case(&name, lucene::LONGEST_ALTERNATIVES));
            }
        }
        if accounts.is_empty() {
            return None;
        }
        let expressions =
            |texts: BTreeSet<String>| lucene::holding(&texts.into_iter().collect::<Vec<_>>(), "", "", "").join(" OR ");
        let names = self.fields.of(IndicatorKind::User).iter().filter(|name| !is_analysed(name)).cloned();
        let patterns = match self.everywhere {
            Everywhere::Nothing => Vec::new(),
            _ => field_name::patterns(IndicatorKind::User),
        };
        let name = Part { text: expressions(accounts), fields: names.chain(patterns).collect() };
        Some([name, Part { text: expressions(domains), fields: vec![ANY.into()] }])
    }

    /// What is asked for indicators of a kind.
    fn parts(&self, kind: IndicatorKind, indicators: &[&Indicator], word_by_word: bool) -> Vec<Part> {
        let spellings: Vec<Spelling> = indicators.iter().flat_map(|indicator| indicator.spellings()).collect();
        let expressions = if word_by_word { Vec::new() } else { self.expressions(kind, indicators) };
        let words = |field: Option<&str>| words(indicators, field);
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
            if !expressions.is_empty() {
                terms.extend(expressions);
                terms.extend(in_two_words(&spellings));
            }
            parts.push(Part { text: terms.join(" OR "), fields: analysed });
        }
        parts.extend(self.in_other_fields(kind, indicators, word_by_word));
        parts
    }

    /// What is asked for in fields that no sample had.
    fn in_other_fields(&self, kind: IndicatorKind, indicators: &[&Indicator], word_by_word: bool) -> Vec<Part> {
        let mut by_fields: BTreeMap<Vec<String>, Vec<&Indicator>> = BTreeMap::new();
        for indicator in indicators {
            by_fields.entry(self.other_fields(indicator)).or_default().push(indicator);
        }
        by_fields.remove(&Vec::new());
        let part = |(fields, indicators): (Vec<String>, Vec<&Indicator>)| {
            let only_whole = word_by_word || self.everywhere == Everywhere::Whole;
            let expressions = if only_whole { Vec::new() } else { self.expressions(kind, &indicators) };
            let terms = if expressions.is_empty() { words(&indicators, Some(ANY)) } else { expressions };
            Part { text: terms.join(" OR "), fields }
        };
        by_fields.into_iter().map(part).collect()
    }

    /// Regular expressions for values that hold one of these; none for ports.
    fn expressions(&self, kind: IndicatorKind, indicators: &[&Indicator]) -> Vec<String> {
        let patterns: Vec<String> = indicators.iter().flat_map(|indicator| self.terms(indicator).patterns).collect();
        let boundaries = Boundaries::of(kind);
        lucene::holding(&patterns, boundaries.before, boundaries.behind, boundaries.before_word)
    }
}

/// The spellings of indicators as terms, each once.
fn words(indicators: &[&Indicator], field: Option<&str>) -> Vec<String> {
    let spellings = indicators.iter().flat_map(|indicator| indicator.spellings());
    let terms: BTreeSet<String> = spellings.map(|spelling| in_lucene(&spelling, field)).collect();
    terms.into_iter().collect()
}

impl Part {
    /// What Elasticsearch is asked: one of these.
    fn conditions(self) -> Vec<Condition> {
        let Self { text, fields } = self;
        fields.chunks(MOST_FIELDS).map(|fields| Condition::in_fields(text.clone(), fields.to_vec())).collect()
    }

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
                // As a name of a field, a pattern cannot begin with a star.
                field if field.contains(ANY) => continue,
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
