//! The command as its users have it: the real binary with the embedded component, against the simulator on a port.
//!
//! What the component makes of Logz.io's answers is not proved here; this is about state, output, signals and exit codes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use chrono::{TimeDelta, TimeZone, Utc};
use logzio_simulator::{Clock, Scenario, Simulator, SimulatorOptions};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A simulator on a port, and a directory for the files of a command.
struct Site {
    simulator: Simulator,
    url: String,
    files: TempDir,
    _runtime: Runtime,
}

impl Site {
    /// A site with this many events in the last day.
    fn with_events(events: u32) -> Self {
        let simulator = Simulator::new(SimulatorOptions { clock: Clock::system(), ..SimulatorOptions::default() });
        // All of them are visible: the command's clock is the system's.
        let end = Utc::now() - TimeDelta::hours(1);
        simulator.generate(&Scenario {
            events_per_hour: f64::from(events) / 20.0,
            background_logs_per_hour: 1.0,
            muted: 0.0,
            ..Scenario::new(end - TimeDelta::hours(20), end)
        });
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = simulator.clone();
        runtime.spawn(async move { served.serve(listener, std::future::pending()).await });
        Self { simulator, url, files: tempfile::tempdir().unwrap(), _runtime: runtime }
    }

    /// The command with an environment of nothing but the connection.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logzio-soar"));
        command
            .args(line.split_whitespace())
            .current_dir(self.files.path())
            .env_clear()
            .env("HOME", self.files.path())
            // One compiled component for all tests.
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env("LOGZIO_URL", &self.url)
            .env("LOGZIO_SECURITY_TOKEN", self.simulator.security_token())
            .env("LOGZIO_OPERATIONS_TOKEN", self.simulator.operations_token())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    fn ids(&self, line: &str) -> Vec<String> {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {output:?}");
        ids(&output.stdout)
    }

    fn truth(&self) -> BTreeSet<String> {
        self.simulator.events().into_iter().map(|event| event.id).collect()
    }
}

fn ids(ndjson: &[u8]) -> Vec<String> {
    let lines = ndjson.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().into())
        .collect()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn the_schema_of_the_contract_is_printed_without_a_component() {
    let site = Site::with_events(0);
    let output = site.run("describe --schema");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["$defs"]["types.connection"]["properties"]["time_budget_ms"].is_object());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), logzio_soar_host::CONTRACT_SCHEMA);
    assert_eq!(site.run("describe --schema --component x.wasm").status.code(), Some(2));
}

#[test]
fn a_second_fetch_brings_nothing_twice() {
    let site = Site::with_events(120);
    let line = "fetch --all --state state --since 2026-01-01 --output ndjson";
    let first = site.ids(line);
    assert_eq!(first.len(), site.truth().len());
    assert_eq!(first.into_iter().collect::<BTreeSet<_>>(), site.truth());
    assert_eq!(site.ids(line), Vec::<String>::new());
}

#[test]
fn pages_of_a_limit_go_on_where_the_last_run_ended() {
    let site = Site::with_events(150);
    let line = "fetch --limit 60 --state state --since 2026-01-01 --output ndjson";
    let mut all = site.ids(line);
    assert_eq!(all.len(), 60);
    all.extend(site.ids(line));
    all.extend(site.ids(line));
    assert_eq!(all.len(), site.truth().len());
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), site.truth());
}

#[cfg(unix)]
#[test]
fn what_could_not_be_written_is_fetched_again() {
    let site = Site::with_events(100);
    let line = "fetch --all --state state --since 2026-01-01 --output ndjson";
    // Whoever reads the output is gone before the first page.
    let mut child = site.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), output.stderr.as_slice()), (0, b"".as_slice()));
    assert!(!site.files.path().join("state").exists());
    assert_eq!(site.ids(line).into_iter().collect::<BTreeSet<_>>(), site.truth());
}

#[cfg(unix)]
#[test]
fn an_interrupted_follow_loses_nothing_and_repeats_nothing() {
    let site = Site::with_events(400);
    let line = "fetch --follow --interval 1 --state state --since 2026-01-01 --output ndjson";
    let mut child = site.command(line).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first page is written as it comes, while others are still to be fetched.
    let mut written = lines.next().unwrap().unwrap();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    for line in lines {
        written.push('\n');
        written.push_str(&line.unwrap());
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut all = ids(written.as_bytes());
    all.extend(site.ids("fetch --all --state state --output ndjson"));
    assert_eq!(all.len(), site.truth().len());
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), site.truth());
}

