//! Lines on standard output.
//!
//! A test's own standard output is that of the test binary, which is started once more to write to it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Folder, envelopes};

const SETTINGS: &str = "[sinks.it]\ntype = \"stdout\"";
/// Says that this process is the one that writes.
const WRITES: &str = "LOGZIO_SOAR_TEST_WRITES";

/// Writes until it fails, when started by the tests below; else it does nothing.
#[tokio::test]
async fn writer() {
    let Ok(times) = std::env::var(WRITES) else { return };
    let mut sink = Folder::with(SETTINGS).open().await;
    for _ in 0..times.parse().unwrap() {
        if let Err(why) = sink.deliver(&envelopes(1..=50)).await {
            eprintln!("<{why}>");
            return;
        }
    }
    eprintln!("<all>");
}

fn start(times: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["standard::writer", "--exact", "--nocapture"])
        .env(WRITES, times)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn each_incident_is_a_line_on_standard_output() {
    let output = start("3").wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let incidents: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(incidents.len(), 150);
    assert_eq!(incidents[149]["sequence"], 50);
}

#[test]
fn a_reader_that_is_gone_is_an_error() {
    let mut child = start("10000");
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..10 {
        reader.read_line(&mut line).unwrap();
    }
    drop(reader);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("<the reader of standard output is gone: "), "{said}");
    child.wait().unwrap();
}
