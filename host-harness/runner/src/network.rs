//! The live upstream: one pooled HTTP client for all calls, and what its errors mean. It knows hyper and rustls, and
//! nothing of who asks.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::Service;

use crate::error::RunnerError;
use crate::network_options::NetworkOptions;
use crate::proxy::{ProxyError, Route};
use crate::trust;
use crate::upstream::{OutgoingBody, Patience, SendError};

/// For name resolution, TCP, a proxy and TLS together, if the component names no shorter time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Until the head of the answer, if the component names no shorter time.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(600);
/// Shorter than the time after which load balancers in front of APIs close idle connections.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct Network {
    client: Client<HttpsConnector<Route<HttpConnector<Resolver>>>, OutgoingBody>,
}

impl Network {
    pub(crate) fn new(options: &NetworkOptions) -> Result<Self, RunnerError> {
        let tls = trust::client_config(options)?;
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        let route = Route::new(tcp, tls.clone(), options.named_proxy()?);
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(route);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Self { client })
    }

    pub(crate) async fn send(
        &self,
        mut request: Request<OutgoingBody>,
        patience: Patience,
    ) -> Result<Response<OutgoingBody>, SendError> {
        let connect = patience.connect.unwrap_or(CONNECT_TIMEOUT).min(CONNECT_TIMEOUT);
        let first_byte = patience.first_byte.unwrap_or(FIRST_BYTE_TIMEOUT);
        let mut connected = capture_connection(&mut request);
        let mut answer = self.client.request(request);
        // 1. A connection, from the pool or a new one. The client may give up first, and then never reports one.
        let early = tokio::time::timeout(connect, async {
            tokio::select! {
                biased;
                answer = &mut answer => Some(answer),
                _ = connected.wait_for_connection_metadata() => None,
            }
        })
        .await
        .map_err(|_| SendError::ConnectTimeout)?;
        // 2. The head of the answer.
        let answer = match early {
            Some(answer) => answer,
            None => tokio::time::timeout(first_byte, answer).await.map_err(|_| SendError::ReadTimeout)?,
        };
        match answer {
            Ok(response) => Ok(response.map(|body| body.map_err(Into::into).boxed_unsync())),
            Err(error) => Err(cause(&error, error.is_connect())),
        }
    }
}

/// What the chain of an error's causes comes down to.
fn cause(error: &(dyn Error + 'static), connecting: bool) -> SendError {
    if let Some(proxy) = find::<ProxyError>(error) {
        return match proxy {
            ProxyError::PasswordNeeded => SendError::ProxyPassword,
            ProxyError::NoTunnel => SendError::ProxyRefused,
            ProxyError::Unreachable(why) => SendError::ProxyUnreachable(match cause(&**why, true) {
                SendError::Dns(_) => "its name could not be resolved",
                SendError::Refused => "the connection was refused",
                SendError::ConnectTimeout => "it does not answer",
                SendError::Certificate => "its certificate is not trusted",
                SendError::Tls => "TLS could not be set up",
                SendError::Terminated => "it broke off the connection",
                _ => "no connection could be made",
            }),
        };
    }
    if let Some(NotResolved(why)) = find::<NotResolved>(error) {
        return SendError::Dns(why.to_string());
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return match tls {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => SendError::Certificate,
            _ => SendError::Tls,
        };
    }
    if let Some(failed) = find::<io::Error>(error) {
        match failed.kind() {
            io::ErrorKind::ConnectionRefused => return SendError::Refused,
            io::ErrorKind::TimedOut if connecting => return SendError::ConnectTimeout,
            io::ErrorKind::TimedOut => return SendError::ReadTimeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                return SendError::Unreachable;
            }
            // A server that hangs up while TLS is being negotiated.
            io::ErrorKind::UnexpectedEof if connecting => return SendError::Tls,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => return SendError::Terminated,
            _ => {}
        }
    }
    match find::<hyper::Error>(error) {
        Some(http) if http.is_incomplete_message() || http.is_closed() || http.is_canceled() => SendError::Terminated,
        Some(http) if http.is_timeout() => SendError::ReadTimeout,
        Some(http) if http.is_parse() => SendError::Protocol,
        _ if connecting => SendError::Unreachable,
        _ => SendError::Other(error.to_string()),
    }
}

