//! What a connection is doing, as seen from outside: what its client is waited for, and since when.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It waits for the head of a request.
    Idle,
    /// It waits for the body of a request.
    Receive,
    /// Its request is carried out.
    Work,
    /// It waits for its client to take a response.
    Send,
}

/// What one connection is doing. Shared by what serves it and by what may have to close it.
pub(crate) struct Activity {
    state: Mutex<(Doing, Instant)>,
    close: Notify,
}

impl Activity {
    /// The activity of a new connection.
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new((Doing::Idle, Instant::now())), close: Notify::new() }
    }

    /// From now on, the connection does this.
    pub(crate) fn set(&self, doing: Doing) {
        *self.state() = (doing, Instant::now());
    }

    /// All that was to be sent is sent.
    pub(crate) fn flushed(&self) {
        let mut state = self.state();
        if state.0 == Doing::Send {
            *state = (Doing::Idle, Instant::now());
        }
    }

    /// What the connection is doing, and since when.
    pub(crate) fn since(&self) -> (Doing, Instant) {
        *self.state()
    }

    /// Asks for the connection to be closed.
    pub(crate) fn close(&self) {
        self.close.notify_one();
    }

    /// Ends when the connection has to be closed.
    pub(crate) async fn closed(&self) {
        self.close.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, (Doing, Instant)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
