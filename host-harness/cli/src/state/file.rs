//! The file of a state: which one a path means, locked, read within a bound. It knows nothing of what the
//! file holds.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use logzio_soar_accounts::private_file::{UNFINISHED, folder, unfinished_prefix};

use crate::failure::Failure;

/// A state is some 100 kB at most: a cursor, and a few names.
const LARGEST: u64 = 4 << 20;

/// The one file that a path means: links are followed.
///
/// # Errors
/// If the path is a link of another user, who could make this one write anywhere; or if the file has several names, of which
/// a new content would get only one.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, Failure> {
    let failed = |error: &io::Error| Failure::file("the state file", path, error);
    let resolved = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(in_real_folder(path)),
        Err(error) => return Err(failed(&error)),
        Ok(found) if found.is_symlink() => {
            if belongs_to_another(&found) {
                return Err(Failure::Usage(format!(
                    "the state {} is a link of another user: use a file in a folder of your own",
                    path.display()
                )));
            }
            match fs::canonicalize(path) {
                Ok(target) => target,
                // A link to a file that is yet to be written.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let target = fs::read_link(path).map_err(|error| failed(&error))?;
                    return Ok(in_real_folder(&path.parent().unwrap_or(Path::new("")).join(target)));
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(_) => in_real_folder(path),
    };
    let found = fs::metadata(&resolved).map_err(|error| failed(&error))?;
    if !found.is_file() {
        return Err(Failure::Usage(format!("the state {} is no regular file: name another one", path.display())));
    }
    if names(&found) > 1 {
        return Err(Failure::Usage(format!(
            "the state {} has {} names (hard links), and only one would be updated: remove the others, or use a \
             symbolic link",
            path.display(),
            names(&found)
        )));
    }
    Ok(resolved)
}

/// The path with its folder resolved, so that it has one name for the lock.
fn in_real_folder(path: &Path) -> PathBuf {
    match (fs::canonicalize(folder(path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        // Opening it says what is wrong.
        _ => path.to_owned(),
    }
}

#[cfg(unix)]
fn belongs_to_another(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.uid() != rustix::process::geteuid().as_raw() && found.uid() != 0
}

#[cfg(not(unix))]
fn belongs_to_another(_found: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn names(found: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    found.nlink()
}

#[cfg(not(unix))]
fn names(_found: &Metadata) -> u64 {
    1
}

/// The lock of a resolved state file, until it is dropped.
///
/// # Errors
/// If another process holds it.
pub(super) fn lock(path: &Path) -> Result<File, Failure> {
    let beside = beside(path, ".lock");
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Nobody else's link is followed, and nobody else can hold the lock.
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    let file = options.open(&beside).map_err(|error| Failure::file("the lock of the state file", &beside, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Failure::Usage(format!(
                "another fetch is using the state {}: let it end, or use another file",
                path.display()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(Failure::file("the lock of the state file", &beside, &error)),
    }
    remove_unfinished(path);
    Ok(file)
}

/// Removes what runs left that were killed while they wrote this state. Only the holder of the lock writes it.
fn remove_unfinished(path: &Path) {
    let prefix = unfinished_prefix(path);
    let Ok(entries) = fs::read_dir(folder(path)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(UNFINISHED.as_bytes()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The text of a state file; none if there is none.
///
/// # Errors
/// If it cannot be read, or is larger than any state.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than any state of logzio-soar: name another file"));
    }
    // A text that is no UTF-8 is no state, and the caller says so.
    Ok(Some(String::from_utf8(bytes).unwrap_or_default()))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
