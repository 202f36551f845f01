//! The state as everything else has it: opened, locked or beside a watcher.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StateError;
use super::file::Lock;
use super::thread::Database;

/// The state of a watcher. Clones share it. It is closed when the last one is dropped.
#[derive(Clone)]
pub struct State {
    pub(super) database: Database,
    _lock: Option<Arc<Lock>>,
}

impl State {
    /// Opens the state for a watcher, the only one until this is dropped, and makes it if there is none.
    ///
    /// # Errors
    /// [`StateFault::InUse`](super::StateFault::InUse) if another watcher has it; what is wrong with the file.
    pub fn open(file: impl Into<PathBuf>) -> Result<Self, StateError> {
        let file = file.into();
        if let Some(folder) = file.parent() {
            // What is wrong with the folder is said of the lock.
            let _ = std::fs::create_dir_all(folder);
        }
        // A symbolic link is another name of the same state, which has one lock.
        let file = file.canonicalize().unwrap_or(file);
        let lock = Lock::take(&file)?;
        Ok(Self { database: Database::start(file, true)?, _lock: Some(Arc::new(lock)) })
    }

    /// Opens a state that is there, for what may be done beside a watcher: everything but changing a cursor.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn open_beside(file: impl Into<PathBuf>) -> Result<Self, StateError> {
        Ok(Self { database: Database::start(file.into(), false)?, _lock: None })
    }

    /// The same state, with a function that learns what became of each piece of work: the error, if it failed.
    #[must_use]
    pub fn observed(self, observer: impl Fn(Option<&StateError>) + Send + Sync + 'static) -> Self {
        Self { database: self.database.observed(Arc::new(observer)), ..self }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.database.file()
    }

    /// A number that changes when another program wrote to the state.
    ///
    /// # Errors
    /// [`StateError`], as for everything here.
    pub async fn changes_of_others(&self) -> Result<i64, StateError> {
        self.database.run(|database| database.query_row("PRAGMA data_version", (), |row| row.get(0))).await
    }
}
