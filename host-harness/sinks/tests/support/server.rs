//! A server that answers each request as the test says, and remembers what it received.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// How a request is answered.
#[derive(Clone)]
pub(crate) enum Reply {
    Status(u16),
    With(u16, Vec<(&'static str, String)>, String),
    /// After a time.
    After(Duration, u16),
    Never,
    /// The head and a part of the body, then the connection breaks.
    Half(u16),
    /// The head, and then nothing.
    HeadOnly(u16),
    /// A body without an end.
    Endless(u16),
    /// The connection breaks before any answer.
    HangUp,
}

#[derive(Clone)]
pub(crate) struct Server {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    replies: Arc<Mutex<Vec<Reply>>>,
    sent: Arc<Mutex<u64>>,
}

impl Server {
    /// A server that gives the last of some replies for ever.
    pub(crate) async fn start(replies: &[Reply]) -> Self {
        Self::start_with(replies, None).await
    }

    pub(crate) async fn start_with(replies: &[Reply], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            received: Arc::default(),
            replies: Arc::new(Mutex::new(replies.to_vec())),
            sent: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (server, tls) = (serving.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(socket).await {
                                server.serve(stream).await;
                            }
                        }
                        None => server.serve(socket).await,
                    }
                });
            }
        });
        server
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let service = service_fn(|request: Request<Incoming>| {
            let server = self.clone();
            async move { server.answer(request).await }
        });
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<impl http_body::Body<Data = Bytes, Error = std::io::Error>>, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        self.received.lock().unwrap().push(Received { path: head.uri.to_string(), headers: head.headers, body });
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            if replies.len() > 1 { replies.remove(0) } else { replies[0].clone() }
        };
        let broken = || std::io::Error::other("broken on purpose");
        let piece = |text: String| Ok(Frame::data(Bytes::from(text)));
        let answer = |status: u16| Response::builder().status(status);
        let (response, pieces): (_, stream::BoxStream<'static, Result<Frame<Bytes>, std::io::Error>>) = match reply {
            Reply::Status(status) => (answer(status), stream::empty().boxed()),
            Reply::With(status, headers, body) => {
                let response =
                    headers.into_iter().fold(answer(status), |response, (name, value)| response.header(name, value));
                (response, stream::iter([piece(body)]).boxed())
            }
            Reply::After(time, status) => {
                tokio::time::sleep(time).await;
                (answer(status), stream::empty().boxed())
            }
            Reply::Never => std::future::pending().await,
            Reply::Half(status) => {
                let pieces = stream::iter([piece("a part".into())]).chain(stream::once(async move {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Err(broken())
                }));
                (answer(status).header("content-length", 1000), pieces.boxed())
            }
            Reply::HeadOnly(status) => {
                let pieces = stream::iter([piece("a".into())]).chain(stream::pending());
                (answer(status), pieces.boxed())
            }
            Reply::Endless(status) => {
                let sent = Arc::clone(&self.sent);
                let pieces = stream::repeat(()).map(move |()| {
                    *sent.lock().unwrap() += 16_384;
                    Ok(Frame::data(Bytes::from_static(&[b'x'; 16_384])))
                });
                (answer(status), pieces.boxed())
            }
            Reply::HangUp => return Err(broken()),
        };
        Ok(response.body(StreamBody::new(pieces)).unwrap())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn https(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// What was received since the last call.
    pub(crate) fn received(&self) -> Vec<Received> {
        std::mem::take(&mut self.received.lock().unwrap())
    }

    /// How many bytes of endless bodies were sent.
    pub(crate) fn sent(&self) -> u64 {
        *self.sent.lock().unwrap()
    }
}
