//! Domain names: what one is made of, and its Unicode and punycode forms.

use crate::hunting::indicator::word::{self, Boundaries};
use idna::punycode;

/// What a label in punycode begins with. (RFC 5890, section 2.3.2.1.)
const PREFIX: &str = "xn--";

/// A domain name, in the forms that logs have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domain {
    /// In lower case and punycode.
    pub(super) ascii: String,
    /// In lower case and Unicode; the same where it needs no punycode.
    pub(super) unicode: String,
}

impl Domain {
    /// Reads a name, with or without a final dot.
    pub(super) fn read(text: &str) -> Self {
        let lower = text.strip_suffix('.').unwrap_or(text).to_lowercase();
        let each = |form: fn(&str) -> String| lower.split('.').map(form).collect::<Vec<_>>().join(".");
        Self { ascii: each(to_ascii), unicode: each(to_unicode) }
    }

    /// Each form once.
    pub(super) fn forms(&self) -> impl Iterator<Item = &str> {
        let other = (self.unicode != self.ascii).then_some(self.unicode.as_str());
        std::iter::once(self.ascii.as_str()).chain(other)
    }

    /// Whether a text in lower case holds it as a whole word.
    pub(super) fn is_in(&self, text: &str, boundaries: Boundaries) -> bool {
        self.forms().any(|form| word::holds(text, form, boundaries))
    }
}

fn to_ascii(label: &str) -> String {
    if label.is_ascii() {
        return label.to_owned();
    }
    punycode::encode_str(label).map_or_else(|| label.to_owned(), |encoded| format!("{PREFIX}{encoded}"))
}

fn to_unicode(label: &str) -> String {
    label.strip_prefix(PREFIX).and_then(punycode::decode_to_string).unwrap_or_else(|| label.to_owned())
}

/// Whether a text can be a domain name in a log. Underscores are not allowed
/// by the standard, but occur.
pub(super) fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || is_beyond_ascii(c) || matches!(c, '-' | '_');
    let label = |label: &&str| !label.is_empty() && label.len() <= 63 && label.chars().all(plain);
    let top = labels.last().is_some_and(|top| top.chars().any(|c| c.is_ascii_alphabetic() || is_beyond_ascii(c)));
    text.len() <= 253 && labels.len() >= 2 && top && labels.iter().all(label)
}

/// Whether a text is a domain name beyond doubt: its last label can be that of
/// a country or the like, and none begins with a hyphen.
pub(super) fn is_plain_domain(text: &str) -> bool {
    let top = text.rsplit('.').next().unwrap_or_default();
    let is_top = top.chars().count() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic() || is_beyond_ascii(c));
    is_domain(text)
        && (is_top || top.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)))
        && !text.split('.').any(|label| label.starts_with('-'))
}

/// Letters, accents and signs beyond ASCII: all but punctuation and spaces.
fn is_beyond_ascii(c: char) -> bool {
    let is_punctuation = matches!(c, '\u{80}'..='\u{b6}' | '\u{b8}'..='\u{bf}' | '\u{2000}'..='\u{200b}'
        | '\u{200e}'..='\u{206f}' | '\u{2190}'..='\u{23ff}' | '\u{3000}'..='\u{3020}' | '\u{fe50}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff0f}' | '\u{fff0}'..='\u{ffff}');
    !c.is_ascii() && !is_punctuation && !c.is_whitespace() && !c.is_control()
}
