//! The cache of compiled components, as the command chooses its folder.

use std::fs;
use std::os::unix::fs::chown;
use std::process::Command;

use crate::support::{COMMAND, code};

/// Runs the command with a home, and without other variables.
fn describe(home: &std::path::Path) -> std::process::Output {
    Command::new(COMMAND).arg("describe").env_clear().env("HOME", home).output().unwrap()
}

#[test]
fn in_a_home_of_another_user_nothing_is_cached() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    assert_eq!(code(&describe(&own)), 0);
    let cached = fs::read_dir(own.join(".cache/logzio-soar")).unwrap();
    assert!(cached.flatten().any(|entry| entry.path().extension().is_some_and(|kind| kind == "cwasm")));

    // As under `sudo -E`. Only root can give a folder away.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    if chown(&other, Some(12_345), Some(12_345)).is_ok() {
        assert_eq!(code(&describe(&other)), 0);
        assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
    }
}
