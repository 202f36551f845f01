//! Lines on standard output.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use async_trait::async_trait;

use crate::envelope::Envelope;
use crate::error::SinkError;
use crate::format::Format;
use crate::sink::{Sink, Undelivered};

/// How many lines are written at once.
const MOST_AT_ONCE: usize = 100;

/// Standard output. Nothing is buffered.
pub(crate) struct StandardSink {
    format: Format,
    output: Arc<File>,
    /// Whether a line may be unfinished, so that the next bytes begin with a line break.
    breaks_line: bool,
}

impl StandardSink {
    pub(crate) fn open(format: Format) -> Result<Self, SinkError> {
        let output = own_output().map_err(|error| {
            SinkError(format!("standard output cannot be used: {error}: start with one that is open"))
        })?;
        Ok(Self::to(output, format))
    }

    fn to(output: File, format: Format) -> Self {
        Self { format, output: Arc::new(output), breaks_line: false }
    }
}

/// Past Rust's own, which takes a write to a descriptor that cannot be written to for done.
#[cfg(unix)]
fn own_output() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn own_output() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}

#[async_trait]
impl Sink for StandardSink {
    fn most_at_once(&self) -> usize {
        MOST_AT_ONCE
    }

    async fn deliver(&mut self, batch: &[Envelope]) -> Result<(), Undelivered> {
        let mut lines = if self.breaks_line { vec![b'\n'] } else { Vec::new() };
        for envelope in batch {
            self.format.write(envelope, &mut lines)?;
            lines.push(b'\n');
        }
        self.breaks_line = true;
        let output = Arc::clone(&self.output);
        // A reader that takes nothing must not hold up anything else.
        let written = tokio::task::spawn_blocking(move || (&*output).write_all(&lines)).await;
        match written.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(()) => {
                self.breaks_line = false;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Undelivered::later(
                "the reader of standard output is gone: start again with a program that reads it",
            )),
            Err(error) => Err(Undelivered::later(format!(
                "standard output could not be written: {error}: send it somewhere that can be written to"
            ))),
        }
    }
}
