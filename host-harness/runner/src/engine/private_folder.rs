//! Folders and files that no other user can change. Knows nothing of what is in them.
//!
//! On Unix the owner is compared with the effective user, since that is whose rights the process has: under `sudo -E`, the
//! folder that `$HOME` names may be another's. Elsewhere the folder of a user is taken to be theirs alone.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Creates a folder, with those on the way, for this user alone.
///
/// # Errors
/// If it cannot be created, or if another user could change what is in it.
pub(super) fn create(directory: &Path) -> io::Result<()> {
    let directory = std::path::absolute(directory)?;
    // First what is there, so that nothing is created in a folder of another's.
    check(directory.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(&directory))?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&directory)?;
    check(&directory)
}

/// Opens a file that no other user can read or write, nor has put there.
///
/// # Errors
/// If it cannot be opened, or is not like that.
pub(super) fn open_secret(file: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;

        // A link would lead to a file that another chose. Of a regular file, what was opened is what is checked.
        if !fs::symlink_metadata(file)?.is_file() {
            return Err(refused());
        }
        let opened = File::open(file)?;
        let found = opened.metadata()?;
        let own = found.uid() == rustix::process::geteuid().as_raw();
        // A second name would be in a folder that is not checked.
        if own && found.is_file() && found.mode() & 0o077 == 0 && found.nlink() == 1 {
            Ok(opened)
        } else {
            Err(refused())
        }
    }
    #[cfg(not(unix))]
    File::open(file)
}

/// Checks a folder and all on the way to it, in the path as it is given and in the one that it resolves to.
#[cfg(unix)]
fn check(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    const OTHERS_WRITE: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    let user = rustix::process::geteuid().as_raw();
    let resolved = fs::canonicalize(directory)?;
    for (path, folder) in [directory, &resolved].into_iter().flat_map(|path| path.ancestors().map(move |of| (path, of)))
    {
        if folder.as_os_str().is_empty() {
            continue;
        }
        let found = fs::metadata(folder)?;
        let own = found.uid() == user || found.uid() == 0;
        // In a folder such as /tmp, others can write, but not replace what is not theirs.
        let sticky = found.mode() & STICKY != 0 && folder != path;
        if !(own && found.is_dir() && (found.mode() & OTHERS_WRITE == 0 || sticky)) {
            return Err(refused());
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn check(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "another user can change it")
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_is_created_for_this_user_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        create(&folder).unwrap();
        create(&folder).unwrap();
        for folder in [parent.path().join("a"), folder] {
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_refused_wherever_it_is_on_the_way() {
        let parent = tempfile::tempdir().unwrap();
        let (open, folder) = (parent.path().join("open"), parent.path().join("open/a/b"));
        fs::create_dir_all(&folder).unwrap();
        for writable in [0o777, 0o770, 0o707, 0o722] {
            mode(&open, writable);
            for folder in [&open, &folder, &open.join("new")] {
                assert!(create(folder).is_err(), "{} with {writable:o}", folder.display());
            }
            assert!(!open.join("new").exists());
        }
        mode(&open, 0o755);
        create(&folder).unwrap();
        mode(&open, 0o1777);
        create(&folder).unwrap();
        assert!(create(&open).is_err());
    }

    #[test]
    fn a_link_is_followed_and_both_ways_are_checked() {
        let parent = tempfile::tempdir().unwrap();
        let (open, own) = (parent.path().join("open"), parent.path().join("own"));
        fs::create_dir_all(&open).unwrap();
        fs::create_dir_all(own.join("folder")).unwrap();
        symlink(own.join("folder"), open.join("link")).unwrap();
        symlink(&open, own.join("link")).unwrap();
        create(&open.join("link")).unwrap();
        mode(&open, 0o777);
        assert!(create(&open.join("link")).is_err(), "others can change the link");
        assert!(create(&own.join("link")).is_err(), "others can change what it leads to");
    }

    /// Only root can have folders of others.
    #[test]
    fn a_folder_of_another_user_is_refused() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let parent = tempfile::tempdir().unwrap();
        let home = parent.path().join("home");
        fs::create_dir(&home).unwrap();
        std::os::unix::fs::chown(&home, Some(12_345), Some(12_345)).unwrap();
        for folder in [home.clone(), home.join(".cache/logzio-soar")] {
            assert!(create(&folder).is_err(), "{}", folder.display());
        }
        assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
    }

    #[test]
    fn a_secret_that_others_can_read_or_that_is_a_link_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("secret");
        fs::write(&file, "s").unwrap();
        for readable in [0o644, 0o640, 0o604, 0o620] {
            mode(&file, readable);
            assert!(open_secret(&file).is_err(), "{readable:o}");
        }
        mode(&file, 0o600);
        open_secret(&file).unwrap();
        let link = parent.path().join("link");
        symlink(&file, &link).unwrap();
        assert!(open_secret(&link).is_err());
        // Only root can have files of others.
        if rustix::process::geteuid().is_root() {
            let other = parent.path().join("other");
            fs::write(&other, "s").unwrap();
            mode(&other, 0o600);
            std::os::unix::fs::chown(&other, Some(12_345), None).unwrap();
            assert!(open_secret(&other).is_err());
        }
        fs::hard_link(&file, parent.path().join("second")).unwrap();
        assert!(open_secret(&file).is_err());
    }
}
