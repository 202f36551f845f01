//! Clients that take connections, memory and time from others: the service goes on for those.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::convert::Infallible;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use logzio_soar_host::{EMBEDDED_HTTP_COMPONENT, OutgoingBody, Runner, Upstream};
use logzio_soar_http_server::HttpService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LONGEST_BODY: usize = 4 << 20;

/// A service with so many calls at a time, of a Logz.io that never answers. Returns its address.
async fn served(at_once: usize, prepare: impl FnOnce(HttpService) -> HttpService) -> String {
    let silent = Upstream::service(tower::service_fn(|_: Request<OutgoingBody>| {
        std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>()
    }));
    let runner = Runner::builder()
        .component(EMBEDDED_HTTP_COMPONENT)
        .cache_directory(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm-http"))
        .incomplete()
        .upstream(silent)
        .build()
        .unwrap();
    let service = prepare(HttpService::new(runner).at_once(at_once));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { service.serve(listener, std::future::pending()).await });
    address
}

async fn connected(address: &str, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    stream
}

/// The status of the next response, which has to come in time.
async fn status(stream: &mut TcpStream, patience: Duration) -> String {
    let mut head = [0; 12];
    let read = tokio::time::timeout(patience, stream.read_exact(&mut head)).await;
    read.unwrap().unwrap();
    String::from_utf8_lossy(&head[9..]).into_owned()
}

async fn health(address: &str) -> Duration {
    let started = Instant::now();
    let mut stream = connected(address, HEALTH.as_bytes()).await;
    assert_eq!(status(&mut stream, Duration::from_secs(5)).await, "200");
    started.elapsed()
}

fn post(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_send_and_never_read_do_not_stop_others() {
    let address = served(2, |service| service).await;
    let many = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000);
    let mut deaf = Vec::new();
    for _ in 0..80 {
        deaf.push(connected(&address, many.as_bytes()).await);
    }
    for _ in 0..5 {
        health(&address).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_idle_or_slow_lose_their_places() {
    let address = served(2, |service| service).await;
    let mut idle = Vec::new();
    for sent in ["", "GET /heal", &post("/v1/describe", 100)] {
        for _ in 0..40 {
            idle.push(connected(&address, sent.as_bytes()).await);
        }
    }
    health(&address).await;
    // Those with half a body have two seconds.
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    let mut stream = connected(&address, format!("{}{{}}", post("/v1/describe", 2)).as_bytes()).await;
    assert_eq!(status(&mut stream, Duration::from_secs(5)).await, "200");
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_connections_have_calls_the_health_is_answered_and_calls_are_told_to_come_again() {
    let address = served(1, |service| service).await;
    let search = r#"{"query":{"lucene":"*","fields":[]},"connection":{"operations_token":"t"}}"#;
    let call = format!("{}{search}", post("/v1/search-logs", search.len()));
    let mut calls = Vec::new();
    for _ in 0..32 {
        calls.push(connected(&address, call.as_bytes()).await);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    health(&address).await;
    let mut stream = connected(&address, call.as_bytes()).await;
    assert_eq!(status(&mut stream, Duration::from_secs(5)).await, "503");
    drop(calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_refused_before_its_body_is_read() {
    let address = served(2, |service| service.bearer_token("a-token-of-the-service")).await;
    for (path, refused) in [("/healthz", "405"), ("/openapi.json", "405"), ("/v1/describe", "401"), ("/other", "401")] {
        let mut stream = connected(&address, post(path, LONGEST_BODY).as_bytes()).await;
        assert_eq!(status(&mut stream, Duration::from_secs(5)).await, refused, "{path}");
    }
    let mut stream = connected(&address, post("/healthz", LONGEST_BODY).replace("localhost", "").as_bytes()).await;
    assert_eq!(status(&mut stream, Duration::from_secs(5)).await, "400");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bodies_of_all_requests_share_their_memory() {
    let address = served(1, |service| service).await;
    let mut unfinished = Vec::new();
    for _ in 0..6 {
        let mut stream = connected(&address, post("/v1/describe", LONGEST_BODY).as_bytes()).await;
        // One that is refused may be closed before all of it is sent.
        let _ = stream.write_all(&vec![b' '; LONGEST_BODY - 1]).await;
        unfinished.push(stream);
    }
    let mut waiting = Vec::new();
    for mut stream in unfinished {
        let mut head = [0; 12];
        match tokio::time::timeout(Duration::from_secs(2), stream.read_exact(&mut head)).await {
            Err(_) => waiting.push(stream),
            // A reset can overtake the response.
            Ok(Err(_)) => {}
            Ok(Ok(_)) => assert_eq!(&head[9..], b"503"),
        }
    }
    assert!((1..=4).contains(&waiting.len()), "{} of them are in memory", waiting.len());
    health(&address).await;
    for stream in &mut waiting {
        stream.write_all(b" ").await.unwrap();
        assert_eq!(status(stream, Duration::from_secs(15)).await, "200");
    }
    let call = format!("{}{{}}", post("/v1/describe", 2));
    let mut stream = connected(&address, call.as_bytes()).await;
    assert_eq!(status(&mut stream, Duration::from_secs(15)).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_after_a_thousand_requests() {
    let address = served(2, |service| service).await;
    let head = HEALTH.replace("GET", "HEAD");
    let mut stream = connected(&address, head.repeat(1_001).as_bytes()).await;
    let mut all = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(120), stream.read_to_end(&mut all)).await;
    read.expect("it goes on").unwrap();
    let text = String::from_utf8_lossy(&all);
    assert_eq!((text.matches("HTTP/1.1 200").count(), text.matches("connection: close").count()), (1_000, 1));
}
