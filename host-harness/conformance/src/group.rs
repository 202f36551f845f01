//! The groups of cases.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A group of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// What the component exports, imports and says of itself.
    Contract,
    /// `incidents`.
    Incidents,
    /// `logs`.
    Logs,
    /// `hunting`.
    Hunting,
    /// `diagnostics`.
    Diagnostics,
    /// Every case of `types.error`.
    Errors,
    /// A network and a server that fail.
    Faults,
    /// What the component must not reach.
    Capabilities,
    /// That no token gets anywhere but to Logz.io.
    Secrets,
    /// The ranges of arguments, and the time budget.
    Limits,
}

impl Group {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 10] = [
        Self::Contract,
        Self::Incidents,
        Self::Logs,
        Self::Hunting,
        Self::Diagnostics,
        Self::Errors,
        Self::Faults,
        Self::Capabilities,
        Self::Secrets,
        Self::Limits,
    ];

    /// The name, as in `--only`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Incidents => "incidents",
            Self::Logs => "logs",
            Self::Hunting => "hunting",
            Self::Diagnostics => "diagnostics",
            Self::Errors => "errors",
            Self::Faults => "faults",
            Self::Capabilities => "capabilities",
            Self::Secrets => "secrets",
            Self::Limits => "limits",
        }
    }

    /// The group of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == name)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
