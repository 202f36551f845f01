//! Indicators of compromise: what a person wrote, read as a kind; how logs write
//! it; and whether values of a log hold it. Must not know the syntax of a
//! query, a field of a log, or how a search is sent.
//!
//! What others use is [`Indicator`] and [`Values`]. The modules stand in layers,
//! and each uses those below only:
//!
//! ```text
//! mod                    Indicator
//! matching, pattern      whether a log holds it; patterns to ask for
//! spelling               words to ask for
//! values, parsed         the values of a log; the value of an indicator
//! kind                   which kind a value is
//! unsupported, refang, wrapping
//!                        what is no indicator; a value as people copy it
//! email, url             values that hold others
//! account, computer, domain, file_name, registry_key
//!                        what a value of a kind is made of
//! word, network, character
//!                        leaves
//! ```

mod account;
mod character;
mod computer;
mod domain;
mod email;
mod file_name;
mod kind;
mod matching;
mod network;
mod parsed;
mod pattern;
mod refang;
mod registry_key;
mod spelling;
mod unsupported;
mod url;
mod values;
mod word;
mod wrapping;

pub use network::{address, network};
pub use pattern::Piece;
pub use spelling::Spelling;
pub use url::Url;
pub use values::Values;
pub use word::Boundaries;

use crate::contract::IndicatorKind;
use crate::hunting::kinds;
use domain::is_plain_domain;
use ipnet::IpNet;
use parsed::Parsed;
use std::net::IpAddr;

/// The longest value, in bytes.
pub const LONGEST: usize = 2_048;
/// What the lines of a `hosts` file begin with that block a domain.
const NOWHERE: &[&str] = &["0.0.0.0", "127.0.0.1", "::", "::1"];

/// An indicator that can be looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// What it is.
    pub kind: IndicatorKind,
    /// Its value, as it is looked for.
    pub value: String,
    parsed: Parsed,
}

impl Indicator {
    /// Reads what a person wrote, with its kind if they named one.
    ///
    /// # Errors
    /// Why it cannot be looked for, and what to change.
    pub fn read(written: &str, kind: Option<IndicatorKind>) -> Result<Self, String> {
        let written = written.trim();
        if written.is_empty() {
            return Err("it is empty: leave it out".into());
        }
        if written.len() > LONGEST {
            return Err(format!("it is {} bytes long: shorten it to {LONGEST}", written.len()));
        }
        let is_name = kind.is_some_and(is_name);
        let visible = wrapping::visible(written, is_name)?;
        let text = if is_name { wrapping::unquoted(&visible) } else { wrapping::unwrapped(&visible) };
        if text.is_empty() {
            return Err("it holds nothing but punctuation or characters that are not seen: leave it out".into());
        }
        match kind {
            Some(kind) if is_name => Self::of_kind(text.to_owned(), kind),
            Some(kind) => {
                let text = wrapping::label(text).filter(|(label, _)| *label == kind).map_or(text, |(_, text)| text);
                let text = if kind == IndicatorKind::Email { mailbox(text).unwrap_or(text) } else { text };
                Self::of_kind(refang::refanged(wrapping::unwrapped(text)), kind)
            }
            None => Self::recognise(text),
        }
    }

    /// Reads a value whose kind nobody named.
    fn recognise(text: &str) -> Result<Self, String> {
        if let Some((label, target)) = wrapping::markdown_link(text) {
            return Self::of_link(label, target);
        }
        if let Some((kind, value)) = wrapping::label(text) {
            return Self::labelled(kind, value);
        }
        let text = blocked(text).unwrap_or(text);
        if let Some(address) = mailbox(text) {
            return Self::of_kind(refang::refanged(&url::decoded(address)), IndicatorKind::Email);
        }
        let text = filtered(text)?.unwrap_or(text);
        if let Some(why) = unsupported::reason(text) {
            return Err(why);
        }
        let value = if kind::is_name(text) { refang::refanged_name(text) } else { refang::refanged(text) };
        let kind = kind::recognise(&value)?;
        Self::of_kind(value, kind)
    }

    /// Reads a value behind a label. The label of a hash or a name decides;
    /// any other helps where the value cannot be recognised.
    fn labelled(kind: IndicatorKind, value: &str) -> Result<Self, String> {
        use IndicatorKind as K;
        let may_be_other = matches!(kind, K::Ip | K::Cidr | K::Domain | K::Url | K::Email);
        let recognised = if may_be_other { Self::read(value, None) } else { Self::read(value, Some(kind)) };
        recognised.or_else(|why| if may_be_other { Self::read(value, Some(kind)).map_err(|_| why) } else { Err(why) })
    }

    /// Reads a link of Markdown. Its text is shown, its target is where it
    /// goes: they have to be the same.
    fn of_link(text: &str, target: &str) -> Result<Self, String> {
        let target = Self::read(target, None)?;
        match Self::read(text, None) {
            Ok(text) if text.identity() == target.identity() => Ok(target),
            Ok(text) if target.url_host().is_some_and(|host| host.identity() == text.identity()) => Ok(text),
            Ok(_) => Err("the text of the link is another place than its target: pass the right one by itself".into()),
            Err(_) => Ok(target),
        }
    }

    fn of_kind(value: String, kind: IndicatorKind) -> Result<Self, String> {
        let (parsed, value) = Parsed::read(value, kind)?;
        Ok(Self { kind, value, parsed })
    }

