//! The process of an adapter: it is killed together with what it started, and its output is read in lines.

use std::io::{self, BufRead, BufReader, Read};
use std::process::Child;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

/// The longest line that is read. A page of the most logs that the contract allows is a fraction of it.
const LONGEST_LINE: u64 = 512 << 20;

/// Reads lines until the end, or until one is not whole.
pub(super) fn read_lines(output: impl Read, read: &UnboundedSender<io::Result<Vec<u8>>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let outcome = match output.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(_) if line.ends_with(b"\n") => Ok(line),
            Ok(0) => return,
            Ok(count) if count as u64 == LONGEST_LINE => {
                let why = format!("since the line is longer than {} MiB", LONGEST_LINE >> 20);
                Err(io::Error::new(io::ErrorKind::InvalidData, why))
            }
            Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "since it ends within a line")),
            Err(error) => Err(error),
        };
        let last = outcome.is_err();
        if read.send(outcome).is_err() || last {
            return;
        }
    }
}

/// A process and what it started. Killed when it is dropped.
pub(super) struct Process(Child);

impl Process {
    pub(super) fn new(child: Child) -> Self {
        Self(child)
    }

    /// How it ended, for a sentence. It has closed its output; it may need a moment more.
    pub(super) fn how_it_ended(&mut self) -> String {
        for _ in 0..20 {
            match self.0.try_wait() {
                Ok(Some(status)) => return format!("ended ({status})"),
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => break,
            }
        }
        "closed its standard output".into()
    }

    pub(super) fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // The group may outlive its first process. It is gone if this fails.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
