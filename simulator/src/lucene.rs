//! The Lucene query syntax, as Elasticsearch's `query_string` reads it.
//!
//! Follows the published grammar of Lucene's classic query parser: the same
//! tokens, longest first, and the same rule of precedence, in which AND binds
//! its two neighbours and nothing else. No parser at hand does: the grammar of
//! tantivy, for one, forgets which characters were escaped, has no `&&` and
//! `!`, and gives AND precedence over OR. Knows nothing of documents.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::query::{Bound, FieldSet, Glob, Query, Test, compile_regex, time_term};
use crate::time::Formats;

/// How to read what a query leaves open.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Terms without an operator must all match, instead of any.
    pub(crate) and: bool,
    /// Where terms without a field are searched.
    pub(crate) default_fields: FieldSet,
    pub(crate) now: DateTime<Utc>,
}

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LuceneError {
    /// It cannot be read.
    Syntax(String),
    /// A term begins with a wildcard.
    LeadingWildcard(String),
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

fn syntax(text: &str, what: &str, at: usize) -> LuceneError {
    LuceneError::Syntax(format!("Failed to parse query [{text}]: {what} at line 1, column {at}."))
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    And,
    Or,
    Not,
    Plus,
    Minus,
    Open,
    Close,
    Colon,
    Star,
    /// A boost: `^` and its number.
    Boost,
    /// `~`, with what is joined to it.
    Tilde(String),
    /// A sign that stands alone and is a term, as in "this - that".
    BareSign(char),
    /// The text between the quotes, escapes and all.
    Quoted(String),
    /// A term without wildcards, escapes and all.
    Term(String),
    /// A term with wildcards, escapes and all.
    Wild(String),
    /// The pattern between the slashes.
    Regex(String),
    /// The ends without their quotes, escapes and all.
    Range {
        lower: String,
        upper: String,
        includes_lower: bool,
        includes_upper: bool,
    },
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("<EOF>"),
            Self::Term(text) | Self::Wild(text) => f.write_str(text),
            other => write!(f, "{other:?}"),
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{3000}')
}

fn starts_term(c: char) -> bool {
    !is_space(c) && !"+-!():^[]\"{}~*?\\/".contains(c)
}

fn continues_term(c: char) -> bool {
    starts_term(c) || c == '-' || c == '+'
}

/// The characters of a query, read from the left.
struct Characters<'a> {
    rest: &'a str,
    whole: &'a str,
}

impl Characters<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| accept(*c)) {
            taken.push(c);
            self.take();
        }
        taken
    }

    /// The number of the next character, from 0.
    fn column(&self) -> usize {
        let read = self.whole.len() - self.rest.len();
        self.whole.get(..read).unwrap_or_default().chars().count()
    }

    /// What begins with the next character, of which at least `least` are to be
    /// taken, and ends with an `end`: the last one that only escaped ones
    /// precede. So the grammar has it for regular expressions and for the ends
    /// of ranges, where a backslash is a character like others too.
    fn longest(&self, end: char, least: usize) -> Option<&str> {
        let mut longest = None;
        let mut before = None;
        for (at, c) in self.rest.char_indices() {
            if c == end && at > 0 {
                if at > least {
                    longest = self.rest.get(..at + c.len_utf8());
                }
                if before != Some('\\') {
                    break;
                }
            }
            before = Some(c);
        }
        longest
    }

    /// Takes as many bytes.
    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    /// Everything up to an unescaped `end`, which is taken too.
    fn until(&mut self, end: char) -> Option<String> {
        let mut taken = String::new();
        loop {
            match self.take()? {
                '\\' => {
                    taken.push('\\');
                    taken.push(self.take()?);
                }
                c if c == end => return Some(taken),
                c => taken.push(c),
            }
        }
    }
}