    /// What tells it from others: the same for all forms of one.
    #[must_use]
    pub fn identity(&self) -> (IndicatorKind, String) {
        let text = match &self.parsed {
            Parsed::Domain(domain) => domain.ascii.clone(),
            Parsed::Url(url) => url.identity(),
            _ => self.value.to_lowercase(),
        };
        (self.kind, text)
    }

    /// Whether its value is recognised wherever it stands. Of others, such as the name of a user, only the field says what
    /// it is.
    #[must_use]
    pub fn has_a_form(&self) -> bool {
        use IndicatorKind as K;
        // A file by its path, or with an extension.
        kinds::has_a_form(self.kind)
            || matches!(self.kind, K::FileName | K::Process) && recognise(&self.value) == Some(K::FileName)
    }

    /// The network, if it is one or an address.
    #[must_use]
    pub fn network(&self) -> Option<IpNet> {
        match self.parsed {
            Parsed::Address(address) => Some(address.into()),
            Parsed::Network(network) => Some(network),
            _ => None,
        }
    }

    /// The parts of a URL, if it is one: a log may have its host and its path
    /// in two fields.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        match &self.parsed {
            Parsed::Url(url) => Some(url),
            _ => None,
        }
    }

    /// The host of a URL as an indicator of its own: an address or a domain.
    #[must_use]
    pub fn url_host(&self) -> Option<Self> {
        let host = self.url()?.host();
        let kind = if host.parse::<IpAddr>().is_ok() { IndicatorKind::Ip } else { IndicatorKind::Domain };
        Self::of_kind(host, kind).ok()
    }

    /// The name and the domain of an account, in lower case, if it is one that
    /// is written with its domain: a log may have them in two fields. The
    /// domain may be its short name or that of DNS.
    #[must_use]
    pub fn account(&self) -> Option<(&str, &str)> {
        match &self.parsed {
            Parsed::Account(account) => Some((&account.name, account.domain.as_deref()?)),
            Parsed::Email(email) => Some((&email.name, &email.domain.ascii)),
            _ => None,
        }
    }

    /// The ways in which a longer value holds it as a word, each in its parts;
    /// none for a port. Whatever [`Self::is_in`] finds is written in one of
    /// them, within the [`Boundaries`] of its kind, and hardly anything else.
    #[must_use]
    pub fn patterns(&self) -> Vec<Vec<Piece>> {
        pattern::patterns(&self.parsed)
    }

    /// The spellings to ask for word by word, each once. A field that is not
    /// analysed is compared letter by letter, so the usual letter cases are
    /// among them.
    #[must_use]
    pub fn spellings(&self) -> Vec<Spelling> {
        spelling::spellings(&self.value, &self.parsed)
    }

    /// Whether every value that one of the spellings finds holds it. If not,
    /// the query may match neighbouring addresses.
    #[must_use]
    pub fn spellings_are_exact(&self) -> bool {
        spelling::are_exact(&self.parsed)
    }

    /// Whether one of the values holds it: an address or a port by its value,
    /// anything else as a whole word, in any of its forms.
    #[must_use]
    pub fn is_in(&self, values: &Values) -> bool {
        matching::is_in(&self.parsed, self.kind, values)
    }

    /// Whether two values of one log are its two parts: the host and the path
    /// of a URL, or the name and the domain of an account. Always false for
    /// other kinds.
    #[must_use]
    pub fn is_pair(&self, first: &str, second: &str) -> bool {
        matching::is_pair(&self.parsed, first, second)
    }
}

/// The kind of a value of a log, where it can be recognised. It is not turned
/// back: logs are not defanged.
#[must_use]
pub fn recognise(value: &str) -> Option<IndicatorKind> {
    kind::recognise(value).ok()
}

/// Whether values of a kind are names, which may hold anything: what looks
/// defanged in one may be its own.
fn is_name(kind: IndicatorKind) -> bool {
    use IndicatorKind as K;
    matches!(kind, K::Host | K::User | K::Process | K::FileName | K::RegistryKey)
}

/// The domain of a line of a `hosts` file that blocks it.
fn blocked(line: &str) -> Option<&str> {
    let (address, rest) = line.split_once(char::is_whitespace)?;
    let name = rest.split('#').next()?.trim();
    (NOWHERE.contains(&address) && is_plain_domain(name)).then_some(name)
}

/// The address that a `mailto:` names, without its subject and the like.
fn mailbox(text: &str) -> Option<&str> {
    let start = ["mailto:", "mailto[:]", "mailto(:)"];
    let rest = start.iter().find_map(|start| {
        text.get(..start.len()).filter(|beginning| beginning.eq_ignore_ascii_case(start))?;
        text.get(start.len()..)
    })?;
    Some(rest.trim_start_matches('/').split('?').next().unwrap_or_default())
}

/// The domain of a rule of a content blocker, such as `||evil.example^`.
fn filtered(rule: &str) -> Result<Option<&str>, String> {
    let Some(rest) = rule.strip_prefix("||") else {
        let is_exception = rule.starts_with("@@||");
        return if is_exception {
            Err("it is an exception of a content blocker: leave it out".into())
        } else {
            Ok(None)
        };
    };
    let (name, options) = rest.split_once('^').unwrap_or((rest, ""));
    let is_whole = is_plain_domain(name) && (options.is_empty() || options.starts_with('$'));
    if is_whole { Ok(Some(name)) } else { Err("it is a rule of a content blocker: write the domain alone".into()) }
}

#[cfg(test)]
mod tests;
