//! A service of documents that are made when they are asked for, such as metrics and health. Runs no component.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::activity::{Activity, Doing};
use crate::certificate::Certificate;
use crate::connections::Connections;
use crate::gate::{Gate, PATIENCE};
use crate::listener::is_passing;
use crate::paced::Paced;

/// How many clients may be connected. One more takes the place of the one that is idle the longest.
const CONNECTIONS: usize = 64;
/// How much of a request is buffered, in bytes. Its head has to fit.
const LARGEST_HEAD: usize = 16 << 10;

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// The status of the response.
    pub status: u16,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub content: String,
}

/// Documents by their paths, for `GET` and `HEAD`.
#[derive(Clone)]
#[must_use]
pub struct DocumentService {
    documents: Arc<Documents>,
    certificates: Option<watch::Receiver<Certificate>>,
}

/// Makes the document of a path.
type Of = dyn Fn(&str) -> Option<Document> + Send + Sync;

#[derive(Clone)]
struct Documents {
    gate: Gate,
    open: Vec<String>,
    of: Arc<Of>,
}

impl DocumentService {
    /// A service of what a function makes for a path; none if there is no such document. The function must not block.
    pub fn new(of: impl Fn(&str) -> Option<Document> + Send + Sync + 'static) -> Self {
        let documents = Documents { gate: Gate::default(), open: Vec::new(), of: Arc::new(of) };
        Self { documents: Arc::new(documents), certificates: None }
    }

    /// Answers only requests with this token, as `Authorization: Bearer TOKEN`, except for these paths.
    pub fn bearer_token(mut self, token: &str, except: &[&str]) -> Self {
        let documents = Arc::make_mut(&mut self.documents);
        documents.gate.require_bearer(token);
        documents.open = except.iter().map(|path| (*path).to_owned()).collect();
        self
    }

    /// Speaks TLS with its clients. The certificate may be replaced: each new connection gets what the receiver has by then.
    pub fn certificates(mut self, certificates: watch::Receiver<Certificate>) -> Self {
        self.certificates = Some(certificates);
        self
    }

    /// Serves on a listener until `shutdown` completes. Requests that are not answered by then are dropped.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let mut shutdown = pin!(shutdown);
        let connections = Connections::new(CONNECTIONS, 0);
        let mut clients = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => return Ok(()),
                Some(_) = clients.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) if is_passing(&error) => {
                    connections.close_one();
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Some(admitted) = connections.admit() else { continue };
            let _ = stream.set_nodelay(true);
            let service = self.clone();
            clients.spawn(async move {
                let activity = Arc::clone(&admitted.activity);
                let stream = Paced::new(stream, Arc::clone(&activity));
                let connection = async {
                    let certificate = service.certificates.as_ref().map(|now| now.borrow().clone());
                    let Some(Certificate(config)) = certificate else {
                        return service.connection(stream, Arc::clone(&activity)).await;
                    };
                    let agreed = tokio::time::timeout(PATIENCE, TlsAcceptor::from(config).accept(stream)).await;
                    if let Ok(Ok(stream)) = agreed {
                        service.connection(stream, Arc::clone(&activity)).await;
                    }
                };
                tokio::select! {
                    () = connection => {}
                    () = admitted.activity.closed() => {}
                }
            });
        }
    }

    async fn connection<S>(&self, stream: S, activity: Arc<Activity>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let documents = Arc::clone(&self.documents);
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            activity.set(Doing::Send);
            let response = documents.answer(&request);
            async move { Ok::<_, Infallible>(response) }
        });
        // A connection that breaks concerns its client alone.
        let _ = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }
}

impl Documents {
    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        let checked = self.gate.check_host(request.headers()).and_then(|()| {
            if self.open.iter().any(|open| open == path) { Ok(()) } else { self.gate.check_bearer(request.headers()) }
        });
        if let Err(problem) = checked {
            return problem.response().map(|body| Full::new(Bytes::from(body)));
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let Some(document) = (self.of)(path) else {
            return plain(StatusCode::NOT_FOUND, "there is no such document\n");
        };
        let mut response = Response::new(Full::new(Bytes::from(document.content)));
        *response.status_mut() = StatusCode::from_u16(document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(document.media_type));
        response
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(service: &DocumentService, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        service.documents.answer(&request.body(()).unwrap()).status().as_u16()
    }

    #[test]
    fn documents_need_the_token_but_for_those_that_are_open() {
        let service = DocumentService::new(|path| {
            let status = if path == "/readyz" { 503 } else { 200 };
            let known = ["/metrics", "/readyz"].contains(&path);
            known.then(|| Document { status, media_type: "text/plain", content: "x".into() })
        });
        let local = ("host", "127.0.0.1:9");
        assert_eq!(status(&service, "GET", "/metrics", &[local]), 200);
        assert_eq!(status(&service, "GET", "/metrics", &[("host", "evil.example")]), 421);
        assert_eq!(status(&service, "GET", "/nothing", &[local]), 404);
        assert_eq!(status(&service, "POST", "/metrics", &[local]), 405);
        let service = service.bearer_token("a-token-of-some-length", &["/readyz"]);
        assert_eq!(status(&service, "GET", "/metrics", &[local]), 401);
        assert_eq!(status(&service, "GET", "/readyz", &[("host", "watch.example")]), 503);
        let token = ("authorization", "Bearer a-token-of-some-length");
        assert_eq!(status(&service, "GET", "/metrics", &[("host", "watch.example"), token]), 200);
        assert_eq!(status(&service, "GET", "/metrics", &[local, ("authorization", "Bearer another")]), 401);
    }
}
