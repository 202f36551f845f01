//! What is to be done, and where. It knows no contestant's way of doing it.

use serde::{Deserialize, Serialize};

/// Who does the jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contestant {
    /// The component in the runner.
    Component,
    /// Its core, without a sandbox.
    Core,
    /// `requests` and `json`, with the same requests.
    Python,
}

impl Contestant {
    pub(crate) const ALL: [Self; 3] = [Self::Component, Self::Core, Self::Python];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Core => "core",
            Self::Python => "python",
        }
    }
}

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// Fifty incidents of one page.
    Fetch,
    /// A fetch that finds nothing new.
    IdleFetch,
    /// Ten thousand logs of 200 bytes.
    SmallLogs,
    /// Ten thousand logs of 1 KB.
    Logs,
    /// A hunt of 100 indicators over 10 000 logs that match.
    Hunt,
    /// A call that asks Logz.io nothing.
    Describe,
    /// The component compiled, without a cache.
    Compile,
}

/// Where a job is done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) security_token: String,
    pub(crate) operations_token: String,
    /// The start of the range of time that holds the data, RFC 3339.
    pub(crate) since: String,
    /// How often the job is done, besides once before.
    pub(crate) times: u32,
    /// A query that finds the logs, in Lucene syntax.
    pub(crate) lucene: String,
    pub(crate) indicators: Vec<String>,
}

impl Job {
    pub(crate) const ALL: [Self; 7] =
        [Self::Fetch, Self::IdleFetch, Self::SmallLogs, Self::Logs, Self::Hunt, Self::Describe, Self::Compile];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::IdleFetch => "idle-fetch",
            Self::SmallLogs => "small-logs",
            Self::Logs => "logs",
            Self::Hunt => "hunt",
            Self::Describe => "describe",
            Self::Compile => "compile",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Fetch => "fetch of 50 incidents",
            Self::IdleFetch => "fetch of nothing new",
            Self::SmallLogs => "search of 10 000 logs of 200 B",
            Self::Logs => "search of 10 000 logs of 1 KB",
            Self::Hunt => "hunt of 100 indicators over 10 000 logs",
            Self::Describe => "an instance and a call without requests",
            Self::Compile => "compiling, without a cache",
        }
    }

    /// Whether a contestant can do it.
    pub(crate) fn is_for(self, contestant: Contestant) -> bool {
        match self {
            Self::Fetch | Self::IdleFetch | Self::SmallLogs | Self::Logs => true,
            Self::Hunt => contestant != Contestant::Python,
            Self::Describe | Self::Compile => contestant == Contestant::Component,
        }
    }

    /// How often it is done in a round: for about as long each.
    pub(crate) fn times(self) -> u32 {
        match self {
            Self::Fetch => 100,
            Self::IdleFetch => 300,
            Self::SmallLogs => 6,
            Self::Logs => 3,
            Self::Hunt => 2,
            Self::Describe => 2_000,
            Self::Compile => 1,
        }
    }
}
