//! The simulator as a tower service and on a socket: delays, hangs, cut bodies
//! and resets become real here.
//!
//! Must not know what an answer says.

mod delivery;
mod socket;

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use self::delivery::Delivery;
use self::socket::Socket;
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
    let socket = Socket::new(stream, Arc::clone(&reset));
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
    let length = answer.body.length();
    let delivery = Delivery::new(answer.body, answer.ending, entry);
    let mut response = Response::new(Body::new(delivery));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Ending::ResetAfter(after) = answer.ending {
        response.extensions_mut().insert(ConnectionReset(after));
    }
    response
}
