//! The grammar: clauses, and the conditions that they are.

use chrono::{DateTime, Utc};

use super::error::{LuceneError, syntax};
use super::escape::unescape;
use super::token::{Token, tokenize};
use crate::query::{Bound, Condition, FieldSet, Glob, Query, compile_regex, time_term};
use crate::time::Formats;

/// How to read what a query leaves open.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Terms without an operator must all match, instead of any.
    pub(crate) and: bool,
    /// Where terms without a field are searched.
    pub(crate) default_fields: FieldSet,
    /// What the type of a field cannot have finds nothing, instead of failing
    /// the query. If the query does not say, it is so where all fields are
    /// searched.
    pub(crate) lenient: Option<bool>,
    /// What it is for other fields, if the query does not say.
    pub(crate) lenient_by_default: bool,
    pub(crate) now: DateTime<Utc>,
}

/// The longest regular expression, in characters. (Elasticsearch 7.10, "Index
/// modules", `index.max_regex_length`.)
const LONGEST_REGEX: usize = 1_000;

/// Reads a query.
pub(crate) fn parse(text: &str, reading: &Reading) -> Result<Query, LuceneError> {
    if text.trim().is_empty() {
        return Ok(Query::None);
    }
    let tokens = tokenize(text).map_err(|at| syntax(text, "Lexical error", at))?;
    let mut parser = Parser { text, tokens, at: 0, depth: 0, reading };
    let query = parser.query(&reading.default_fields)?;
    match parser.peek(0) {
        Token::End => Ok(query.unwrap_or(Query::None)),
        _ => Err(parser.unexpected()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occur {
    Must,
    Should,
    MustNot,
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    reading: &'a Reading,
}

impl Parser<'_> {
    fn peek(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    fn take(&mut self) -> Token {
        let token = self.peek(0).clone();
        self.at += 1;
        token
    }

    fn unexpected(&self) -> LuceneError {
        let column = self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(_, at)| *at);
        syntax(self.text, &format!("Encountered \"{}\"", self.peek(0)), column)
    }

    /// Clauses up to a closing parenthesis or the end; none if analysis leaves
    /// nothing of them.
    fn query(&mut self, fields: &FieldSet) -> Result<Option<Query>, LuceneError> {
        self.depth += 1;
        if self.depth > 100 {
            return Err(LuceneError::Syntax("too many nested clauses".to_owned()));
        }
        let mut clauses: Vec<(Occur, Query)> = Vec::new();
        let start = self.at;
        loop {
            if let Some(text) = self.bare_terms()? {
                let occur = if self.reading.and { Occur::Must } else { Occur::Should };
                clauses.extend(self.term_query(fields, &text)?.map(|query| (occur, query)));
            } else {
                let conjunction = match self.peek(0) {
                    Token::And | Token::Or if self.at > start => Some(self.take()),
                    _ => None,
                };
                let modifier = match self.peek(0) {
                    Token::Plus | Token::Minus | Token::Not => Some(self.take()),
                    _ => None,
                };
                let clause = self.clause(fields)?;
                self.add(&mut clauses, conjunction, modifier, clause);
            }
            if matches!(self.peek(0), Token::Close | Token::End) {
                break;
            }
        }
        self.depth -= 1;
        Ok(combine(clauses))
    }

    /// Two or more terms with nothing between them: one text, which analysis
    /// cuts as each field's mapping says, and that is not at all for most.
    fn bare_terms(&mut self) -> Result<Option<String>, LuceneError> {
        let mut text = String::new();
        let mut count = 0;
        while let Token::Term(term) = self.peek(count) {
            let barred = matches!(
                self.peek(count + 1),
                Token::Colon | Token::Star | Token::Tilde(_) | Token::Boost | Token::And | Token::Or
            );
            if barred {
                break;
            }
            if count > 0 {
                text.push(' ');
            }
            text.push_str(term);
            count += 1;
        }
        if count < 2 {
            return Ok(None);
        }
        self.at += count;
        unescape(&text).map(Some)
    }

    /// The rule of the classic parser: AND makes both of its neighbours
    /// required, whatever stands around them.
    fn add(
        &self,
        clauses: &mut Vec<(Occur, Query)>,
        conjunction: Option<Token>,
        modifier: Option<Token>,
        clause: Option<Query>,
    ) {
        let (and, or) = (conjunction == Some(Token::And), conjunction == Some(Token::Or));
        if let Some((occur, _)) = clauses.last_mut()
            && *occur != Occur::MustNot
        {
            if and {
                *occur = Occur::Must;
            } else if or && self.reading.and {
                *occur = Occur::Should;
            }
        }
        let Some(clause) = clause else { return };
        let prohibited = matches!(modifier, Some(Token::Minus | Token::Not));
        let required = match self.reading.and {
            true => !or,
            false => modifier == Some(Token::Plus) || and,
        };
        let occur = match (prohibited, required) {
            (true, _) => Occur::MustNot,
            (false, true) => Occur::Must,
            (false, false) => Occur::Should,
        };
        clauses.push((occur, clause));
    }

    fn clause(&mut self, fields: &FieldSet) -> Result<Option<Query>, LuceneError> {
        let field = match (self.peek(0), self.peek(1)) {
            (Token::Term(name), Token::Colon) => Some(unescape(name)?),
            (Token::Star, Token::Colon) => Some("*".to_owned()),
            _ => None,
        };
        let named;
        let fields = match &field {
            Some(name) => {
                self.at += 2;
                named = FieldSet::of(name);
                &named
            }
            None => fields,
        };
        let query = match self.peek(0) {
            Token::Open => {
                self.take();
                let query = self.query(fields)?;
                if self.take() != Token::Close {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
                // Only here: after a term it is the term's.
                if *self.peek(0) == Token::Boost {
                    self.take();
                }
                query
            }
            _ => self.term(fields)?,
        };
        Ok(query)
    }

    fn term(&mut self, fields: &FieldSet) -> Result<Option<Query>, LuceneError> {
        let start = self.at;
        let token = self.take();
        let mut tilde = None;
        let mut boosted = false;
        loop {
            match self.peek(0) {
                Token::Boost if !boosted => boosted = true,
                Token::Tilde(text) if tilde.is_none() && !matches!(token, Token::Range { .. }) => {
                    tilde = Some(text.clone());
                }
                _ => break,
            }
            self.take();
        }
        Ok(Some(match token {
            Token::Star => match fields {
                FieldSet::All => Query::All,
                fields => Query::Exists(fields.clone()),
            },
            Token::BareSign(sign) => return self.term_query(fields, &sign.to_string()),
            Token::Term(text) => {
                let text = unescape(&text)?;
                match tilde {
                    Some(distance) => self.fuzzy_query(fields, text, &distance)?,
                    None => return self.term_query(fields, &text),
                }
            }
            Token::Wild(pattern) => {
                if pattern.starts_with(['*', '?']) {
                    return Err(LuceneError::LeadingWildcard(pattern));
                }
                let text = unescape(&pattern)?;
                // In a pattern that is a prefix, escapes are those of terms.
                let condition = match pattern.strip_suffix('*') {
                    Some(prefix) if !has_wildcard(prefix) => {
                        Condition::Prefix(Glob::prefix(text.strip_suffix('*').unwrap_or(&text)))
                    }
                    _ => Condition::Wildcard(Glob::new(&pattern)),
                };
                self.leaf(fields, condition)
            }
            Token::Regex(pattern) => {
                unescape(&format!("/{pattern}/"))?;
                let length = pattern.chars().count();
                if length > LONGEST_REGEX {
                    return Err(LuceneError::Syntax(format!(
                        "The length of regex [{length}] used in the [query_string] has exceeded the allowed maximum of \
                         [{LONGEST_REGEX}]. This maximum can be set by changing the [index.max_regex_length] index level \
                         setting."
                    )));
                }
                let regex = compile_regex(&pattern).map_err(LuceneError::Syntax)?;
                self.leaf(fields, Condition::Regex(regex))
            }
            Token::Quoted(text) => {
                let text = unescape(&text)?;
                if fields.is_exists() {
                    return Ok(Some(Query::Exists(FieldSet::of(&text))));
                }
                if fields.is_time() {
                    return self.time_query(&text).map(Some);
                }
                if fields.leaves_nothing_of(&text) {
                    return Ok(None);
                }
                let slop = tilde.and_then(|slop| slop.parse::<f64>().ok()).unwrap_or_default() as usize;
                self.leaf(fields, Condition::phrase(text, slop))
            }
            Token::Range { lower, upper, includes_lower, includes_upper } => {
                let (lower, upper) = (unescape(&lower)?, unescape(&upper)?);
                let bound = |text: String, inclusive| Some(Bound { value: text.into(), inclusive });
                self.range_query(fields, bound(lower, includes_lower), bound(upper, includes_upper))?
            }
            _ => {
                self.at = start;
                return Err(self.unexpected());
            }
        }))
    }

    fn fuzzy_query(&self, fields: &FieldSet, text: String, distance: &str) -> Result<Query, LuceneError> {
        let distance = match distance {
            "" => automatic_distance(&text),
            // Java's numbers may have space around them and the letter of their type.
            distance => match distance.trim_matches(|c| c <= ' ').trim_end_matches(['d', 'D', 'f', 'F']).parse::<f64>()
            {
                Ok(number) if number >= 1.0 && number.fract() != 0.0 => {
                    return Err(LuceneError::Syntax("Fractional edit distances are not allowed!".to_owned()));
                }
                Ok(number) if number < 0.0 => {
                    return Err(LuceneError::Syntax("Minimum similarity has to be between 0.0f and 1.0f !".to_owned()));
                }
                Ok(number) => (number as usize).min(2),
                Err(_) => 2,
            },
        };
        Ok(self.leaf(fields, Condition::Fuzzy { text, distance }))
    }

    /// A term; none if analysis leaves nothing of it.
    fn term_query(&self, fields: &FieldSet, text: &str) -> Result<Option<Query>, LuceneError> {
        if fields.is_exists() {
            return Ok(Some(Query::Exists(FieldSet::of(text))));
        }
        let comparison = [(">=", true, true), ("<=", false, true), (">", true, false), ("<", false, false)]
            .into_iter()
            .find_map(|(sign, lower, inclusive)| {
                let rest = text.strip_prefix(sign).filter(|rest| !rest.is_empty())?;
                Some((rest, lower, inclusive))
            });
        if let Some((value, is_lower, inclusive)) = comparison {
            let bound = Some(Bound { value: value.into(), inclusive });
            let query = match is_lower {
                true => self.range_query(fields, bound, None),
                false => self.range_query(fields, None, bound),
            };
            return query.map(Some);
        }
        if fields.is_time() {
            return self.time_query(text).map(Some);
        }
        if fields.leaves_nothing_of(text) {
            return Ok(None);
        }
        let text = text.to_owned();
        Ok(Some(self.leaf(fields, Condition::matching(text, self.reading.and))))
    }

    fn leaf(&self, fields: &FieldSet, condition: Condition) -> Query {
        let by_default = matches!(fields, FieldSet::All) || self.reading.lenient_by_default;
        let lenient = self.reading.lenient.unwrap_or(by_default);
        Query::Leaf { fields: fields.clone(), condition, lenient }
    }

    fn time_query(&self, text: &str) -> Result<Query, LuceneError> {
        self.dates(time_term(text, self.reading.now))
    }

    /// A condition on the time field, or why there is none.
    fn dates(&self, query: Result<Query, String>) -> Result<Query, LuceneError> {
        match query {
            Err(_) if self.reading.lenient == Some(true) => Ok(Query::None),
            query => query.map_err(LuceneError::Syntax),
        }
    }

    fn range_query(&self, fields: &FieldSet, lower: Option<Bound>, upper: Option<Bound>) -> Result<Query, LuceneError> {
        // A star is an open end, whether or not it is quoted or escaped.
        let closed = |bound: Option<Bound>| bound.filter(|bound| bound.value != "*");
        let (lower, upper) = (closed(lower), closed(upper));
        if !fields.is_time() {
            return Ok(self.leaf(fields, Condition::Range { lower, upper, analyzed: true }));
        }
        self.dates(Query::dates(lower, upper, Formats::MAPPED, self.reading.now))
    }
}

/// How far a fuzzy term may be off if it does not say.
fn automatic_distance(text: &str) -> usize {
    match text.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

fn has_wildcard(pattern: &str) -> bool {
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                characters.next();
            }
            '*' | '?' => return true,
            _ => {}
        }
    }
    false
}

fn combine(mut clauses: Vec<(Occur, Query)>) -> Option<Query> {
    if clauses.is_empty() {
        return None;
    }
    if clauses.len() == 1
        && clauses.first().is_some_and(|(occur, _)| *occur != Occur::MustNot)
        && let Some((_, only)) = clauses.pop()
    {
        return Some(only);
    }
    let (mut must, mut should, mut must_not) = (Vec::new(), Vec::new(), Vec::new());
    for (occur, query) in clauses {
        match occur {
            Occur::Must => must.push(query),
            Occur::Should => should.push(query),
            Occur::MustNot => must_not.push(query),
        }
    }
    let minimum = usize::from(must.is_empty() && !should.is_empty());
    Some(Query::Bool { must, should, must_not, minimum })
}
