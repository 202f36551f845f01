//! The guard between a component and the upstream: only the allowed origin, only so much of an answer, only so many
//! requests at a time. The one file that knows the hooks of wasmtime-wasi-http, which change from version to version.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::network::body_cause;
use crate::observation::{Observation, Observer};
use crate::origin::Origin;
use crate::upstream::{Patience, SendError, Upstream};

/// How many requests of one call may be under way. A component of the contract needs a handful.
const REQUESTS_AT_A_TIME: usize = 32;

pub(crate) struct Outgoing {
    upstream: Upstream,
    allowed: Option<Origin>,
    answer_limit: u64,
    under_way: Arc<Semaphore>,
    observer: Option<Observer>,
}

impl Outgoing {
    pub(crate) fn new(
        upstream: Upstream,
        allowed: Option<Origin>,
        answer_limit: u64,
        observer: Option<Observer>,
    ) -> Self {
        let under_way = Arc::new(Semaphore::new(REQUESTS_AT_A_TIME));
        Self { upstream, allowed, answer_limit, under_way, observer }
    }

    fn allows(&self, request: &Request<WasiBody>) -> bool {
        let wanted = Origin::of_uri(request.uri());
        // CONNECT would make a tunnel through the allowed host to any other.
        wanted.is_some() && wanted == self.allowed && request.method() != Method::CONNECT
    }
}

type Worker = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(Response<WasiBody>, Worker), Error>;

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _read: Worker,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        if !self.allows(&request) {
            if let Some(observer) = &self.observer {
                observer(Observation::Denied { url: request.uri().to_string() });
            }
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        let upstream = self.upstream.clone();
        let under_way = Arc::clone(&self.under_way);
        let limit = self.answer_limit;
        let options = options.unwrap_or_default();
        let patience = Patience { connect: options.connect_timeout, first_byte: options.first_byte_timeout };
        Box::new(async move {
            let permit = under_way.acquire_owned().await.map_err(|_| Error::ConnectionLimitReached)?;
            let has_body = request.method() != Method::HEAD;
            let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
            let response = upstream.send(request, patience).await.map_err(told)?;
            let promised = response
                .headers()
                .get(header::CONTENT_LENGTH)
                .filter(|_| has_body && response.status() != http::StatusCode::NOT_MODIFIED)
                .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
            if promised.is_some_and(|length| length > limit) {
                return Err(Error::HttpResponseBodySize(promised));
            }
            let response = response.map(|inner| {
                Guarded {
                    inner,
                    left: limit,
                    promised,
                    quiet: options.between_bytes_timeout,
                    timer: None,
                    _permit: permit,
                }
                .boxed_unsync()
            });
            let worker: Worker = Box::new(async { Ok(()) });
            Ok((response, worker))
        })
    }
}

/// The words of wasi:http for what happened.
fn told(error: SendError) -> Error {
    match error {
        SendError::Dns(why) => Error::DnsError { rcode: Some(why), info_code: None },
        SendError::Refused => Error::ConnectionRefused,
        SendError::Unreachable => Error::DestinationUnavailable,
        SendError::Certificate => Error::TlsCertificateError,
        SendError::Tls => Error::TlsProtocolError,
        SendError::ConnectTimeout => Error::ConnectionTimeout,
        SendError::ReadTimeout => Error::ConnectionReadTimeout,
        SendError::Terminated => Error::ConnectionTerminated,
        SendError::Incomplete => Error::HttpResponseIncomplete,
        SendError::Protocol => Error::HttpProtocolError,
        SendError::ProxyPassword => Error::ConfigurationError,
        SendError::ProxyRefused => Error::HttpUpgradeFailed,
        // The one code that has room for words.
        SendError::ProxyUnreachable(why) => Error::InternalError(Some(format!("the proxy cannot be reached: {why}"))),
        SendError::Other(why) => Error::InternalError(Some(why)),
    }
}

/// An answer's body that ends with an error if it grows too large, falls silent, or is shorter than it promised to be.
struct Guarded {
    inner: crate::upstream::OutgoingBody,
    left: u64,
    promised: Option<u64>,
    quiet: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl Guarded {
    fn count(&mut self, length: u64) -> Result<(), Error> {
        self.left = self.left.checked_sub(length).ok_or(Error::HttpResponseBodySize(None))?;
        self.promised = self.promised.map(|promised| promised.saturating_sub(length));
        Ok(())
    }
}

impl Body for Guarded {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.timer = None;
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                Poll::Ready(Some(self.count(length).map(|()| frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(told(body_cause(&*error))))),
            Poll::Ready(None) => match self.promised.take() {
                // A connection reports this by itself; a service in this process does not.
                Some(missing) if missing > 0 => Poll::Ready(Some(Err(Error::HttpResponseIncomplete))),
                _ => Poll::Ready(None),
            },
            Poll::Pending => {
                let Some(quiet) = self.quiet else { return Poll::Pending };
                let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(quiet)));
                match timer.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(Some(Err(Error::ConnectionReadTimeout))),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::{BoxError, OutgoingBody};
    use http_body_util::{Empty, Full};
    use std::convert::Infallible;

