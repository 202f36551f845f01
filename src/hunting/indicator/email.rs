//! E-mail addresses: what one is made of.

use crate::hunting::indicator::account;
use crate::hunting::indicator::domain::{self, Domain};
use crate::hunting::indicator::network::address;
use crate::hunting::indicator::word::{self, Boundaries};

/// An e-mail address. Many are the names of accounts as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Email {
    /// What stands before the `@`, in lower case.
    pub(super) name: String,
    /// What stands behind it.
    pub(super) domain: Domain,
}

impl Email {
    /// Reads an address.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (name, domain) = text.rsplit_once('@')?;
        is_email(text).then(|| Self { name: name.to_lowercase(), domain: Domain::read(domain) })
    }

    /// Each form once.
    pub(super) fn forms(&self) -> impl Iterator<Item = String> {
        self.domain.forms().map(|domain| format!("{}@{domain}", self.name))
    }

    /// Whether a text in lower case holds it: as it is, or as the account of a
    /// Windows domain.
    pub(super) fn is_in(&self, text: &str, boundaries: Boundaries) -> bool {
        self.forms().any(|form| word::holds(text, &form, boundaries))
            || account::holds_with_domain_before(text, &self.name, &self.domain.ascii)
    }

    /// Whether two values are its name and its domain.
    pub(super) fn is_pair(&self, name: &str, domain: &str) -> bool {
        let domain = Domain::read(domain.trim());
        name.trim().to_lowercase() == self.name && account::is_same_domain(&domain.ascii, &self.domain.ascii)
    }
}

/// Whether a text can be an e-mail address: of a domain, or of an address in
/// brackets.
pub(super) fn is_email(text: &str) -> bool {
    let plain =
        |c: char| !c.is_whitespace() && !matches!(c, '\\' | '/' | '"' | '<' | '>' | '@' | ',' | ';' | ':' | '|');
    text.rsplit_once('@').is_some_and(|(name, domain)| {
        let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        !name.is_empty()
            && name.chars().all(plain)
            && (domain::is_domain(domain) || literal.is_some_and(|literal| address(literal).is_some()))
    })
}
