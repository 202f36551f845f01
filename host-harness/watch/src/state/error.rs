//! Why the state could not be read or written, with the remedy.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the state could not be read or written. The text names the file and ends with the remedy.
#[derive(Clone, Debug)]
pub struct StateError {
    fault: StateFault,
    file: PathBuf,
    why: String,
}

/// What is wrong with the state, by what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateFault {
    /// Another watcher uses it.
    InUse,
    /// Another program holds the database locked.
    Locked,
    /// The disk, or the quota, is full.
    Full,
    /// The file or its folder cannot be written.
    ReadOnly,
    /// The database is damaged, or the disk fails.
    Damaged,
    /// The file is not a state of `watch`.
    NotAState,
    /// A newer version wrote it.
    Newer,
    /// There is none.
    Missing,
    /// It has several names by hard links, each with a lock and a journal of its own.
    Linked,
    /// It cannot be opened.
    Unusable,
    /// SQLite failed in a way that should not happen.
    Failed,
}

impl StateFault {
    /// A name for metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Locked => "locked",
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Damaged => "damaged",
            Self::NotAState => "not-a-state",
            Self::Newer => "newer",
            Self::Missing => "missing",
            Self::Linked => "linked",
            Self::Unusable => "unusable",
            Self::Failed => "failed",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::InUse => "let it end, or name another state",
            Self::Locked => "end the program that holds it, such as a backup or an open sqlite3 shell",
            Self::Full => "free some space; a watcher that runs goes on by itself then",
            Self::ReadOnly => "make the file and its folder writable for this user, and the disk writable",
            Self::Damaged => {
                "check the disk, then put a backup in its place, or start with a new file: what is in the look-back of \
                 each account comes again"
            }
            Self::NotAState => "name another file",
            Self::Newer => "update this logzio-soar, or put a backup from before the update in its place",
            Self::Missing => "`logzio-soar watch` makes it at its start; or name another file with --state",
            Self::Linked => "remove the other names, or copy the file with `logzio-soar state backup`",
            Self::Unusable => "name another file, in a folder that this user can write to",
            Self::Failed => "report it, with this text",
        }
    }
}

impl StateError {
    /// An error with its cause in words.
    pub(crate) fn new(fault: StateFault, file: &Path, why: impl Into<String>) -> Self {
        Self { fault, file: file.to_owned(), why: why.into() }
    }

    /// What SQLite says, by what can be done about it.
    pub(crate) fn of_sqlite(file: &Path, error: &rusqlite::Error) -> Self {
        let fault = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                StateFault::Locked
            }
            Some(ErrorCode::DiskFull) => StateFault::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StateFault::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::SystemIoFailure) => StateFault::Damaged,
            Some(ErrorCode::NotADatabase) => StateFault::NotAState,
            Some(ErrorCode::CannotOpen) => StateFault::Unusable,
            _ => StateFault::Failed,
        };
        Self::new(fault, file, error.to_string())
    }

    /// What is wrong, by what can be done about it.
    #[must_use]
    pub fn fault(&self) -> StateFault {
        self.fault
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the state {}: {}; {}", self.file.display(), self.why, self.fault.remedy())
    }
}

impl std::error::Error for StateError {}
