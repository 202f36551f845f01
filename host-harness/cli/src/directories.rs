//! Where the files of this command belong.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// Where files of this command belong that can be made again.
pub(crate) fn cache() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.cache_dir().join("logzio-soar"))
}

/// Where files of this command belong that must last, and that people do not edit.
pub(crate) fn state() -> Option<PathBuf> {
    let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("logzio-soar"))
}
