//! When a file is full, and old files: `soc.ndjson` becomes `soc.20261126T064819.123Z.ndjson`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::settings::RotationSettings;

/// The time in the name of an old file: sorted by name, they are sorted by time.
const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// Whether a file of some length is to be followed by a new one before more is written.
pub(super) fn is_due(
    settings: &RotationSettings,
    length: u64,
    more: u64,
    written: SystemTime,
    now: SystemTime,
) -> bool {
    let day = |time| DateTime::<Utc>::from(time).date_naive();
    let is_full = settings.largest.is_some_and(|largest| length.saturating_add(more) > largest);
    // If the clock was set back, the day is not over.
    let is_of_an_earlier_day = settings.daily && day(written) < day(now);
    length > 0 && (is_full || is_of_an_earlier_day)
}

/// Gives a file the name of an old one, later than those that are there.
pub(super) fn rename(path: &Path, now: SystemTime) -> io::Result<()> {
    let mut time = DateTime::<Utc>::from(now).naive_utc();
    if let Some((newest, _)) = old_files(path)?.pop() {
        time = time.max(newest + Duration::milliseconds(1));
    }
    let (before, after) = around_time(path);
    let mut name = before;
    name.push(time.format(TIME).to_string());
    name.push(after);
    fs::rename(path, path.with_file_name(name))?;
    sync_folder(path)
}

/// The old file that was written last.
pub(super) fn newest_old_file(path: &Path) -> io::Result<Option<PathBuf>> {
    Ok(old_files(path)?.pop().map(|(_, file)| file))
}

/// Removes the oldest files beyond a number.
pub(super) fn remove_old(path: &Path, keep: Option<usize>) {
    let Some(keep) = keep else { return };
    let old = match old_files(path) {
        Ok(old) => old,
        Err(error) => return tracing::warn!("the folder of {} could not be read: {error}", path.display()),
    };
    let surplus = old.len().saturating_sub(keep);
    for (_, file) in old.into_iter().take(surplus) {
        if let Err(error) = fs::remove_file(&file) {
            tracing::warn!("the old file {} could not be removed: {error}: remove it", file.display());
        }
    }
}

/// The old files of a path, oldest first.
fn old_files(path: &Path) -> io::Result<Vec<(NaiveDateTime, PathBuf)>> {
    let (before, after) = around_time(path);
    let mut old = Vec::new();
    for entry in fs::read_dir(folder(path))? {
        let entry = entry?;
        let name = entry.file_name();
        let time = name
            .to_str()
            .and_then(|name| name.strip_prefix(before.to_str()?)?.strip_suffix(after.to_str()?))
            .and_then(|time| NaiveDateTime::parse_from_str(time, TIME).ok());
        if let Some(time) = time
            && entry.file_type()?.is_file()
        {
            old.push((time, entry.path()));
        }
    }
    old.sort();
    Ok(old)
}

/// What stands before and after the time in the name of an old file.
fn around_time(path: &Path) -> (OsString, OsString) {
    let mut before = path.file_stem().unwrap_or_default().to_owned();
    before.push(".");
    let mut after = OsString::new();
    if let Some(extension) = path.extension() {
        after.push(".");
        after.push(extension);
    }
    (before, after)
}

/// Makes the names of files outlive a crash of the machine.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder(path))?.sync_all()?;
    Ok(())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
