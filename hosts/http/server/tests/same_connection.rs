//! The server decides where a request may go, and the component goes there. This test fails if the two read the connection of
//! a request differently.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fastrand::Rng;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use logzio_soar_host::{EMBEDDED_HTTP_COMPONENT, Observation, OutgoingBody, Runner, Upstream};
use logzio_soar_http_server::HttpService;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A header, or none, in one of the forms that a client may send.
fn header(rng: &mut Rng, values: &[&'static str]) -> Vec<&'static [u8]> {
    let odd: [&[u8]; 4] = [b"", b" ", b"\xff", b"https://third.example"];
    match rng.usize(0..16) {
        0..=7 => Vec::new(),
        8..=13 => vec![values[rng.usize(0..values.len())].as_bytes()],
        14 => vec![odd[rng.usize(0..odd.len())]],
        _ => vec![values[0].as_bytes(), values[values.len() - 1].as_bytes()],
    }
}

/// The `connection` of a body, in one of the forms that a client may send.
fn connection(rng: &mut Rng) -> Value {
    let mut connection = json!({});
    let endpoints = [
        json!(null),
        json!({"case": "url", "value": "https://first.example"}),
        json!({"case": "url", "value": "https://second.example/base"}),
        json!({"case": "region", "value": "eu"}),
        json!({"case": "url"}),
        json!({"case": "other", "value": "https://first.example"}),
        json!({"case": "url", "value": "https://first.example", "more": 1}),
        json!("https://first.example"),
    ];
    if rng.bool() {
        connection["endpoint"] = endpoints[rng.usize(0..endpoints.len())].clone();
    }
    if rng.usize(0..4) == 0 {
        connection["security_token"] = json!("from-body");
    }
    if rng.usize(0..8) == 0 {
        connection["unknown"] = json!(1);
    }
    match rng.usize(0..10) {
        0 => json!(null),
        1 => json!("https://first.example"),
        _ => connection,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_component_goes_where_the_server_lets_it_and_nowhere_else() {
    let (asked, denied) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
    let counted = Arc::clone(&asked);
    let upstream = Upstream::service(tower::service_fn(move |_: Request<OutgoingBody>| {
        *counted.lock().unwrap() += 1;
        async { Ok::<_, Infallible>(Response::builder().status(401).body(Full::<Bytes>::default()).unwrap()) }
    }));
    let noted = Arc::clone(&denied);
    let runner = Runner::builder()
        .component(EMBEDDED_HTTP_COMPONENT)
        .cache_directory(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm-http"))
        .incomplete()
        .environment("LOGZIO_REGION", "uk")
        .environment("LOGZIO_SECURITY_TOKEN", "from-environment")
        .upstream(upstream)
        .observer(move |observation| {
            if let Observation::Denied { url } = observation {
                noted.lock().unwrap().push(url);
            }
        });
    let service = HttpService::new(runner.build().unwrap()).allow_url("https://first.example").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/check-connection", listener.local_addr().unwrap());
    tokio::spawn(async move { service.serve(listener, std::future::pending()).await });
    let client = Client::builder(TokioExecutor::new()).build_http();

    let (mut answered, mut refused) = (0, 0);
    for seed in 0..600 {
        let mut rng = Rng::with_seed(seed);
        let mut request = Request::post(&url).header("content-type", "application/json");
        for (name, values) in [
            ("logzio-region", &["eu", "ca"][..]),
            ("logzio-url", &["https://first.example", "https://second.example", "https://first.example:8443"]),
            ("logzio-security-token", &["from-header", "other"]),
            ("logzio-time-budget-ms", &["1000", "2000"]),
        ] {
            for value in header(&mut rng, values) {
                request = request.header(name, value);
            }
        }
        let body = match rng.usize(0..6) {
            0 => String::new(),
            1 => "{".to_owned(),
            _ => json!({"connection": connection(&mut rng)}).to_string(),
        };
        let request = request.body(Full::<Bytes>::from(body.clone())).unwrap();
        let shown = format!("seed {seed}: {:?} {body}", request.headers());
        *asked.lock().unwrap() = 0;
        let status = client.request(request).await.unwrap().status().as_u16();
        assert!(denied.lock().unwrap().is_empty(), "{shown}: the component asked for {:?}", denied.lock().unwrap());
        match status {
            200 => answered += 1,
            400 => refused += 1,
            other => panic!("{shown}: {other}"),
        }
        // Whoever was let in was answered by Logz.io, and whoever was refused asked nothing.
        assert_eq!(*asked.lock().unwrap() > 0, status == 200, "{shown}");
    }
    assert!(answered > 100 && refused > 100, "{answered} answered, {refused} refused");
}
