//! Why sinks could not be read or opened. No text holds a secret.

use std::path::PathBuf;
use std::{fmt, io};

/// Why `sinks.toml` could not be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SinksError {
    /// The file could not be read.
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something in the file is wrong.
    Invalid {
        /// The file.
        file: PathBuf,
        /// Everything that is wrong: each begins with the place, and ends with the remedy.
        faults: Vec<String>,
    },
}

impl fmt::Display for SinksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { file, source } if source.kind() == io::ErrorKind::NotFound => {
                write!(f, "{} does not exist: write it, or name another file", file.display())
            }
            Self::Read { file, source } => write!(f, "{} could not be read: {source}", file.display()),
            Self::Invalid { file, faults } => {
                for (number, fault) in faults.iter().enumerate() {
                    if number > 0 {
                        f.write_str("\n")?;
                    }
                    write!(f, "{}, {fault}", file.display())?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for SinksError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Invalid { .. } => None,
        }
    }
}

/// Why a sink could not be opened. The text ends with the remedy, and holds no secret.
#[derive(Debug)]
pub struct SinkError(pub(crate) String);

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SinkError {}