#[test]
fn a_failed_fetch_keeps_what_it_wrote() {
    let site = Site::with_events(200);
    site.simulator.faults("events@3:403x*".parse().unwrap());
    let line = "fetch --all --state state --since 2026-01-01 --output ndjson";
    let output = site.run(line);
    assert_eq!(code(&output), 3, "{output:?}");
    let mut all = ids(&output.stdout);
    assert!(!all.is_empty());
    site.simulator.faults("".parse().unwrap());
    all.extend(site.ids(line));
    assert_eq!(all.len(), site.truth().len());
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), site.truth());
}

#[test]
fn each_failure_has_its_exit_code_and_shows_no_token() {
    let site = Site::with_events(1);
    let token = site.simulator.security_token();
    let foreign = site.simulator.foreign_token();
    let operations = site.simulator.operations_token();
    for (line, security, expected) in [
        ("fetch", Some(token.as_str()), 0),
        ("fetch", None, 2),
        ("fetch", Some("a b"), 2),
        ("fetch", Some("unknown-token"), 3),
        ("fetch", Some(foreign.as_str()), 3),
        ("fetch", Some(operations.as_str()), 3),
        ("check", Some("unknown-token"), 1),
        ("fetch --since whenever", Some(token.as_str()), 2),
        ("fetch --limit 0", Some(token.as_str()), 2),
        ("fetch --region atlantis", Some(token.as_str()), 2),
        ("fetch --follow --output json", Some(token.as_str()), 2),
        ("search *leading", Some(token.as_str()), 2),
        ("fetch --url http://127.0.0.1:1 --time-budget 1", Some(token.as_str()), 4),
        ("fetch --component /dev/null", Some(token.as_str()), 6),
        ("fetch --component /nonexistent", Some(token.as_str()), 7),
        ("fetch --state /nonexistent/state", Some(token.as_str()), 7),
    ] {
        let mut command = site.command(line);
        match security {
            Some(token) => command.env("LOGZIO_SECURITY_TOKEN", token),
            None => command.env_remove("LOGZIO_SECURITY_TOKEN"),
        };
        let output = command.output().unwrap();
        assert_eq!(code(&output), expected, "{line}: {output:?}");
        let shown = format!("{output:?}");
        for token in [&token, &foreign, &operations, "unknown-token", "a b"] {
            assert!(!shown.contains(token), "{line}: {shown}");
        }
        let silent = output.stderr.is_empty();
        assert_eq!(silent, matches!(expected, 0 | 1), "{line}: {output:?}");
    }
}

#[test]
fn logs_and_searches_are_written_in_every_format() {
    let site = Site::with_events(20);
    let event = site.simulator.events().into_iter().find(|event| event.logs.len() > 1).unwrap();
    let lines = site.run(&format!("logs {} --output ndjson", event.id)).stdout;
    assert_eq!(String::from_utf8(lines).unwrap().lines().count(), event.logs.len());

    let array = site.run(&format!("logs {} --output json", event.id)).stdout;
    let array: Vec<serde_json::Value> = serde_json::from_slice(&array).unwrap();
    assert_eq!(array.len(), event.logs.len());

    let output = site.run("search * --since 2026-01-01 --limit 7");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("note: 7") && told.ends_with("logs; --limit or --all shows more\n"), "{told}");
    let table = output.stdout;
    assert_eq!(String::from_utf8(table).unwrap().lines().count(), 1 + 7);

    let csv = site.run("search * --limit 7 --field type,hostname --output csv").stdout;
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    assert_eq!(reader.headers().unwrap(), vec!["id", "timestamp", "type", "hostname"]);
    assert_eq!(reader.records().filter(Result::is_ok).count(), 7);

    let none = site.run("search nothing_has_this_word --output json").stdout;
    assert_eq!(none, b"[]\n");
}

#[test]
fn a_search_for_more_than_a_page_is_answered_whole() {
    let site = Site::with_events(10);
    let day = Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).unwrap();
    let logs = (0..10_200).map(|n| {
        let time = day + TimeDelta::seconds(n);
        let document = format!(r#"{{"@timestamp":"{}","type":"bulk"}}"#, time.to_rfc3339());
        logzio_simulator::Log::new(format!("log-{n}"), time, document)
    });
    site.simulator.add_logs(logzio_simulator::AccountKind::Operations, logs);
    let whole = "search type:bulk --since 2026-11-01 --until 2026-11-02 --output ndjson";
    for (limit, expected) in [("--limit 10100", 10_100), ("--all", 10_200)] {
        let found: BTreeSet<_> = site.ids(&format!("{whole} {limit}")).into_iter().collect();
        assert_eq!(found.len(), expected, "{limit}");
    }
}

#[test]
fn the_demo_agrees_with_the_ground_truth() {
    let site = Site::with_events(0);
    let output = site.run("demo");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(code(&output), 0, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.contains("0 missing, 0 twice, 0 too many"), "{text}");
}
