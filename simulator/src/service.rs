//! The simulator as a tower service and on a socket: delays, hangs, cut bodies
//! and resets become real here.
//!
//! Knows nothing of what an answer says.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use http_body::Frame;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::answer::{Answer, Ending};
use crate::simulator::{Entry, Simulator};

/// The largest request body that is read, in bytes.
const MAX_REQUEST: usize = 16 * 1024 * 1024;

/// In the extensions of a response of [`Simulator::router`] whose connection
/// is to be reset, with how many bytes of the body come before that; before
/// the head if none. [`Simulator::serve`] does it; who calls the router in
/// process finds it here, and gets an error from the body in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionReset(pub Option<usize>);

impl Simulator {
    /// The simulator as a service. Delays go by tokio's clock.
    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    /// Serves HTTP/1.1 on a listener until `shutdown` completes. Requests under
    /// way are broken off then.
    ///
    /// Fails if the listener does.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let mut shutdown = pin!(shutdown);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut shutdown => return Ok(()),
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(serve_connection(self.router(), stream));
                    }
                    // A client that has gone again is no reason to stop.
                    Err(error) if is_of_one_client(&error) => {}
                    Err(error) => return Err(error),
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn serve_connection(router: Router, stream: TcpStream) {
    // Answers are small, and a client waits for each.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let socket = Socket { stream, reset: Arc::clone(&reset) };
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (router, reset) = (router.clone(), Arc::clone(&reset));
        async move {
            let response = answer(&router, request.map(Body::new)).await;
            match response.extensions().get() {
                Some(ConnectionReset(after)) => {
                    reset.store(true, Ordering::Relaxed);
                    match after {
                        Some(_) => Ok(response),
                        None => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                    }
                }
                None => Ok(response),
            }
        }
    });
    // How a connection ends is the client's business, or the fault's.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .auto_date_header(false)
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn answer(router: &Router, request: Request) -> Response {
    use hyper::service::Service as _;
    let service = hyper_util::service::TowerToHyperService::new(router.clone());
    match service.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn handle(State(simulator): State<Simulator>, request: Request) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_REQUEST).await else {
        return Ok(respond(Answer::new(413, "text/plain", "Payload Too Large"), None));
    };
    let entry = match simulator.enter(&parts) {
        Ok(entry) => entry,
        Err(refused) => return Ok(respond(*refused, None)),
    };
    let answer = simulator.answer(&parts, &body);
    if answer.delay > Duration::ZERO {
        tokio::time::sleep(answer.delay).await;
    }
    if answer.ending == Ending::HangBeforeHead {
        pending::<()>().await;
    }
    Ok(respond(answer, Some(entry)))
}

fn respond(answer: Answer, entry: Option<Entry>) -> Response {
    let length = answer.body.len();
    let delivery = Delivery { body: Some(answer.body), ending: answer.ending, flushed: false, _entry: entry };
    let mut response = Response::new(Body::new(delivery));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Ending::ResetAfter(after) = answer.ending {
        response.extensions_mut().insert(ConnectionReset(after));
    }
    response
}

/// A body on its way, which may never end or end too early. Its length is not
/// known to who sends it, but promised in the head.
struct Delivery {
    body: Option<Bytes>,
    ending: Ending,
    /// What was given so far had a chance to be sent.
    flushed: bool,
    /// Keeps the request counted as under way.
    _entry: Option<Entry>,
}

impl http_body::Body for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let some = |bytes: Bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        match (self.body.take(), self.ending) {
            (_, Ending::HangAfterHead | Ending::HangBeforeHead) => Poll::Pending,
            (Some(body), Ending::Complete) if !body.is_empty() => some(body),
            (Some(body), Ending::TruncatedAfter(after) | Ending::ResetAfter(Some(after)))
                if after.min(body.len()) > 0 =>
            {
                some(body.slice(..after.min(body.len())))
            }
            // The server drops what it has not sent when a body fails. It sends
            // when a body makes it wait.
            (_, Ending::TruncatedAfter(_) | Ending::ResetAfter(_)) if !self.flushed => {
                self.flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            (_, Ending::ResetAfter(_)) => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset)))),
            (_, Ending::Complete | Ending::TruncatedAfter(_)) => Poll::Ready(None),
        }
    }
}

