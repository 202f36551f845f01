//! A secret that a command writes.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::error::SinkError;

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How much it may write, in bytes.
const LARGEST: u64 = 64 << 10;

/// What a command writes to its standard output. It is started without a shell, in a folder.
pub(super) async fn output(what: &str, command: &[String], folder: &Path) -> Result<String, SinkError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(SinkError(format!("{what}: the command is empty: name a program")));
    };
    let failed = |why: String| SinkError(format!("{what}: the command {program} {why}"));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let mut child =
        command.spawn().map_err(|error| failed(format!("could not be started: {error}: check its path")))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ended = tokio::time::timeout(LIMIT, async { tokio::try_join!(bounded(stdout), bounded(stderr), child.wait()) });
    let (stdout, stderr, status) = ended
        .await
        .map_err(|_| failed(format!("did not end within {} s: let it ask nothing", LIMIT.as_secs())))?
        .map_err(|error| failed(format!("could not be read: {error}")))?;
    if !status.success() {
        // Standard error is for people; standard output may hold a part of the secret.
        let said: String = String::from_utf8_lossy(&stderr).trim().chars().take(200).collect();
        return Err(failed(format!("failed with {status}: {said}: run it by hand to see why")));
    }
    String::from_utf8(stdout).map_err(|_| failed("wrote what is no UTF-8: let it write the secret alone".into()))
}

/// All that a stream holds, up to a bound.
async fn bounded(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(stream) = stream {
        stream.take(LARGEST + 1).read_to_end(&mut read).await?;
    }
    if read.len() as u64 > LARGEST { Err(std::io::Error::other("it wrote more than 64 KiB")) } else { Ok(read) }
}
