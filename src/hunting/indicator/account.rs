//! The names of accounts, with and without a domain: `jdoe`, `CORP\jdoe`,
//! `jdoe@corp.example`. Must not know fields.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::word::{self, Boundaries};

/// Authorities of Windows whose names have a space.
const AUTHORITIES: &[&str] = &["nt authority", "nt service", "window manager", "font driver host", "iis apppool"];

/// The name of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// As it is written, in lower case.
    whole: String,
    /// The name alone, in lower case.
    pub(super) name: String,
    /// Its domain, in lower case, if it is written with one: by its short name
    /// or by that of DNS.
    pub(super) domain: Option<String>,
}

impl Account {
    /// Reads a name.
    pub(super) fn read(text: &str) -> Self {
        let lower = text.to_lowercase();
        let (domain, name) = match (lower.split_once('\\'), lower.rsplit_once('@')) {
            (Some((domain, name)), _) => (domain, name.trim_start_matches('\\')),
            (None, Some((name, domain))) => (domain, name),
            (None, None) => ("", lower.as_str()),
        };
        // `.\jdoe` is an account of the computer itself.
        let domain = Some(domain).filter(|domain| !matches!(*domain, "" | "."));
        if name.is_empty() || name.contains(['\\', '@']) {
            return Self { name: lower.clone(), domain: None, whole: lower };
        }
        Self { name: name.to_owned(), domain: domain.map(str::to_owned), whole: lower.clone() }
    }

    /// Whether a text in lower case holds it. A name alone is held with any
    /// domain; one with a domain, if the domain is written too.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let boundaries = Boundaries::of(IndicatorKind::User);
        let Some(domain) = &self.domain else { return word::holds(text, &self.name, boundaries) };
        text.trim() == self.whole
            || holds_with_domain_before(text, &self.name, domain)
            || word::surroundings(text, &self.name).any(|(before, behind)| {
                let behind = behind.strip_prefix('@').map(first_name);
                boundaries.end(before) && behind.is_some_and(|found| is_same_domain(found, domain))
            })
    }

    /// Whether it is the account that two values name: its name, perhaps with
    /// its domain, and its domain.
    pub(super) fn is_pair(&self, name: &str, domain: &str) -> bool {
        let found = Self::read(name.trim());
        let domain = found.domain.unwrap_or_else(|| domain.trim().to_lowercase());
        found.name == self.name && self.domain.as_ref().is_none_or(|wanted| is_same_domain(&domain, wanted))
    }
}

/// Whether a text in lower case holds `domain\name`, or `domain/name`.
pub(super) fn holds_with_domain_before(text: &str, name: &str, domain: &str) -> bool {
    let boundaries = Boundaries::of(IndicatorKind::User);
    word::surroundings(text, name).any(|(before, behind)| {
        let Some(before) = before.strip_suffix(['\\', '/']) else { return false };
        let before = before.trim_end_matches('\\');
        // A name with a space in it can be compared only as a whole.
        let has_space = domain.contains(' ') && before.ends_with(domain);
        boundaries.begin(behind) && (has_space || is_same_domain(last_name(before), domain))
    })
}

/// Whether two names are of one domain: the same, or the short name of one and
/// the name of DNS of the other, which begins with it as a rule.
pub(super) fn is_same_domain(one: &str, other: &str) -> bool {
    let short = |name: &str, long: &str| {
        !name.is_empty() && !name.contains('.') && long.split_once('.').is_some_and(|(first, _)| first == name)
    };
    !one.is_empty() && (one == other || short(one, other) || short(other, one))
}

/// The short name of a domain.
pub(super) fn short_domain(domain: &str) -> &str {
    domain.split_once('.').map_or(domain, |(first, _)| first)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn first_name(text: &str) -> &str {
    let end = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches('.')
}

fn last_name(text: &str) -> &str {
    text.rsplit(|c| !is_of_name(c)).next().unwrap_or_default()
}

/// Whether a text is the name of an account with its Windows domain, beyond
/// doubt.
pub(super) fn is_account(text: &str) -> bool {
    let Some((domain, name)) = text.split_once('\\') else { return false };
    let plain = |c: char| !c.is_whitespace() && !r#"\/"[]:;|=,+*?<>()^{}"#.contains(c);
    let is_authority = AUTHORITIES.iter().any(|known| domain.eq_ignore_ascii_case(known));
    let is_name = |text: &str| !text.is_empty() && text.chars().all(plain);
    is_name(name) && (is_authority || is_name(domain))
        || is_authority && !name.is_empty() && name.chars().all(|c| c == ' ' || plain(c))
}
