//! The values of some fields of a log, in the forms that indicators are
//! compared with. Must not know which indicator is looked for.

use crate::hunting::indicator::network;
use crate::hunting::indicator::url::{self, ENCODED_SPACE};
use std::net::IpAddr;

/// The values of some fields of a log, read once for many indicators.
#[derive(Debug, Default)]
pub struct Values {
    /// In lower case.
    texts: Vec<String>,
    /// Those that read differently where each doubled backslash is one, and
    /// none stands before a slash or a quotation mark.
    names: Vec<String>,
    /// Those that read differently without the escapes of JSON, or without
    /// percent-encoding.
    decoded: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Values {
    /// Values of one log, in any order.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self { texts: values.into_iter().map(str::to_lowercase).collect(), ..Self::default() };
        for text in &all.texts {
            all.addresses.extend(network::addresses_in(text));
            if text.contains('\\') {
                let name = without_escapes(text, false);
                let plain = without_escapes(text, true);
                all.names.extend((name != *text).then_some(name));
                all.decoded.extend((plain != *text).then_some(plain));
            }
        }
        let encoded = |text: &&String| text.contains('%');
        let decoded = all.texts.iter().chain(&all.decoded).filter(encoded).map(|text| decoded(text));
        let decoded: Vec<String> = decoded.collect();
        all.decoded.extend(decoded);
        let more: Vec<IpAddr> = all.decoded.iter().flat_map(|text| network::addresses_in(text)).collect();
        all.addresses.extend(more);
        all
    }

    /// The values in lower case, as the log has them.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }

    /// The values in lower case, for names: what an escape of JSON stands for
    /// may be a part of a path by itself, such as `\n`.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().chain(&self.names).map(String::as_str)
    }

    /// The values in lower case, as they are, and decoded.
    pub(super) fn decoded(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().chain(&self.decoded).map(String::as_str)
    }

    /// Every address in the values.
    pub(super) fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }
}

/// A text without percent-encoding, in lower case. A space stays apart from
/// those that end a URL.
fn decoded(text: &str) -> String {
    let (space, mut bytes) = ("%20", [0; 4]);
    url::decoded(&text.replace(space, ENCODED_SPACE.encode_utf8(&mut bytes))).to_lowercase()
}

/// A text in lower case without the escapes of JSON: those of backslashes,
/// slashes and quotation marks, or `all` of them.
fn without_escapes(text: &str, all: bool) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        result.push_str(before);
        let mut characters = behind.chars();
        let escaped = characters.next();
        rest = characters.as_str();
        match escaped {
            Some(c @ ('\\' | '/' | '"')) => result.push(c),
            Some('n' | 'r' | 't') if all => result.push(' '),
            Some('u') if all => match code_unit(rest) {
                Some((c, behind)) => {
                    result.extend(c.to_lowercase());
                    rest = behind;
                }
                None => result.push_str("\\u"),
            },
            Some(c) => result.extend(['\\', c]),
            None => result.push('\\'),
        }
    }
    result.push_str(rest);
    result
}

/// The character of four hexadecimal digits. Halves of a pair are none.
fn code_unit(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some((c, rest))
}
