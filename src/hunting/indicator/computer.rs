//! The names of computers, with and without their domain.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::word::{self, Boundaries};

/// The name of a computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Computer {
    /// The whole name, in lower case.
    pub(super) name: String,
}

impl Computer {
    /// Reads a name: also `CORP\web-01`, and `WEB-01$` as of its account.
    pub(super) fn read(text: &str) -> Self {
        let name = text.rsplit('\\').next().unwrap_or(text).trim_end_matches(['$', '.']);
        Self { name: if name.is_empty() { text.to_lowercase() } else { name.to_lowercase() } }
    }

    /// The name without its domain; none if it has none.
    pub(super) fn short(&self) -> Option<&str> {
        let (first, _) = self.name.split_once('.')?;
        // The first number of an address is no name.
        Some(first).filter(|first| first.chars().any(char::is_alphabetic))
    }

    /// Whether a text in lower case holds it. A name alone is held with any
    /// domain. One with a domain is held by a whole value without one, too.
    pub(super) fn is_in(&self, text: &str) -> bool {
        word::holds(text, &self.name, Boundaries::of(IndicatorKind::Host))
            || self.short().is_some_and(|short| Self::read(text.trim()).name == short)
    }
}
