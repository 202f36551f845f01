//! Why a command failed: the message, the exit code, and whether a retry may help.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use logzio_soar_accounts::{AccountError, AccountsError, TokenError, TokenErrorKind};
use logzio_soar_host::RunnerError;
use logzio_soar_host::contract::{ContractError, Error};

use crate::output::say;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for is not possible.
    Usage(String),
    /// What the component answered.
    Contract(ContractError),
    /// What the sandbox stopped.
    Runner(RunnerError),
    /// A file, or the output.
    File(String),
    /// The reader of the output closed it.
    OutputClosed,
    /// Something was found to be wrong, and has been written.
    Found,
    /// Some accounts failed, and each failure has been written: the exit code of the first.
    Accounts(u8),
    /// Ctrl-C.
    Interrupted,
}

impl Failure {
    pub(crate) fn file(what: &str, file: &Path, error: &io::Error) -> Self {
        Self::File(format!("{what} {}: {error}", file.display()))
    }

    /// Whether the same call may work in a while.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Contract(error) => error.is_transient(),
            Self::Runner(RunnerError::DeadlineExceeded { .. }) => true,
            _ => false,
        }
    }

    /// How long Logz.io asks to wait.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Contract(error) => error.retry_after(),
            _ => None,
        }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Found => 1,
            Self::Accounts(code) => *code,
            Self::Usage(_) | Self::Runner(RunnerError::Network(_)) => 2,
            Self::Contract(error) => match error.error() {
                Error::InvalidConnection(_) | Error::InvalidArgument(_) | Error::QueryRejected(_) => 2,
                Error::Unauthorized(_) | Error::WrongRegion(_) | Error::WrongAccount(_) => 3,
                Error::RateLimited(_) | Error::TimedOut(_) | Error::Unreachable(_) => 4,
                Error::Server(_) | Error::MalformedResponse(_) => 5,
            },
            Self::Runner(RunnerError::Read { .. } | RunnerError::CaFile { .. }) | Self::File(_) => 7,
            Self::Runner(_) => 6,
            Self::Interrupted => 130,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The message for people; none if everything has been reported.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Self::OutputClosed | Self::Found | Self::Accounts(_) | Self::Interrupted => None,
            Self::Usage(text) | Self::File(text) => Some(text.clone()),
            Self::Contract(error) => Some(error.to_string()),
            Self::Runner(error) => Some(error.to_string()),
        }
    }

    pub(crate) fn report(&self) {
        if let Some(message) = self.message() {
            say("error", &message);
        }
    }
}

impl From<RunnerError> for Failure {
    fn from(error: RunnerError) -> Self {
        Self::Runner(error)
    }
}

impl From<ContractError> for Failure {
    fn from(error: ContractError) -> Self {
        Self::Contract(error)
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error.kind() {
            TokenErrorKind::Unusable => Self::Usage(error.to_string()),
            _ => Self::File(error.to_string()),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error.kind() {
            TokenErrorKind::Missing | TokenErrorKind::Unusable => Self::Usage(error.to_string()),
            _ => Self::File(error.to_string()),
        }
    }
}

impl From<AccountsError> for Failure {
    fn from(error: AccountsError) -> Self {
        match &error {
            AccountsError::Read { source, .. } if source.kind() != io::ErrorKind::NotFound => {
                Self::File(error.to_string())
            }
            AccountsError::Write { .. } => Self::File(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

/// An error while writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::File(format!("the output could not be written: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logzio_soar_host::contract::ServerError;

    #[test]
    fn every_error_of_the_contract_has_its_exit_code() {
        let text = || "why".to_owned();
        for (error, code, transient) in [
            (Error::InvalidConnection(text()), 2, false),
            (Error::InvalidArgument(text()), 2, false),
            (Error::QueryRejected(text()), 2, false),
            (Error::Unauthorized(text()), 3, false),
            (Error::WrongRegion(text()), 3, false),
            (Error::WrongAccount(text()), 3, false),
            (Error::RateLimited(Some(1_500)), 4, true),
            (Error::TimedOut(text()), 4, true),
            (Error::Unreachable(text()), 4, true),
            (Error::Server(ServerError { status: 500, message: text() }), 5, true),
            (Error::MalformedResponse(text()), 5, true),
        ] {
            let failure = Failure::from(ContractError::from(error));
            assert_eq!((failure.code(), failure.is_transient()), (code, transient), "{failure:?}");
        }
    }

    #[test]
    fn a_trap_is_not_worth_another_try() {
        let trap = RunnerError::Trap { message: String::new(), stderr: String::new() };
        let failure = Failure::from(trap);
        assert_eq!((failure.code(), failure.is_transient()), (6, false));
        let late = RunnerError::DeadlineExceeded { limit: Duration::ZERO };
        assert!(Failure::from(late).is_transient());
    }

    #[test]
    fn a_closed_pipe_is_silent() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.code(), failure.message()), (0, None));
    }

    #[test]
    fn a_rate_limit_says_how_long() {
        let failure = Failure::from(ContractError::from(Error::RateLimited(Some(1_500))));
        assert_eq!(failure.wait(), Some(Duration::from_millis(1_500)));
        assert!(failure.message().unwrap().ends_with("try again in 2 s"));
    }
}
