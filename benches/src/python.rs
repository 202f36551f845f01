//! Python's way: the usual libraries, with the same requests. It is in `baseline.py`.

use std::path::Path;
use std::process::Command;

/// The interpreter: `PYTHON` may name one that has the package `requests`.
pub(crate) fn command() -> Command {
    let interpreter = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(interpreter);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("baseline.py"));
    command
}
