//! Why the client could not be set up.

use std::fmt;
use std::path::PathBuf;

/// Why the client could not be set up.
#[derive(Debug)]
pub enum NetworkError {
    /// The address of the proxy cannot be used, or TLS cannot be set up.
    Setup(String),
    /// A file of certificates could not be read, or holds none that can be used.
    CaFile {
        /// The file.
        file: PathBuf,
        /// What is wrong with it. Quotes nothing from the file.
        why: String,
    },
    /// The client's own certificate or its key cannot be used.
    Identity {
        /// The file.
        file: PathBuf,
        /// What is wrong with it. Quotes nothing from the file.
        why: String,
    },
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(why) => write!(f, "the HTTP client could not be set up: {why}"),
            Self::CaFile { file, why } => write!(f, "the CA file {}: {why}", file.display()),
            Self::Identity { file, why } => write!(f, "the client certificate, file {}: {why}", file.display()),
        }
    }
}

impl std::error::Error for NetworkError {}