    fn empty() -> WasiBody {
        Empty::new().map_err(|never| match never {}).boxed_unsync()
    }

    /// An upstream that answers everything with one response.
    fn upstream<B>(answer: fn() -> Response<B>) -> Upstream
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Upstream::service(tower::service_fn(
            move |_: Request<OutgoingBody>| async move { Ok::<_, Infallible>(answer()) },
        ))
    }

    async fn ask(
        upstream: Upstream,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Bytes, Error> {
        let allowed = Origin::of_uri(&"https://api.logz.io".parse().unwrap());
        let mut outgoing = Outgoing::new(upstream, allowed, 8, None);
        let answer = outgoing.send_request(request, options, Box::new(async { Ok(()) }));
        let (response, _) = Pin::from(answer).await?;
        response.into_body().collect().await.map(|body| body.to_bytes())
    }

    async fn get(url: &str) -> Result<Bytes, Error> {
        let upstream = upstream(|| Response::new(Full::from("answer")));
        ask(upstream, Request::get(url).body(empty()).unwrap(), None).await
    }

    #[tokio::test]
    async fn the_allowed_host_answers() {
        assert_eq!(get("https://api.logz.io/v2/whoami").await.unwrap(), "answer");
        assert_eq!(get("https://API.logz.io:443/v2/whoami").await.unwrap(), "answer");
    }

    #[tokio::test]
    async fn other_hosts_are_denied() {
        for url in [
            "https://api.logz.io.evil.example/",
            "https://evil.example/",
            "https://api.logz.io:8443/",
            "http://api.logz.io/",
            "https://api-eu.logz.io/",
            "http://127.0.0.1:443/",
            "https://169.254.169.254/",
        ] {
            let answer = get(url).await;
            assert!(matches!(answer, Err(Error::HttpRequestDenied)), "{url}: {answer:?}");
        }
    }

    #[tokio::test]
    async fn what_is_denied_is_observed_and_nothing_else() {
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let observer: Observer = Arc::new(move |what| told.lock().unwrap().push(what));
        let allowed = Origin::of_uri(&"https://api.logz.io".parse().unwrap());
        let answers = upstream(|| Response::new(Full::from("answer")));
        let mut outgoing = Outgoing::new(answers, allowed, 8, Some(observer));
        for url in ["https://api.logz.io/v1", "https://evil.example/?token=1"] {
            let request = Request::get(url).body(empty()).unwrap();
            let _ = Pin::from(outgoing.send_request(request, None, Box::new(async { Ok(()) }))).await;
        }
        let denied = Observation::Denied { url: "https://evil.example/?token=1".into() };
        assert_eq!(*seen.lock().unwrap(), [denied]);
    }

    #[tokio::test]
    async fn a_tunnel_through_the_allowed_host_is_denied() {
        let upstream = upstream(|| Response::new(Full::from("answer")));
        let request = Request::connect("https://api.logz.io/").body(empty()).unwrap();
        let answer = ask(upstream, request, None).await;
        assert!(matches!(answer, Err(Error::HttpRequestDenied)), "{answer:?}");
    }

    #[tokio::test]
    async fn an_answer_above_the_cap_is_cut_off_with_an_error() {
        let request = || Request::get("https://api.logz.io/").body(empty()).unwrap();
        let unannounced = upstream(|| Response::new(Full::from("123456789")));
        let answer = ask(unannounced, request(), None).await;
        assert!(matches!(answer, Err(Error::HttpResponseBodySize(None))), "{answer:?}");
        let announced = upstream(|| {
            let mut response = Response::new(Empty::<Bytes>::new());
            response.headers_mut().insert(header::CONTENT_LENGTH, 9.into());
            response
        });
        let answer = ask(announced, request(), None).await;
        assert!(matches!(answer, Err(Error::HttpResponseBodySize(Some(9)))), "{answer:?}");
    }

    #[tokio::test]
    async fn an_answer_shorter_than_announced_is_incomplete() {
        let short = upstream(|| {
            let mut response = Response::new(Full::from("1234567"));
            response.headers_mut().insert(header::CONTENT_LENGTH, 8.into());
            response
        });
        let request = Request::get("https://api.logz.io/").body(empty()).unwrap();
        let answer = ask(short, request, None).await;
        assert!(matches!(answer, Err(Error::HttpResponseIncomplete)), "{answer:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_falls_silent_is_a_read_timeout() {
        let silent = upstream(|| Response::new(Silent));
        let request = Request::get("https://api.logz.io/").body(empty()).unwrap();
        let options =
            RequestOptions { between_bytes_timeout: Some(Duration::from_secs(5)), ..RequestOptions::default() };
        let answer = ask(silent, request, Some(options)).await;
        assert!(matches!(answer, Err(Error::ConnectionReadTimeout)), "{answer:?}");
    }

    struct Silent;

    impl Body for Silent {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }
}
