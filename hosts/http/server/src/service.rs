//! The sockets of clients: accepted, with TLS if there is a certificate, limited in number and in time, and ended in good order.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderValue, header};

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use logzio_soar_host::Runner;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::access::Access;
use crate::activity::{Activity, Doing};
use crate::call::Calls;
use crate::certificate::Certificate;
use crate::connections::{Admitted, Connections, Purpose};
use crate::descriptors;
use crate::gate::{Gate, PATIENCE};
use crate::listener::is_passing;
use crate::paced::Paced;
use crate::threads::Threads;
use crate::unusable_url::UnusableUrl;

/// How many connections there may be for each call that may run at a time.
const CONNECTIONS_PER_CALL: usize = 32;
/// How many connections there may be besides, for documents such as the health.
const SPARE_CONNECTIONS: usize = 32;
/// How many file descriptors are left for connections to Logz.io, for each call that may run at a time.
const DESCRIPTORS_PER_CALL: usize = 2;
/// How many file descriptors are left for everything else.
const OTHER_DESCRIPTORS: usize = 64;
/// How many requests a connection may have. Another one costs little, and a new connection waits its turn.
const REQUESTS_PER_CONNECTION: usize = 1_000;
/// How long a client may take for the head of a request where all other connections have calls in progress.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);
/// How much of a client's requests is buffered, in bytes. The head of a request has to fit.
const LARGEST_HEAD: usize = 32 << 10;
/// How long requests in progress may take after the service was asked to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(30);

/// A component that answers HTTP requests, each in a sandbox of its own.
#[derive(Clone)]
#[must_use]
pub struct HttpService {
    calls: Arc<Calls>,
    /// For each new connection, what it has by then.
    certificates: Option<watch::Receiver<Certificate>>,
}

impl HttpService {
    /// A service of the runner's component, for every client that can reach its port, with 64 calls at a time. A request may name
    /// a region as its endpoint, but no URL.
    pub fn new(runner: Runner) -> Self {
        Self { calls: Arc::new(Calls::new(runner)), certificates: None }
    }

    /// Answers only requests with this token, as `Authorization: Bearer TOKEN`. `/healthz` and `/openapi.json` need none.
    pub fn bearer_token(self, token: &str) -> Self {
        self.with(|calls| calls.gate.require_bearer(token))
    }

    /// Speaks TLS 1.2 or 1.3 with its clients, in place of plain HTTP.
    pub fn certificate(self, certificate: Certificate) -> Self {
        self.certificates(watch::channel(certificate).1)
    }

    /// The same with a certificate that may be replaced, such as by a renewed one: each new connection gets what the receiver
    /// has by then.
    pub fn certificates(mut self, certificates: watch::Receiver<Certificate>) -> Self {
        self.certificates = Some(certificates);
        self
    }

