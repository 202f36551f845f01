//! `logs`, `search` and `describe`: formats, limits and memory.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use chrono::{TimeDelta, TimeZone, Utc};
use logzio_simulator::{AccountKind, Log};
use serde_json::json;

use crate::support::{RANGE, Site, ids, start};

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
fn the_last_line_counts_the_logs() {
    let site = Site::with_logs((0..1_843).map(|n| {
        let time = start() + TimeDelta::seconds(n);
        let document = json!({"@timestamp": time.to_rfc3339(), "type": if n == 0 { "one" } else { "many" }});
        Log::new(format!("log-{n}"), time, document.to_string())
    }));
    for (line, last) in [
        ("search * --limit 5", "note: 5 of 1 843 logs; --limit or --all shows more\n"),
        ("search * --limit 1", "note: 1 of 1 843 logs; --limit or --all shows more\n"),
        ("search * --limit 5 -o ndjson", "note: 5 of 1 843 logs; --limit or --all shows more\n"),
        ("search * --all", "note: 1 843 logs\n"),
        ("search type:one", "note: 1 log\n"),
        // Programs count for themselves.
        ("search type:one -o ndjson", ""),
    ] {
        let output = site.run(&format!("{line} {RANGE}"));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), last, "{line}");
    }
}

#[test]
fn a_query_that_may_mean_another_thing_gets_a_hint() {
    let time = start();
    let document = json!({"@timestamp": time.to_rfc3339(), "user": "admin"}).to_string();
    let site = Site::with_logs([Log::new("l", time, document)]);
    for (query, hint) in [("user:“admin”", "straight double quotes"), ("not user:admin", "write NOT")] {
        for histogram in ["", "--histogram", "--histogram --until 2026-11-01T00:00:00Z --since 2026-10-31"] {
            let range = if histogram.contains("--until") { "" } else { RANGE };
            // The query is one argument with spaces in it.
            let mut command = site.command(&format!("search {range} {histogram}"));
            let output = command.arg(query).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(said.matches("warning: ").count(), 1, "{query} {histogram}: {said}");
            assert!(said.contains(hint), "{query} {histogram}: {said}");
        }
    }
}

#[test]
fn a_search_for_more_than_a_page_is_answered_whole() {
    let site = Site::with_events(10);
    let day = Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).unwrap();
    let logs = (0..10_200).map(|n| {
        let time = day + TimeDelta::seconds(n);
        let document = format!(r#"{{"@timestamp":"{}","type":"bulk"}}"#, time.to_rfc3339());
        Log::new(format!("log-{n}"), time, document)
    });
    site.simulator.add_logs(AccountKind::Operations, logs);
    let whole = "search type:bulk --since 2026-11-01 --until 2026-11-02 --output ndjson";
    for (limit, expected) in [("--limit 10100", 10_100), ("--all", 10_200)] {
        let found: BTreeSet<_> = ids(&site, &format!("{whole} {limit}")).into_iter().collect();
        assert_eq!(found.len(), expected, "{limit}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_search_takes_no_more_memory_than_a_short_one() {
    let many = (0..60_000_i64).map(|n| {
        let time = start() + TimeDelta::milliseconds(n * 1_000);
        let document = json!({"@timestamp": time.to_rfc3339(), "type": "bulk", "message": "x".repeat(300)});
        Log::new(format!("log-{n}"), time, document.to_string())
    });
    let site = Site::with_logs(many);
    let mut child = site
        .command(&format!("search type:bulk --all {RANGE} --output ndjson"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The command waits until what it wrote is read, so it is there to be looked at.
    let status = format!("/proc/{}/status", child.id());
    let mut peak_after = |logs: usize| -> u64 {
        assert_eq!(lines.by_ref().take(logs).filter(Result::is_ok).count(), logs);
        let status = fs::read_to_string(&status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let early = peak_after(6_000);
    let late = peak_after(50_000);
    assert!(late < early + 8 * 1_024, "{early} kB after 6 000 logs, {late} kB after 56 000");
    assert_eq!(lines.count(), 4_000);
    assert!(child.wait().unwrap().success());
}
