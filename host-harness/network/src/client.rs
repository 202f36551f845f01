//! The HTTP client for the network: one pool of connections for all calls.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::body::OutgoingBody;
use crate::error::NetworkError;
use crate::failure::SendError;
use crate::options::NetworkOptions;
use crate::proxy::Proxy;
use crate::resolver::Resolver;
use crate::route::Route;
use crate::timeouts::Timeouts;
use crate::{cause, trust};

/// For name resolution, TCP, a proxy and TLS together, unless the component asks for less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Until the head of the response, unless the component asks for less.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(600);
/// Shorter than the time after which load balancers in front of APIs close idle connections.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How much a connection buffers in each direction, in bytes. The head of a response has to fit.
pub const LARGEST_BUFFER: usize = 64 << 10;

/// A pool of connections for all requests, over HTTP/1.1.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<Route<HttpConnector<Resolver>>>, OutgoingBody>,
}

impl Client {
    /// A client; it opens no connection yet.
    ///
    /// # Errors
    /// If the proxy's address or a file of certificates cannot be used, or TLS cannot be set up.
    pub fn new(options: &NetworkOptions) -> Result<Self, NetworkError> {
        let tls = trust::client_config(options)?;
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        let route = Route::new(tcp, tls.clone(), Proxy::named(options)?);
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(route);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .http1_max_buf_size(LARGEST_BUFFER)
            .build(connector);
        Ok(Self { pool })
    }

    /// Sends a request, and waits for the head of the response. A redirect is not followed.
    ///
    /// # Errors
    /// Why no response came.
    pub async fn send(
        &self,
        mut request: Request<OutgoingBody>,
        timeouts: Timeouts,
    ) -> Result<Response<OutgoingBody>, SendError> {
        let connect = timeouts.connect.unwrap_or(CONNECT_TIMEOUT).min(CONNECT_TIMEOUT);
        let first_byte = timeouts.first_byte.unwrap_or(FIRST_BYTE_TIMEOUT);
        let mut connected = capture_connection(&mut request);
        let mut answer = self.pool.request(request);
        // 1. A connection, from the pool or a new one. The client may fail first, and then never reports one.
        let early = tokio::time::timeout(connect, async {
            tokio::select! {
                biased;
                answer = &mut answer => Some(answer),
                _ = connected.wait_for_connection_metadata() => None,
            }
        })
        .await
        .map_err(|_| SendError::ConnectTimeout)?;
        // 2. The head of the response.
        let answer = match early {
            Some(answer) => answer,
            None => tokio::time::timeout(first_byte, answer).await.map_err(|_| SendError::ReadTimeout)?,
        };
        match answer {
            Ok(response) => Ok(response.map(|body| body.map_err(Into::into).boxed_unsync())),
            Err(error) => Err(cause::of(&error, error.is_connect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Empty;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn send(url: &str, timeouts: Timeouts) -> Result<Response<OutgoingBody>, SendError> {
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let request = Request::get(url).body(body).unwrap();
        Client::new(&NetworkOptions::new()).unwrap().send(request, timeouts).await
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
        let answer = send("http://no-such-host.invalid/", Timeouts::default()).await;
        assert!(matches!(answer, Err(SendError::Dns(_))), "{answer:?}");
    }

    #[tokio::test]
    async fn a_closed_port_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let answer = send(&format!("http://127.0.0.1:{port}/"), Timeouts::default()).await;
        assert!(matches!(answer, Err(SendError::Refused)), "{answer:?}");
    }

    #[tokio::test]
    async fn a_server_without_tls_is_a_tls_error() {
        let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let answer = send(&format!("https://127.0.0.1:{port}/"), Timeouts::default()).await;
        assert!(matches!(answer, Err(SendError::Tls)), "{answer:?}");
    }

    #[tokio::test]
    async fn a_server_that_never_speaks_tls_is_a_connect_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let timeouts = Timeouts { connect: Some(Duration::from_millis(50)), first_byte: None };
        let answer = send(&format!("https://127.0.0.1:{port}/"), timeouts).await;
        assert!(matches!(answer, Err(SendError::ConnectTimeout)), "{answer:?}");
        drop(listener);
    }

    #[tokio::test]
    async fn a_server_that_accepts_and_stays_silent_is_a_read_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let timeouts = Timeouts { connect: None, first_byte: Some(Duration::from_millis(50)) };
        let answer = send(&format!("http://127.0.0.1:{port}/"), timeouts).await;
        assert!(matches!(answer, Err(SendError::ReadTimeout)), "{answer:?}");
        drop(listener);
    }

    #[tokio::test]
    async fn a_server_that_hangs_up_terminates_the_connection() {
        let port = server(b"").await;
        let answer = send(&format!("http://127.0.0.1:{port}/"), Timeouts::default()).await;
        assert!(matches!(answer, Err(SendError::Terminated)), "{answer:?}");
    }

    #[tokio::test]
    async fn an_answer_that_is_not_http_is_a_protocol_error() {
        let port = server(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
        let answer = send(&format!("http://127.0.0.1:{port}/"), Timeouts::default()).await;
        assert!(matches!(answer, Err(SendError::Protocol)), "{answer:?}");
    }

    #[tokio::test]
    async fn a_body_cut_short_is_incomplete() {
        let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await;
        let answer = send(&format!("http://127.0.0.1:{port}/"), Timeouts::default()).await.unwrap();
        let error = answer.into_body().collect().await.err().unwrap();
        let error = cause::of_body(&*error);
        assert!(matches!(error, SendError::Incomplete), "{error:?}");
    }
}
