//! Both sides of the protocol of adapters: the real command as an adapter, and adapters that do wrong what they can.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use logzio_simulator::{Simulator, SimulatorOptions};
use logzio_soar_conformance::{Adapter, AdapterError};
use logzio_soar_host::{Answer, Call, EMBEDDED_COMPONENT};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

const HELLO: &str = r#"echo '{"adapter": "test 1", "enforces": ["memory"]}';"#;
/// Long enough for a busy machine to start a shell.
const SOON: Duration = Duration::from_secs(10);

async fn start(script: &str) -> Result<Adapter, AdapterError> {
    Adapter::start(script, Path::new("any.wasm"), Stdio::null(), SOON).await
}

fn describe() -> Call {
    Call::new("manifest.describe", json!({}))
}

/// The embedded component in a file, and the command that runs it.
struct Site {
    files: TempDir,
}

impl Site {
    fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("a component.wasm"), EMBEDDED_COMPONENT).unwrap();
        Self { files }
    }

    async fn adapter(&self) -> Adapter {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        let command = format!(
            "HOME='{}' XDG_CACHE_HOME='{}' exec '{}' adapter",
            self.files.path().display(),
            cache.display(),
            env!("CARGO_BIN_EXE_logzio-soar")
        );
        let component = self.files.path().join("a component.wasm");
        Adapter::start(&command, &component, Stdio::inherit(), Duration::from_secs(120)).await.unwrap()
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_logzio-soar"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.files.path())
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env("LOGZIO_REGION", "nowhere")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

#[tokio::test]
async fn the_command_is_an_adapter_of_a_component() {
    let simulator = Simulator::new(SimulatorOptions::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = simulator.clone();
    tokio::spawn(async move { served.serve(listener, std::future::pending()).await });

    let site = Site::new();
    let mut adapter = site.adapter().await;
    assert_eq!(adapter.name(), concat!("logzio-soar ", env!("CARGO_PKG_VERSION")));
    assert!(["one-host", "memory", "deadline", "environment", "files"].iter().all(|limit| adapter.enforces(limit)));
    assert!(!adapter.enforces("nothing"));

    let Answer::Ok(integration) = adapter.call(&describe(), &[]).await.unwrap() else { panic!() };
    assert_eq!(integration["version"], env!("CARGO_PKG_VERSION"));

    // What the component sees is what the call says, and not what a call before said.
    let check = Call::new("diagnostics.check-connection", json!({"connection": {}}));
    let environment =
        [("LOGZIO_URL".to_owned(), url), ("LOGZIO_SECURITY_TOKEN".to_owned(), simulator.security_token())];
    let Answer::Ok(checks) = adapter.call(&check, &environment).await.unwrap() else { panic!() };
    assert_eq!(checks[0]["outcome"], json!({"case": "passed", "value": "it answers"}));
    let Answer::Err(error) = adapter.call(&check, &[]).await.unwrap() else { panic!() };
    assert_eq!(error["case"], "invalid-connection");

    let trap = adapter.call_within(&describe(), &[], 65_536).await.unwrap();
    assert!(matches!(&trap, Answer::Trap(why) if why.contains("memory")), "{trap:?}");
    let missing = adapter.call(&Call::new("manifest.nothing", json!({})), &[]).await.unwrap();
    assert!(matches!(missing, Answer::Missing(_)), "{missing:?}");
    let invalid = adapter.call(&Call::new("manifest.describe", json!({"x": 1})), &[]).await.unwrap();
    assert!(matches!(invalid, Answer::Invalid(_)), "{invalid:?}");
    assert!(matches!(adapter.call(&describe(), &[]).await, Ok(Answer::Ok(_))), "it goes on after each of them");
}

#[test]
fn every_line_is_answered_in_order_and_the_end_of_input_is_the_end() {
    let site = Site::new();
    let input = concat!(
        "{\"id\": 1, \"function\": \"manifest.describe\"}\n",
        "{\"id\": 2, \"s3cret-token\": }\n",
        "[]\n",
        "\n",
        "{\"id\": \"five\", \"function\": \"manifest.describe\", \"argument\": {}}\n",
        "{\"id\": 6, \"function\": \"manifest.describe\", \"environment\": {\"A\": 1}}\n",
        "{\"id\": 7, \"function\": \"manifest.describe\", \"limits\": {\"memory\": 1}}\n",
        "{\"id\": 8}\n",
        "{\"id\": 9, \"function\": \"diagnostics.check-connection\", \"arguments\": {\"connection\": {}}}",
    );
    let output = site.run(&["adapter"], input);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["adapter"].is_string() && lines[0]["enforces"].is_array(), "{text}");
    let ids: Vec<Value> = lines[1..].iter().map(|line| line["id"].clone()).collect();
    assert_eq!(
        ids,
        [json!(1), json!(null), json!(null), json!(null), json!("five"), json!(6), json!(7), json!(8), json!(9)]
    );
    assert!(lines[1]["ok"].is_object(), "{text}");
    for (line, says) in lines[2..9].iter().zip([
        "no JSON",
        "no object",
        "no JSON",
        "unknown field \"argument\"",
        "environment.A: ",
        "limits: unknown field \"memory\"",
        "function: ",
    ]) {
        assert!(line["invalid"].as_str().unwrap().contains(says), "{line}");
    }
    assert_eq!(lines[9]["err"]["case"], "invalid-connection", "its own LOGZIO_REGION is not the component's: {text}");
    let why = lines[9]["err"]["value"].as_str().unwrap();
    assert!(why.contains("no token") && !why.contains("nowhere"), "{why}");
}

#[test]
fn a_component_that_cannot_be_loaded_ends_the_command() {
    let output = Site::new().run(&["adapter", "--component", "none.wasm"], "");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[tokio::test]
async fn the_component_s_path_is_in_the_environment() {
    let script = r#"echo "{\"adapter\": \"$LOGZIO_SOAR_COMPONENT\", \"enforces\": []}"; cat >/dev/null"#;
    let adapter = start(script).await.unwrap();
    assert_eq!(Path::new(adapter.name()), std::env::current_dir().unwrap().join("any.wasm"));
}

#[tokio::test]
async fn an_adapter_that_ends_is_told_with_how_it_ended() {
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
async fn an_adapter_that_writes_what_is_no_answer_is_told_so() {
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
    assert_eq!(adapter.call(&describe(), &[]).await, Ok(Answer::Ok(json!(2))));
}
