//! The command as an adapter: the answering side of the protocol.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use logzio_simulator::{Simulator, SimulatorOptions};
use logzio_soar_conformance::Adapter;
use logzio_soar_host::{Answer, Call, EMBEDDED_COMPONENT};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::{COMMAND, cache};

fn describe() -> Call {
    Call::new("manifest.describe", json!({}))
}

fn ok(answer: &Answer) -> Value {
    let Answer::Ok(value) = answer else { panic!("{answer:?}") };
    serde_json::from_str(value.get()).unwrap()
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
        let cache = cache();
        let command = format!(
            "HOME='{}' XDG_CACHE_HOME='{}' exec '{}' adapter",
            self.files.path().display(),
            cache.display(),
            COMMAND
        );
        let component = self.files.path().join("a component.wasm");
        Adapter::start(&command, &component, Stdio::inherit(), Duration::from_secs(120)).await.unwrap()
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(COMMAND)
            .args(arguments)
            .env_clear()
            .env("HOME", self.files.path())
            .env("XDG_CACHE_HOME", cache())
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

    let integration = ok(&adapter.call(&describe(), &[]).await.unwrap());
    assert_eq!(integration["version"], env!("CARGO_PKG_VERSION"));

    // What the component sees is what the call says, and not what a call before said.
    let check = Call::new("diagnostics.check-connection", json!({"connection": {}}));
    let environment =
        [("LOGZIO_URL".to_owned(), url), ("LOGZIO_SECURITY_TOKEN".to_owned(), simulator.security_token())];
    let checks = ok(&adapter.call(&check, &environment).await.unwrap());
    assert_eq!(checks[0]["outcome"], json!({"case": "passed", "value": "it answers"}));
    let Answer::Err(error) = adapter.call(&check, &[]).await.unwrap() else { panic!() };
    assert_eq!(serde_json::from_str::<Value>(error.get()).unwrap()["case"], "invalid-connection");

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
        "an object is expected",
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
