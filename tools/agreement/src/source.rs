//! Files of this repository.

use std::path::PathBuf;

/// The path of a file, from the top of the repository on.
#[must_use]
pub fn path(relative: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(relative)
}

/// The text of a file.
///
/// # Errors
///
/// The file is not there.
pub fn read(relative: &str) -> Result<String, String> {
    std::fs::read_to_string(path(relative)).map_err(|error| {
        format!("{relative} cannot be read: {error}. If it was moved, name its place in tools/agreement")
    })
}
