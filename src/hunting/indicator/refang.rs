//! Reading back what was defanged, so that nobody clicks on it:
//! `hxxps[:]//evil[.]example`, `name (at) evil dot example`. Must not know
//! kinds of indicators.
//!
//! 1. A scheme is read through all brackets and spaces in it.
//! 2. Up to the first slash, a dot, an `@` or a word for one is read with
//!    whatever brackets and spaces stand around it, on one side or on both.
//! 3. Behind it, and in paths and names, only what stands in a pair of
//!    brackets is read: these may hold brackets of their own.

use crate::hunting::indicator::character::{closes, opens};
use crate::hunting::indicator::url::{decoded, is_scheme};

/// Words for a dot. Those but the first are read in brackets only.
const DOTS: &[&str] = &["dot", "punto", "punkt", "point", "ponto", "period", "d0t"];
/// Words for an at sign. Those but the first are read in brackets only.
const ATS: &[&str] = &["at", "arroba", "\u{e4}t", "a t"];
/// A dot or an at sign as a URL may encode it.
const ENCODED: &[(&str, &str)] = &[("%2e", "."), ("%40", "@")];
/// Signs as HTML may write them.
const ENTITIES: &[(&str, &str)] = &[
    ("&#46;", "."),
    ("&#x2e;", "."),
    ("&#x2E;", "."),
    ("&period;", "."),
    ("&#64;", "@"),
    ("&#x40;", "@"),
    ("&commat;", "@"),
    ("&#58;", ":"),
    ("&#x3a;", ":"),
    ("&#x3A;", ":"),
    ("&colon;", ":"),
    ("&#47;", "/"),
    ("&#x2f;", "/"),
    ("&#x2F;", "/"),
    ("&sol;", "/"),
];
/// Signs that are read in a pair of brackets, and what they stand for.
const BRACKETED: &[(&str, &str)] = &[
    ("://", "://"),
    (":/", ":/"),
    ("//", "//"),
    ("\\\\", "//"),
    ("::", "::"),
    (".", "."),
    (",", "."),
    ("@", "@"),
    (":", ":"),
    ("/", "/"),
    ("-", "-"),
    ("_", "_"),
];

/// Turns a defanged address, domain or URL back.
pub(super) fn refanged(text: &str) -> String {
    let is_encoded = !text.contains("://") && text.to_ascii_lowercase().contains("%3a%2f%2f");
    let text = if is_encoded { decoded(text) } else { text.to_owned() };
    // As JSON may write a slash.
    let text = text.replace("\\/", "/");
    let text = ENTITIES.iter().fold(text, |text, (entity, sign)| text.replace(entity, sign));
    match Scheme::split(&text) {
        Some((scheme, rest)) => {
            let rest = if scheme.has_backslashes { rest.replace('\\', "/") } else { rest.to_owned() };
            let (host, path) = split_path(&rest);
            format!("{}://{}{}", scheme.name, plain_host(host), path)
        }
        None => {
            let (host, path) = split_path(&text);
            format!("{}{path}", plain_host(host))
        }
    }
}

/// Turns back what stands in a pair of brackets only: for paths and names.
pub(super) fn refanged_name(text: &str) -> String {
    Reader::new(text, false).read()
}

/// The beginning of a URL.
struct Scheme {
    /// The name that a defanged one stands for.
    name: String,
    /// Its slashes were written as backslashes.
    has_backslashes: bool,
}

impl Scheme {
    /// Splits a text behind its scheme, however that is defanged.
    fn split(text: &str) -> Option<(Self, &str)> {
        Self::split_as(text, "").or_else(|| Self::split_as(text, "_"))
    }

