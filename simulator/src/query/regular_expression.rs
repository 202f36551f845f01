//! Lucene's regular expressions, translated to those of the `regex` crate.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

/// A Lucene regular expression, which always matches the whole value, and
/// knows neither anchors nor classes such as `\d`.
pub(crate) fn compile_regex(pattern: &str) -> Result<Regex, String> {
    /// A query asks many fields by one expression, and is asked again for other times: compiling is most of the work.
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    const MOST_COMPILED: usize = 256;
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = translate_regex(pattern)?;
    if compiled.len() >= MOST_COMPILED {
        compiled.clear();
    }
    compiled.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

fn translate_regex(pattern: &str) -> Result<Regex, String> {
    let mut translated = String::from(r"\A(?s:");
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    let mut before = None;
    while let Some(c) = characters.next() {
        let previous = before.replace(c);
        match c {
            '\\' => match characters.next() {
                Some(escaped) => translated.push_str(&regex::escape(&escaped.to_string())),
                None => return Err(format!("unexpected end of regular expression [{pattern}]")),
            },
            '[' if !in_class => {
                in_class = true;
                translated.push('[');
            }
            ']' if in_class => {
                in_class = false;
                translated.push(']');
            }
            '-' if in_class && characters.peek() == Some(&']') && !matches!(previous, Some('[' | '^')) => {
                return Err(format!("invalid range in regular expression [{pattern}]"));
            }
            c if in_class => {
                // Brackets, and signs that are operators within classes here.
                if matches!(c, '[' | '&' | '~') {
                    translated.push('\\');
                }
                translated.push(c);
            }
            '|' if matches!(previous, None | Some('(' | '|')) => {
                return Err(format!("the operator {c} of regular expressions is not simulated at such a place"));
            }
            '|' if matches!(characters.peek(), None | Some(')')) => {
                return Err(format!("unexpected end-of-string in regular expression [{pattern}]"));
            }
            '*' | '+' | '?' | '{' if matches!(previous, None | Some('*' | '+' | '?' | '}' | '(' | '|')) => {
                return Err(format!("the operator {c} of regular expressions is not simulated at such a place"));
            }
            '"' => {
                let rest: String = characters.clone().collect();
                let Some((literal, _)) = rest.split_once('"') else {
                    return Err(format!("expected '\"' in regular expression [{pattern}]"));
                };
                translated.push_str(&regex::escape(literal));
                characters.nth(literal.chars().count());
            }
            '@' => translated.push_str(".*"),
            '#' => translated.push_str(r"[^\s\S]"),
            '^' | '$' => {
                translated.push('\\');
                translated.push(c);
            }
            '~' | '&' | '<' | '>' => {
                return Err(format!("the operator {c} of regular expressions is not simulated"));
            }
            c => translated.push(c),
        }
    }
    translated.push_str(r")\z");
    Regex::new(&translated).map_err(|_| format!("invalid regular expression [{pattern}]"))
}
