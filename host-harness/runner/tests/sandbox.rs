//! What a component cannot do to its host. The components here are made from the contract, with every function's body
//! replaced by the misdeed, so that they are complete but for their intentions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::{Request, Response};
use http_body_util::Full;
use logzio_soar_host::contract::FetchRequest;
use logzio_soar_host::{
    Answer, Call, Connection, Observation, OutgoingBody, Runner, RunnerBuilder, RunnerError, Upstream,
};
use serde_json::json;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// A component whose functions all do one thing.
fn component(misdeed: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/wit");
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
    FetchRequest::since("7 days ago")
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

/// What a component needs of WASI to say hello.
const WASI: [&str; 2] = [
    "package wasi:io@0.2.0;
    interface error { resource error; }
    interface streams {
        use error.{error};
        variant stream-error { last-operation-failed(error), closed }
        resource output-stream {
            blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
        }
    }",
    "package wasi:cli@0.2.0;
    interface stdout { use wasi:io/streams@0.2.0.{output-stream}; get-stdout: func() -> output-stream; }
    interface stderr { use wasi:io/streams@0.2.0.{output-stream}; get-stderr: func() -> output-stream; }",
];

/// A component that has nothing of the contract but `manifest.describe`, which says hello on its standard output, and on its
/// standard error, and returns an integration of the name `done`.
fn small() -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/wit")).unwrap();
    for wit in WASI {
        resolve.push_str("wasi.wit", wit).unwrap();
    }
    let world = "package a:small;
        world small {
            import wasi:cli/stdout@0.2.0;
            import wasi:cli/stderr@0.2.0;
            export logzio:soar/manifest@0.1.0;
        }";
    let package = resolve.push_str("small.wit", world).unwrap();
    let world = resolve.select_world(&[package], Some("small")).unwrap();
    let module = r#"(module
        (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $get-out (result i32)))
        (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $get-err (result i32)))
        (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
            (func $write (param i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "hello outhello errdone")
        ;; Where its name is, and how long; all else is empty.
        (data (i32.const 64) "\12\00\00\00\04\00\00\00")
        (func (export "logzio:soar/manifest@0.1.0#describe") (result i32)
            (call $write (call $get-out) (i32.const 0) (i32.const 9) (i32.const 128))
            (call $write (call $get-err) (i32.const 9) (i32.const 9) (i32.const 128))
            (i32.const 64)))"#;
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// What [`small`] answers with.
const DONE: &str = r#"{"ok":{"name":"done","version":"","description":"","parameters":[],"commands":[]}}"#;

/// A component with a function of the contract's name that returns something else.
const OTHER: &str = r#"(component
    (core module $main
        (memory (export "memory") 1)
        (func (export "describe") (result i32) unreachable))
    (core instance $main (instantiate $main))
    (func $describe (result string) (canon lift (core func $main "describe") (memory (core memory $main "memory"))))
    (instance $manifest (export "describe" (func $describe)))
    (export "logzio:soar/manifest@0.1.0" (instance $manifest)))"#;

#[tokio::test]
async fn what_a_component_writes_is_observed() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let runner = Runner::builder().component(small()).upstream(nowhere()).incomplete();
    let runner = runner.observer(move |what| told.lock().unwrap().push(what)).build().unwrap();
    let answer = runner.call_json(&Call::new("manifest.describe", json!({}))).await;
    assert_eq!(answer.to_json(), DONE);
    let output = |text: &str| Observation::Output { text: text.into() };
    assert_eq!(*seen.lock().unwrap(), [output("hello out"), output("hello err")]);
}

#[tokio::test]
async fn an_incomplete_component_is_called_as_far_as_it_goes() {
    let wasm = small();
    let complete = Runner::builder().component(wasm.clone()).upstream(nowhere()).build().unwrap_err();
    assert!(matches!(&complete, RunnerError::Load(why) if why.contains("logzio:soar/")), "{complete:?}");
    let runner = Runner::builder().component(wasm).upstream(nowhere()).incomplete().build().unwrap();
    let answer = runner.call_json(&Call::new("manifest.describe", json!({}))).await;
    assert_eq!(answer.to_json(), DONE);
    let answer = runner.call_json(&Call::new("logs.search-logs", json!({}))).await;
    assert!(matches!(&answer, Answer::Missing(why) if why.contains("logzio:soar/logs@0.1.0")), "{answer:?}");
    let typed = runner.connect(connection()).check_connection().await.unwrap_err();
    assert!(matches!(&typed, RunnerError::Incomplete(why) if why.contains("logzio:soar/")), "{typed:?}");
}

#[tokio::test]
async fn a_function_of_another_type_is_not_that_of_the_contract() {
    let wasm = wat::parse_str(OTHER).unwrap();
    let runner = Runner::builder().component(wasm).upstream(nowhere()).incomplete().build().unwrap();
    let answer = runner.call_json(&Call::new("manifest.describe", json!({}))).await;
    assert!(
        matches!(&answer, Answer::Missing(why) if why.contains("something else than the contract's")),
        "{answer:?}"
    );
}

#[test]
fn the_interfaces_of_any_component_are_told() {
    let interfaces = |text: &str| Runner::builder().component(wat::parse_str(text).unwrap()).interfaces();
    let small = Runner::builder().component(small()).interfaces().unwrap();
    let imports = ["wasi:cli/stderr@0.2.0", "wasi:cli/stdout@0.2.0", "wasi:io/error@0.2.0", "wasi:io/streams@0.2.0"];
    assert_eq!(small.imports, imports);
    assert_eq!(small.exports, ["logzio:soar/manifest@0.1.0"]);
    assert_eq!(small.functions, ["logzio:soar/manifest@0.1.0#describe"]);
    let greedy = r#"(component (import "wasi:sockets/tcp@0.2.0" (instance (export "get" (func)))))"#;
    assert_eq!(interfaces(greedy).unwrap().imports, ["wasi:sockets/tcp@0.2.0"], "though it cannot be run");
    assert!(matches!(interfaces("(module)"), Err(RunnerError::Load(_))));
}

#[tokio::test]
async fn what_stops_a_call_by_json_is_told_without_a_token() {
    let connection = json!({
        "endpoint": {"case": "region", "value": "eu"}, "security_token": "s3cret", "time_budget_ms": 50,
    });
    let check = Call::new("diagnostics.check-connection", json!({"connection": connection}));
    let answer = async |misdeed: &str| runner(misdeed).grace(Duration::ZERO).build().unwrap().call_json(&check).await;
    for (misdeed, says) in [
        ("unreachable\n", "the component trapped"),
        ("(loop (br 0)) unreachable\n", "did not return within 0.1 s"),
        ("(drop (memory.grow (i32.const 5000))) unreachable\n", "more than its 256 MiB"),
    ] {
        let answer = answer(misdeed).await;
        assert!(matches!(&answer, Answer::Trap(why) if why.contains(says) && !why.contains("s3cret")), "{answer:?}");
    }
}

#[tokio::test]
async fn calls_can_be_spawned() {
    let runner = runner("unreachable\n").build().unwrap();
    let session = runner.connect(connection());
    let typed = tokio::spawn(async move { session.check_connection().await });
    let by_name = tokio::spawn(async move { runner.call_json(&Call::new("manifest.describe", json!({}))).await });
    assert!(matches!(typed.await.unwrap(), Err(RunnerError::Trap { .. })));
    assert!(matches!(by_name.await.unwrap(), Answer::Trap(_)));
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
