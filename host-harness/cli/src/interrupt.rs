//! Ctrl-C and SIGTERM: the first asks the command to end where everything is consistent, the second ends it at once.

use tokio::sync::watch;

use crate::failure::Failure;
use crate::output::note;

/// Tells when the command was asked to end.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Takes over the signals.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            signal().await;
            if sender.send(true).is_ok() {
                // A terminal that takes nothing must not keep the command from ending.
                std::thread::spawn(|| note("stopping; once more to stop at once"));
            }
            signal().await;
            std::process::exit(i32::from(Failure::Interrupted.code()));
        });
        Self(receiver)
    }

    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the command was asked to end.
    pub(crate) async fn wait(&mut self) {
        if self.0.wait_for(|set| *set).await.is_err() {
            // The listener lives as long as the process.
            std::future::pending::<()>().await;
        }
    }

    /// The outcome of some work, unless the command was asked to end first.
    pub(crate) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.wait() => Err(Failure::Interrupted),
            outcome = work => Ok(outcome),
        }
    }
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
