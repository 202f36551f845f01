//! The word that it is time to end.

use tokio::sync::watch;

/// Learns when it is time to end.
#[derive(Clone)]
pub(crate) struct Stopping(watch::Receiver<bool>);

/// Says that it is time to end. Dropping it says so, too.
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> (Self, Stopping) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stopping(receiver))
    }

    pub(crate) fn set(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Ends when it is time to end.
    pub(crate) async fn wait(&mut self) {
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }

    /// What some work returns; none if it is time to end first, and then the work is dropped.
    pub(crate) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.wait() => None,
            done = work => Some(done),
        }
    }
}