/// A connection that is reset, not closed, if it is told to be.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Closing without lingering is what sends a reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;
    use crate::behaviour::Behaviour;
    use crate::client;
    use crate::fault::{Endpoint, Fault, FaultPlan};

    /// Serves a simulator on a loopback socket until the sender is dropped.
    async fn served(simulator: &Simulator) -> (SocketAddr, oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let simulator = simulator.clone();
        tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            simulator.serve(listener, shutdown).await
        });
        (address, stop)
    }

    async fn connect(simulator: &Simulator, address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /v2/whoami HTTP/1.1\r\nhost: localhost\r\nx-api-token: {}\r\n\r\n",
            simulator.security_token()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// What arrives until the connection ends, and how it ends.
    async fn received(fault: Fault) -> (String, io::Result<()>) {
        let simulator = client::simulator();
        simulator.faults(FaultPlan::none().with(Endpoint::Whoami, 1, fault));
        let (address, _stop) = served(&simulator).await;
        let mut stream = connect(&simulator, address).await;
        let mut bytes = Vec::new();
        let ended = stream.read_to_end(&mut bytes).await.map(drop);
        (String::from_utf8(bytes).unwrap(), ended)
    }

    fn parts(answer: &str) -> (&str, &str) {
        answer.split_once("\r\n\r\n").unwrap()
    }

    const WHOAMI: &str = r#"{"accountId":24602,"accountName":"Fernwood Security"}"#;

    #[tokio::test]
    async fn a_complete_answer_leaves_the_connection_open() {
        let simulator = client::simulator();
        let (address, _stop) = served(&simulator).await;
        let mut stream = connect(&simulator, address).await;
        for _ in 0..2 {
            let mut bytes = vec![0; 400];
            let mut length = 0;
            while !bytes[..length].ends_with(WHOAMI.as_bytes()) {
                length += stream.read(&mut bytes[length..]).await.unwrap();
            }
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
            assert!(text.contains(&format!("content-length: {}\r\n", WHOAMI.len())), "{text}");
            assert!(text.contains("date: Sun, 22 Nov 2026 12:00:00 GMT\r\n"), "{text}");
            let again =
                format!("GET /v2/whoami HTTP/1.1\r\nhost: a\r\nx-api-token: {}\r\n\r\n", simulator.security_token());
            stream.write_all(again.as_bytes()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_truncated_body_is_shorter_than_its_head_promised() {
        let (answer, ended) = received(Fault::Truncate(Some(10))).await;
        let (head, body) = parts(&answer);
        assert!(head.contains(&format!("content-length: {}", WHOAMI.len())), "{head}");
        assert_eq!(body, &WHOAMI[..10]);
        assert!(ended.is_ok());
    }

    #[tokio::test]
    async fn a_reset_connection_is_an_error_to_its_reader() {
        for after in [None, Some(0), Some(10)] {
            let (answer, ended) = received(Fault::Reset(after)).await;
            assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::ConnectionReset, "{after:?}");
            match after {
                None => assert_eq!(answer, ""),
                Some(after) => assert_eq!(parts(&answer).1, &WHOAMI[..after]),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hang_sends_the_head_or_not_even_that() {
        for (fault, head) in [(Fault::HangAfterHead, true), (Fault::HangBeforeHead, false)] {
            let simulator = client::simulator();
            simulator.faults(FaultPlan::none().with(Endpoint::Whoami, 1, fault));
            let router = simulator.router();
            let request = client::request(&simulator, Endpoint::Whoami, "").map(Body::from);
            let hour = Duration::from_secs(3600);
            let response = tokio::time::timeout(hour, answer(&router, request)).await;
            assert_eq!(response.is_ok(), head);
            if let Ok(response) = response {
                assert_eq!(response.status(), 200);
                let body = to_bytes(response.into_body(), 1000);
                assert!(tokio::time::timeout(hour, body).await.is_err());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_passes_before_the_head() {
        let simulator = client::simulator();
        let delay = Duration::from_secs(90);
        simulator.faults(FaultPlan::none().with(Endpoint::Whoami, 1, Fault::Delay(delay)));
        let begun = tokio::time::Instant::now();
        let request = client::request(&simulator, Endpoint::Whoami, "").map(Body::from);
        let response = answer(&simulator.router(), request).await;
        assert_eq!(response.status(), 200);
        assert!(begun.elapsed() >= delay);
    }

    #[tokio::test]
    async fn every_other_fault_arrives_as_it_is_planned() {
        for (fault, start, content) in [
            (Fault::status(500), "HTTP/1.1 500 ", "Internal Server Error"),
            (Fault::status(503), "HTTP/1.1 503 ", ""),
            (Fault::too_many_requests(Some("3")), "HTTP/1.1 429 ", "Too Many Requests"),
            (Fault::Html, "HTTP/1.1 200 ", "<!DOCTYPE html>"),
            (Fault::EmptyBody, "HTTP/1.1 200 ", ""),
            (Fault::InvalidJson, "HTTP/1.1 200 ", "\u{0}}}"),
            (Fault::Missing("accountId".into()), "HTTP/1.1 200 ", r#"{"accountName":"Fernwood Security"}"#),
            (Fault::Null("accountId".into()), "HTTP/1.1 200 ", r#"{"accountId":null,"#),
            (Fault::Redirect("https://example.org/".into()), "HTTP/1.1 302 ", "Found"),
        ] {
            let simulator = client::simulator();
            simulator.faults(FaultPlan::none().with(Endpoint::Whoami, 1, fault.clone()));
            let (address, stop) = served(&simulator).await;
            let mut stream = connect(&simulator, address).await;
            stream.shutdown().await.unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            drop(stop);
            assert!(text.starts_with(start), "{fault:?}: {text}");
            assert!(parts(&text).1.contains(content), "{fault:?}: {text}");
            let (head, _) = parts(&text);
            match &fault {
                Fault::Status { retry_after: Some(after), .. } => {
                    assert!(head.contains(&format!("retry-after: {after}")), "{head}");
                }
                Fault::Redirect(to) => assert!(head.contains(&format!("location: {to}")), "{head}"),
                _ => {}
            }
        }
    }

    #[tokio::test]
    async fn requests_beyond_the_concurrent_ones_are_too_many() {
        let simulator = client::with_behaviour(Behaviour { concurrent_requests: 2, ..Behaviour::default() });
        let router = simulator.router();
        let ask = || {
            let request = client::request(&simulator, Endpoint::Whoami, "").map(Body::from);
            answer(&router, request)
        };
        let (first, second) = (ask().await, ask().await);
        assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
        assert_eq!(ask().await.status(), 429);
        drop(first);
        assert_eq!(ask().await.status(), 200);
    }

    #[tokio::test]
    async fn a_shutdown_ends_the_service_and_its_connections() {
        let simulator = client::simulator();
        simulator.faults("whoami:hang".parse().unwrap());
        let (address, stop) = served(&simulator).await;
        let mut stream = connect(&simulator, address).await;
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        drop(stop);
        let mut rest = Vec::new();
        // The connection ends one way or the other; it does not stay.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(TcpStream::connect(address).await.is_err());
    }
}
