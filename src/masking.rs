//! Overwrites tokens in texts, in every form in which a server may send them back. Knows nothing of what a text means; of
//! JSON it knows how a character can be written in a string.
//!
//! A token is found as it is, in Base64 (standard and URL-safe, alone and within something longer) and in hexadecimal
//! digits. In each of these forms, any of the characters may be written as a JSON escape (`\u0073`, `\/`), also one that
//! was escaped again, or percent-encoded (`%73`). Only the bytes of the token are overwritten: JSON stays JSON, and
//! everything else stays as it was, byte for byte.
//!
//! Answers of many megabytes are searched, so a search has to be fast where there is nothing to find:
//! 1. Forms that are written plainly are searched with the algorithm of Wu and Manber, which looks at every thirtieth byte
//!    or so: at the last two bytes of a window, and at how far from the end of a form those two can be.
//! 2. A form with an escaped character has a backslash or a percent sign. At each of these the character is decoded, and
//!    only if it is one of a token is the text around it compared.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::ops::Range;

/// A shorter token is searched for only as it is: what encodes so little turns up by chance.
const SHORTEST_ENCODED: usize = 8;
/// The size of the table of distances: a power of two.
const TABLE: usize = 1 << 12;

/// Finds tokens and overwrites them with `*`.
pub struct Mask {
    /// What is searched for, the longest first.
    forms: Vec<Vec<u8>>,
    /// The length of the shortest form.
    window: usize,
    /// By the hash of two bytes that follow each other: how far a window that ends with them can move on.
    distances: Vec<u8>,
    /// The bytes that occur in a form.
    bytes: [bool; 256],
}

impl Mask {
    /// A mask for these tokens. Empty ones are left out.
    pub fn new<'t>(tokens: impl IntoIterator<Item = &'t str>) -> Self {
        let mut forms: Vec<Vec<u8>> = tokens.into_iter().flat_map(forms_of).collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        // A longer window moves no further than a byte can say.
        let window = forms.last().map_or(0, Vec::len).min(usize::from(u8::MAX));
        let mut mask = Self { forms, window, distances: vec![0; TABLE], bytes: [false; 256] };
        mask.prepare();
        mask
    }

    fn prepare(&mut self) {
        // Two bytes that are in no window end at best where a window's second byte is.
        let furthest = self.window.saturating_sub(1);
        self.distances.fill(u8::try_from(furthest).unwrap_or(u8::MAX));
        for form in &self.forms {
            for (index, pair) in form.iter().zip(form.iter().skip(1)).take(furthest).enumerate() {
                if let Some(distance) = self.distances.get_mut(place(*pair.0, *pair.1)) {
                    *distance = (*distance).min(u8::try_from(furthest - 1 - index).unwrap_or(u8::MAX));
                }
            }
            for byte in form {
                if let Some(occurs) = self.bytes.get_mut(usize::from(*byte)) {
                    *occurs = true;
                }
            }
        }
    }

    /// Overwrites tokens in place. UTF-8 stays UTF-8. Whether there were any.
    pub fn overwrite(&self, text: &mut [u8]) -> bool {
        let spans = self.find(text);
        for span in &spans {
            if let Some(token) = text.get_mut(span.clone()) {
                token.fill(b'*');
            }
        }
        !spans.is_empty()
    }

    /// The text without tokens; none if it holds none. A token that was cut, before `…`, counts.
    #[must_use]
    pub fn masked(&self, text: &str) -> Option<String> {
        let mut bytes = text.as_bytes().to_vec();
        let cut = self.find_cut(text);
        let found = self.overwrite(&mut bytes) || !cut.is_empty();
        for span in cut {
            if let Some(token) = bytes.get_mut(span) {
                token.fill(b'*');
            }
        }
        found.then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The text without tokens, whole or cut.
    #[must_use]
    pub fn without_tokens(&self, text: String) -> String {
        self.masked(&text).unwrap_or(text)
    }

    /// Finds the beginnings of tokens that were cut.
    fn find_cut(&self, text: &str) -> Vec<Range<usize>> {
        let ends = text.match_indices('…').map(|(at, _)| text.get(..at).unwrap_or_default().trim_end_matches('"'));
        let of_form = |before: &str, form: &[u8]| {
            let lengths = SHORTEST_ENCODED..form.len();
            let length = lengths
                .rev()
                .find(|length| form.get(..*length).is_some_and(|beginning| before.as_bytes().ends_with(beginning)))?;
            Some(before.len() - length..before.len())
        };
        ends.flat_map(|before| self.forms.iter().filter_map(move |form| of_form(before, form))).collect()
    }

    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        if !self.forms.is_empty() {
            self.find_plain(text, &mut spans);
            self.find_escaped(text, &mut spans);
        }
        spans
    }

    /// Finds forms that are written without an escape.
    fn find_plain(&self, text: &[u8], spans: &mut Vec<Range<usize>>) {
        let mut end = self.window;
        while end <= text.len() {
            let distance = match text.get(end.saturating_sub(2)..end) {
                Some(&[first, second]) => self.distances.get(place(first, second)).copied().unwrap_or_default(),
                _ => 0,
            };
            if distance > 0 {
                end += usize::from(distance);
                continue;
            }
            let start = end - self.window;
            let rest = text.get(start..).unwrap_or_default();
            if let Some(form) = self.forms.iter().find(|form| rest.starts_with(form)) {
                spans.push(whole_escapes(text, start)..start + form.len());
            }
            // Forms may overlap.
            end += 1;
        }
    }

    /// Finds forms of which at least one character is escaped.
    fn find_escaped(&self, text: &[u8], spans: &mut Vec<Range<usize>>) {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| memchr::memchr2(b'\\', b'%', rest)) {
            let at = from + at;
            from = after_backslashes(text, at).max(at + 1);
            let escaped = [json_character(text, at), percent_encoded(text, at)].into_iter().flatten();
            for (byte, end) in escaped.filter(|(_, end)| *end > at + 1) {
                if self.bytes.get(usize::from(byte)) == Some(&true) {
                    spans.extend(self.forms.iter().filter_map(|form| around(text, at, byte, end, form)));
                }
            }
        }
    }
}

