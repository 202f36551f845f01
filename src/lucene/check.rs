//! What Logz.io will refuse in a query, found before the query is sent.
//!
//! Follows the tokens and the grammar of Lucene's classic query parser. Where
//! its versions differ, and where only a mapping can tell, a query passes: a
//! query that Logz.io would have taken must never be refused here. Knows
//! nothing of what a query means.

use super::hint::{Hint, Hints};
use std::fmt;

/// Why a query will be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The character where the problem is, counted from 1.
    pub position: usize,
    /// What is wrong there.
    pub what: &'static str,
    /// What to write instead.
    pub suggestion: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}, {}: {}", self.position, self.what, self.suggestion)
    }
}

/// Checks that Logz.io will take a query as far as its syntax goes. An empty
/// one passes.
///
/// # Errors
/// The first problem from the left.
pub fn check(query: &str) -> Result<(), Problem> {
    read(query).0
}

/// What Lucene takes, but may read in another way than its author means. Of a
/// query that will be refused, as far as it can be read.
#[must_use]
pub fn hints(query: &str) -> Vec<Hint> {
    read(query).1
}

fn read(query: &str) -> (Result<(), Problem>, Vec<Hint>) {
    if query.chars().all(is_space) {
        return (Ok(()), Vec::new());
    }
    let characters: Vec<char> = query.chars().collect();
    let mut reader = Reader {
        characters: &characters,
        at: 0,
        expected: Expected::First,
        operator: 0,
        open: Vec::new(),
        hints: Hints::default(),
    };
    let outcome = reader.read();
    (outcome, reader.hints.found())
}

/// A text as a phrase that is nothing but itself: no character of it has a
/// meaning of its own.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A text as a word, or a part of one, that is nothing but itself.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    // A word by itself that is an operator.
    if matches!(text, "AND" | "OR" | "NOT") {
        escaped.push('\\');
    }
    for c in text.chars() {
        if is_space(c) || "+-&|!(){}[]^\"~*?:\\/<>=".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The longest regular expression that Elasticsearch takes, in characters.
/// (Elasticsearch 7.10, "Index modules", `index.max_regex_length`.)
const LONGEST_REGEX: usize = 1_000;
/// What one such has for its alternatives.
pub const LONGEST_ALTERNATIVES: usize = 840;

/// A text as a part of a regular expression, in any letter case. What goes
/// beyond `most` characters may be anything.
#[must_use]
pub fn any_case(text: &str, most: usize) -> String {
    let mut pattern = String::with_capacity(text.len() * 4);
    let mut length = 0;
    for c in text.chars() {
        let piece = match (single(c.to_lowercase()), single(c.to_uppercase())) {
            (Some(lower), Some(upper)) if lower != upper => format!("[{lower}{upper}]"),
            // Two backslashes before the slash that ends it all would be read
            // as one before it.
            _ if c == '\\' => "[\\\\]".into(),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() && c != ' ' => format!("\\{c}"),
            _ => c.into(),
        };
        length += piece.chars().count();
        if length + ".*".len() > most {
            pattern.push_str(".*");
            break;
        }
        pattern.push_str(&piece);
    }
    pattern
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    characters.next().filter(|_| characters.next().is_none())
}

/// Regular expressions, each between its slashes, for values that hold one of
/// the alternatives as a word: with neither a letter, a digit nor one of
/// these signs beside it, and no sign of `goes_on` that joins another word to
/// it. Letters beyond ASCII are no letters here.
#[must_use]
pub fn holding(alternatives: &[String], before: &str, behind: &str, goes_on: &str) -> Vec<String> {
    const WORD: &str = "0-9A-Za-z";
    let class = |signs: &str| signs.chars().map(|c| format!("\\{c}")).collect::<String>();
    let before = format!("(.*[^{WORD}{}])?", class(before));
    let (behind, goes_on) = (class(behind), class(goes_on));
    let behind = match goes_on.as_str() {
        "" => format!("([^{WORD}{behind}].*)?"),
        _ => format!("([^{WORD}{behind}{goes_on}].*|[{goes_on}]([^{WORD}_].*)?)?"),
    };
    let most = LONGEST_ALTERNATIVES.min(LONGEST_REGEX.saturating_sub(before.len() + behind.len() + 2));
    let mut groups: Vec<String> = Vec::new();
    let mut length = 0;
    for alternative in alternatives {
        let more = alternative.chars().count() + 1;
        match groups.last_mut() {
            Some(group) if length + more <= most => {
                group.push('|');
                group.push_str(alternative);
                length += more;
            }
            _ => {
                groups.push(alternative.clone());
                length = more;
            }
        }
    }
    groups.into_iter().map(|group| format!("/{before}({group}){behind}/")).collect()
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A clause, at the start of the query or of a group.
    First,
    /// A clause, after AND or OR.
    Clause,
    /// What a sign or NOT applies to.
    Operand,
    /// What a field is to have.
    Value,
    /// Anything that can follow a clause, or the end.
    Next,
}

struct Reader<'a> {
    characters: &'a [char],
    at: usize,
    expected: Expected,
    /// Where the operator, sign or field is that waits for the rest.
    operator: usize,
    /// Where the groups that are open begin.
    open: Vec<usize>,
    hints: Hints,
}