    /// `more` are signs that a defanged name may have besides the usual ones.
    fn split_as<'t>(text: &'t str, more: &str) -> Option<(Self, &'t str)> {
        let mut name = String::new();
        let mut rest = text;
        // The name, with brackets around or within it.
        for c in text.chars() {
            let behind = rest.get(c.len_utf8()..)?;
            if c.is_ascii_alphanumeric() || "*#+-!$".contains(c) || more.contains(c) {
                name.push(c.to_ascii_lowercase());
            } else if !(closes(c) || opens(c) && behind.starts_with(|c: char| c.is_ascii_alphanumeric())) {
                break;
            }
            rest = behind;
        }
        let (separator, rest) = separator(rest);
        let slashes = separator.matches(['/', '\\']).count();
        let has_colon = separator.starts_with([':', ';']);
        let known = known_scheme(&name);
        let is_one = match known {
            // `http:www.evil.example`.
            Some(_) if has_colon && slashes == 0 && !separator.contains('_') => {
                rest.contains(['.', ':']) && rest.starts_with(|c: char| c.is_alphanumeric() || c == '[')
            }
            Some(_) => has_colon || slashes >= 2 || separator.starts_with("__"),
            None => has_colon && slashes >= 2 && name.len() >= 2 && is_scheme(&name) && !separator.contains('_'),
        };
        let name = known.map_or(name, str::to_owned);
        // The path of a file begins with a slash.
        let extra = slashes.saturating_sub(2);
        let rest = if known.is_none() && extra > 0 { text.get(text.len() - rest.len() - extra..)? } else { rest };
        is_one.then(|| (Self { name, has_backslashes: separator.contains('\\') }, rest))
    }
}

/// The signs between a scheme and a host, without the brackets and spaces
/// around them, and what follows.
fn separator(text: &str) -> (String, &str) {
    let mut signs = String::new();
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if matches!(c, ':' | ';' | '/' | '\\' | '_' | '|') {
            signs.push(c);
        } else if opens(c) {
            // `[:][/][/]`, but not the bracket of an address.
            let next = text.get(at + 1..).and_then(|rest| rest.trim_start().chars().next());
            let is_sign = matches!(next, Some('/' | '\\')) || matches!(next, Some(':' | ';')) && signs.is_empty();
            if !is_sign {
                break;
            }
        } else if !closes(c) && c != ' ' {
            break;
        }
        end = at + c.len_utf8();
    }
    (signs, text.get(end..).unwrap_or_default())
}

/// What a scheme stands for, if it is one of the web or of FTP, defanged or
/// not: `hxxp`, `hXXps`, `h**p`, `hxtp`, `h00p`, `meow`, `xxxx`, `ftx`.
fn known_scheme(name: &str) -> Option<&'static str> {
    let is_filler =
        |text: &str, signs: &[u8]| (1..=4).contains(&text.len()) && text.bytes().all(|b| signs.contains(&b));
    let (stem, is_secure) = match name.strip_suffix('s').or_else(|| name.strip_suffix('5')) {
        Some(stem) => (stem, true),
        // `httpx` has its last letter defanged.
        None => match name.strip_suffix("px") {
            Some(_) => (name.strip_suffix('x')?, true),
            None => (name, false),
        },
    };
    let is_http = matches!(stem, "meow" | "ttp" | "hpp")
        || stem.len() >= 3 && stem.bytes().all(|b| b == b'x')
        || stem
            .strip_prefix('h')
            .and_then(|rest| rest.strip_suffix('p'))
            .is_some_and(|middle| is_filler(middle, b"htxz0*_#+-!$"));
    let is_ftp = |stem: &str| {
        let middle = stem.strip_prefix('f').and_then(|rest| rest.strip_suffix(['p', 'x']));
        middle.is_some_and(|middle| middle.len() <= 2 && is_filler(middle, b"tx*_#"))
    };
    match (is_http, is_secure) {
        (true, true) => Some("https"),
        (true, false) => Some("http"),
        _ if stem.strip_prefix('s').is_some_and(is_ftp) => Some("sftp"),
        _ if is_ftp(stem) || is_ftp(name) => {
            Some(if is_secure && is_ftp(stem) && !is_ftp(name) { "ftps" } else { "ftp" })
        }
        _ => None,
    }
}

