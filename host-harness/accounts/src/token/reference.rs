//! Where a token comes from.

use std::fmt;
use std::path::PathBuf;

use super::Token;
use crate::shown;

/// Where a token comes from. It is got anew for each connection, so a token that is renewed there is used from then on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TokenReference {
    /// A variable of this process's environment.
    Environment(String),
    /// A file that holds nothing else.
    File(PathBuf),
    /// The first line that a program writes to its standard output: the program, and its arguments. No shell is involved.
    Command(Vec<String>),
    /// A credential that systemd hands to the service: a file of this name in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// The token itself, in clear.
    Value(Token),
}

/// The source for people. Of a command it shows the program only, and of a value nothing.
impl fmt::Display for TokenReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Command(command) => write!(f, "command {}", shown::name(command.first().map_or("", String::as_str))),
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::Value(_) => f.write_str("value in clear"),
        }
    }
}

/// As [`Display`](fmt::Display) shows it: an argument of a command may be a secret.
impl fmt::Debug for TokenReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenReference({self})")
    }
}
