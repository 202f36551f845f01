//! A component of `wasi:http/proxy` behind a port: who may call it, how many at a time, and what they hear if the sandbox had
//! to stop it. What it answers is the component's part.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

mod request_connection;

use request_connection::RequestConnection;

use crate::contract::Endpoint;
use crate::contract::endpoint::origin_of;
use crate::engine::Runner;
use crate::error::RunnerError;
use crate::origin::{Origin, is_loopback};

/// The longest body of a request, in bytes.
const LONGEST_BODY: usize = 4 << 20;
/// How long a client may take for a request's head, and for its body.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a request may wait for others to end.
const LONGEST_QUEUE: Duration = Duration::from_secs(10);
/// How many connections there may be for each call that may run.
const CONNECTIONS_PER_CALL: usize = 16;
/// How long requests under way may take after the service was asked to end.
const LAST_REQUESTS: Duration = Duration::from_secs(30);

/// What became of a request, for a log. It holds no token, no query and no body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Access {
    /// Who asked.
    pub client: SocketAddr,
    /// The method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
    /// How many bytes the answer's body has.
    pub bytes: usize,
    /// What the sandbox had to stop, if it had to.
    pub stopped: Option<String>,
}

/// A component that answers HTTP requests, each in a sandbox of its own.
#[derive(Clone)]
#[must_use]
pub struct HttpService(Arc<Settings>);

#[derive(Clone)]
struct Settings {
    runner: Runner,
    bearer: Option<[u8; 32]>,
    urls: Urls,
    time_budget_ms: Option<u32>,
    at_once: usize,
    calls: Arc<Semaphore>,
    log: Arc<dyn Fn(Access) + Send + Sync>,
}

/// Which URLs a request may name as its endpoint. Regions of Logz.io's are always allowed.
#[derive(Clone)]
enum Urls {
    Any,
    These(Vec<Origin>),
}

impl HttpService {
    /// A service of the runner's component, for anybody who can reach its port, 64 calls at a time. A request may name a
    /// region as its endpoint, but no URL.
    pub fn new(runner: Runner) -> Self {
        let at_once = 64;
        Self(Arc::new(Settings {
            runner,
            bearer: None,
            urls: Urls::These(Vec::new()),
            time_budget_ms: None,
            at_once,
            calls: Arc::new(Semaphore::new(at_once)),
            log: Arc::new(|_| {}),
        }))
    }

    /// Answers only requests with this token, as `Authorization: Bearer TOKEN`; `/healthz` and `/openapi.json` need none.
    pub fn bearer_token(self, token: &str) -> Self {
        let digest = Sha256::digest(token.trim());
        self.with(|settings| settings.bearer = Some(digest.into()))
    }

    /// Lets requests name a URL of the same origin as this one. False if it cannot be an endpoint: `https`, or `http` on a
    /// loopback address.
    pub fn allow_url(&mut self, url: &str) -> bool {
        let Some(origin) = origin_of(&Endpoint::Url(url.into())) else { return false };
        let service = self.clone().with(|settings| {
            if let Urls::These(allowed) = &mut settings.urls {
                allowed.push(origin);
            }
        });
        *self = service;
        true
    }

    /// Lets requests name any URL: whoever can call the service can have it connect to any server, with tokens of their own.
    pub fn allow_any_url(self) -> Self {
        self.with(|settings| settings.urls = Urls::Any)
    }

    /// The time budget of requests that name none, in milliseconds.
    pub fn time_budget_ms(self, milliseconds: u32) -> Self {
        self.with(|settings| settings.time_budget_ms = Some(milliseconds))
    }

    /// How many calls run at a time, from 1. Others wait for ten seconds, and are then asked to come again.
    pub fn at_once(self, calls: usize) -> Self {
        let calls = calls.max(1);
        self.with(|settings| {
            settings.at_once = calls;
            settings.calls = Arc::new(Semaphore::new(calls));
        })
    }

    /// Tells this of every request once it is answered.
    pub fn log(self, log: impl Fn(Access) + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.log = Arc::new(log))
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::clone(&self.0);
        change(&mut settings);
        Self(Arc::new(settings))
    }

    /// Serves HTTP/1.1 on a listener until `shutdown` completes, and what is under way then for another 30 seconds at most.
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
                // Beyond so many connections, clients wait in the listener's own queue.
                permit = Arc::clone(&connections).acquire_owned() => permit,
            };
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            let (stream, client) = match accepted {
                Ok(accepted) => accepted,
                // A client that has gone again, or a moment without file handles, is no reason to stop.
                Err(error) if is_passing(&error) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let connection = self.connection(stream, client);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // How a connection ends is the client's business.
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
    ) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + use<> {
        let _ = stream.set_nodelay(true);
        let settings = Arc::clone(&self.0);
        let service = hyper::service::service_fn(move |request| {
            let settings = Arc::clone(&settings);
            async move { Ok::<_, Infallible>(settings.answer(request, client).await) }
        });
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .serve_connection(TokioIo::new(stream), service)
    }
}

fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    const NO_HANDLES: [i32; 2] = [23, 24];
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
        || error.raw_os_error().is_some_and(|code| NO_HANDLES.contains(&code))
}

