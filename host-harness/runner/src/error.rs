//! Why a runner could not get an answer out of a component. Errors of the contract are answers, and not in here.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use logzio_soar_network::NetworkError;

/// Why the runner stopped, or could not start, a component. No text holds a token.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunnerError {
    /// A component's file could not be read.
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a component, is not of this contract, or asks for more of its host than the contract allows.
    Load(String),
    /// The component lacks something of the contract, so its functions cannot be called with the contract's types. Says
    /// what is missing first.
    Incomplete(String),
    /// The HTTP client could not be set up: the address of the proxy cannot be used, or TLS cannot.
    Network(String),
    /// A file of certificates could not be read, or holds none that can be used.
    CaFile {
        /// The file.
        file: PathBuf,
        /// What is wrong with it. Quotes nothing from the file.
        why: String,
    },
    /// The component trapped: it is faulty, or was stopped at something that it may not do.
    Trap {
        /// What wasmtime says.
        message: String,
        /// What the component wrote to its standard error in this call, cut to 64 KiB.
        stderr: String,
    },
    /// The call took longer than its time budget and the grace period together.
    DeadlineExceeded {
        /// How long it was allowed to take.
        limit: Duration,
    },
    /// The component asked for more memory than it may have, or made the host hold more for it, and was stopped.
    MemoryExceeded {
        /// What it may have, in bytes.
        limit: usize,
    },
    /// The component returned more than the runner takes from one call.
    ResultTooLarge {
        /// What the runner takes, in bytes.
        limit: usize,
    },
}

impl fmt::Display for RunnerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { file, source } => {
                write!(f, "the component {} could not be read: {source}", file.display())
            }
            Self::Load(why) => write!(f, "the component could not be loaded: {why}"),
            Self::Incomplete(why) => write!(f, "the component is not of this contract: {why}"),
            Self::Network(why) => write!(f, "the HTTP client could not be set up: {why}"),
            Self::CaFile { file, why } => write!(f, "the CA file {}: {why}", file.display()),
            Self::Trap { message, stderr } => {
                write!(f, "the component trapped: {message}")?;
                match stderr.trim() {
                    "" => Ok(()),
                    said => write!(f, "\nit wrote: {said}"),
                }
            }
            Self::DeadlineExceeded { limit } => {
                write!(f, "the component did not return within {:.1} s", limit.as_secs_f64())
            }
            Self::MemoryExceeded { limit } => {
                write!(f, "the component needs more than its {} MiB of memory", limit >> 20)
            }
            Self::ResultTooLarge { limit } => {
                write!(f, "the component returned more than {} MiB in one call", limit >> 20)
            }
        }
    }
}

impl From<NetworkError> for RunnerError {
    fn from(error: NetworkError) -> Self {
        match error {
            NetworkError::Setup(why) => Self::Network(why),
            NetworkError::CaFile { file, why } => Self::CaFile { file, why },
            NetworkError::Identity { .. } => Self::Network(error.to_string()),
        }
    }
}

impl std::error::Error for RunnerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            _ => None,
        }
    }
}
