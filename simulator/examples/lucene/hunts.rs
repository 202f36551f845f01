//! Texts with indicators of compromise in them, beside every kind of character,
//! and queries as a hunt sends them: phrases, and regular expressions on fields
//! that are analysed and on those that are kept whole.

use fastrand::Rng;
use serde_json::{Value, json};

/// What hunts look for.
const INDICATORS: [&str; 18] = [
    "192.0.2.16",
    "203.0.113.10",
    "2001:db8::1",
    "k.evil.example",
    "evil.example",
    "EVIL.example",
    "https://evil.example/a/b?c=1&d=%20e",
    "http://203.0.113.10:8080/x",
    "mail@evil.example",
    "first.last+tag@sub.evil.example",
    "d41d8cd98f00b204e9800998ecf8427e",
    "CORP\\mallory",
    "srv-17",
    "invoice 7.exe",
    "C:\\Users\\ada\\run.ps1",
    "/var/log/auth.log",
    "HKLM\\Software\\Run",
    "4444",
];

/// What stands before, between and behind them.
const SIGNS: [&str; 44] = [
    " ", ",", ":", "=", "[", "]", "(", ")", "{", "}", "<", ">", "\"", "'", "/", "\\", "\\/", "\\\"", "|", ";", "-",
    "_", ".", "..", "@", "#", "&", "?", "!", "%20", "+", "*", "~", "^", "$", "\t", "\n", ", ", ": ", "=\"", "\":\"",
    "://", "·", "\u{200b}",
];

const WORDS: [&str; 12] = ["src", "host", "from", "user", "dst", "10", "443", "a", "port", "Straße", "漢字", "ไทย"];

/// A text with indicators among signs and words.
pub(crate) fn text(random: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..random.usize(1..6) {
        match random.u8(0..3) {
            0 => text.push_str(one(random, &WORDS)),
            _ => text.push_str(one(random, &INDICATORS)),
        }
        for _ in 0..random.usize(1..3) {
            text.push_str(one(random, &SIGNS));
        }
    }
    if random.u8(0..15) == 0 {
        // Longer than a word can be.
        let length = random.usize(200..600);
        text.push_str(&one(random, &["x", "1", "ab.", "é", "_", "😀"]).repeat(length));
    }
    text
}

/// An indicator, often with something beside it, as a field of its own holds it.
pub(crate) fn value(random: &mut Rng) -> String {
    let (before, behind) = match random.u8(0..4) {
        0 => ("", ""),
        _ => (one(random, &SIGNS), one(random, &SIGNS)),
    };
    let indicator = one(random, &INDICATORS);
    match random.u8(0..5) {
        0 => format!("{}{before}{indicator}", one(random, &WORDS)),
        1 => format!("{indicator}{behind}{}", one(random, &WORDS)),
        2 => indicator.to_uppercase(),
        _ => format!("{before}{indicator}{behind}"),
    }
}

/// A query for one or several indicators.
pub(crate) fn query(random: &mut Rng) -> String {
    let count = random.usize(1..4);
    let conditions: Vec<String> = (0..count).map(|_| condition(random)).collect();
    let joined = conditions.join(" OR ");
    match random.u8(0..4) {
        0 => format!("({joined}) AND NOT type:auth"),
        _ => joined,
    }
}

/// A query of a hunt with the fields that it is of, which its text does not name; perhaps with another, which must match
/// as well.
pub(crate) fn query_with_fields(random: &mut Rng) -> Value {
    let part = |random: &mut Rng| {
        let count = random.usize(1..4);
        let terms: Vec<String> = (0..count).map(|_| term(random)).collect();
        let fields: &[&str] = match random.u8(0..7) {
            0 => &["message"],
            1 => &["evidence", "user", "path", "source_ip"],
            2 => &["*"],
            3 => &["message", "tags"],
            4 => &["*ser*", "*vid*", "*ip*", "*IP*"],
            5 => &["evidence", "nowhere", "n", "ok", "k8s.*"],
            _ => &["message", "evidence", "type"],
        };
        json!({"query": terms.join(" OR "), "fields": fields, "operator": "or"})
    };
    let mut query = part(random);
    if random.u8(0..3) == 0 {
        let other = part(random);
        if let Value::Object(query) = &mut query {
            query.insert("and".to_owned(), other);
        }
    }
    query
}

/// A term as a hunt writes it, whatever its field: a value, a regular expression, or two words.
fn term(random: &mut Rng) -> String {
    let indicator = one(random, &INDICATORS);
    match random.u8(0..6) {
        0 | 1 => quote(indicator),
        2 => format!("/{}/", expression(&indicator.to_lowercase(), false)),
        3 => format!("(/{}/ AND /{}/)", expression(one(random, &WORDS), true), expression(one(random, &WORDS), true)),
        _ => format!("/{}/", expression(indicator, true)),
    }
}

fn condition(random: &mut Rng) -> String {
    let indicator = one(random, &INDICATORS);
    let whole = ["evidence", "user", "path", "source_ip"];
    match random.u8(0..8) {
        0 | 1 => format!("message:{}", quote(indicator)),
        2 => {
            let other = one(random, &INDICATORS);
            format!("{}:({} {})", one(random, &["message", "evidence", "tags"]), quote(indicator), quote(other))
        }
        3 => quote(indicator),
        4 => format!("message:/{}/", expression(indicator, true)),
        5 => format!("message:/{}/", expression(&indicator.to_lowercase(), false)),
        6 => format!("{}:/{}/", one(random, &whole), expression(indicator, true)),
        _ => format!("{}:/.*{}.*/", one(random, &whole), escaped(indicator)),
    }
}

/// A value that holds a text, with nothing beside it that would make it longer.
fn expression(text: &str, any_case: bool) -> String {
    let pattern: String = match any_case {
        true => text.chars().map(in_any_case).collect(),
        false => escaped(text),
    };
    format!("(.*[^0-9A-Za-z_\\.])?({pattern})([^0-9A-Za-z_\\.].*|[\\.]([^0-9A-Za-z_].*)?)?")
}

fn in_any_case(c: char) -> String {
    match c.is_ascii_alphabetic() {
        true => format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase()),
        false => escaped(&c.to_string()),
    }
}

/// Characters that stand for themselves. Two backslashes before the slash that
/// ends an expression would be read as one before it.
fn escaped(text: &str) -> String {
    let piece = |c: char| match c {
        '\\' => "[\\\\]".to_owned(),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() && c != ' ' => format!("\\{c}"),
        c => c.to_string(),
    };
    text.chars().map(piece).collect()
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn one(random: &mut Rng, options: &[&'static str]) -> &'static str {
    random.choice(options.iter().copied()).unwrap_or_default()
}
