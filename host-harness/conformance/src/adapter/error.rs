//! Why there is no answer of an adapter.

use std::fmt;
use std::time::Duration;

/// Why there is no answer of an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdapterError {
    /// The command could not be started.
    Start(String),
    /// The process ended, or closed its output, before it answered.
    Ended(String),
    /// It did not answer in time, and was killed.
    Late {
        /// How long it was given.
        deadline: Duration,
    },
    /// It wrote something that is no answer, and was killed.
    Garbled(String),
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(why) => write!(f, "the adapter could not be started: {why}: check the command"),
            Self::Ended(how) => {
                write!(f, "the adapter {how} without an answer: see what it wrote to its standard error")
            }
            Self::Late { deadline } => {
                let seconds = deadline.as_secs_f64();
                write!(f, "the adapter did not answer within {seconds:.1} s and was killed: find out what it waits for")
            }
            Self::Garbled(why) => {
                write!(f, "the adapter wrote what is no answer, {why}: only answers belong on its standard output")
            }
        }
    }
}

impl std::error::Error for AdapterError {}