/// Cuts a query into tokens; the error is a column.
fn tokenize(text: &str) -> Result<Vec<(Token, usize)>, usize> {
    let mut characters = Characters { rest: text, whole: text };
    let mut tokens = Vec::new();
    loop {
        characters.take_while(is_space);
        let column = characters.column();
        let Some(c) = characters.peek() else {
            tokens.push((Token::End, column));
            return Ok(tokens);
        };
        let token = if starts_term(c) || matches!(c, '\\' | '*' | '?') {
            word(&mut characters).ok_or(column)?
        } else if c == '/' {
            let text = characters.longest('/', 0).ok_or(column)?;
            let (length, pattern) = (text.len(), text.get(1..text.len() - 1).unwrap_or_default().to_owned());
            characters.skip(length);
            Token::Regex(pattern)
        } else {
            characters.take();
            match c {
                '(' => Token::Open,
                ')' => Token::Close,
                ':' => Token::Colon,
                '+' | '-' | '!' if characters.peek().is_some_and(is_space) => Token::BareSign(c),
                '+' => Token::Plus,
                '-' => Token::Minus,
                '!' => Token::Not,
                '"' => Token::Quoted(characters.until('"').ok_or(column)?),
                '~' => Token::Tilde(tilde(&mut characters)),
                '^' => {
                    boost(&mut characters).ok_or(column)?;
                    Token::Boost
                }
                '[' | '{' => range(&mut characters, c == '[').ok_or(column)?,
                _ => return Err(column),
            }
        };
        tokens.push((token, column));
    }
}

/// The longest run of term and wildcard characters.
fn word(characters: &mut Characters<'_>) -> Option<Token> {
    let mut text = String::new();
    let mut wild = false;
    while let Some(c) = characters.peek() {
        match c {
            '\\' => {
                characters.take();
                text.push('\\');
                text.push(characters.take()?);
            }
            '*' | '?' => {
                wild = true;
                text.push(c);
                characters.take();
            }
            c if continues_term(c) => {
                text.push(c);
                characters.take();
            }
            _ => break,
        }
    }
    Some(match text.as_str() {
        "AND" | "&&" => Token::And,
        "OR" | "||" => Token::Or,
        "NOT" => Token::Not,
        "*" => Token::Star,
        _ if wild => Token::Wild(text),
        _ => Token::Term(text),
    })
}

/// The characters of a term that are joined to a `~`.
fn tilde(characters: &mut Characters<'_>) -> String {
    let mut text = String::new();
    loop {
        text.push_str(&characters.take_while(continues_term));
        let mut ahead = characters.rest.chars();
        match (ahead.next(), ahead.next()) {
            (Some('\\'), Some(_)) => text.extend([characters.take(), characters.take()].into_iter().flatten()),
            _ => return text,
        }
    }
}

/// Takes the number of a boost; none if there is none.
fn boost(characters: &mut Characters<'_>) -> Option<()> {
    let digits = characters.take_while(|c| c.is_ascii_digit());
    if let Some(fraction) = characters.rest.strip_prefix('.')
        && fraction.starts_with(|c: char| c.is_ascii_digit())
    {
        characters.take();
        characters.take_while(|c| c.is_ascii_digit());
    }
    (!digits.is_empty()).then_some(())
}

/// The rest of a range, whose opening bracket is taken.
fn range(characters: &mut Characters<'_>, includes_lower: bool) -> Option<Token> {
    let (lower, _) = range_part(characters)?;
    let word = range_part(characters)?;
    let (upper, _) = range_part(characters)?;
    skip_range_spaces(characters);
    let includes_upper = match characters.take()? {
        ']' => true,
        '}' => false,
        _ => return None,
    };
    (word == ("TO".to_owned(), false)).then_some(Token::Range { lower, upper, includes_lower, includes_upper })
}

/// An end of a range or the word between, and whether it was in the quotes
/// that it is returned without.
fn range_part(characters: &mut Characters<'_>) -> Option<(String, bool)> {
    skip_range_spaces(characters);
    let plain = range_word(characters.rest);
    let quoted = match characters.peek() {
        Some('"') => characters.longest('"', 1).filter(|quoted| quoted.len() >= plain.len()),
        _ => None,
    };
    let text = match quoted {
        Some(quoted) => quoted.get(1..quoted.len() - 1).unwrap_or_default(),
        None => plain,
    };
    let (length, part) = (quoted.unwrap_or(plain).len(), (text.to_owned(), quoted.is_some()));
    characters.skip(length);
    (length > 0).then_some(part)
}

fn range_word(text: &str) -> &str {
    text.split([' ', ']', '}']).next().unwrap_or_default()
}

/// Skips what is no part of a range: a tab or line break that is joined to
/// other characters is, since the longer token wins.
fn skip_range_spaces(characters: &mut Characters<'_>) {
    while let Some(c) = characters.peek().filter(|c| is_space(*c)) {
        if c != ' ' && range_word(characters.rest).len() > c.len_utf8() {
            return;
        }
        characters.take();
    }
}

