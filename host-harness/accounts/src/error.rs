//! Why accounts cannot be read, changed or connected.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::fault::Fault;
use crate::name::AccountName;
use crate::shown;
use crate::token::{TokenError, TokenErrorKind};

/// The most faults that one text lists.
const LISTED: usize = 20;

/// Why the accounts of a file cannot be read or changed. Each text names the file and ends with what to do; it quotes no value
/// of the file.
#[derive(Debug)]
#[non_exhaustive]
pub enum AccountsError {
    /// The file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML.
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
    },
    /// The file is TOML, and something in it is wrong: all of it, not only the first.
    Faults {
        /// The file.
        path: PathBuf,
        /// What is wrong, by line. At least one.
        faults: Vec<Fault>,
    },
    /// There is no account of this name.
    Unknown {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// A name that may be meant.
        nearest: Option<AccountName>,
    },
    /// There is an account of this name already, or one that differs in letter case only.
    Exists {
        /// The file.
        path: PathBuf,
        /// The name that is there.
        name: AccountName,
    },
    /// A file cannot be written.
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is a file where a token is to be kept.
    TokenFileExists {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for AccountsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, source } if source.kind() == io::ErrorKind::NotFound => write!(
                f,
                "there is no file of accounts {}: make it with logzio-soar accounts add NAME, or name another one with \
                 --accounts FILE",
                path.display()
            ),
            Self::Read { path, source } => {
                write!(f, "the file of accounts {} cannot be read ({source}): let this user read it", path.display())
            }
            Self::Syntax { path, line } => write!(
                f,
                "{}, line {line}: this is no TOML: write a value as name = \"text\", and each name and each [table] once",
                path.display()
            ),
            Self::Faults { path, faults } => {
                for (at, fault) in faults.iter().take(LISTED).enumerate() {
                    let line_break = if at == 0 { "" } else { "\n" };
                    write!(f, "{line_break}{}, {fault}", path.display())?;
                }
                match faults.len().saturating_sub(LISTED) {
                    0 => Ok(()),
                    1 => write!(f, "\n{}: and 1 more fault", path.display()),
                    more => write!(f, "\n{}: and {more} more faults", path.display()),
                }
            }
            Self::Unknown { path, name, nearest } => {
                let name = shown::name(name);
                write!(f, "there is no account {name} in {}: ", path.display())?;
                match nearest {
                    Some(nearest) => write!(f, "is {nearest} meant? "),
                    None => Ok(()),
                }?;
                f.write_str("logzio-soar accounts list shows all, accounts add NAME adds one")
            }
            Self::Exists { path, name } => write!(
                f,
                "there is an account {name} in {} already: take another name, change it there, or remove it first with \
                 logzio-soar accounts remove {name}",
                path.display()
            ),
            Self::Write { path, source } => {
                write!(
                    f,
                    "{} cannot be written ({source}): let this user write it, or name another file",
                    path.display()
                )
            }
            Self::TokenFileExists { path } => write!(
                f,
                "there is a token file {} already, and it may be in use: remove it, or name it with --security-token-file or \
                 --operations-token-file",
                path.display()
            ),
        }
    }
}

impl std::error::Error for AccountsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why a token of an account cannot be had. The text names the file, the account and the key, and ends with what to do.
#[derive(Clone, Debug)]
pub struct AccountError {
    file: Arc<PathBuf>,
    account: AccountName,
    key: &'static str,
    why: TokenError,
}

impl AccountError {
    pub(crate) fn new(file: &Arc<PathBuf>, account: &AccountName, key: &'static str, why: TokenError) -> Self {
        Self { file: Arc::clone(file), account: account.clone(), key, why }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountName {
        &self.account
    }

    /// The key in the file: `security-token` or `operations-token`.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// What went wrong, for programs.
    #[must_use]
    pub fn kind(&self) -> TokenErrorKind {
        self.why.kind()
    }

    /// What went wrong and what to do, without the file, the account and the key.
    #[must_use]
    pub fn why(&self) -> &TokenError {
        &self.why
    }
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, account {}, {}: {}", self.file.display(), self.account, self.key, self.why)
    }
}

impl std::error::Error for AccountError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.why)
    }
}