/// A form around an escaped character, the first of it that is escaped: plain before, in any way behind.
fn around(text: &[u8], at: usize, byte: u8, end: usize, form: &[u8]) -> Option<Range<usize>> {
    let places = form.iter().enumerate().filter(|(_, known)| **known == byte).map(|(index, _)| index);
    places.into_iter().find_map(|index| {
        let (before, behind) = (form.get(..index)?, form.get(index + 1..)?);
        let start = at.checked_sub(index)?;
        if text.get(start..at)? != before {
            return None;
        }
        let end = behind.iter().try_fold(end, |at, byte| written(text, at, *byte))?;
        Some(whole_escapes(text, start)..end)
    })
}

/// The end of a character that stands at a place, written in any way; none if another one stands there.
fn written(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    let read = [percent_encoded(text, at), json_character(text, at)];
    read.into_iter().flatten().find(|(found, _)| *found == byte).map(|(_, end)| end)
}

/// The character at a place of a JSON string, and its end: plain, `\/`, `\"` or `\u0073`. An escape that was escaped again,
/// as in JSON that is a text of JSON, has more backslashes.
fn json_character(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let behind = after_backslashes(text, at);
    let byte = *text.get(behind)?;
    match byte {
        _ if behind == at => Some((byte, at + 1)),
        b'/' | b'"' => Some((byte, behind + 1)),
        b'u' => match text.get(behind + 1..behind + 5)? {
            &[b'0', b'0', high, low] => Some((hex_digit(high)? << 4 | hex_digit(low)?, behind + 5)),
            _ => None,
        },
        _ => None,
    }
}

/// A character as `%73`, any part of which may be a JSON escape, and its end.
fn percent_encoded(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let (b'%', at) = json_character(text, at)? else { return None };
    let (high, at) = json_character(text, at)?;
    let (low, at) = json_character(text, at)?;
    Some((hex_digit(high)? << 4 | hex_digit(low)?, at))
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn after_backslashes(text: &[u8], at: usize) -> usize {
    let run = text.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b'\\').count();
    at + run
}

