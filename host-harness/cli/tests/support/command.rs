//! The command that is tested.

use std::path::{Path, PathBuf};

/// The command.
pub(crate) const COMMAND: &str = env!("CARGO_BIN_EXE_logzio-soar");

/// One compiled component for all tests.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}