    /// Lets requests name a URL of the same origin as this one.
    ///
    /// # Errors
    /// [`UnusableUrl`] if it cannot be an endpoint: that is `https`, or `http` on a loopback address.
    pub fn allow_url(self, url: &str) -> Result<Self, UnusableUrl> {
        match Gate::origin_of(url, &self.calls.runner) {
            Some(origin) => Ok(self.with(|calls| calls.gate.allow(origin))),
            None => Err(UnusableUrl(url.to_owned())),
        }
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
            calls.make_room();
        })
    }

    /// A function that is called with each request once it is answered.
    pub fn log(self, log: impl Fn(Access) + Send + Sync + 'static) -> Self {
        self.with(|calls| calls.log = Arc::new(log))
    }

    fn with(self, change: impl FnOnce(&mut Calls)) -> Self {
        let mut calls = Calls::clone(&self.calls);
        change(&mut calls);
        Self { calls: Arc::new(calls), certificates: self.certificates }
    }

    /// Serves HTTP/1.1, inside of TLS if there is a certificate, on a listener until `shutdown` completes, then finishes the requests in progress, for 30 seconds at
    /// most. Raises the limit of open files of this process, if it is low and may be raised.
    ///
    /// There may be 32 connections for each call that may run at a time, or as many as the limit of open files leaves room
    /// for. A new one above that takes the place of the one that has been idle the longest.
    ///
    /// # Errors
    /// If the listener fails, or if so few files may be open that calls could not run.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let mut shutdown = pin!(shutdown);
        let graceful = GracefulShutdown::new();
        let connections = Connections::new(self.connections()?, SPARE_CONNECTIONS);
        let threads = Threads::start()?;
        let service = self.clone().with(|calls| calls.threads = threads.handle());
        // Whoever has not even agreed on TLS when the service is to end has no request in progress.
        let (running, ending) = watch::channel(());
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            let (stream, client) = match accepted {
                Ok(accepted) => accepted,
                // A client that hung up, or a moment without file descriptors, is no reason to stop.
                Err(error) if is_passing(&error) => {
                    connections.close_one();
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Where all clients wait for the service, one more is turned away: it could only wait, too.
            let Some(admitted) = connections.admit() else { continue };
            let _ = stream.set_nodelay(true);
            let stream = Paced::new(stream, Arc::clone(&admitted.activity));
            let (service, watcher, mut ending) = (service.clone(), graceful.watcher(), ending.clone());
            tokio::spawn(async move {
                let Admitted { activity, purpose, .. } = &admitted;
                let connection = async {
                    let certificate = service.certificates.as_ref().map(|now| now.borrow().clone());
                    let Some(tls) = certificate.map(|certificate| TlsAcceptor::from(certificate.0)) else {
                        return watcher.watch(service.connection(stream, client, activity, *purpose)).await;
                    };
                    let agreed = tokio::select! {
                        agreed = tokio::time::timeout(patience(*purpose), tls.accept(stream)) => agreed,
                        _ = ending.changed() => return Ok(()),
                    };
                    match agreed {
                        Ok(Ok(stream)) => watcher.watch(service.connection(stream, client, activity, *purpose)).await,
                        // It is too slow, or speaks something else, or does not trust the certificate.
                        _ => Ok(()),
                    }
                };
                tokio::select! {
                    // A connection that breaks concerns its client alone.
                    _ = connection => {}
                    () = activity.closed() => {}
                }
            });
        }
        drop(running);
        let _ = tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await;
        Ok(())
    }

    /// How many connections there may be.
    fn connections(&self) -> io::Result<usize> {
        let at_once = self.calls.at_once;
        let own = OTHER_DESCRIPTORS + SPARE_CONNECTIONS + at_once.saturating_mul(DESCRIPTORS_PER_CALL);
        let wanted = at_once.saturating_mul(CONNECTIONS_PER_CALL);
        let Some(limit) = descriptors::raise_to(own.saturating_add(wanted)) else { return Ok(wanted) };
        let most = limit.saturating_sub(own).min(wanted);
        if most < at_once {
            let least = own + at_once;
            return Err(io::Error::other(format!(
                "{limit} open files are too few for {at_once} calls at a time: allow at least {least} (ulimit -n {least}), \
                 or fewer calls at a time"
            )));
        }
        Ok(most)
    }

    fn connection<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        &self,
        stream: S,
        client: SocketAddr,
        activity: &Arc<Activity>,
        purpose: Purpose,
    ) -> impl GracefulConnection<Error = hyper::Error> + use<S> {
        let calls = Arc::clone(&self.calls);
        let activity = Arc::clone(activity);
        let requests = match purpose {
            Purpose::Any => REQUESTS_PER_CONNECTION,
            Purpose::Document => 1,
        };
        let answered = Arc::new(AtomicUsize::new(0));
        let service = hyper::service::service_fn(move |request| {
            let (calls, activity, answered) = (Arc::clone(&calls), Arc::clone(&activity), Arc::clone(&answered));
            async move {
                activity.set(Doing::Receive);
                let mut response = calls.answer(request, client, &activity, purpose).await;
                if answered.fetch_add(1, Ordering::Relaxed) + 1 >= requests {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                activity.set(Doing::Send);
                Ok::<_, Infallible>(response)
            }
        });
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience(purpose))
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
    }
}

/// How long a client may take to agree on TLS, and for the head of a request.
fn patience(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::Any => PATIENCE,
        Purpose::Document => SHORT_PATIENCE,
    }
}