/// The start of a token, or of the escape that it would cut in two, as the `\` of `\n` where a token begins with `n`.
fn whole_escapes(text: &[u8], start: usize) -> usize {
    let is_escape = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    };
    if text.get(start) == Some(&b'\\') {
        return start;
    }
    if is_escape(start) {
        return start - 1;
    }
    let cut = (1..=4).filter_map(|digits| start.checked_sub(digits)).find(|at| {
        text.get(*at) == Some(&b'u')
            && is_escape(*at)
            && text.get(at + 1..start).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    cut.map_or(start, |at| at - 1)
}

/// Where two bytes stand in the table.
fn place(first: u8, second: u8) -> usize {
    (usize::from(first) << 5 ^ usize::from(second)) & (TABLE - 1)
}

/// What a token may look like, apart from escapes.
fn forms_of(token: &str) -> Vec<Vec<u8>> {
    let token = token.as_bytes();
    if token.is_empty() {
        return Vec::new();
    }
    let mut forms = vec![token.to_vec()];
    if token.len() >= SHORTEST_ENCODED {
        let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
        forms.push(hex.to_ascii_uppercase().into_bytes());
        forms.push(hex.into_bytes());
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.push(engine.encode(token).into_bytes());
            // Within something longer, it begins at any of the three bytes that four characters stand for: the characters
            // that hold bits of other bytes are left out.
            for before in 0..3 {
                let longer = [vec![0; before].as_slice(), token].concat();
                let encoded = engine.encode(&longer).into_bytes();
                let own = (before * 8).div_ceil(6)..longer.len() * 8 / 6;
                forms.extend(encoded.get(own).map(<[u8]>::to_vec));
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "8ae7b1a0-5c3d-4f2e-9b6a-d1c0e2f4a597";
    const OTHER: &str = "n0-other/token+of=another-account";

    fn mask() -> Mask {
        Mask::new([TOKEN, OTHER])
    }

    /// A token with each character written in the way that its turn says.
    fn spelt(token: &str, ways: &[fn(char) -> String]) -> String {
        token.chars().zip(ways.iter().cycle()).map(|(c, way)| way(c)).collect()
    }

    const PLAIN: fn(char) -> String = |c| c.to_string();
    const ESCAPED: fn(char) -> String = |c| format!("\\u{:04x}", u32::from(c));
    const UPPER: fn(char) -> String = |c| format!("\\u{:04X}", u32::from(c));
    const TWICE: fn(char) -> String = |c| format!("\\\\u{:04x}", u32::from(c));
    const PERCENT: fn(char) -> String = |c| format!("%{:02x}", u32::from(c));
    const BOTH: fn(char) -> String = |c| format!("\\u0025{:02X}", u32::from(c));
    const SLASHED: fn(char) -> String = |c| if c == '/' { "\\/".into() } else { c.into() };

    /// Every way in which a token is written here.
    fn spellings(token: &str) -> Vec<String> {
        let mut all = vec![
            spelt(token, &[PLAIN]),
            spelt(token, &[ESCAPED]),
            spelt(token, &[UPPER]),
            spelt(token, &[TWICE]),
            spelt(token, &[PERCENT]),
            spelt(token, &[BOTH]),
            spelt(token, &[SLASHED]),
            spelt(token, &[PLAIN, ESCAPED]),
            spelt(token, &[ESCAPED, PLAIN, PERCENT, BOTH, SLASHED]),
            spelt(token, &[PLAIN, PLAIN, PLAIN, TWICE]),
        ];
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(token);
            all.push(spelt(&encoded, &[ESCAPED]));
            all.push(spelt(&encoded, &[SLASHED]));
            all.push(spelt(&encoded, &[PERCENT, PLAIN]));
            all.push(encoded);
        }
        all.push(token.bytes().map(|byte| format!("{byte:02x}")).collect());
        all.push(token.bytes().map(|byte| format!("{byte:02X}")).collect());
        all
    }

    #[test]
    fn a_token_is_overwritten_in_every_form_and_nothing_else_is() {
        for token in [TOKEN, OTHER] {
            for spelling in spellings(token) {
                for (before, behind) in [("", ""), ("{\"a\":\"", "\"}"), ("==", "=="), ("\\n ", "\\\\"), ("%", "%2")] {
                    let text = format!("{before}{spelling}{behind}");
                    let stars = "*".repeat(spelling.len());
                    assert_eq!(mask().masked(&text), Some(format!("{before}{stars}{behind}")), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_token_within_longer_base64_is_overwritten() {
        for before in 0..4 {
            for behind in 0..4 {
                let text = format!("{}{TOKEN}{}", "a".repeat(before), "z".repeat(behind));
                let encoded = STANDARD_NO_PAD.encode(&text);
                let masked = mask().masked(&encoded).unwrap();
                // At most two characters at each end hold bits of the token and of others.
                let left = masked.trim_matches(|c: char| c != '*').len();
                assert!(left >= TOKEN.len() * 8 / 6 - 1, "{before} {behind}: {masked}");
            }
        }
    }

    #[test]
    fn json_stays_json_where_a_token_begins_within_an_escape() {
        for (token, text) in [
            ("n8ae7b1a0", r#""\n8ae7b1a0""#),
            ("n8ae7b1a0", r#""\\n8ae7b1a0""#),
            ("u00738ae7b1a0", r#""\u00738ae7b1a0""#),
            ("738ae7b1a0x", r#""\u00738ae7b1a0x""#),
            ("38ae7b1a0x", r#""\u00738ae7b1a0x""#),
            ("00738ae7b1a0x", r#""\u00738ae7b1a0x""#),
        ] {
            let masked = Mask::new([token]).masked(text).unwrap();
            let read: String = serde_json::from_str(&masked).unwrap();
            assert!(read.ends_with("********"), "{text}: {masked}");
        }
    }

    #[test]
    fn tokens_that_overlap_are_both_overwritten() {
        let mask = Mask::new(["0123456789", "6789abcdef"]);
        assert_eq!(mask.masked("x0123456789abcdefx").as_deref(), Some("x****************x"));
        assert_eq!(mask.masked("01234567890123456789").as_deref(), Some("********************"));
    }

    #[test]
    fn what_is_no_token_stays() {
        let almost = spellings(TOKEN).into_iter().map(|text| text.chars().skip(1).collect::<String>());
        let mut texts: Vec<String> = almost.collect();
        texts.extend(
            ["", "\\", "%", "\\u", "\\u00", "%3", "\\u0025", "\\u00253", "\\\\\\", "100 %38%61"].map(str::to_owned),
        );
        texts.push(TOKEN.replace('-', "_"));
        texts.push(TOKEN.to_uppercase());
        for text in texts {
            let found = mask().masked(&text);
            assert!(found.is_none() || text.len() > 40, "{text}: {found:?}");
        }
    }

    #[test]
    fn short_tokens_and_none_are_no_trouble() {
        assert_eq!(Mask::new([]).masked("anything"), None);
        assert_eq!(Mask::new([""]).masked("anything"), None);
        assert_eq!(Mask::new(["t"]).masked("anything").as_deref(), Some("any*hing"));
        assert_eq!(Mask::new(["s-1"]).masked("(s-1)").as_deref(), Some("(***)"));
        assert_eq!(Mask::new(["\u{e9}t\u{e9}"]).masked("l'\u{e9}t\u{e9}").as_deref(), Some("l'*****"));
        let long = "x".repeat(600);
        assert_eq!(Mask::new([long.as_str()]).masked(&long), Some("*".repeat(600)));
    }

    #[test]
    fn what_is_left_of_a_token_that_was_cut_is_overwritten() {
        for length in [8, 20, 35] {
            for (before, behind) in [("", "… is no time"), ("the URL \"https://", "\"… has no host")] {
                let stars = "*".repeat(length);
                let text = format!("{before}{}{behind}", &TOKEN[..length]);
                assert_eq!(mask().masked(&text), Some(format!("{before}{stars}{behind}")));
            }
        }
        assert_eq!(mask().masked(&format!("{} …", &TOKEN[..20])), None);
        assert_eq!(mask().masked("… and so on…"), None);
    }

    /// Against a search that is so slow that it cannot be wrong.
    #[test]
    fn every_place_is_found() {
        let mut random = 7_u64;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(random >> 40).unwrap() % below
        };
        let mask = mask();
        for _ in 0..2_000 {
            let mut text = String::new();
            let mut expected = String::new();
            for _ in 0..next(6) {
                let filler: String = (0..next(50)).map(|_| ["0", "8", "a", "-", "e", "\\\"", "\\n"][next(7)]).collect();
                text += &filler;
                expected += &filler;
                let token = [TOKEN, OTHER][next(2)];
                let all = spellings(token);
                let spelling = &all[next(all.len())];
                text += spelling;
                expected += &"*".repeat(spelling.len());
            }
            assert_eq!(mask.without_tokens(text.clone()), expected, "{text}");
        }
    }
}
