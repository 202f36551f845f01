//! The connections of clients: accepted, limited in number, and ended in good order.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use logzio_soar_host::Runner;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::access::Access;
use crate::call::Calls;
use crate::gate::{Gate, PATIENCE};

/// How many connections there may be for each call that may run at a time.
const CONNECTIONS_PER_CALL: usize = 16;
/// How long requests in progress may take after the service was asked to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(30);

/// A component that answers HTTP requests, each in a sandbox of its own.
#[derive(Clone)]
#[must_use]
pub struct HttpService(Arc<Calls>);

impl HttpService {
    /// A service of the runner's component, for anybody who can reach its port, with 64 calls at a time. A request may name
    /// a region as its endpoint, but no URL.
    pub fn new(runner: Runner) -> Self {
        Self(Arc::new(Calls::new(runner)))
    }

    /// Answers only requests with this token, as `Authorization: Bearer TOKEN`. `/healthz` and `/openapi.json` need none.
    pub fn bearer_token(self, token: &str) -> Self {
        self.with(|calls| calls.gate.require_bearer(token))
    }

    /// Lets requests name a URL of the same origin as this one. False if it cannot be an endpoint: `https`, or `http` on a
    /// loopback address.
    pub fn allow_url(&mut self, url: &str) -> bool {
        let Some(origin) = Gate::origin_of(url, &self.0.runner) else { return false };
        *self = self.clone().with(|calls| calls.gate.allow(origin));
        true
    }

    /// Lets requests name any URL: whoever can call the service can make it connect to any server, with tokens of their
    /// own.
    pub fn allow_any_url(self) -> Self {
        self.with(|calls| calls.gate.allow_any())
    }

    /// The time budget of requests that name none, in milliseconds.
    pub fn time_budget_ms(self, milliseconds: u32) -> Self {
        self.with(|calls| calls.time_budget_ms = Some(milliseconds))
    }

    /// How many calls run at a time, at least 1. Others wait for up to ten seconds, and then have to be sent again.
    pub fn at_once(self, calls: usize) -> Self {
        let at_once = calls.max(1);
        self.with(|calls| {
            calls.at_once = at_once;
            calls.running = Arc::new(Semaphore::new(at_once));
        })
    }

    /// A function that is called with each request once it is answered.
    pub fn log(self, log: impl Fn(Access) + Send + Sync + 'static) -> Self {
        self.with(|calls| calls.log = Arc::new(log))
    }

    fn with(self, change: impl FnOnce(&mut Calls)) -> Self {
        let mut calls = Calls::clone(&self.0);
        change(&mut calls);
        Self(Arc::new(calls))
    }

    /// Serves HTTP/1.1 on a listener until `shutdown` completes, then finishes the requests in progress, for 30 seconds at
    /// most.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let mut shutdown = pin!(shutdown);
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Semaphore::new(self.0.at_once.saturating_mul(CONNECTIONS_PER_CALL)));
        loop {
            let permit = tokio::select! {
                () = &mut shutdown => break,
                // Above this number of connections, clients wait in the queue of the system.
                permit = Arc::clone(&connections).acquire_owned() => permit,
            };
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            let (stream, client) = match accepted {
                Ok(accepted) => accepted,
                // A client that hung up, or a moment without file handles, is no reason to stop.
                Err(error) if is_passing(&error) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let connection = self.connection(stream, client);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // A connection that breaks concerns its client alone.
                let _ = connection.await;
                drop(permit);
            });
        }
        let _ = tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await;
        Ok(())
    }

    fn connection(
        &self,
        stream: TcpStream,
        client: SocketAddr,
    ) -> impl GracefulConnection<Error = hyper::Error> + use<> {
        let _ = stream.set_nodelay(true);
        let calls = Arc::clone(&self.0);
        let service = hyper::service::service_fn(move |request| {
            let calls = Arc::clone(&calls);
            async move { Ok::<_, Infallible>(calls.answer(request, client).await) }
        });
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .serve_connection(TokioIo::new(stream), service)
    }
}

/// Whether the next connection may succeed all the same.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    // EMFILE and ENFILE, which have no kind of their own.
    const NO_HANDLES: [i32; 2] = [23, 24];
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
        || error.raw_os_error().is_some_and(|code| NO_HANDLES.contains(&code))
}