/// What a failed body means. The connection is gone in any case, but an answer cut short is worth its own name.
pub(crate) fn body_cause(error: &(dyn Error + 'static)) -> SendError {
    match cause(error, false) {
        SendError::Other(_) | SendError::Terminated => SendError::Incomplete,
        other => other,
    }
}

/// The first error of a type in a chain of causes, looking into `io::Error`, which hides what it wraps from the chain.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut error = error;
    loop {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match (error.downcast_ref::<T>(), wrapped) {
            // An `io::Error` around another one has nothing to say by itself.
            (Some(found), None) => return Some(found),
            (Some(found), Some(inner)) => return find(inner).or(Some(found)),
            (None, Some(inner)) => error = inner,
            (None, None) => error = error.source()?,
        }
    }
}

/// The system's name resolution, with errors that can be told from those of TCP.
#[derive(Clone)]
struct Resolver(GaiResolver);

#[derive(Debug)]
struct NotResolved(io::Error);

impl std::fmt::Display for NotResolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for NotResolved {}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = NotResolved;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, NotResolved>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), NotResolved>> {
        self.0.poll_ready(context).map_err(NotResolved)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let addresses = self.0.call(name);
        Box::pin(async move { addresses.await.map_err(NotResolved) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Empty;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn send(url: &str, patience: Patience) -> Result<Response<OutgoingBody>, SendError> {
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let request = Request::get(url).body(body).unwrap();
        Network::new(&NetworkOptions::new()).unwrap().send(request, patience).await
    }

    /// A server that does one thing with every connection.
    async fn server(what: &'static [u8]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut head = [0; 1024];
                let _ = socket.read(&mut head).await;
                let _ = socket.write_all(what).await;
            }
        });
        port
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_a_dns_error() {
        let answer = send("http://no-such-host.invalid/", Patience::default()).await;
        assert!(matches!(answer, Err(SendError::Dns(_))), "{answer:?}");
    }

    #[tokio::test]
    async fn a_closed_port_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let answer = send(&format!("http://127.0.0.1:{port}/"), Patience::default()).await;
        assert!(matches!(answer, Err(SendError::Refused)), "{answer:?}");
    }

    #[tokio::test]
    async fn a_server_without_tls_is_a_tls_error() {
        let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let answer = send(&format!("https://127.0.0.1:{port}/"), Patience::default()).await;
        assert!(matches!(answer, Err(SendError::Tls)), "{answer:?}");
    }

    #[tokio::test]
    async fn a_server_that_never_speaks_tls_is_a_connect_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let patience = Patience { connect: Some(Duration::from_millis(50)), first_byte: None };
        let answer = send(&format!("https://127.0.0.1:{port}/"), patience).await;
        assert!(matches!(answer, Err(SendError::ConnectTimeout)), "{answer:?}");
        drop(listener);
    }

    #[tokio::test]
    async fn a_server_that_accepts_and_stays_silent_is_a_read_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let patience = Patience { connect: None, first_byte: Some(Duration::from_millis(50)) };
        let answer = send(&format!("http://127.0.0.1:{port}/"), patience).await;
        assert!(matches!(answer, Err(SendError::ReadTimeout)), "{answer:?}");
        drop(listener);
    }

    #[tokio::test]
    async fn a_server_that_hangs_up_terminates_the_connection() {
        let port = server(b"").await;
        let answer = send(&format!("http://127.0.0.1:{port}/"), Patience::default()).await;
        assert!(matches!(answer, Err(SendError::Terminated)), "{answer:?}");
    }

    #[tokio::test]
    async fn an_answer_that_is_not_http_is_a_protocol_error() {
        let port = server(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
        let answer = send(&format!("http://127.0.0.1:{port}/"), Patience::default()).await;
        assert!(matches!(answer, Err(SendError::Protocol)), "{answer:?}");
    }

    #[tokio::test]
    async fn a_body_cut_short_is_incomplete() {
        let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await;
        let answer = send(&format!("http://127.0.0.1:{port}/"), Patience::default()).await.unwrap();
        let error = answer.into_body().collect().await.err().unwrap();
        let error = body_cause(&*error);
        assert!(matches!(error, SendError::Incomplete), "{error:?}");
    }
}
