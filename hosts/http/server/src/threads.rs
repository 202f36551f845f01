//! Threads for calls alone: components that are busy must delay neither sockets nor the health. Knows nothing of calls.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// Threads, which end when this is dropped.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    /// As many threads as the machine has processors.
    pub(crate) fn start() -> io::Result<Self> {
        let threads = Builder::new_multi_thread().thread_name("calls").enable_all().build()?;
        Ok(Self(Some(threads)))
    }

    /// What puts work on these threads.
    pub(crate) fn handle(&self) -> Option<Handle> {
        self.0.as_ref().map(|threads| threads.handle().clone())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for them would block whoever drops this.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

/// Does some work on these threads, or, if there are none, here. It ends early if this is dropped. None if it panicked.
pub(crate) async fn on<T: Send + 'static>(
    threads: Option<&Handle>,
    work: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    struct Aborting<T>(JoinHandle<T>);
    impl<T> Drop for Aborting<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let Some(threads) = threads else { return Some(work.await) };
    let mut running = Aborting(threads.spawn(work));
    (&mut running.0).await.ok()
}
