//! A warning of a file that holds a secret where other users can read it.

use std::path::Path;

use logzio_soar_accounts::private_file;

use crate::output::say;

pub(crate) use private_file::read;

/// Warns of a file that other users of this machine can read. What it holds is named, such as `a token`.
pub(crate) fn warn_if_others_can_read(path: &Path, holds: &str) {
    if private_file::others_can_read(path) {
        say("warning", &private_file::warning(path, holds));
    }
}