fn problem(at: usize, what: &'static str, suggestion: &'static str) -> Problem {
    Problem { position: at + 1, what, suggestion }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{3000}')
}

/// Whether a word goes on with this character; a backslash takes the next too.
fn continues_word(c: char) -> bool {
    !is_space(c) && !"!():^[]\"{}~*?\\/".contains(c)
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Problem> {
        loop {
            self.skip_spaces();
            let start = self.at;
            let Some(c) = self.peek() else { return self.end() };
            self.at += 1;
            match c {
                '(' | '+' | '-' | '!' | '"' | '/' | '[' | '{' => self.hints.clause(),
                ')' => self.hints.no_clause(),
                _ => {}
            }
            match c {
                '(' => {
                    self.open.push(start);
                    self.expected = Expected::First;
                }
                ')' => self.close(start)?,
                ':' => return Err(colon(start)),
                '+' | '-' | '!' if self.peek().is_some_and(is_space) => self.term(true)?,
                '+' | '-' | '!' => self.sign(start)?,
                '"' => {
                    let end = self.quoted(start)?;
                    self.check_escapes(start + 1, end)?;
                    self.term(true)?;
                }
                '/' => {
                    self.at = self.longest(start, '/', 0).ok_or(problem(
                        start,
                        "a slash begins a regular expression that does not end",
                        "write \\/ for a slash, or put the text in double quotes",
                    ))?;
                    self.check_escapes(start, self.at)?;
                    self.term(true)?;
                }
                '[' | '{' => {
                    self.range(start)?;
                    self.term(false)?;
                }
                ']' | '}' => {
                    return Err(problem(
                        start,
                        "a bracket ends a range that has no beginning",
                        "write a range as field:[1 TO 5], or \\] and \\} for the characters themselves",
                    ));
                }
                '^' => return Err(suffix(start)),
                '~' => return Err(suffix(start)),
                _ => {
                    self.at = start;
                    self.word()?;
                }
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn end(&self) -> Result<(), Problem> {
        if self.expected != Expected::Next && self.expected != Expected::First {
            return Err(self.dangling());
        }
        match self.open.last() {
            Some(open) => Err(problem(
                *open,
                "a parenthesis is not closed",
                "add the closing one, or write \\( for the character itself",
            )),
            None => Ok(()),
        }
    }

    fn dangling(&self) -> Problem {
        let what = match self.expected {
            Expected::Value => "nothing follows the field",
            _ => "nothing follows the operator",
        };
        problem(self.operator, what, "complete the condition, or put words that are no operators in double quotes")
    }

    fn close(&mut self, start: usize) -> Result<(), Problem> {
        match self.expected {
            Expected::Next => {}
            Expected::First if !self.open.is_empty() => {
                return Err(problem(start, "the parentheses are empty", "write a condition between them"));
            }
            Expected::First => {}
            _ => return Err(self.dangling()),
        }
        if self.open.pop().is_none() {
            return Err(problem(
                start,
                "a parenthesis is closed that was not opened",
                "remove it, or write \\) for the character itself",
            ));
        }
        self.boost()
    }

    fn sign(&mut self, start: usize) -> Result<(), Problem> {
        match self.expected {
            Expected::Operand => {
                return Err(problem(start, "a sign or NOT follows another", "keep one of them"));
            }
            Expected::Value => {
                return Err(problem(
                    start,
                    "a sign or NOT stands between a field and its value",
                    "put it before the field, or put a value such as \"-5\" in double quotes",
                ));
            }
            _ => {}
        }
        self.expected = Expected::Operand;
        self.operator = start;
        Ok(())
    }

    /// A run of word characters and wildcards: an operator, a field or a term.
    fn word(&mut self) -> Result<(), Problem> {
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                '\\' if self.at + 1 == self.characters.len() => {
                    return Err(problem(
                        self.at,
                        "a backslash has nothing behind it",
                        "write \\\\ for the character itself",
                    ));
                }
                '\\' => self.at += 2,
                '*' | '?' => self.at += 1,
                c if continues_word(c) => self.at += 1,
                _ => break,
            }
        }
        let word = self.characters.get(start..self.at).unwrap_or_default();
        match word {
            ['A', 'N', 'D'] | ['&', '&'] | ['O', 'R'] | ['|', '|'] => self.hints.no_clause(),
            _ => self.hints.clause(),
        }
        self.hints.quotation_marks(start, word);
        match word {
            ['A', 'N', 'D'] | ['&', '&'] | ['O', 'R'] | ['|', '|'] => return self.conjunction(start),
            ['N', 'O', 'T'] => return self.sign(start),
            ['*' | '?', _, ..] | ['?'] => {
                return Err(problem(
                    start,
                    "a term begins with a wildcard",
                    "no term may begin with * or ?: put a letter before it, use a regular expression as in \
                     field:/.*text/, or ask with _exists_:field whether a field has a value",
                ));
            }
            _ => {}
        }
        self.check_escapes(start, self.at)?;
        let (before, end) = (self.expected, self.at);
        let wild = word != ['*'] && has_wildcard(word);
        if wild { self.term(true) } else { self.field_or_term(start) }?;
        // A field's name, and a term with a boost, are meant.
        if self.expected == Expected::Next && self.at == end {
            match before {
                Expected::Next => self.hints.word_between(start, word),
                Expected::First | Expected::Clause => self.hints.word_before(start, word),
                Expected::Operand | Expected::Value => {}
            }
        }
        Ok(())
    }

    fn conjunction(&mut self, start: usize) -> Result<(), Problem> {
        match self.expected {
            Expected::Next => {}
            Expected::First => {
                return Err(problem(
                    start,
                    "nothing stands before the operator",
                    "begin with a condition, or put words that are no operators in double quotes",
                ));
            }
            _ => return Err(self.dangling()),
        }
        self.expected = Expected::Clause;
        self.operator = start;
        Ok(())
    }

    fn field_or_term(&mut self, start: usize) -> Result<(), Problem> {
        let end = self.at;
        self.skip_spaces();
        if self.peek() != Some(':') {
            self.at = end;
            return self.term(true);
        }
        if self.expected == Expected::Value {
            return Err(colon(self.at));
        }
        self.at += 1;
        self.expected = Expected::Value;
        self.operator = start;
        Ok(())
    }

    /// What may stand behind a term: `~2`, `^0.5`, or both.
    fn term(&mut self, fuzzy: bool) -> Result<(), Problem> {
        self.expected = Expected::Next;
        if fuzzy && self.fuzzy() {
            return Ok(());
        }
        let boosted = self.at;
        self.boost()?;
        if fuzzy && self.at > boosted {
            self.fuzzy();
        }
        Ok(())
    }

    /// Takes a `~` and what is joined to it; whether that was a field.
    fn fuzzy(&mut self) -> bool {
        if !self.skip_to('~') {
            return false;
        }
        let start = self.at;
        while let Some(c) = self.peek().filter(|c| continues_word(*c) || *c == '\\') {
            if c == '\\' && self.at + 1 == self.characters.len() {
                break;
            }
            self.at += if c == '\\' { 2 } else { 1 };
        }
        // To older versions the number ends the token, and a field may follow.
        let field = self.at > start && self.peek() == Some(':');
        if field {
            self.operator = start;
            self.at += 1;
            self.expected = Expected::Value;
        }
        field
    }

    fn boost(&mut self) -> Result<(), Problem> {
        self.expected = Expected::Next;
        if !self.skip_to('^') {
            return Ok(());
        }
        let digits = |reader: &mut Self| {
            let start = reader.at;
            while reader.peek().is_some_and(|c| c.is_ascii_digit()) {
                reader.at += 1;
            }
            reader.at > start
        };
        if !digits(self) {
            return Err(suffix(self.at - 1));
        }
        let end = self.at;
        self.at += 1;
        if self.characters.get(end) != Some(&'.') || !digits(self) {
            self.at = end;
        }
        Ok(())
    }

    /// Takes the character if it is the next one, spaces apart.
    fn skip_to(&mut self, wanted: char) -> bool {
        let before = self.at;
        self.skip_spaces();
        let found = self.peek() == Some(wanted);
        self.at = if found { self.at + 1 } else { before };
        found
    }

    /// The rest of a text in quotes; where it ends.
    fn quoted(&mut self, start: usize) -> Result<usize, Problem> {
        while let Some(c) = self.peek() {
            self.at += if c == '\\' { 2 } else { 1 };
            if c == '"' {
                return Ok(self.at - 1);
            }
        }
        Err(problem(
            start,
            "a double quote is not closed",
            "add the closing one, or write \\\" for the character itself",
        ))
    }

    /// Where a text ends that begins at `start` and whose end may be escaped:
    /// as late as it can, which is how Lucene reads regular expressions and
    /// the ends of ranges.
    fn longest(&self, start: usize, end: char, least: usize) -> Option<usize> {
        let mut longest = None;
        for at in start + 1..self.characters.len() {
            if self.characters.get(at) != Some(&end) {
                continue;
            }
            if at > start + least {
                longest = Some(at + 1);
            }
            if at == start + 1 || self.characters.get(at - 1) != Some(&'\\') {
                break;
            }
        }
        longest
    }

    /// The rest of a range.
    fn range(&mut self, start: usize) -> Result<(), Problem> {
        // For each part, whether it is the word TO.
        let mut parts = Vec::new();
        loop {
            self.skip_spaces();
            let from = self.at;
            match self.peek() {
                None => {
                    return Err(problem(
                        start,
                        "a range is not closed",
                        "write it as field:[1 TO 5], or \\[ and \\{ for the characters themselves",
                    ));
                }
                Some(']' | '}') => break,
                Some(_) => {}
            }
            while self.peek().is_some_and(|c| !matches!(c, ' ' | ']' | '}')) {
                self.at += 1;
            }
            let quoted = if self.characters.get(from) == Some(&'"') { self.longest(from, '"', 1) } else { None };
            match quoted.filter(|end| *end >= self.at) {
                Some(end) => {
                    self.at = end;
                    self.check_escapes(from + 1, end - 1)?;
                }
                None => {
                    self.check_escapes(from, self.at)?;
                    self.hints.quotation_marks(from, self.characters.get(from..self.at).unwrap_or_default());
                }
            }
            parts.push(self.characters.get(from..self.at) == Some(&['T', 'O']));
        }
        self.at += 1;
        // Older versions let the TO out.
        match parts.as_slice() {
            [_, true, _] | [false, false] => Ok(()),
            _ => Err(problem(
                start,
                "a range does not have two ends",
                "write it as field:[1 TO 5], with * for an end that is open, and put an end with spaces in double \
                 quotes",
            )),
        }
    }

    /// Checks the escapes between two places.
    fn check_escapes(&self, from: usize, to: usize) -> Result<(), Problem> {
        let mut at = from;
        while at < to {
            if self.characters.get(at) != Some(&'\\') {
                at += 1;
                continue;
            }
            let behind = self.characters.get(at + 1..to).unwrap_or_default();
            match behind {
                [] => {
                    return Err(problem(
                        at,
                        "a backslash has nothing behind it",
                        "write \\\\ for the character itself",
                    ));
                }
                ['u', digits @ ..] if digits.iter().take_while(|c| c.is_ascii_hexdigit()).take(4).count() < 4 => {
                    return Err(problem(
                        at,
                        "\\u is not followed by four hexadecimal digits",
                        "write \\\\ for a backslash, as in C\\:\\\\users",
                    ));
                }
                _ => at += 2,
            }
        }
        Ok(())
    }
}

fn has_wildcard(word: &[char]) -> bool {
    let mut characters = word.iter();
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

fn colon(at: usize) -> Problem {
    problem(
        at,
        "a colon does not stand between a field and its value",
        "write \\: for the character itself, or put the text in double quotes, as in field:\"a:b\"",
    )
}

fn suffix(at: usize) -> Problem {
    problem(
        at,
        "^ or ~ does not stand between a term and a number",
        "write term^2 or term~1, or \\^ and \\~ for the characters themselves",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lucene_accepts_passes() {
        for query in [
            "",
            " \t",
            "*",
            "*:*",
            "-*",
            "field:*",
            "* : x",
            "type:falco AND (rule:\"Terminal shell\" OR NOT user:root)^2",
            "a && b || !c",
            "a!b",
            "this - that",
            "a - ",
            "user:- x",
            "n:[1 TO 5] n:{1 TO *}^2 n:[TO TO TO]",
            "n:[\"a b\" TO \"a\\\"] b\"]",
            "n:[\"a TO \"\"]",
            "n:[ 1  TO  5 \n]",
            "n:>=5 n:>-5 a=b",
            "fal* f?lco f\\**",
            "\\*a \\?a \\AND",
            "ANDY ORB NOTE AND* &&&",
            "term~ term~1 term~0.5^2 term^2~1 term ~1 ^2",
            "term~foo term~AND \"a b\"~2",
            "a^2.b",
            "rule:/.*shell/ /a\\/b/ /\\\\/",
            "path:/var/log",
            "\\u0041 \\\\users \"\\u00e9\"",
            "漢字:😀 \\漢",
            "a\u{3000}AND\u{3000}b",
            "it's $5 #1 50% <b> a;b, c.d",
        ] {
            assert_eq!(check(query), Ok(()), "{query}");
        }
    }

    #[test]
    fn what_only_some_versions_refuse_passes() {
        for query in ["n:[1 5]", "a~1^2~2", "a~x:y", "a~1.5", "rule:/a(/", "@timestamp:[soon TO now]"] {
            assert_eq!(check(query), Ok(()), "{query}");
        }
    }

    #[test]
    fn what_will_be_refused_is_found_where_it_is() {
        for (query, position, what) in [
            ("*leading", 1, "begins with a wildcard"),
            ("name:?leading", 6, "begins with a wildcard"),
            ("a AND (b OR c:**)", 15, "begins with a wildcard"),
            ("漢 ?", 3, "begins with a wildcard"),
            ("unbalanced \"quote", 12, "double quote is not closed"),
            ("\"a\\\"", 1, "double quote is not closed"),
            ("a AND (b", 7, "parenthesis is not closed"),
            ("(", 1, "parenthesis is not closed"),
            ("a (b))", 6, "closed that was not opened"),
            (")", 1, "closed that was not opened"),
            ("a ()", 4, "parentheses are empty"),
            ("n:[1 TO 5", 3, "range is not closed"),
            ("n:1 TO 5]", 9, "bracket ends a range"),
            ("n:[1]", 3, "does not have two ends"),
            ("n:[1 TO]", 3, "does not have two ends"),
            ("n:[a b c]", 3, "does not have two ends"),
            ("n:[1 TO\t 5]", 3, "does not have two ends"),
            ("n:[1 \"TO\" 5]", 3, "does not have two ends"),
            ("path:/var/log/auth.log", 14, "does not end"),
            ("url:http://example.org", 9, "a colon"),
            (":a", 1, "a colon"),
            ("\"a\":b", 4, "a colon"),
            ("a*:b", 3, "a colon"),
            ("a:", 1, "nothing follows the field"),
            ("(a:)", 2, "nothing follows the field"),
            ("a:AND b", 1, "nothing follows the field"),
            ("a AND", 3, "nothing follows the operator"),
            ("a AND OR b", 3, "nothing follows the operator"),
            ("a NOT", 3, "nothing follows the operator"),
            ("a -", 3, "nothing follows the operator"),
            ("OR a", 1, "nothing stands before the operator"),
            ("(AND a)", 2, "nothing stands before the operator"),
            ("NOT NOT a", 5, "follows another"),
            ("n:-5", 3, "between a field and its value"),
            ("a\\", 2, "backslash has nothing"),
            ("n:[a\\ TO b]", 5, "backslash has nothing"),
            ("C\\:\\users", 4, "hexadecimal"),
            ("\\u00 41", 1, "hexadecimal"),
            ("a^", 2, "between a term and a number"),
            ("a^ 2", 2, "between a term and a number"),
            ("~a", 1, "between a term and a number"),
            ("n:[1 TO 5]~2", 11, "between a term and a number"),
            ("a~~", 3, "between a term and a number"),
        ] {
            let problem = check(query).expect_err(query);
            assert!(problem.to_string().contains(what), "{query}: {problem}");
            assert_eq!(problem.position, position, "{query}: {problem}");
        }
    }

    #[test]
    fn what_may_mean_another_thing_gets_a_hint() {
        for (query, position, what) in [
            ("user:“admin”", 6, "quotation mark"),
            ("user:admin”", 11, "quotation mark"),
            ("“admin user”", 1, "quotation mark"),
            ("user:„admin“ OR «x»", 6, "quotation mark"),
            ("n:[“a” TO b]", 4, "quotation mark"),
            ("user:“adm*”", 6, "quotation mark"),
            ("user:\\\\“x", 8, "quotation mark"),
            ("user:'admin'", 6, "single quotes"),
            ("message:‘login failed’", 9, "single quotes"),
            ("not user:x", 1, "\"not\""),
            ("Not (a)", 1, "\"not\""),
            ("a AND not b", 7, "\"not\""),
            ("(not -a)", 2, "\"not\""),
            ("type:a and type:b", 8, "\"and\""),
            ("type:a And NOT type:b", 8, "\"and\""),
            ("a or /b/ and c", 3, "\"or\""),
            ("user:(a or \"b c\")", 9, "\"or\""),
            ("(a) oR [1 TO 2]", 5, "\"or\""),
            ("漢 and not b", 3, "\"and\""),
            ("a & b", 3, "single &"),
            ("a | b", 3, "single |"),
        ] {
            let hints = hints(query);
            let [hint] = hints.as_slice() else { panic!("{query}: {hints:?}") };
            assert!(hint.to_string().contains(what), "{query}: {hint}");
            assert_eq!(hint.position, position, "{query}: {hint}");
            assert_eq!(check(query), Ok(()), "{query}");
        }
        let several: Vec<usize> = hints("not a and user:“x” or ‘y’").iter().map(|hint| hint.position).collect();
        assert_eq!(several, [1, 16]);
        // Of a query that is refused too: it is often the reason.
        assert!(check("url:“http://x”").is_err());
        assert_eq!(hints("url:“http://x”").len(), 1);
    }

    #[test]
    fn what_means_what_it_says_gets_none() {
        for query in [
            "",
            "*",
            "user:\"admin\" AND NOT type:x OR y",
            "message:\"not “quoted” and 'single'\"",
            "\"and\" \"or\" a \"not\" b",
            "not",
            "a and",
            "(a or) b",
            "(a not) b",
            "not OR a",
            "a and AND b",
            "state:(ca OR or OR wa)",
            "state:(or OR wa)",
            "or and",
            "state:or user:not x",
            "not:a and:b a or:b",
            "a +and b -not c",
            "a and^2 b or~ c",
            "android nothing order a ando b",
            "a \\and b a\\“b",
            "it's o'clock 'tis",
            "rule:/.*“x”.*/",
            "a && b || c",
        ] {
            assert_eq!(hints(query), Vec::new(), "{query}");
        }
    }

    #[test]
    fn a_deep_or_long_query_costs_no_stack() {
        let nested = format!("{}a{}", "(".repeat(16_000), ")".repeat(16_000));
        assert_eq!(check(&nested), Ok(()));
        assert_eq!(check(&"a:b OR ".repeat(4_000)).map_err(|problem| problem.position), Err(27_998));
        assert!(check(&"\\/".repeat(16_000)).is_ok());
        assert!(check(&"/\\".repeat(16_000)).is_err());
    }
}
