//! Why there is no token.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a token cannot be had from where it should come from. The text ends with what to do, and holds no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    kind: TokenErrorKind,
    text: String,
}

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// There is no such variable, file, credential or program.
    Missing,
    /// It is there, and cannot be read or run.
    Unreadable,
    /// What is there is no token.
    Unusable,
    /// The command ended with an error.
    Failed,
    /// The command, or the disk, took too long.
    TimedOut,
}

impl TokenError {
    pub(super) fn new(kind: TokenErrorKind, text: String) -> Self {
        Self { kind, text }
    }

    pub(super) fn unusable(text: String) -> Self {
        Self::new(TokenErrorKind::Unusable, text)
    }

    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(
                TokenErrorKind::Missing,
                format!("there is no token file {path}: write the API token into it, with mode 600"),
            ),
            io::ErrorKind::InvalidData => {
                Self::unusable(format!("the token file {path} holds no text: write the API token into it"))
            }
            _ => Self::new(
                TokenErrorKind::Unreadable,
                format!("the token file {path} cannot be read ({error}): let this user read it"),
            ),
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> TokenErrorKind {
        self.kind
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for TokenError {}
