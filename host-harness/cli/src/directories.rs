//! Where the files of this command belong.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// Where the configuration file of this command belongs.
pub(crate) fn configuration() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.config_dir().join("logzio-soar"))
}

/// Where files of this command belong that can be made again.
pub(crate) fn cache() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_native_strategy().ok()?.cache_dir().join("logzio-soar"))
}
