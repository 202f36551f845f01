//! An error of the contract, as a Rust error: with a text for people, and what a program may do about it.

use std::fmt;
use std::time::Duration;

use super::{Error, ServerError};

/// What a component answered in place of a result. The case says what to do about it; the text says what was tried and what
/// to change. No text holds a token.
///
/// ```
/// use logzio_soar_host::contract::{ContractError, Error};
///
/// let error = ContractError::from(Error::RateLimited(Some(1_500)));
/// assert_eq!(error.case(), "rate-limited");
/// assert!(error.is_transient());
/// assert_eq!(error.to_string(), "Logz.io limits the rate of requests: try again in 2 s");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ContractError(Error);

impl ContractError {
    /// The error, to match its case and to take its parts.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0
    }

    /// The same, by value.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.0
    }

    /// The name of the case in the contract.
    #[must_use]
    pub fn case(&self) -> &'static str {
        match self.0 {
            Error::InvalidConnection(_) => "invalid-connection",
            Error::InvalidArgument(_) => "invalid-argument",
            Error::Unauthorized(_) => "unauthorized",
            Error::WrongRegion(_) => "wrong-region",
            Error::WrongAccount(_) => "wrong-account",
            Error::QueryRejected(_) => "query-rejected",
            Error::RateLimited(_) => "rate-limited",
            Error::TimedOut(_) => "timed-out",
            Error::Unreachable(_) => "unreachable",
            Error::Server(_) => "server",
            Error::MalformedResponse(_) => "malformed-response",
        }
    }

    /// Whether the same call may work in a while.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self.0,
            Error::RateLimited(_)
                | Error::TimedOut(_)
                | Error::Unreachable(_)
                | Error::Server(_)
                | Error::MalformedResponse(_)
        )
    }

    /// How long Logz.io asks to wait before the next call.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0 {
            Error::RateLimited(wait) => wait.map(|ms| Duration::from_millis(ms.into())),
            _ => None,
        }
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            // The component's own words say what was tried and what to change.
            Error::InvalidConnection(text)
            | Error::InvalidArgument(text)
            | Error::Unauthorized(text)
            | Error::WrongRegion(text)
            | Error::WrongAccount(text)
            | Error::QueryRejected(text)
            | Error::TimedOut(text)
            | Error::Unreachable(text)
            | Error::MalformedResponse(text) => f.write_str(text),
            Error::RateLimited(Some(ms)) => {
                let seconds = u64::from(*ms).div_ceil(1_000);
                write!(f, "Logz.io limits the rate of requests: try again in {seconds} s")
            }
            Error::RateLimited(None) => f.write_str("Logz.io limits the rate of requests: try again in a minute"),
            Error::Server(ServerError { status, message }) => {
                write!(f, "Logz.io failed with status {status}: {message}")
            }
        }
    }
}

impl std::error::Error for ContractError {}

impl From<Error> for ContractError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<ContractError> for Error {
    fn from(error: ContractError) -> Self {
        error.0
    }
}
