//! A copy of the state while it is in use.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::error::{StateError, StateFault};
use super::file;
use super::handle::State;

/// How many pages are copied at a time, so that a watcher can write in between.
const PAGES: i32 = 256;

impl State {
    /// Copies the state to a new file, as it is at one moment. A watcher can go on meanwhile. Blocks.
    ///
    /// # Errors
    /// [`StateError`]: the new file must not exist.
    pub fn back_up(&self, to: &Path) -> Result<(), StateError> {
        if to.exists() {
            return Err(StateError::new(StateFault::Unusable, to, "the file for the copy exists already"));
        }
        file::private(to).map_err(|error| StateError::new(StateFault::Unusable, to, error.to_string()))?;
        let from = file::open(self.file(), false)?;
        let copy = || -> rusqlite::Result<()> {
            let mut target = Connection::open(to)?;
            Backup::new(&from, &mut target)?.run_to_completion(PAGES, Duration::from_millis(5), None)?;
            let intact: String = target.query_row("PRAGMA quick_check", (), |row| row.get(0))?;
            if intact == "ok" { Ok(()) } else { Err(rusqlite::Error::InvalidQuery) }
        };
        copy().map_err(|error| {
            let _ = std::fs::remove_file(to);
            StateError::of_sqlite(self.file(), &error)
        })
    }

    /// Reads all of the state and checks that it is whole. Returns what is wrong, at most a hundred faults. Blocks.
    ///
    /// # Errors
    /// [`StateError`], if it cannot be read.
    pub fn check(&self) -> Result<Vec<String>, StateError> {
        let database = file::open(self.file(), false)?;
        let check = || -> rusqlite::Result<Vec<String>> {
            let mut check = database.prepare("PRAGMA integrity_check(100)")?;
            let mut faults: Vec<String> = check.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
            faults.retain(|fault| fault != "ok");
            Ok(faults)
        };
        check().map_err(|error| StateError::of_sqlite(self.file(), &error))
    }
}