/// A host, and what follows from the first slash or question mark. Brackets
/// and spaces around that are left out; in what follows, signs in a pair of
/// brackets are read.
fn split_path(text: &str) -> (&str, String) {
    let Some(at) = text.find(['/', '?', '#']) else { return (text, String::new()) };
    let (host, path) = text.split_at(at);
    let bare = host.trim_end_matches(|c| opens(c) || c == ' ');
    let (first, rest) = path.split_at(1);
    let rest = if bare.len() < host.len() { rest.trim_start_matches(|c| closes(c) || c == ' ') } else { rest };
    (bare, refanged_name(&format!("{first}{rest}")))
}

/// A host, or a text without a path, turned back.
fn plain_host(text: &str) -> String {
    let octets = |separator: char| {
        let octets: Vec<&str> = text.split(separator).map(str::trim).collect();
        (octets.len() == 4 && octets.iter().all(|octet| octet.parse::<u8>().is_ok())).then(|| octets.join("."))
    };
    // `203,0,113,9`, `203. 0. 113. 9`.
    if let Some(address) = octets(',').or_else(|| octets('.')) {
        return address;
    }
    without_brackets(Reader::new(text.trim(), true).read())
}

/// A host without the brackets around its labels, unless they are those of an
/// address.
fn without_brackets(text: String) -> String {
    let is_address = text.contains("@[") || text.matches(':').count() >= 2;
    if is_address || !text.contains(|c| opens(c) || closes(c)) {
        return text;
    }
    let characters: Vec<char> = text.chars().collect();
    let is_edge = |c: Option<&char>| c.is_none_or(|c| matches!(c, '.' | '@' | ':') || opens(*c) || closes(*c));
    let mut result = String::with_capacity(text.len());
    for (at, c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let is_outer = opens(*c) && is_edge(before) || closes(*c) && is_edge(characters.get(at + 1));
        if !is_outer {
            result.push(*c);
        }
    }
    result
}

/// Reads a text from left to right.
struct Reader<'t> {
    text: &'t str,
    /// Reads signs with brackets or spaces on one side only, too.
    is_loose: bool,
    /// A dot of it is defanged, so that an `at` by itself is one as well.
    has_defanged_dot: bool,
}

/// A part of a text that is read.
enum Part {
    /// What a defanged sign stands for.
    Sign(&'static str),
    /// A character as it is.
    Plain(char),
}

/// What stands before or behind a sign.
struct Around {
    openers: usize,
    closers: usize,
    escapes: usize,
    spaces: usize,
    /// `-` or `_`, directly beside the sign.
    hyphen: Option<char>,
    /// How long it is, in bytes.
    length: usize,
}

impl Around {
    /// What may stand before or behind a sign.
    fn read(text: &str, may_escape: bool) -> Self {
        let mut around = Self { openers: 0, closers: 0, escapes: 0, spaces: 0, hyphen: None, length: 0 };
        for c in text.chars() {
            match c {
                c if opens(c) => around.openers += 1,
                c if closes(c) => around.closers += 1,
                ' ' => around.spaces += 1,
                '\\' | '^' | '~' if may_escape => around.escapes += 1,
                '-' | '_' if around.hyphen.is_none() => around.hyphen = Some(c),
                _ => break,
            }
            around.length += c.len_utf8();
        }
        around
    }

    fn brackets(&self) -> usize {
        self.openers + self.closers
    }
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, is_loose: bool) -> Self {
        let mut reader = Self { text, is_loose, has_defanged_dot: false };
        reader.has_defanged_dot = is_loose && reader.parts().any(|part| matches!(part, Part::Sign(".")));
        reader
    }

    fn read(&self) -> String {
        let mut result = String::with_capacity(self.text.len());
        for part in self.parts() {
            match part {
                Part::Sign(sign) => result.push_str(sign),
                Part::Plain(c) => result.push(c),
            }
        }
        result
    }