impl Settings {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let (answer, stopped) = match self.checked(request).await {
            Ok((request, _permit)) => {
                let connection =
                    (request.method() == Method::POST).then(|| RequestConnection::of(&request).connection());
                match self.runner.handle(request, connection.as_ref()).await {
                    Ok(answer) => (answer, None),
                    Err(error) => (Refusal::stopped(&error).response(), Some(error.to_string())),
                }
            }
            Err(refusal) => (refusal.response(), None),
        };
        let access = Access {
            client,
            method,
            path,
            status: answer.status().as_u16(),
            took: started.elapsed(),
            bytes: answer.body().len(),
            stopped,
        };
        (self.log)(access);
        answer.map(Full::new)
    }

    /// The request as the component gets it, if it may have it, and its place among the calls that run.
    async fn checked(
        &self,
        request: Request<Incoming>,
    ) -> Result<(Request<Bytes>, Option<OwnedSemaphorePermit>), Refusal> {
        let (mut head, body) = request.into_parts();
        self.check_host(&head.headers)?;
        let is_open = matches!(head.uri.path(), "/healthz" | "/openapi.json");
        if !is_open {
            self.check_bearer(&head.headers)?;
        }
        // The component has no use for it.
        head.headers.remove(header::AUTHORIZATION);
        let body = read(body).await?;
        if let Some(ms) = self.time_budget_ms.filter(|_| !head.headers.contains_key("logzio-time-budget-ms")) {
            head.headers.insert("logzio-time-budget-ms", HeaderValue::from(ms));
        }
        let request = Request::from_parts(head, body);
        self.check_url(&request)?;
        if request.method() != Method::POST {
            return Ok((request, None));
        }
        match tokio::time::timeout(LONGEST_QUEUE, Arc::clone(&self.calls).acquire_owned()).await {
            Ok(Ok(permit)) => Ok((request, Some(permit))),
            _ => Err(Refusal::busy(self.at_once)),
        }
    }

    /// A page in a browser on this machine can reach a loopback port under a name of its own. It has no token; where none is
    /// asked for, only names of this machine are answered.
    fn check_host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        if host.is_empty() {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "invalid-call",
                "The call cannot be read",
                "send the header Host",
            ));
        }
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        if self.bearer.is_some() || is_loopback(&name.to_ascii_lowercase()) {
            return Ok(());
        }
        let detail = "without a bearer token, this service answers under a loopback address only: call it as 127.0.0.1, or \
                      start it with a token";
        Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", "The host is another", detail))
    }

    fn check_bearer(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(expected) = &self.bearer else { return Ok(()) };
        let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
        let given = given.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        // The digests are compared, so the time that takes says nothing of the token.
        let given = given.map(|(_, token)| <[u8; 32]>::from(Sha256::digest(token.trim_ascii())));
        if given.as_ref() == Some(expected) {
            return Ok(());
        }
        let detail = "send the token that the service was started with, as Authorization: Bearer TOKEN";
        let mut refusal = Refusal::new(
            StatusCode::UNAUTHORIZED,
            "not-authorized",
            "This service does not accept the bearer token",
            detail,
        );
        refusal.header = Some(("www-authenticate", "Bearer"));
        Err(refusal)
    }

    fn check_url(&self, request: &Request<Bytes>) -> Result<(), Refusal> {
        let Urls::These(allowed) = &self.urls else { return Ok(()) };
        let Some(endpoint @ Endpoint::Url(_)) = RequestConnection::of(request).endpoint else { return Ok(()) };
        // One that cannot be used at all is refused by the component, with the reason.
        match origin_of(&endpoint) {
            Some(origin) if !allowed.contains(&origin) => {
                let detail = "this service connects to regions of Logz.io, and to the URLs that it was started with: name a \
                              region, or start it with --allow-url";
                Err(Refusal::new(StatusCode::BAD_REQUEST, "url-not-allowed", "The URL is not allowed here", detail))
            }
            _ => Ok(()),
        }
    }
}

async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    let reading = Limited::new(body, LONGEST_BODY).collect();
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let detail = format!("the body may have {LONGEST_BODY} bytes: split the call");
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too long", detail))
        }
        Ok(Err(_)) => {
            let detail = "the body broke off: send it again";
            Err(Refusal::new(StatusCode::BAD_REQUEST, "invalid-call", "The call cannot be read", detail))
        }
        Err(_) => {
            let detail = format!("the body did not arrive within {} s: send it again", PATIENCE.as_secs());
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", "The call cannot be read", detail))
        }
    }
}

/// Why the service itself refuses a request: a problem document (RFC 9457).
struct Refusal {
    status: StatusCode,
    name: &'static str,
    title: &'static str,
    detail: String,
    header: Option<(&'static str, &'static str)>,
}

impl Refusal {
    fn new(status: StatusCode, name: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, name, title, detail: detail.into(), header: None }
    }

    fn busy(at_once: usize) -> Self {
        let detail = format!("{at_once} calls are under way, and none ended in time: call again in a while");
        let mut refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "This service has too much to do", detail);
        refusal.header = Some(("retry-after", "5"));
        refusal
    }

    fn stopped(error: &RunnerError) -> Self {
        let remedy = match error {
            RunnerError::DeadlineExceeded { .. } => "call again, or name a longer time budget",
            _ => "call again with less, or run another version of the component",
        };
        let detail = format!("{error}; {remedy}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "trap", "The component failed, and was stopped", detail)
    }

    fn response(self) -> Response<Bytes> {
        let document = json!({
            "type": format!("urn:logzio-soar:problem:{}", self.name),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = Response::new(Bytes::from(document.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some((name, value)) = self.header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
