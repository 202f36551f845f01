//! The asking side of the adapter protocol, with adapters that do wrong what they can.

#![cfg(unix)]

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use logzio_soar_conformance::{Adapter, AdapterError};
use logzio_soar_host::Call;
use serde_json::json;

const HELLO: &str = r#"echo '{"adapter": "test 1", "enforces": ["memory"]}';"#;

/// Long enough for a busy machine to start a shell.
const SOON: Duration = Duration::from_secs(10);

async fn start(script: &str) -> Result<Adapter, AdapterError> {
    Adapter::start(script, Path::new("any.wasm"), Stdio::null(), SOON).await
}

fn describe() -> Call {
    Call::new("manifest.describe", json!({}))
}

#[tokio::test]
async fn the_component_s_path_is_in_the_environment() {
    let script = r#"echo "{\"adapter\": \"$LOGZIO_SOAR_COMPONENT\", \"enforces\": []}"; cat >/dev/null"#;
    let adapter = start(script).await.unwrap();
    assert_eq!(Path::new(adapter.name()), std::env::current_dir().unwrap().join("any.wasm"));
}

#[tokio::test]
async fn an_adapter_that_ends_is_reported_with_how_it_ended() {
    let error = start("exit 3").await.unwrap_err();
    assert!(matches!(&error, AdapterError::Ended(how) if how.contains("exit status: 3")), "{error}");
    let error = start("no-such-command-anywhere").await.unwrap_err();
    assert!(matches!(&error, AdapterError::Ended(how) if how.contains("127")), "{error}");
    let mut adapter = start(&format!("{HELLO} read line; exit 4")).await.unwrap();
    let error = adapter.call(&describe(), &[]).await.unwrap_err();
    assert!(matches!(&error, AdapterError::Ended(how) if how.contains("exit status: 4")), "{error}");
    assert_eq!(adapter.call(&describe(), &[]).await.unwrap_err(), error, "and it stays so");
    let mut adapter = start(&format!("{HELLO} read line; exec >&-; sleep 600")).await.unwrap();
    let error = adapter.call(&describe(), &[]).await.unwrap_err();
    assert!(matches!(&error, AdapterError::Ended(how) if how.contains("closed its standard output")), "{error}");
}

#[tokio::test]
async fn an_adapter_that_hangs_is_killed_with_all_that_it_started() {
    let files = tempfile::tempdir().unwrap();
    let pids = files.path().join("pids");
    let script = format!("{HELLO} sleep 600 & echo $! > '{0}'; echo $$ >> '{0}'; wait", pids.display());
    let mut adapter = start(&script).await.unwrap();
    while std::fs::read_to_string(&pids).map_or(0, |text| text.lines().count()) < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    adapter.set_deadline(Duration::from_millis(200));
    // More than a pipe holds, and nobody reads it.
    let large = Call::new("logs.search-logs", json!({"query": "x".repeat(1 << 20)}));
    let error = adapter.call(&large, &[]).await.unwrap_err();
    assert_eq!(error, AdapterError::Late { deadline: Duration::from_millis(200) });
    let pids = std::fs::read_to_string(&pids).unwrap();
    let started = Instant::now();
    let alive = |pid: &str| {
        // A killed process is a zombie until its parent has noticed.
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
    };
    while pids.lines().any(alive) {
        assert!(started.elapsed() < SOON, "still alive: {pids}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn an_adapter_that_writes_what_is_no_answer_is_reported() {
    for (script, says) in [
        ("echo hello".to_owned(), "no JSON: hello"),
        ("echo '{}'".to_owned(), "names no adapter"),
        ("echo '{\"adapter\": \"a\", \"enforces\": [1]}'".to_owned(), "names no adapter"),
        ("printf '{'".to_owned(), "ends within a line"),
    ] {
        let error = start(&script).await.unwrap_err();
        assert!(matches!(&error, AdapterError::Garbled(why) if why.contains(says)), "{script}: {error}");
    }
    for (answer, says) in [
        ("debug: token is s3cret-1 and s3cret-2", "no JSON: debug: token is *** and ***"),
        ("{\"id\": 2, \"ok\": 1}", "its id is not 1"),
        ("{\"ok\": 1}", "its id is not 1"),
        ("{\"id\": null, \"invalid\": \"the line\"}", "could not read the call: the line"),
        ("{\"id\": 1}", "one of ok, err"),
        ("{\"id\": 1, \"trap\": {}}", "trap: a string"),
    ] {
        let mut adapter = start(&format!("{HELLO} read line; echo '{answer}'; sleep 600")).await.unwrap();
        let call = Call::new("a.b", json!({"connection": {"security_token": " s3cret-1\n"}}));
        let environment = [("LOGZIO_OPERATIONS_TOKEN".to_owned(), "s3cret-2".to_owned())];
        let error = adapter.call(&call, &environment).await.unwrap_err();
        assert!(matches!(&error, AdapterError::Garbled(why) if why.contains(says)), "{answer}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_came_too_late_for_its_caller_is_passed_over() {
    let script = format!(
        "{HELLO} read line; sleep 0.3; echo '{{\"id\":1,\"ok\":1}}'; read line; echo '{{\"id\":2,\"ok\":2}}'; cat"
    );
    let mut adapter = start(&script).await.unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(20), adapter.call(&describe(), &[])).await;
    assert!(dropped.is_err());
    assert_eq!(adapter.call(&describe(), &[]).await.unwrap().to_json(), r#"{"ok":2}"#);
}
