//! The file of the state: made for this user alone, locked for one watcher, opened with what durability asks for.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::{StateError, StateFault};
use super::schema::{self, Found};

/// How long to wait for another program that writes, such as `logzio-soar state`.
const PATIENCE: Duration = Duration::from_secs(5);
/// What the write-ahead log shrinks to, in bytes.
const LARGEST_LOG: i64 = 4 << 20;

/// The lock of the one watcher of a state, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[allow(dead_code, reason = "the lock ends when the file is closed")] File);

impl Lock {
    /// # Errors
    /// [`StateFault::InUse`] if another process holds it.
    pub(super) fn take(state: &Path) -> Result<Self, StateError> {
        let path = beside(state, ".lock");
        let unusable = |error: &io::Error| StateError::new(fault_of(error), state, format!("its lock: {error}"));
        let file = private(&path).map_err(|error| unusable(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(StateError::new(StateFault::InUse, state, "another watcher is using it"))
            }
            Err(TryLockError::Error(error)) => Err(unusable(&error)),
        }
    }
}

/// Opens the database, and makes it if there is none and it may be made.
pub(super) fn open(state: &Path, make: bool) -> Result<Connection, StateError> {
    let failed = |error: &rusqlite::Error| StateError::of_sqlite(state, error);
    match fs::metadata(state) {
        Ok(found) if found.is_file() => {
            if let Some(names) = several_names(&found) {
                return Err(StateError::new(StateFault::Linked, state, format!("the file has {names} names")));
            }
        }
        Ok(_) => return Err(StateError::new(StateFault::Unusable, state, "it is no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound && make => {
            let made = fs::create_dir_all(folder(state)).and_then(|()| private(state));
            made.map_err(|error| StateError::new(fault_of(&error), state, error.to_string()))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StateError::new(StateFault::Missing, state, "there is no such file"));
        }
        Err(error) => return Err(StateError::new(fault_of(&error), state, error.to_string())),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Connection::open_with_flags(state, flags).map_err(|error| failed(&error))?;
    prepare(&mut database).map_err(|error| failed(&error))?;
    match schema::migrate(&mut database).map_err(|error| failed(&error))? {
        Found::Usable => {}
        Found::Newer(version) => {
            let why = format!("it has version {version}, and this program knows up to {}", schema::newest());
            return Err(StateError::new(StateFault::Newer, state, why));
        }
        Found::Foreign => {
            return Err(StateError::new(StateFault::NotAState, state, "it is a database of another program"));
        }
    }
    Ok(database)
}

fn prepare(database: &mut Connection) -> rusqlite::Result<()> {
    database.busy_timeout(PATIENCE)?;
    // Takes effect in a new file only, and has to come before the journal.
    database.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    database.query_row("PRAGMA journal_mode = WAL", (), |_| Ok(()))?;
    // A commit is on the disk before it is answered.
    database.pragma_update(None, "synchronous", "FULL")?;
    database.pragma_update(None, "foreign_keys", true)?;
    database.query_row(&format!("PRAGMA journal_size_limit = {LARGEST_LOG}"), (), |_| Ok(()))?;
    database.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// A file of this user alone; the journals get the mode of the database.
pub(super) fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path)
}

/// How many names a file has, if there are several.
fn several_names(found: &fs::Metadata) -> Option<u64> {
    #[cfg(unix)]
    let names = std::os::unix::fs::MetadataExt::nlink(found);
    #[cfg(not(unix))]
    let names = u64::from(found.is_file());
    (names > 1).then_some(names)
}

fn fault_of(error: &io::Error) -> StateFault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StateFault::Full,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StateFault::ReadOnly,
        _ => StateFault::Unusable,
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
