//! The open file: what is appended is whole and synced, or not there.

use std::collections::HashSet;
#[cfg(unix)]
use std::fs::TryLockError;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
#[cfg(unix)]
use std::time::{Duration, Instant};

use file_id::FileId;

use super::line::{Line, LineDigest, MOST_AT_ONCE};
use super::rotation;
use super::settings::RotationSettings;
use super::tail;

/// How long a lock is waited for.
#[cfg(unix)]
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// How often it is tried.
#[cfg(unix)]
const LOCK_POLL: Duration = Duration::from_millis(10);

/// A file that is open for appending, and locked where a lock does not keep readers out.
pub(super) struct AppendedFile {
    path: PathBuf,
    rotation: RotationSettings,
    open: Open,
    /// Lines at the end of the file that nobody was told of: they are not written again.
    unacknowledged: HashSet<LineDigest>,
    /// Whether some of them were written since the file was opened.
    has_new: bool,
}

struct Open {
    file: File,
    id: FileId,
    /// When it was written to last.
    written: SystemTime,
    /// Where to cut off a part of a batch, which could not be cut off when it was written.
    cut: Option<u64>,
}

impl AppendedFile {
    /// Opens the file, and repairs its end. Of its last lines it is not known whether their delivery was acknowledged.
    pub(super) fn open(path: &Path, rotation: RotationSettings) -> Result<Self, String> {
        // A rotation renames the file, not a link to it.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut open = Open::new(&path)?;
        tail::repair(&mut open.file).map_err(|error| failure(&path, &error))?;
        let unacknowledged = Self::last_lines(&path, &mut open.file).map_err(|error| failure(&path, &error))?;
        Ok(Self { path, rotation, open, unacknowledged, has_new: false })
    }

    /// The last lines, also those of the file before: a batch may be in both if it was cut short twice.
    fn last_lines(path: &Path, file: &mut File) -> io::Result<HashSet<LineDigest>> {
        let mut lines = tail::last_lines(file, MOST_AT_ONCE)?;
        if lines.len() < MOST_AT_ONCE
            && let Some(old) = rotation::newest_old_file(path)?
        {
            lines.extend(tail::last_lines(&mut File::open(old)?, MOST_AT_ONCE)?);
        }
        Ok(lines)
    }

    /// Appends the lines that are not there yet, and syncs them. Of lines that cannot be written whole, none stays.
    pub(super) fn append(&mut self, lines: &[Line]) -> Result<(), String> {
        let new: Vec<&Line> = lines.iter().filter(|line| !self.unacknowledged.contains(&line.digest())).collect();
        if new.is_empty() {
            // It may be that they were written, and not synced.
            return self.open.file.sync_data().map_err(|error| failure(&self.path, &error));
        }
        let bytes = new.iter().map(|line| line.text()).collect::<Vec<_>>().concat();
        self.follow_rotation()?;
        self.rotate(bytes.len() as u64)?;
        self.open.append(&bytes).map_err(|error| failure(&self.path, &error))?;
        self.has_new = true;
        self.unacknowledged.extend(new.iter().map(|line| line.digest()));
        Ok(())
    }

    /// That these lines count as delivered. If one of them was new, so do those before it, which nobody sends again.
    pub(super) fn acknowledge(&mut self, lines: &[LineDigest]) {
        if self.has_new {
            self.unacknowledged.clear();
        }
        self.has_new = false;
        for line in lines {
            self.unacknowledged.remove(line);
        }
    }

    /// Goes on in a new file where the old one was renamed or removed.
    fn follow_rotation(&mut self) -> Result<(), String> {
        if file_id::get_file_id(&self.path).is_ok_and(|id| id == self.open.id) {
            return Ok(());
        }
        let mut open = Open::new(&self.path)?;
        tail::repair(&mut open.file).map_err(|error| failure(&self.path, &error))?;
        self.open = open;
        Ok(())
    }

    /// Goes on in a new file where the old one is full or of an earlier day.
    fn rotate(&mut self, bytes: u64) -> Result<(), String> {
        let failed = |error: io::Error| failure(&self.path, &error);
        let now = SystemTime::now();
        let length = self.open.file.metadata().map_err(failed)?.len();
        if !rotation::is_due(&self.rotation, length, bytes, self.open.written, now) {
            return Ok(());
        }
        rotation::rename(&self.path, now).map_err(failed)?;
        self.open = Open::new(&self.path)?;
        rotation::remove_old(&self.path, self.rotation.keep);
        Ok(())
    }
}

impl Open {
    fn new(path: &Path) -> Result<Self, String> {
        let failed = |error: io::Error| failure(path, &error);
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(format!(
                "{} is no regular file, so nothing can be cut off it again: name another path, or use a sink of the type \
                 stdout",
                path.display()
            ));
        }
        lock(&file, path)?;
        if is_new {
            rotation::sync_folder(path).map_err(failed)?;
        }
        let id = file_id::get_file_id(path).map_err(failed)?;
        let written = metadata.modified().unwrap_or_else(|_| SystemTime::now());
        Ok(Self { file, id, written, cut: None })
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(length) = self.cut {
            self.file.set_len(length)?;
            self.cut = None;
        }
        let length = self.file.metadata()?.len();
        if let Err(error) = self.file.write_all(bytes).and_then(|()| self.file.sync_data()) {
            self.cut = self.file.set_len(length).is_err().then_some(length);
            return Err(error);
        }
        self.written = SystemTime::now();
        Ok(())
    }
}

/// Locks a file against another writer. On Windows a lock would keep readers out.
#[cfg(unix)]
fn lock(file: &File, path: &Path) -> Result<(), String> {
    let begin = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            // A program that this one is just starting holds all files for a moment, an earlier one of the same sink included.
            Err(TryLockError::WouldBlock) if begin.elapsed() < LOCK_PATIENCE => std::thread::sleep(LOCK_POLL),
            Err(TryLockError::WouldBlock) => {
                return Err(format!(
                    "another program is writing to {}: let it end, or use a file for each",
                    path.display()
                ));
            }
            Err(TryLockError::Error(error)) => return Err(failure(path, &error)),
        }
    }
}

#[cfg(not(unix))]
fn lock(_: &File, _: &Path) -> Result<(), String> {
    Ok(())
}

fn failure(path: &Path, error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on its disk",
        io::ErrorKind::NotFound => "create its folder",
        io::ErrorKind::PermissionDenied => "let this user write to it and to its folder",
        io::ErrorKind::ReadOnlyFilesystem => "mount its file system for writing, or name another path",
        _ => "check the path and its disk",
    };
    format!("{} could not be written: {error}: {remedy}", path.display())
}
