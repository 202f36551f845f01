//! Why a poll failed, by what can be done about it.

use std::fmt;
use std::time::Duration;

use logzio_soar_accounts::AccountError;
use logzio_soar_host::RunnerError;
use logzio_soar_host::contract::ContractError;

use crate::state::{OtherAccount, StateError};

/// Why a poll failed. The text ends with the remedy, and holds no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollFailure {
    outcome: &'static str,
    why: String,
    after: Option<Duration>,
    is_of_state: bool,
}

impl PollFailure {
    /// A name for metrics: a case of the contract, `token`, `other-account`, `state` or `sandbox`.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        self.outcome
    }

    /// How long Logz.io asks to wait.
    #[must_use]
    pub fn after(&self) -> Option<Duration> {
        self.after
    }

    /// Whether the state is to blame, and not the account.
    pub(super) fn is_of_state(&self) -> bool {
        self.is_of_state
    }

    fn new(outcome: &'static str, why: String) -> Self {
        Self { outcome, why, after: None, is_of_state: false }
    }

    pub(super) fn panicked() -> Self {
        Self::new("sandbox", "the poll ended in an unexpected way: report it".into())
    }

    pub(crate) fn other_account(name: &str, other: &OtherAccount) -> Self {
        let why = match other {
            OtherAccount::Endpoint(endpoint) => format!(
                "the state has {name} at {endpoint}, and its cursor is of no use elsewhere: give the account another name, or \
                 begin anew with `logzio-soar state reset --account {name}`"
            ),
            OtherAccount::Token => format!(
                "the state has {name} with another token, maybe of another account: if this is a new token of the same \
                 account, run `logzio-soar state accept-token {name}`; else give the account another name"
            ),
        };
        Self::new("other-account", why)
    }
}

impl From<AccountError> for PollFailure {
    fn from(error: AccountError) -> Self {
        Self::new("token", error.to_string())
    }
}

impl From<ContractError> for PollFailure {
    fn from(error: ContractError) -> Self {
        Self { after: error.retry_after(), ..Self::new(error.case(), error.to_string()) }
    }
}

impl From<RunnerError> for PollFailure {
    fn from(error: RunnerError) -> Self {
        Self::new("sandbox", format!("{error}; if it goes on, run another version of the component"))
    }
}

impl From<StateError> for PollFailure {
    fn from(error: StateError) -> Self {
        Self { is_of_state: true, ..Self::new("state", error.to_string()) }
    }
}

impl fmt::Display for PollFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for PollFailure {}
