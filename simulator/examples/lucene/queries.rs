//! Queries of every construct, well-formed ones first; the same broken by
//! small changes; queries of hunts; and heaps of tokens that nobody meant as a
//! query. Texts to be analysed stand among them.

use fastrand::Rng;
use serde_json::json;

use crate::documents::{NUMBERS, STRINGS, WORDS, text, time};
use crate::hunts;

/// Queries at the edges of the grammar, which chance rarely finds.
const CHOSEN: [&str; 84] = [
    "",
    " \t",
    "*",
    "*:*",
    "-*",
    "**",
    "?",
    "type:*",
    "* : x",
    "\\*:falco",
    "a && b || !c",
    "a!b",
    "this - that",
    "a - ",
    "a -",
    "user:- x",
    "n:[TO TO TO]",
    "n:[1 TO]",
    "n:[1 5]",
    "n:[1 \"TO\" 5]",
    "n:[ 1  TO  5 \n]",
    "n:[ 1  TO\t\n 5 ]",
    "n:[1 TO\t5]",
    "n:[\t1 TO 5]",
    "n:[1 TO 5\r\n]",
    "user:[\"a b\" TO \"a\\\"] b\"]",
    "user:[\"a TO \"\"]",
    "user:[\"\" TO \"\"]",
    "user:[a\\ TO b]",
    "user:[\"a\\\" TO b]",
    "user:[\\u0061 TO *]",
    "user:[* TO *]",
    "user:{* TO *}",
    "message:[SHE TO SHEZ]",
    "n:>=5 n:>-5 a=b",
    "n:-5",
    "fal* f?lco f\\**",
    "fal**",
    "f\\*",
    "\\*a \\?a \\AND",
    "ANDY ORB NOTE AND* &&&",
    "NOT:x",
    "NOT AND",
    "NOT NOT a",
    "+-a",
    "- -a",
    "+ +",
    "root~ root~1 root~0.5^2 root^2~1 root ~1 ^2",
    "root~foo root~AND \"a b\"~2",
    "root~~",
    "root~1^2~2",
    "root~x:y",
    "~",
    "^",
    "root^2.b",
    "root^.5",
    "root^-1",
    "root^2^2",
    "(root)~2",
    "(root)^2^2",
    "n:[1 TO 5]~2",
    "path:/\\/var\\/.*/",
    "path:/a\\/",
    "path:/\\\\/",
    "path:/\\\\/ b/",
    "path://",
    "path:/var/log",
    "path:/var/log/auth.log",
    "url:http://example.org",
    "\\u0041 \\\\users \"\\u00e9\"",
    "\\ud83d\\ude00",
    "\\u00 41",
    "C\\:\\users",
    "a\\",
    "\"a\\",
    "漢字:😀 \\漢 \\😀",
    "root\u{3000}AND\u{3000}shell",
    "it's $5 #1 50% <b> a;b, c.d",
    "()",
    "(AND a)",
    "a AND OR b",
    "_exists_:(n OR missing)",
    "_exists_:* _exists_:n*",
    "message:\"...\" AND (tags:(... ,) OR type:auth)",
];

/// Queries with their default operator in JSON, one on a line: chosen ones
/// first, and `count` in all if that is more. Half as many texts come last.
pub(crate) fn generate(random: &mut Rng, count: usize) -> String {
    let mut lines = String::new();
    for query in CHOSEN {
        lines.push_str(&json!({"query": query, "operator": "or"}).to_string());
        lines.push('\n');
    }
    for number in CHOSEN.len()..count {
        let query = match number % 10 {
            0..=3 => {
                let depth = random.usize(0..4);
                clauses(random, depth)
            }
            4 | 5 => {
                let depth = random.usize(0..3);
                let query = clauses(random, depth);
                broken(random, &query)
            }
            6 => hunts::query(random),
            7 | 8 => {
                lines.push_str(&hunts::query_with_fields(random).to_string());
                lines.push('\n');
                continue;
            }
            _ => heap(random),
        };
        let operator = if random.u8(0..5) == 0 { "and" } else { "or" };
        lines.push_str(&json!({"query": query, "operator": operator}).to_string());
        lines.push('\n');
    }
    for _ in 0..count / 2 {
        lines.push_str(&json!({"text": hunts::text(random)}).to_string());
        lines.push('\n');
    }
    lines
}

fn pick<T: Copy>(random: &mut Rng, options: &[T]) -> Option<T> {
    random.choice(options.iter().copied())
}