/// What a text with escapes means; `\u0041` is a character too.
fn unescape(text: &str) -> Result<String, LuceneError> {
    let refuse = |reason: &str| Err(LuceneError::Syntax(format!("Cannot parse '{text}': {reason}")));
    let mut plain: Vec<u16> = Vec::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let c = match c {
            '\\' => match characters.next() {
                None => return refuse("Term can not end with escape character."),
                Some('u') => {
                    let digits: String = characters.by_ref().take(4).collect();
                    if let Some(c) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
                        return refuse(&format!("Non-hex character in Unicode escape sequence: {c}"));
                    }
                    match u16::from_str_radix(&digits, 16) {
                        Ok(unit) if digits.len() == 4 => plain.push(unit),
                        _ => return refuse("Truncated unicode escape sequence."),
                    }
                    continue;
                }
                Some(c) => c,
            },
            c => c,
        };
        plain.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    Ok(String::from_utf16_lossy(&plain))
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
                let glob = match pattern.strip_suffix('*') {
                    Some(prefix) if !has_wildcard(prefix) => Glob::prefix(text.strip_suffix('*').unwrap_or(&text)),
                    _ => Glob::new(&pattern),
                };
                Query::leaf(fields.clone(), Test::Wildcard(glob))
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
                Query::leaf(fields.clone(), Test::Regex(regex))
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
                Query::leaf(fields.clone(), Test::Phrase { text, slop })
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
        Ok(Query::leaf(fields.clone(), Test::Fuzzy { text, distance }))
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
        Ok(Some(Query::leaf(fields.clone(), Test::Match { text, all: self.reading.and })))
    }

    fn time_query(&self, text: &str) -> Result<Query, LuceneError> {
        time_term(text, self.reading.now).map_err(LuceneError::Syntax)
    }

    fn range_query(&self, fields: &FieldSet, lower: Option<Bound>, upper: Option<Bound>) -> Result<Query, LuceneError> {
        // A star is an open end, whether or not it is quoted or escaped.
        let closed = |bound: Option<Bound>| bound.filter(|bound| bound.value != "*");
        let (lower, upper) = (closed(lower), closed(upper));
        if !fields.is_time() {
            return Ok(Query::leaf(fields.clone(), Test::Range { lower, upper, analyzed: true }));
        }
        Query::range(fields.clone(), lower, upper, Formats::MAPPED, self.reading.now).map_err(LuceneError::Syntax)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Log;

    fn time(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn logs() -> [Log; 5] {
        [
            Log::new(
                "1",
                time("2026-11-20T10:00:00Z"),
                r#"{"type":"falco","rule":"Terminal shell in container","n":10,"ok":true,
                "message":"Notice A shell was spawned in pod-7 (user=root)","tags":["Falco","runtime"],
                "output_fields":{"proc.name":"bash"},"k8s":{"ns":{"name":"shop"}}}"#,
            ),
            Log::new(
                "2",
                time("2026-11-21T10:00:00Z"),
                r#"{"type":"auth","program":"sshd","event":{"outcome":"failure"},"n":25.5,
                "message":"Failed password for root from 203.0.113.7 port 22 ssh2",
                "source_ip":"203.0.113.7","tags":["linux"]}"#,
            ),
            Log::new(
                "3",
                time("2026-11-21T23:59:59.999Z"),
                r#"{"type":"auth","program":"sudo","event.outcome":"success","n":-3,"user":"root",
                "message":"session opened: root","path":"/var/log/auth.log"}"#,
            ),
            Log::new(
                "4",
                time("2026-11-22T00:00:00Z"),
                r#"{"type":"Falco","rule":"shell","a":[{"b":"x"},{"b":"y"}],"name":"it's a (test)",
                "text":"failed password","n":[1,1,100]}"#,
            ),
            Log::new(
                "5",
                time("2026-11-22T11:59:00Z"),
                r#"{"message":"shell failed badly","level":"warn","c++":"yes","s":"25",
                "url":"http://example.org/a?b=1","empty":"","star":"a*b"}"#,
            ),
        ]
    }

    fn found_with(query: &str, and: bool) -> Result<String, LuceneError> {
        let now = time("2026-11-22T12:00:00Z");
        let query = parse(query, &Reading { and, default_fields: FieldSet::All, now })?;
        Ok(logs().iter().filter(|log| query.matches(log)).map(Log::id).collect())
    }

    fn found(query: &str) -> String {
        found_with(query, false).unwrap_or_else(|error| panic!("{query}: {error:?}"))
    }

    #[test]
    fn a_query_finds_what_elasticsearch_finds() {
        for (query, ids) in [
            // Everything and nothing.
            ("*", "12345"),
            ("*:*", "12345"),
            ("", ""),
            ("  ", ""),
            // Strings are exact, down to the case of letters.
            ("type:falco", "1"),
            ("type:Falco", "4"),
            ("type:fal", ""),
            ("rule:shell", "4"),
            ("rule:\"Terminal shell in container\"", "1"),
            ("rule:\"terminal shell in container\"", ""),
            // Analysed fields are searched by word.
            ("message:shell", "15"),
            ("message:SHELL", "15"),
            ("message:she", ""),
            ("tags:falco", "1"),
            ("message:\"shell was spawned\"", "1"),
            ("message:\"shell spawned\"", ""),
            ("message:\"shell spawned\"~1", "1"),
            ("message:\"spawned shell\"~1", ""),
            ("message:\"spawned shell\"~3", "1"),
            ("message:203.0.113.7", "2"),
            // Fields with dots, nested or not, and arrays.
            ("event.outcome:failure", "2"),
            ("event.outcome:success", "3"),
            ("output_fields.proc.name:bash", "1"),
            ("k8s.ns.name:shop", "1"),
            ("a.b:x", "4"),
            ("a.b:(x AND y)", "4"),
            ("k8s.\\*:shop", "1"),
            // Free text looks into every field.
            ("root", "123"),
            ("Root", "123"),
            ("sshd", "2"),
            ("\"failed password\"", "24"),
            ("shop", "1"),
            ("100", "4"),
            ("true", "1"),
            // Operators.
            ("type:auth AND program:sshd", "2"),
            ("type:auth && program:sshd", "2"),
            ("type:auth OR type:falco", "123"),
            ("type:auth || type:falco", "123"),
            ("type:auth type:falco", "123"),
            ("type:auth NOT program:sshd", "3"),
            ("type:auth AND NOT program:sshd", "3"),
            ("type:auth AND !program:sshd", "3"),
            ("type:auth -program:sshd", "3"),
            ("+type:auth program:sshd", "23"),
            ("+type:auth +program:sshd", "2"),
            ("NOT type:auth", "145"),
            ("-type:auth", "145"),
            ("type:falco OR (NOT type:auth)", "145"),
            ("type:(auth OR falco)", "123"),
            ("type:(+auth -falco) AND program:sudo", "3"),
            ("(type:auth AND program:sshd) OR rule:shell", "24"),
            // AND binds its neighbours and nothing else.
            ("type:falco OR type:auth AND program:sshd", "2"),
            ("type:auth AND program:sshd OR type:falco", "2"),
            ("type:falco OR NOT type:auth", "1"),
            // Words in a row are one text, and only analysis cuts it.
            ("message:(spawned opened)", "13"),
            ("type:(auth falco)", ""),
            ("message:(root - shell)", "1235"),
            ("type:(auth - falco)", "123"),
            // Where analysis leaves nothing, there is no condition.
            ("message:\"...\" AND type:auth", "23"),
            ("message:\"...\"", ""),
            ("NOT message:(\"...\" OR root)", "45"),
            ("name:(it's a \\(test\\))", "4"),
            ("failed password", "245"),
            // Numbers.
            ("n:10", "1"),
            ("n:10.0", "1"),
            ("n:25.5", "2"),
            ("n:\\-3", "3"),
            ("s:25", "5"),
            ("ok:true", "1"),
            // Ranges.
            ("n:[10 TO 25.5]", "12"),
            ("n:{10 TO 25.5]", "2"),
            ("n:[10 TO 25.5}", "1"),
            ("n:{10 TO 25.5}", ""),
            ("n:[* TO 0]", "3"),
            ("n:[50 TO *]", "4"),
            ("n:[* TO *]", "1234"),
            ("n:>10", "24"),
            ("n:>=10", "124"),
            ("n:<0", "3"),
            ("n:<=1", "34"),
            ("n:(>=10 AND <20)", "14"),
            ("n:[-5 TO -1]", "3"),
            ("program:[\"ssha\" TO \"sshz\"]", "2"),
            ("program:[ssha TO \"ss\"hz\"]", ""),
            ("n:<=\\*", "1234"),
            ("n:[\"*\" TO 0]", "3"),
            ("message:[SHA TO SHEZ]", "15"),
            ("program:[ssha TO sshz]", "2"),
            ("source_ip:[\"203.0.113.0\" TO \"203.0.113.9\"]", "2"),
            // Existence.
            ("_exists_:rule", "14"),
            ("_exists_:event", "23"),
            ("_exists_:\"event.outcome\"", "23"),
            ("NOT _exists_:message", "4"),
            ("rule:*", "14"),
            ("_exists_:even", ""),
            ("_exists_:(rule AND n)", "14"),
            ("_exists_:(rule level)", ""),
            // Wildcards match the whole of a string, and words where analysed.
            ("type:fal*", "1"),
            ("type:?alco", "!"),
            ("type:f?lco", "1"),
            ("rule:T*container", "1"),
            ("rule:Term*", "1"),
            ("rule:shel*", "4"),
            ("message:spawn*", "1"),
            ("message:SPAWN*", "1"),
            ("sud*", "3"),
            ("star:a\\*b", "5"),
            ("star:a\\*", ""),
            ("url:http\\:\\/\\/example.org\\/a\\?b=1", "5"),
            ("url:\"http://example.org/a?b=1\"", "5"),
            ("path:\"/var/log/auth.log\"", "3"),
            ("name:it's*", "4"),
            ("c\\+\\+:yes", "5"),
            // Characters by their numbers, and where a pattern takes the letter.
            ("type:\\u0066alco", "1"),
            ("\\u0074ype:\"f\\u0061lco\"", "1"),
            ("type:\\u0066al*", "1"),
            ("type:\\u0066?lco", ""),
            ("name:\"\\ud83d\\ude00\"", ""),
            // Regular expressions match the whole of a string.
            ("program:/s(shd|udo)/", "23"),
            ("rule:/.*shell.*/", "14"),
            ("rule:/shell/", "4"),
            ("path:/\\/var\\/.*/", "3"),
            ("program:/s.{3}/", "23"),
            ("program:/^sshd$/", ""),
            ("path:/\\/var.*\\/auth.log/", "3"),
            // Fuzzy terms.
            ("program:sshx~1", "2"),
            ("program:sxxd~1", ""),
            ("program:hssd~1", ""),
            ("program:shsd~1", "2"),
            ("type:falcon~", "14"),
            ("type:falcon~1x", "14"),
            ("program:sshx^2~1", "2"),
            // Boosts change no result.
            ("type:falco^2 OR type:auth^0.5", "123"),
            ("(type:falco)^4", "1"),
            // The time field, in all forms.
            ("@timestamp:[2026-11-20 TO 2026-11-21]", "123"),
            ("@timestamp:[2026-11-20 TO 2026-11-21}", "1"),
            ("@timestamp:{2026-11-20 TO 2026-11-22}", "23"),
            ("@timestamp:[2026-11-21T10:00:00Z TO now]", "2345"),
            ("@timestamp:[2026-11-21T10:00:00.001Z TO now-1h]", "34"),
            ("@timestamp:[\"2026-11-21T11:00:00+01:00\" TO \"2026-11-21T23:59\"]", "23"),
            ("@timestamp:[now-1d/d TO now/d}", "23"),
            ("@timestamp:[1795305599999 TO *]", "345"),
            ("@timestamp:>=2026-11-22", "45"),
            ("@timestamp:<2026-11-21", "1"),
            ("@timestamp:2026-11-21", "23"),
            ("@timestamp:\"2026-11-21T10:00:00.000Z\"", "2"),
            ("_id:3", "3"),
        ] {
            if ids == "!" {
                assert!(matches!(found_with(query, false), Err(LuceneError::LeadingWildcard(_))), "{query}");
            } else {
                assert_eq!(found(query), ids, "{query}");
            }
        }
    }

    #[test]
    fn and_as_the_operator_joins_what_has_none() {
        for (query, ids) in [
            ("type:auth program:sshd", "2"),
            ("type:auth OR type:falco", "123"),
            ("type:auth -program:sshd", "3"),
            ("message:(failed password)", "2"),
            ("tags:(runtime falco)", "1"),
        ] {
            assert_eq!(found_with(query, true).unwrap(), ids, "{query}");
        }
    }

    #[test]
    fn a_term_that_begins_with_a_wildcard_is_refused_wherever_it_stands() {
        for query in [
            "*shell",
            "?hell",
            "*shell*",
            "rule:*shell",
            "rule:*shell*",
            "type:auth AND (program:(sshd OR ?udo))",
            "NOT rule:**",
        ] {
            assert!(matches!(found_with(query, false), Err(LuceneError::LeadingWildcard(_))), "{query}");
        }
    }

    #[test]
    fn what_the_grammar_does_not_have_is_a_syntax_error() {
        for query in [
            "type:",
            ":falco",
            "(type:falco",
            "type:falco)",
            "()",
            "\"open",
            "type:\"open",
            "AND",
            "type:a AND",
            "OR type:a",
            "a AND OR b",
            "NOT NOT a",
            "a:b:c",
            "n:[1 TO 2",
            "n:[1 2 3]",
            "n:[1 2]",
            "n:[1 TO2]",
            "n:[1 \"TO\" 2]",
            "rule:/\"a/",
            "a^ 2",
            "a~1~2",
            "a~1^2~2",
            "n:[1 TO 2]~1",
            "a~1.5",
            "a~-1",
            "n:[1 \tTO 2]",
            "rule:/[a-]/",
            "\\u12",
            "C\\:\\users",
            "a:\"\\u00g0\"",
            "/\\u/",
            "n:[a\\ TO b]",
            "rule:/a|/",
            "rule:/(a|)/",
            "rule:/a+?/",
            "rule:/(?i)a/",
            "n:[TO 2]",
            "n:1 TO 2]",
            "/open",
            "a^",
            "a^b",
            "trailing\\",
            "type:fal*:x",
            "@timestamp:yesterday",
            "@timestamp:[soon TO now]",
            "rule:/a(/",
        ] {
            let result = found_with(query, false);
            assert!(matches!(result, Err(LuceneError::Syntax(_))), "{query}: {result:?}");
        }
        let nested = format!("{}a{}", "(".repeat(500), ")".repeat(500));
        assert!(matches!(found_with(&nested, false), Err(LuceneError::Syntax(_))));
    }

    /// Tantivy's reading of a query, where it and Lucene agree.
    fn second_opinion(query: &tantivy_query_grammar::UserInputAst, log: &Log) -> bool {
        use tantivy_query_grammar::{Occur, UserInputAst, UserInputLeaf};
        match query {
            UserInputAst::Clause(clauses) => {
                let mut optional = Vec::new();
                let mut required = false;
                for (occur, clause) in clauses {
                    let matches = second_opinion(clause, log);
                    match occur {
                        Some(Occur::Must) if !matches => return false,
                        Some(Occur::MustNot) if matches => return false,
                        Some(Occur::Must) => required = true,
                        Some(Occur::MustNot) => {}
                        Some(Occur::Should) | None => optional.push(matches),
                    }
                }
                required || optional.is_empty() || optional.contains(&true)
            }
            UserInputAst::Boost(query, _) => second_opinion(query, log),
            UserInputAst::Leaf(leaf) => match leaf.as_ref() {
                UserInputLeaf::All => true,
                UserInputLeaf::Exists { field } => log.fields().has(field),
                UserInputLeaf::Literal(literal) => {
                    let field = literal.field_name.as_deref().unwrap_or_default();
                    let values = log.fields().get(field);
                    values.contains(&crate::document::Scalar::Text(literal.phrase.clone()))
                }
                other => panic!("{other:?}"),
            },
        }
    }

    #[test]
    fn another_parser_agrees_on_what_is_in_parentheses() {
        fn random(rng: &mut fastrand::Rng, depth: usize) -> String {
            let leaves = ["type:auth", "type:falco", "program:sshd", "rule:shell", "level:\"warn\"", "*"];
            if depth == 0 || rng.u8(0..5) == 0 {
                return leaves[rng.usize(0..leaves.len())].to_owned();
            }
            let (a, b) = (random(rng, depth - 1), random(rng, depth - 1));
            match rng.u8(0..4) {
                0 => format!("({a} AND {b})"),
                1 => format!("({a} OR {b})"),
                2 => format!("(+{a} -{b})"),
                _ => format!("({a} AND NOT {b})"),
            }
        }
        let mut rng = fastrand::Rng::with_seed(5);
        for _ in 0..2000 {
            let query = random(&mut rng, 4);
            let other = tantivy_query_grammar::parse_query(&query).unwrap();
            let expected: String = logs().iter().filter(|log| second_opinion(&other, log)).map(Log::id).collect();
            assert_eq!(found(&query), expected, "{query}");
        }
    }
}
