//! The endpoints by name: their methods and paths.
//!
//! Must not know what an endpoint accepts or answers.

use std::fmt;

use http::Method;

/// The endpoints that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET /v2/whoami`
    Whoami,
    /// `GET /v1/associated-accounts`
    Accounts,
    /// `POST /v2/security/rules/events/search`
    Events,
    /// `POST /v2/security/rules/events/logs/search`
    EventLogs,
    /// `POST /v1/search`
    Search,
    /// `POST /v1/scroll`
    Scroll,
    /// `GET /v1/account/log-types`
    LogTypes,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Whoami, Self::Accounts, Self::Events, Self::EventLogs, Self::Search, Self::Scroll, Self::LogTypes];

    /// The name in a fault plan's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whoami => "whoami",
            Self::Accounts => "accounts",
            Self::Events => "events",
            Self::EventLogs => "event-logs",
            Self::Search => "search",
            Self::Scroll => "scroll",
            Self::LogTypes => "log-types",
        }
    }

    /// The path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Whoami => "/v2/whoami",
            Self::Accounts => "/v1/associated-accounts",
            Self::Events => "/v2/security/rules/events/search",
            Self::EventLogs => "/v2/security/rules/events/logs/search",
            Self::Search => "/v1/search",
            Self::Scroll => "/v1/scroll",
            Self::LogTypes => "/v1/account/log-types",
        }
    }

    /// The method that it takes.
    pub fn method(self) -> Method {
        match self {
            Self::Whoami | Self::Accounts | Self::LogTypes => Method::GET,
            Self::Events | Self::EventLogs | Self::Search | Self::Scroll => Method::POST,
        }
    }

    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.path() == path)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