    fn parts(&self) -> impl Iterator<Item = Part> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let c = self.text.get(at..)?.chars().next()?;
            let (part, length) = match self.sign(at) {
                Some((sign, length)) => (Part::Sign(sign), length),
                None => (Part::Plain(c), c.len_utf8()),
            };
            at += length;
            Some(part)
        })
    }

    /// The sign that a defanged one at a place stands for, and the length of
    /// that with all that stands around it.
    fn sign(&self, at: usize) -> Option<(&'static str, usize)> {
        let rest = self.text.get(at..)?;
        if self.is_loose { self.loose(at, rest).or_else(|| pair(rest)) } else { pair(rest) }
    }

    fn loose(&self, at: usize, rest: &str) -> Option<(&'static str, usize)> {
        let encoded = ENCODED.iter().find(|(text, _)| starts_with(rest, text));
        if let Some((text, sign)) = encoded {
            return Some((sign, text.len()));
        }
        let before = Around::read(rest, true);
        let inner = rest.get(before.length..)?;
        let previous = self.text.get(..at).and_then(|text| text.chars().next_back());
        if let Some(behind) = inner.strip_prefix('.') {
            let after = Around::read(behind, false);
            let is_one = before.brackets() + before.escapes + after.brackets() > 0 || before.spaces > 0;
            let is_within = before.hyphen.is_none() && after.hyphen.is_none();
            return (is_one && is_within && after.length < behind.len() && previous.is_some())
                .then_some((".", before.length + 1 + after.length));
        }
        if let Some(behind) = inner.strip_prefix('@') {
            let after = Around::read(behind, false);
            // The bracket of an address behind it stays.
            let is_one = before.openers + before.spaces + after.closers + after.spaces > 0;
            let is_literal = after.openers > 0;
            return (is_one && !is_literal && before.closers == 0 && before.escapes == 0 && after.hyphen.is_none())
                .then_some(("@", before.length + 1 + after.length));
        }
        self.word(rest, &before, inner, previous)
    }

    /// A word for a dot or an at sign, by itself or between hyphens.
    fn word(&self, rest: &str, before: &Around, inner: &str, previous: Option<char>) -> Option<(&'static str, usize)> {
        let has_dot = self.text.contains('.');
        for (words, sign) in [(DOTS, "."), (ATS, "@")] {
            let Some(word) = words.iter().find(|word| starts_with(inner, word)) else { continue };
            let written = inner.get(..word.len())?;
            let behind = inner.get(word.len()..)?;
            let after = Around::read(behind, false);
            let is_first = words.first() == Some(word);
            let is_upper = written.chars().all(|c| c.is_uppercase());
            let in_brackets = before.openers > 0 && after.closers > 0 && before.closers + after.openers == 0;
            let in_spaces = before.spaces > 0 && after.spaces > 0;
            let in_hyphens = before.hyphen.is_some() && before.hyphen == after.hyphen;
            let is_low = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            let is_glued = is_upper && before.length + after.length == 0;
            let is_glued = is_glued && is_low(previous) && is_low(behind.chars().next()) && !has_dot;
            let by_itself = in_spaces && (sign == "." || is_upper || self.has_defanged_dot);
            let between = in_hyphens && (before.spaces > 0 || !has_dot && (sign == "." || self.has_defanged_dot));
            let is_one = previous.is_some()
                && after.length < behind.len()
                && before.escapes == 0
                && (in_brackets
                    || is_first && before.brackets() + after.brackets() == 0 && (by_itself || between || is_glued));
            if is_one {
                return Some((sign, rest.len() - behind.len() + after.length));
            }
        }
        None
    }
}

/// A sign or a word in a pair of brackets.
fn pair(rest: &str) -> Option<(&'static str, usize)> {
    let inner = rest.trim_start_matches(opens);
    if inner.len() == rest.len() {
        return None;
    }
    let inner = inner.trim_start_matches(' ');
    let words = DOTS.iter().map(|word| (*word, ".")).chain(ATS.iter().map(|word| (*word, "@")));
    BRACKETED.iter().copied().chain(words).find_map(|(text, sign)| {
        let behind = inner.get(text.len()..).filter(|_| starts_with(inner, text))?.trim_start_matches(' ');
        let end = behind.trim_start_matches(closes);
        (end.len() < behind.len()).then_some((sign, rest.len() - end.len()))
    })
}

/// Whether a text begins with another, in any letter case of ASCII.
fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
}
