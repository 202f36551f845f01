//! The guard between a component and the network: only the allowed origin, and a limited number of requests at a time. This
//! is the only file that knows the hooks of wasmtime-wasi-http, which change from version to version.

use std::sync::Arc;

use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::capped_body::CappedBody;
use super::observation::{Observation, Observer};
use super::reported::reported;
use crate::origin::Origin;
use crate::upstream::Upstream;
use logzio_soar_network::Timeouts;

/// How many requests of one call may be in flight. A component of the contract needs a handful.
const REQUESTS_AT_A_TIME: usize = 32;
/// The most that a component may write to a body at a time, in bytes. One write is buffered.
pub(super) const BODY_CHUNK: usize = 64 << 10;

/// Decides which requests of a component are sent.
pub(crate) struct Guard {
    upstream: Upstream,
    allowed: Option<Origin>,
    answer_limit: u64,
    in_flight: Arc<Semaphore>,
    observer: Option<Observer>,
}

impl Guard {
    pub(crate) fn new(
        upstream: Upstream,
        allowed: Option<Origin>,
        answer_limit: u64,
        observer: Option<Observer>,
    ) -> Self {
        let in_flight = Arc::new(Semaphore::new(REQUESTS_AT_A_TIME));
        Self { upstream, allowed, answer_limit, in_flight, observer }
    }

    fn allows(&self, request: &Request<WasiBody>) -> bool {
        let wanted = Origin::of_uri(request.uri());
        // CONNECT would open a tunnel through the allowed host to any other.
        wanted.is_some() && wanted == self.allowed && request.method() != Method::CONNECT
    }
}

type Worker = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(Response<WasiBody>, Worker), Error>;

impl WasiHttpHooks for Guard {
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }

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
        let in_flight = Arc::clone(&self.in_flight);
        let limit = self.answer_limit;
        let options = options.unwrap_or_default();
        let timeouts = Timeouts { connect: options.connect_timeout, first_byte: options.first_byte_timeout };
        Box::new(async move {
            let permit = in_flight.acquire_owned().await.map_err(|_| Error::ConnectionLimitReached)?;
            let has_body = request.method() != Method::HEAD;
            let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
            let response = upstream.send(request, timeouts).await.map_err(reported)?;
            let promised = response
                .headers()
                .get(header::CONTENT_LENGTH)
                .filter(|_| has_body && response.status() != http::StatusCode::NOT_MODIFIED)
                .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
            if promised.is_some_and(|length| length > limit) {
                return Err(Error::HttpResponseBodySize(promised));
            }
            let response = response.map(|body| {
                CappedBody::new(body, limit, promised, options.between_bytes_timeout, permit).boxed_unsync()
            });
            let worker: Worker = Box::new(async { Ok(()) });
            Ok((response, worker))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body::{Body, Frame};
    use http_body_util::{Empty, Full};
    use logzio_soar_network::{BoxError, OutgoingBody};
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

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
        let mut guard = Guard::new(upstream, allowed, 8, None);
        let answer = guard.send_request(request, options, Box::new(async { Ok(()) }));
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
        let kept = Arc::clone(&seen);
        let observer: Observer = Arc::new(move |what| kept.lock().unwrap().push(what));
        let allowed = Origin::of_uri(&"https://api.logz.io".parse().unwrap());
        let answers = upstream(|| Response::new(Full::from("answer")));
        let mut guard = Guard::new(answers, allowed, 8, Some(observer));
        for url in ["https://api.logz.io/v1", "https://evil.example/?token=1"] {
            let request = Request::get(url).body(empty()).unwrap();
            let _ = Pin::from(guard.send_request(request, None, Box::new(async { Ok(()) }))).await;
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
