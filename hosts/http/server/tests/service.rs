//! The HTTP service: who may call it, where a call may go, and that a component that is broken takes nothing else with it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use logzio_simulator::{Clock, Scenario, Simulator, SimulatorOptions};
use logzio_soar_host::{EMBEDDED_COMPONENT, EMBEDDED_HTTP_COMPONENT, OutgoingBody, Runner, Upstream};
use logzio_soar_http_server::{Access, HttpService};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, embed_component_metadata};
use wit_parser::ManglingAndAbi;

/// A component of the same world as the embedded one, whose handler does one thing.
fn component(misdeed: &str) -> Vec<u8> {
    let DecodedWasm::Component(mut resolve, world) = wit_component::decode(EMBEDDED_HTTP_COMPONENT).unwrap() else {
        panic!("the embedded component is none")
    };
    // What it imports is its own affair.
    resolve.worlds[world].imports.retain(|_, item| matches!(item, wit_parser::WorldItem::Interface { .. }));
    let dummy = wit_component::dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    let text = wasmprinter::print_bytes(dummy).unwrap();
    assert!(text.contains("    unreachable\n"), "{text}");
    // The handler is the first function.
    let mut module = wat::parse_str(text.replacen("    unreachable\n", misdeed, 1)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap();
    encoder.encode().unwrap()
}

fn runner(wasm: impl Into<std::borrow::Cow<'static, [u8]>>, upstream: Upstream) -> Runner {
    Runner::builder()
        .component(wasm)
        .cache_directory(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm-http"))
        .incomplete()
        .upstream(upstream)
        .grace(Duration::from_secs(1))
        .build()
        .unwrap()
}

/// A Logz.io that is not there.
fn nobody() -> Upstream {
    Upstream::service(tower::service_fn(|_: Request<OutgoingBody>| async {
        Ok::<_, Infallible>(Response::builder().status(500).body(Full::new(Bytes::new())).unwrap())
    }))
}

/// A service on a port, and a client of it.
struct Served {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
    log: Arc<Mutex<Vec<Access>>>,
    _stop: oneshot::Sender<()>,
}

impl Served {
    async fn start(service: HttpService) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        let service = service.log(move |access| kept.lock().unwrap().push(access));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move { service.serve(listener, async { drop(stopped.await) }).await });
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { url, client, log, _stop: stop }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> (StatusCode, HeaderMap, Value) {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(Full::from(body)).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn call(&self, operation: &str, headers: &[(&str, &str)], arguments: Value) -> (StatusCode, Value) {
        let headers: Vec<_> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
        let (status, _, body) = self.send("POST", &format!("/v1/{operation}"), &headers, arguments.to_string()).await;
        (status, body)
    }
}

fn search() -> Value {
    json!({"query": {"lucene": "*", "fields": []}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_traps_loops_or_takes_memory_is_told_and_the_service_lives_on() {
    let greedy = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1000)) (i32.const -1)))) unreachable\n";
    for (misdeed, says) in [
        ("unreachable\n", "trapped"),
        ("(loop (br 0)) unreachable\n", "did not return within"),
        (greedy, "memory"),
        ("", "without an answer"),
    ] {
        let served = Served::start(HttpService::new(runner(component(misdeed), nobody()))).await;
        for _ in 0..2 {
            let budget = json!({"connection": {"time_budget_ms": 1000, "security_token": "s3cret"}});
            let (status, problem) = served.call("check-connection", &[], budget).await;
            assert_eq!(status, 500, "{misdeed}");
            assert_eq!(problem["type"], "urn:logzio-soar:problem:trap");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(says) && !detail.contains("s3cret"), "{misdeed}: {detail}");
        }
        assert_eq!(served.log.lock().unwrap().iter().filter(|access| access.stopped.is_some()).count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_of_another_world_answers_nothing() {
    let served = Served::start(HttpService::new(runner(EMBEDDED_COMPONENT, nobody()))).await;
    let (status, problem) = served.call("describe", &[], json!({})).await;
    assert_eq!(status, 500);
    assert!(problem["detail"].as_str().unwrap().contains("incoming-handler"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_logzio_without_end_is_cut_off_and_the_service_lives_on() {
    let endless = Upstream::service(tower::service_fn(|_: Request<OutgoingBody>| async {
        Ok::<_, Infallible>(Response::new(Gigabyte(0)))
    }));
    let served = Served::start(HttpService::new(runner(EMBEDDED_HTTP_COMPONENT, endless))).await;
    for _ in 0..2 {
        let token = [("logzio-operations-token", "s3cret-operations")];
        let (status, problem) = served.call("search-logs", &token, search()).await;
        assert_eq!((status.as_u16(), &problem["case"]), (502, &json!("malformed-response")), "{problem}");
    }
}

/// A body of a gigabyte.
struct Gigabyte(usize);

impl http_body::Body for Gigabyte {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0 += 1;
        Poll::Ready((self.0 <= 1 << 10).then(|| Ok(Frame::data(Bytes::from(vec![b' '; 1 << 20])))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bearer_token_is_asked_for_and_not_shown() {
    let token = "a-token-of-the-service";
    let served = Served::start(HttpService::new(runner(EMBEDDED_HTTP_COMPONENT, nobody())).bearer_token(token)).await;
    for given in [None, Some("Bearer "), Some("Bearer a-token-of-the-servic"), Some("Basic a-token-of-the-service")] {
        let headers: Vec<_> = given.map(|given| ("authorization", given)).into_iter().collect();
        let (status, _, problem) = served.send("POST", "/v1/describe", &headers, "{}".into()).await;
        assert_eq!((status.as_u16(), &problem["type"]), (401, &json!("urn:logzio-soar:problem:not-authorized")));
        assert!(!problem.to_string().contains(token));
    }
    let right = format!("bearer {token}");
    assert_eq!(served.call("describe", &[("authorization", &right)], json!({})).await.0, 200);
    for open in ["/healthz", "/openapi.json"] {
        assert_eq!(served.send("GET", open, &[], String::new()).await.0, 200);
    }
    // With a token, any name of the host is right.
    assert_eq!(served.call("describe", &[("host", "soar.example"), ("authorization", &right)], json!({})).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bearer_token_a_page_with_a_name_of_its_own_is_not_answered() {
    let served = Served::start(HttpService::new(runner(EMBEDDED_HTTP_COMPONENT, nobody()))).await;
    for (host, status) in
        [("evil.example", 421), ("127.0.0.1.evil.example:80", 421), ("localhost:8700", 200), ("[::1]:1", 200)]
    {
        assert_eq!(served.call("describe", &[("host", host)], json!({})).await.0, status, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_the_service_does_not_know_is_not_asked() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let upstream = Upstream::service(tower::service_fn(move |request: Request<OutgoingBody>| {
        seen.lock().unwrap().push(request.uri().to_string());
        async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(r#"{"hits":{"total":0,"hits":[]}}"#)))) }
    }));
    let service = HttpService::new(runner(EMBEDDED_HTTP_COMPONENT, upstream));
    let service = service.allow_url("https://logs.example/base").unwrap();
    let refused = service.clone().allow_url("http://logs.example").err().unwrap();
    assert!(refused.to_string().starts_with("http://logs.example cannot be an endpoint: give"), "{refused}");
    let served = Served::start(service).await;
    let token = ("logzio-operations-token", "s3cret-operations");
    for (url, status) in [
        ("https://evil.example", 400),
        ("https://logs.example:8443", 400),
        ("http://127.0.0.1:1", 400),
        ("https://logs.example/other", 200),
    ] {
        let in_header = served.call("search-logs", &[token, ("logzio-url", url)], search()).await;
        let mut arguments = search();
        arguments["connection"] = json!({"endpoint": {"case": "url", "value": url}});
        let in_body = served.call("search-logs", &[token, ("logzio-region", "eu")], arguments).await;
        assert_eq!(
            (in_header.0.as_u16(), in_body.0.as_u16()),
            (status, status),
            "{url}: {} {}",
            in_header.1,
            in_body.1
        );
    }
    assert_eq!(served.call("search-logs", &[token, ("logzio-region", "eu")], search()).await.0, 200);
    let asked = asked.lock().unwrap();
    let right = |url: &&String| url.starts_with("https://logs.example/") || url.starts_with("https://api-eu.logz.io/");
    assert!(!asked.is_empty() && asked.iter().all(|url| right(&url)), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_beyond_the_limit_is_refused() {
    let served = Served::start(HttpService::new(runner(EMBEDDED_HTTP_COMPONENT, nobody()))).await;
    let body = format!("{{\"query\":\"{}\"}}", "x".repeat(5 << 20));
    let (status, _, problem) =
        served.send("POST", "/v1/search-logs", &[("content-type", "application/json")], body).await;
    assert_eq!((status.as_u16(), &problem["type"]), (413, &json!("urn:logzio-soar:problem:too-large")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_comes_once_through_the_cursor_and_no_log_line_holds_a_token() {
    let now = chrono::Utc::now();
    let simulator = Simulator::new(SimulatorOptions { clock: Clock::system(), ..SimulatorOptions::default() });
    let scenario = Scenario::new(now - chrono::TimeDelta::hours(20), now - chrono::TimeDelta::hours(1));
    let generated = simulator.generate(&scenario);
    let served =
        Served::start(HttpService::new(runner(EMBEDDED_HTTP_COMPONENT, Upstream::service(simulator.router())))).await;
    let token = simulator.security_token().to_string();
    let mut start = json!({"case": "at", "value": "-1d"});
    let mut ids = Vec::new();
    loop {
        let filter = json!({"severities": [], "tags": [], "include_muted": true});
        let arguments = json!({"request": {"start": start, "filter": filter}});
        let (status, page) = served.call("fetch-incidents", &[("logzio-security-token", &token)], arguments).await;
        assert_eq!(status, 200, "{page}");
        ids.extend(page["incidents"].as_array().unwrap().iter().map(|incident| incident["id"].to_string()));
        start = json!({"case": "after", "value": page["next"]});
        if page["more"] == json!(false) {
            break;
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), all), (generated.events, generated.events));
    assert!(!format!("{:?}", served.log.lock().unwrap()).contains(&token));
}