fn one(random: &mut Rng, options: &[&'static str]) -> &'static str {
    pick(random, options).unwrap_or_default()
}

fn space(random: &mut Rng) -> &'static str {
    one(random, &[" ", " ", " ", " ", "  ", "\t", "\n", " \r\n", "\u{3000}"])
}

fn clauses(random: &mut Rng, depth: usize) -> String {
    let count = if depth == 0 { 1 } else { random.usize(1..=4) };
    let mut query = clause(random, depth);
    for _ in 1..count {
        query.push_str(space(random));
        let conjunction = one(random, &["", "", "AND", "OR", "&&", "||"]);
        query.push_str(conjunction);
        if !conjunction.is_empty() {
            query.push_str(space(random));
        }
        query.push_str(&clause(random, depth));
    }
    query
}

fn clause(random: &mut Rng, depth: usize) -> String {
    let sign = one(random, &["", "", "", "", "", "+", "-", "!", "NOT "]);
    let condition = match random.u8(0..6) {
        0 | 1 if depth > 0 => {
            let field = if random.u8(0..3) == 0 { format!("{}:", field(random)) } else { String::new() };
            let boost = boost(random);
            format!("{field}({}){boost}", clauses(random, depth - 1))
        }
        2 => bare(random),
        _ => condition(random),
    };
    format!("{sign}{condition}")
}

fn field(random: &mut Rng) -> String {
    let strings: Vec<&str> = STRINGS.iter().map(|(name, _)| *name).collect();
    match random.u8(0..12) {
        0..=5 => escape(one(random, &strings), false),
        6 | 7 => one(random, &["message", "tags"]).to_owned(),
        8 => one(random, &NUMBERS).to_owned(),
        9 => "_exists_".to_owned(),
        10 => one(random, &["ok", "missing", "*", "event.\\*", "k8s.\\*", "\\*"]).to_owned(),
        _ => one(random, &["type", "user"]).to_owned(),
    }
}

/// A condition on a field, of the form that makes sense there, mostly.
fn condition(random: &mut Rng) -> String {
    let colon = one(random, &[":", ":", ":", ":", " : ", ": "]);
    match random.u8(0..11) {
        0..=3 => {
            let (field, values) = pick(random, &STRINGS).unwrap_or(STRINGS[0]);
            let text = one(random, values);
            format!("{}{colon}{}", escape(field, false), value(random, text))
        }
        4 | 5 => {
            let word = one(random, &WORDS);
            let field = one(random, &["message", "tags"]);
            format!("{field}{colon}{}", value(random, word))
        }
        6 | 7 => {
            let field = one(random, &NUMBERS);
            format!("{field}{colon}{}", number(random))
        }
        8 => {
            let strings: Vec<&str> = STRINGS.iter().map(|(name, _)| *name).collect();
            let name =
                one(random, &[&strings[..], &["message", "n", "event", "k8s", "k8s.ns", "a", "missing"]].concat());
            let name = value_plain(random, name);
            format!("_exists_{colon}{name}")
        }
        9 => {
            let (first, last) = (time(random), time(random));
            match random.u8(0..3) {
                0 => format!("@timestamp{colon}[{first} TO {last}]"),
                1 => format!("@timestamp{colon}{{\"{first}\" TO *]"),
                _ => format!("@timestamp{colon}[* TO \"{last}\"}}"),
            }
        }
        _ => format!("{}{colon}{}", field(random), bare(random)),
    }
}

/// Something without a field.
fn bare(random: &mut Rng) -> String {
    match random.u8(0..8) {
        0 => "*".to_owned(),
        1..=3 => {
            let word = one(random, &WORDS);
            value(random, word)
        }
        4 => number(random),
        5 => {
            let words: Vec<&str> = (0..random.usize(2..4)).map(|_| one(random, &WORDS)).collect();
            words.iter().map(|word| escape(word, false)).collect::<Vec<_>>().join(space(random))
        }
        _ => {
            let (_, values) = pick(random, &STRINGS).unwrap_or(STRINGS[0]);
            let text = one(random, values);
            value(random, text)
        }
    }
}

fn boost(random: &mut Rng) -> &'static str {
    one(random, &["", "", "", "", "^2", "^0.5", " ^10"])
}

fn value_plain(random: &mut Rng, text: &str) -> String {
    if random.bool() && !text.is_empty() { escape(text, false) } else { quote(text) }
}

/// A way to ask for a text, or for what is like it.
fn value(random: &mut Rng, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let part = |from: usize, to: usize| letters.get(from..to).unwrap_or_default().iter().collect::<String>();
    let cut = random.usize(0..=letters.len());
    let boost = boost(random);
    let value = match random.u8(0..12) {
        0..=2 if !text.is_empty() => escape(text, random.bool()),
        3 if cut > 0 => format!("{}*", escape(&part(0, cut), random.bool())),
        4 if cut > 0 => format!("{}?{}", escape(&part(0, cut), false), escape(&part(cut + 1, letters.len()), false)),
        5 if cut > 0 => format!("{}*{}", escape(&part(0, cut), false), escape(&part(cut, letters.len()), false)),
        6 if !text.is_empty() => {
            let mut changed = letters.clone();
            let at = random.usize(0..changed.len());
            match random.u8(0..4) {
                0 => changed.insert(at, 'e'),
                1 if changed.len() > 1 => {
                    changed.remove(at);
                }
                2 if at > 0 => changed.swap(at, at - 1),
                _ => {}
            }
            let changed: String = changed.into_iter().collect();
            format!("{}~{}", escape(&changed, false), one(random, &["", "0", "1", "2"]))
        }
        7 => format!("/{}/", pattern(random, text)),
        8 => {
            let (open, close) = (one(random, &["[", "{"]), one(random, &["]", "}"]));
            let end = range_end(random, text);
            match random.u8(0..3) {
                0 => format!("{open}{end} TO *{close}"),
                1 => format!("{open}* TO {end}{close}"),
                _ => {
                    let (_, values) = pick(random, &STRINGS).unwrap_or(STRINGS[0]);
                    let other = one(random, values);
                    let other = range_end(random, other);
                    format!("{open}{end}{}TO {other}{close}", one(random, &[" ", "  "]))
                }
            }
        }
        9 => {
            let phrase = crate::documents::text(random, 3);
            format!("{}{}", quote(&phrase), one(random, &["", "", "~1", "~2", "~5", " ~3"]))
        }
        10 => format!("{}{}", one(random, &[">", ">=", "<", "<="]), escape(text, false)),
        _ => quote(text),
    };
    format!("{value}{boost}")
}

