//! What a component cannot do to its host. The components here are made from the contract, with every function's body
//! replaced by the misdeed, so that they are complete but for their intentions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::time::{Duration, Instant};

use http::{Request, Response};
use http_body_util::Full;
use logzio_soar_host::contract::{EventFilter, FetchRequest, Start};
use logzio_soar_host::{Connection, OutgoingBody, Runner, RunnerBuilder, RunnerError, Upstream};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// A component whose functions all do one thing.
fn component(misdeed: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    let (package, _) = resolve.push_path(wit).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    let dummy = wit_component::dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    let text = wasmprinter::print_bytes(dummy).unwrap();
    assert!(text.contains("    unreachable\n"), "{text}");
    let mut module = wat::parse_str(text.replace("    unreachable\n", misdeed)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap();
    encoder.encode().unwrap()
}

fn runner(misdeed: &str) -> RunnerBuilder {
    Runner::builder().component(component(misdeed)).upstream(nowhere())
}

fn nowhere() -> Upstream {
    Upstream::service(tower::service_fn(|_: Request<OutgoingBody>| async {
        Ok::<_, Infallible>(Response::new(Full::<bytes::Bytes>::default()))
    }))
}

fn request() -> FetchRequest {
    FetchRequest {
        start: Start::At("7 days ago".into()),
        filter: EventFilter { rule_name: None, severities: vec![], tags: vec![], include_muted: false },
        limit: None,
        look_back_minutes: None,
        attach_logs: None,
    }
}

fn connection() -> Connection {
    Connection::new().region("eu").time_budget_ms(50)
}

#[tokio::test]
async fn a_trap_is_never_an_error_of_the_contract() {
    let runner = runner("unreachable\n").build().unwrap();
    let session = runner.connect(connection());
    let stopped = session.fetch_incidents(&request()).await.unwrap_err();
    assert!(matches!(stopped, RunnerError::Trap { .. }), "{stopped:?}");
    // The next call has a sandbox of its own.
    let stopped = session.check_connection().await.unwrap_err();
    assert!(matches!(stopped, RunnerError::Trap { .. }), "{stopped:?}");
}

#[tokio::test]
async fn a_busy_component_is_stopped_at_its_deadline() {
    let runner = runner("(loop (br 0)) unreachable\n").grace(Duration::ZERO).build().unwrap();
    let started = Instant::now();
    let stopped = runner.connect(connection()).check_connection().await.unwrap_err();
    assert!(matches!(stopped, RunnerError::DeadlineExceeded { .. }), "{stopped:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_busy_component_does_not_stop_others() {
    let runner = runner("(loop (br 0)) unreachable\n").build().unwrap();
    let session = runner.connect(Connection::new().region("eu"));
    // One thread runs both, so the other one's turn comes only if the busy one yields.
    tokio::select! {
        biased;
        stopped = session.check_connection() => panic!("{stopped:?}"),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test]
async fn memory_above_the_cap_is_refused() {
    let greedy = "(drop (memory.grow (i32.const 100))) unreachable\n";
    let stopped = runner(greedy)
        .memory_limit(1 << 20)
        .build()
        .unwrap()
        .connect(connection())
        .check_connection()
        .await
        .unwrap_err();
    assert!(matches!(stopped, RunnerError::MemoryExceeded { limit: 1_048_576 }), "{stopped:?}");
}

#[tokio::test]
async fn memory_below_the_cap_is_granted() {
    let modest = "(if (i32.ne (memory.grow (i32.const 10)) (i32.const -1)) (then (loop (br 0)))) unreachable\n";
    let stopped = runner(modest)
        .memory_limit(1 << 20)
        .grace(Duration::ZERO)
        .build()
        .unwrap()
        .connect(connection())
        .check_connection()
        .await
        .unwrap_err();
    assert!(matches!(stopped, RunnerError::DeadlineExceeded { .. }), "{stopped:?}");
}

#[tokio::test]
async fn a_result_above_the_cap_is_refused() {
    // A result at address 1024 of the variant `ok`, a list of 1 000 checks at address 2048: cheap for the component.
    let large = "(memory.grow (i32.const 10)) drop
        (i32.store8 (i32.const 1024) (i32.const 0))
        (i32.store (i32.const 1028) (i32.const 2048))
        (i32.store (i32.const 1032) (i32.const 1000))
        (i32.const 1024) return\n";
    let runner = |limit: usize| runner(large).memory_limit(2 << 20).result_limit(limit).build();
    let stopped = runner(1_000).unwrap().connect(connection()).check_connection().await;
    let stopped = stopped.unwrap_err();
    assert!(matches!(stopped, RunnerError::ResultTooLarge { limit: 1_000 }), "{stopped:?}");
    let checks = runner(1 << 20).unwrap().connect(connection()).check_connection().await;
    assert_eq!(checks.unwrap().unwrap().len(), 1_000);
}

#[test]
fn a_component_that_wants_files_or_sockets_is_not_loaded() {
    for import in ["wasi:filesystem/preopens@0.2.0", "wasi:sockets/tcp@0.2.0"] {
        let wasm = wat::parse_str(format!(r#"(component (import "{import}" (instance (export "get" (func)))))"#));
        let error = Runner::builder().component(wasm.unwrap()).build().unwrap_err();
        assert!(matches!(&error, RunnerError::Load(why) if why.contains(import)), "{error:?}");
    }
}

#[test]
fn a_component_of_another_contract_is_not_loaded() {
    for wasm in ["(component)", "(module)"] {
        let error = Runner::builder().component(wat::parse_str(wasm).unwrap()).build().unwrap_err();
        assert!(matches!(error, RunnerError::Load(_)), "{error:?}");
    }
    let error = Runner::builder().component(&b"#!/bin/sh"[..]).build().unwrap_err();
    assert!(matches!(error, RunnerError::Load(_)), "{error:?}");
}

#[test]
fn the_connection_names_the_only_origin() {
    let runner = runner("unreachable\n").environment("LOGZIO_URL", "https://logz.example").build();
    let runner = runner.unwrap();
    let origin = |connection| runner.connect(connection).allowed_origin();
    assert_eq!(origin(Connection::new().region("eu")).unwrap(), "https://api-eu.logz.io:443");
    assert_eq!(origin(Connection::new()).unwrap(), "https://logz.example:443");
    assert_eq!(origin(Connection::new().url("http://logz.example")), None);
}
