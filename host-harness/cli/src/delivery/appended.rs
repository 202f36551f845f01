//! A file that pages are appended to, so that it and the state agree after any crash: each page is in it once and whole.
//! It knows bytes, and nothing of incidents.
//!
//! Before a page is written, the state stores its length and digest; after it was synced, the cursor behind it. So the next
//! run can tell what it finds behind the stored length: the whole page, which counts; a part of it, which is cut off; or what
//! another program wrote, which is never touched.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use file_id::FileId;
use sha2::{Digest, Sha256};

use logzio_soar_accounts::private_file::sync_folder;

use crate::failure::Failure;
use crate::output::say;
use crate::state::{Appended, Pending, StateFile};

/// A file that is open for appending, and locked where a lock does not keep readers out.
pub(crate) struct AppendedFile {
    path: PathBuf,
    file: File,
    id: FileId,
}

/// What became of a page that was about to be written when a run ended.
enum Fate {
    /// All of it is in the file.
    Written,
    /// It is not in the file, or no longer.
    Missing,
    /// The file holds something else there.
    Unknown,
}

impl AppendedFile {
    /// Opens the file, and brings it and the state to agree.
    pub(super) fn open(path: &Path, state: &mut StateFile) -> Result<Self, Failure> {
        let mut appended = Self::open_at(path)?;
        let recorded = state.appended().cloned();
        if let Some(recorded) = recorded {
            appended.recover(&recorded, state)?;
        }
        appended.end_line()?;
        Ok(appended)
    }

    fn open_at(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &io::Error| Failure::file("the output file", path, error);
        let is_new = !path.exists();
        let file = File::options().create(true).read(true).append(true).open(path).map_err(|error| failed(&error))?;
        if !metadata(&file, path)?.is_file() {
            return Err(Failure::Usage(format!(
                "{} is no regular file, so nothing can be cut off it again: redirect standard output to it instead",
                path.display()
            )));
        }
        // On Windows a lock would keep readers out.
        #[cfg(unix)]
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Failure::Usage(format!(
                    "another fetch is appending to {}: let it end, or use a file for each",
                    path.display()
                )));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(&error)),
        }
        if is_new {
            sync_folder(path).map_err(|error| failed(&error))?;
        }
        let id = file_id::get_file_id(path).map_err(|error| failed(&error))?;
        Ok(Self { path: path.to_owned(), file, id })
    }

    /// Settles what the last run left behind.
    fn recover(&mut self, recorded: &Appended, state: &mut StateFile) -> Result<(), Failure> {
        let Some(pending) = &recorded.pending else { return Ok(()) };
        let fate = if recorded.file == self.id {
            settle(&mut self.file, recorded.length, pending).map_err(|error| self.failure(&error))?
        } else {
            // It was renamed meanwhile, as log rotation does.
            match renamed(&self.path, recorded.file) {
                Some(path) => settle_at(&path, recorded.length, pending)?,
                None => Fate::Unknown,
            }
        };
        let next = match fate {
            Fate::Written => Some(pending.next.clone()),
            Fate::Missing => None,
            Fate::Unknown => {
                say(
                    "warning",
                    &format!(
                        "the last run was interrupted while it wrote to {}, and what it wrote cannot be found: up to a \
                         page of incidents may be repeated",
                        self.path.display()
                    ),
                );
                None
            }
        };
        let length = metadata(&self.file, &self.path)?.len();
        state.complete(next, Appended { file: self.id, length, pending: None })
    }

    /// Ends a line that another program left unfinished.
    fn end_line(&mut self) -> Result<(), Failure> {
        let end = self.file.seek(SeekFrom::End(0)).map_err(|error| self.failure(&error))?;
        let Some(before) = end.checked_sub(1) else { return Ok(()) };
        let mut last = [0];
        self.file
            .seek(SeekFrom::Start(before))
            .and_then(|_| self.file.read_exact(&mut last))
            .and_then(|()| if last == *b"\n" { Ok(()) } else { self.file.write_all(b"\n") })
            .map_err(|error| self.failure(&error))
    }

    /// Appends a page, and stores the cursor behind it. Of a page that cannot be written whole, nothing stays.
    pub(super) fn append(&mut self, page: &[u8], next: &str, state: &mut StateFile) -> Result<(), Failure> {
        self.follow_rotation()?;
        let length = metadata(&self.file, &self.path)?.len();
        let pending = Pending { length: page.len() as u64, sha256: digest(page), next: next.to_owned() };
        state.begin(Appended { file: self.id, length, pending: Some(pending) })?;
        if let Err(error) = self.file.write_all(page).and_then(|()| self.file.sync_data()) {
            // If this fails, too, the next run does it.
            let _ = self.file.set_len(length);
            return Err(self.failure(&error));
        }
        let length = length + page.len() as u64;
        state.complete(Some(next.to_owned()), Appended { file: self.id, length, pending: None })
    }

    /// Goes on in a new file where the old one was renamed.
    fn follow_rotation(&mut self) -> Result<(), Failure> {
        if file_id::get_file_id(&self.path).is_ok_and(|id| id == self.id) {
            return Ok(());
        }
        *self = Self::open_at(&self.path)?;
        self.end_line()
    }

    fn failure(&self, error: &io::Error) -> Failure {
        Failure::file("the output file", &self.path, error)
    }
}

fn metadata(file: &File, path: &Path) -> Result<Metadata, Failure> {
    file.metadata().map_err(|error| Failure::file("the output file", path, &error))
}

/// Finds out what became of a page behind a length, and cuts off a part of it.
fn settle(file: &mut File, length: u64, pending: &Pending) -> io::Result<Fate> {
    let end = file.metadata()?.len();
    // Copied and emptied by log rotation: what was written last may be in the copy.
    let Some(behind) = end.checked_sub(length) else { return Ok(Fate::Unknown) };
    if behind < pending.length {
        file.set_len(length)?;
        file.sync_data()?;
        return Ok(Fate::Missing);
    }
    file.seek(SeekFrom::Start(length))?;
    let mut found = Vec::new();
    (&*file).take(pending.length).read_to_end(&mut found)?;
    if digest(&found) == pending.sha256 {
        file.sync_data()?;
        return Ok(Fate::Written);
    }
    Ok(Fate::Unknown)
}

fn settle_at(path: &Path, length: u64, pending: &Pending) -> Result<Fate, Failure> {
    let failed = |error: &io::Error| Failure::file("the rotated output file", path, error);
    let mut file = File::options().read(true).write(true).open(path).map_err(|error| failed(&error))?;
    settle(&mut file, length, pending).map_err(|error| failed(&error))
}

/// The name that a file has in the folder of this path.
fn renamed(path: &Path, id: FileId) -> Option<PathBuf> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut entries = folder.read_dir().ok()?.flatten().map(|entry| entry.path());
    entries.find(|entry| file_id::get_file_id(entry).is_ok_and(|found| found == id))
}

fn digest(page: &[u8]) -> String {
    Sha256::digest(page).iter().map(|byte| format!("{byte:02x}")).collect()
}
