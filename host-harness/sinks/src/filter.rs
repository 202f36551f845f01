//! Which incidents a sink takes.

use crate::document::Keys;
use crate::envelope::{Envelope, Severity};

/// Which incidents a sink takes: those that every condition holds for. An empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The names of accounts.
    accounts: Vec<String>,
    severities: Vec<Severity>,
    /// Parts of names of rules.
    rules: Vec<String>,
    /// Tags, in any letter case.
    tags: Vec<String>,
}

impl Filter {
    pub(crate) fn read(keys: &mut Keys<'_>) -> Self {
        let names: Vec<_> = Severity::ALL.iter().map(|severity| (severity.name(), *severity)).collect();
        Self {
            accounts: keys.texts("accounts").unwrap_or_default(),
            severities: keys.choices("severities", &names).unwrap_or_default(),
            rules: keys.texts("rules").unwrap_or_default(),
            tags: keys.texts("tags").unwrap_or_default().iter().map(|tag| tag.to_lowercase()).collect(),
        }
    }

    pub(crate) fn takes(&self, Envelope { account, incident, .. }: &Envelope) -> bool {
        (self.accounts.is_empty() || self.accounts.contains(account))
            && (self.severities.is_empty() || self.severities.contains(&incident.severity))
            && (self.rules.is_empty() || self.rules.iter().any(|part| incident.name.contains(part.as_str())))
            && (self.tags.is_empty() || incident.tags.iter().any(|tag| self.tags.contains(&tag.to_lowercase())))
    }
}
