//! Files that may hold a secret: read within a bound, replaced as a whole, and recognised where other users can read or change
//! them. It knows nothing of what they hold.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// More than any token, key or configuration has.
const LARGEST: u64 = 4 << 20;

/// What ends the name of a file that is being written.
pub const UNFINISHED: &str = ".unfinished";

/// The text of a file.
///
/// # Errors
/// If it cannot be read, is no UTF-8, or is larger than 4 MiB.
pub fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST { Err(io::Error::other("it is larger than 4 MiB")) } else { Ok(text) }
}

/// Whether other users of this machine can read a file. False for what is no file: a pipe, as of `<(command)`, has no other
/// readers.
#[must_use]
pub fn others_can_read(path: &Path) -> bool {
    has_mode(path, 0o077)
}

/// Whether other users of this machine can change a file.
#[must_use]
pub fn others_can_write(path: &Path) -> bool {
    has_mode(path, 0o022)
}

#[cfg(unix)]
fn has_mode(path: &Path, bits: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & bits != 0)
}

#[cfg(not(unix))]
fn has_mode(_path: &Path, _bits: u32) -> bool {
    false
}

/// What to say of a file that other users can read, and what it holds, such as `a token`.
#[must_use]
pub fn warning(path: &Path, holds: &str) -> String {
    format!("other users can read {0}, and it holds {holds}: run chmod 600 {0}", path.display())
}

/// The folder that a file is in.
#[must_use]
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces a file as a whole, with mode 600. When this returns, the new content outlives a crash of the machine; until then,
/// the old one does.
///
/// # Errors
/// If it cannot be written. Then the old content is there.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, content, |_| Ok(()))
}

/// The same, with something done to the new file before it has its name, such as giving it an owner.
///
/// # Errors
/// If it cannot be written, or what is done fails. Then the old content is there.
pub fn replace_with(path: &Path, content: &[u8], prepare: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    // A name that nobody can foresee, which must not exist, and mode 600.
    let mut file =
        tempfile::Builder::new().prefix(&unfinished_prefix(path)).suffix(UNFINISHED).tempfile_in(folder(path))?;
    file.write_all(content)?;
    prepare(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// Makes the name of a file outlive a crash of the machine.
///
/// # Errors
/// If its folder cannot be opened or synced.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder(path))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// What the name of a file begins with while it is being written; [`UNFINISHED`] is what it ends with.
#[must_use]
pub fn unfinished_prefix(path: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_others_can_read_or_change_is_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, read, write) in
            [(0o600, false, false), (0o640, true, false), (0o604, true, false), (0o620, true, true)]
        {
            fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            assert_eq!((others_can_read(file.path()), others_can_write(file.path())), (read, write), "{mode:o}");
        }
        assert!(!others_can_read(Path::new("/dev/null")));
    }

    #[test]
    fn a_file_without_an_end_is_not_read_to_it() {
        assert!(read(Path::new("/dev/zero")).is_err());
    }

    #[test]
    fn a_replaced_file_is_private_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for content in ["one", "two"] {
            replace(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let failed = replace_with(&path, b"three", |_| Err(io::Error::other("no")));
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