fn range_end(random: &mut Rng, text: &str) -> String {
    let plain = !text.is_empty() && !text.contains([' ', ']', '}', '\\', '"', '*']) && text != "TO";
    if plain && random.bool() { text.to_owned() } else { quote(if text.is_empty() { "a" } else { text }) }
}

fn pattern(random: &mut Rng, text: &str) -> String {
    let special = |c: char| ".?+*|{}[]()\"\\#@&<>~/^$-".contains(c);
    let mut pattern = String::new();
    for c in text.chars() {
        match random.u8(0..12) {
            0 => pattern.push('.'),
            1 => pattern.push_str(".*"),
            2 => pattern.push_str("[a-z]"),
            3 => pattern.push_str(&format!("({}|q)", if special(c) { 'z' } else { c })),
            4 if !special(c) => pattern.push_str(&format!("{c}+")),
            _ if special(c) => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    match random.u8(0..6) {
        0 => pattern.push_str(".*"),
        1 => pattern.insert_str(0, ".*"),
        _ => {}
    }
    pattern
}

fn number(random: &mut Rng) -> String {
    let mut number = || match random.u8(0..3) {
        0 => (f64::from(random.i32(-8..40)) / 4.0).to_string(),
        _ => random.i32(-3..12).to_string(),
    };
    let (a, b) = (number(), number());
    match random.u8(0..7) {
        0 => escape(&a, false),
        1 => format!("\"{a}\""),
        2 => format!("{}{a}", one(random, &[">", ">=", "<", "<="])),
        3 => format!("[* TO {b}{}", one(random, &["]", "}"])),
        4 => format!("{}{a} TO *]", one(random, &["[", "{"])),
        _ => format!("{}{a} TO {b}{}", one(random, &["[", "{"]), one(random, &["]", "}"])),
    }
}

/// A text as a term; with more escapes than needed if asked for.
fn escape(text: &str, generous: bool) -> String {
    let mut escaped = String::new();
    for (at, c) in text.chars().enumerate() {
        let always = " \t!():^[]\"{}~*?\\/".contains(c) || (at == 0 && "+-".contains(c));
        let operator = at == 0 && ["AND", "OR", "NOT", "&&", "||"].contains(&text);
        if generous && c.is_ascii_alphanumeric() && at % 3 == 2 {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            continue;
        }
        if always || operator || (generous && "+-&|.'".contains(c)) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

const PIECES: [&str; 58] = [
    "AND",
    "OR",
    "NOT",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "(",
    ")",
    ":",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "~",
    "^",
    "*",
    "?",
    "\\",
    "/",
    " ",
    " ",
    " ",
    "TO",
    "type",
    "falco",
    "root",
    "n",
    "5",
    "message",
    "shell",
    "_exists_",
    ">",
    "=",
    "<",
    "\t",
    "\u{3000}",
    "é",
    "漢",
    "😀",
    "\\u0041",
    "\\u",
    "\\\\",
    ".",
    "1.5",
    "type:falco",
    "n:5",
    " TO ",
    "\0",
    "&",
    "/a|s/",
    "user:/",
    "{2}",
    "s.*/",
    "|",
    "\\/",
];

fn broken(random: &mut Rng, query: &str) -> String {
    let mut letters: Vec<char> = query.chars().collect();
    for _ in 0..random.usize(1..=3) {
        let at = random.usize(0..=letters.len());
        match random.u8(0..5) {
            0 if at < letters.len() => {
                letters.remove(at);
            }
            1 => letters.truncate(at),
            2 if at < letters.len() => {
                let other = random.usize(0..letters.len());
                letters.swap(at, other);
            }
            _ => {
                let piece = one(random, &PIECES);
                letters.splice(at..at, piece.chars());
            }
        }
    }
    letters.into_iter().collect()
}

fn heap(random: &mut Rng) -> String {
    if random.u8(0..12) == 0 {
        return text(random, 6);
    }
    let count = random.usize(1..10);
    (0..count).map(|_| one(random, &PIECES)).collect()
}
