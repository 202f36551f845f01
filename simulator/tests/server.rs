//! Answers on a socket and as a service: delays, hangs, cut bodies and resets
//! are real there.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use logzio_simulator::{Behaviour, Endpoint, Fault, FaultPlan, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::client;

/// Asks the simulator as a service.
async fn answer(router: &Router, request: Request) -> Response {
    TowerToHyperService::new(router.clone()).call(request).await.unwrap()
}

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
    let request =
        format!("GET /v2/whoami HTTP/1.1\r\nhost: localhost\r\nx-api-token: {}\r\n\r\n", simulator.security_token());
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
