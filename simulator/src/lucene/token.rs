//! The tokens of a query, longest first.

use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
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
pub(crate) fn tokenize(text: &str) -> Result<Vec<(Token, usize)>, usize> {
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
