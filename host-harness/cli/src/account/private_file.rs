//! A file that may hold a secret: read within a bound, and warned of where other users can read it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::output::say;

/// More than any token, key or configuration has.
const LARGEST: u64 = 1 << 20;

/// The text of a file.
///
/// # Errors
/// If it cannot be read, is no UTF-8, or is larger than 1 MiB.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST { Err(io::Error::other("it is larger than 1 MiB")) } else { Ok(text) }
}

/// Warns of a file that other users of this machine can read. What it holds is named, such as `a token`.
pub(crate) fn warn_if_others_can_read(path: &Path, holds: &str) {
    if others_can_read(path) {
        say("warning", &format!("other users can read {0}, and it holds {holds}: run chmod 600 {0}", path.display()));
    }
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // A pipe, as of `<(command)`, has no other readers.
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        let set = |mode| {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(0o600);
        assert!(!others_can_read(file.path()));
        set(0o640);
        assert!(others_can_read(file.path()));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_an_end_is_not_read_to_it() {
        assert!(read(Path::new("/dev/zero")).is_err());
    }
}
