//! The access log of `serve`: a line on standard error for each request, written by a thread of its own, so that a standard
//! error that nobody reads stops nothing else.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use logzio_soar_http_server::Access;

use crate::output::{cut, printable, say};

/// How many lines may wait to be written. Those above are counted and left out.
const WAITING: usize = 1_024;
/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Where requests are noted.
#[derive(Clone)]
pub(super) struct AccessLog {
    lines: SyncSender<Access>,
    lost: Arc<AtomicUsize>,
}

/// The end of the log, for when the service has ended.
pub(super) struct End(Receiver<()>);

impl AccessLog {
    pub(super) fn start() -> io::Result<(Self, End)> {
        let (lines, waiting) = sync_channel(WAITING);
        let lost = Arc::new(AtomicUsize::new(0));
        let (writes, end) = sync_channel(0);
        let count = Arc::clone(&lost);
        std::thread::Builder::new().name("access log".into()).spawn(move || {
            let _writes: SyncSender<()> = writes;
            for access in waiting {
                match count.swap(0, Ordering::Relaxed) {
                    0 => {}
                    lost => say("warning", &format!("{lost} requests are not in this log, since nobody read it")),
                }
                write(access);
            }
        })?;
        Ok((Self { lines, lost }, End(end)))
    }

    /// Notes a request. Never waits.
    pub(super) fn note(&self, access: Access) {
        if self.lines.try_send(access).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl End {
    /// Waits for the last lines, but not for long. The log must be dropped before.
    pub(super) fn wait(self) {
        // It fails as soon as the thread has ended.
        let _ = self.0.recv_timeout(LAST_LINES);
    }
}

fn write(access: Access) {
    let Access { client, method, path, status, took, bytes, stopped, .. } = access;
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.3fZ");
    let line = format!("{now} {client} {method} {path} {status} {} ms {bytes} bytes", took.as_millis());
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{}", cut(&printable(&line), 240));
    drop(stderr);
    if let Some(why) = stopped {
        say("warning", &why);
    }
}
