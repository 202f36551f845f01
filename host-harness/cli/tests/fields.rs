//! `fields`: the fields that hold indicators, in every format.

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::Log;
use serde_json::{Value, json};

use crate::support::{RANGE, Site, code, start};

fn log(id: &str, time: DateTime<Utc>, kind: &str, field: &str, value: &str) -> Log {
    let document = json!({"@timestamp": time.to_rfc3339(), "type": kind, field: value, "message": "x"});
    Log::new(id, time, document.to_string())
}

/// Addresses in half of the logs of one type, domains in each of another one.
fn site() -> Site {
    let logs = (0..4).flat_map(|n| {
        let time = start() + TimeDelta::minutes(10 * n + 5);
        let (field, value) = if n % 2 == 0 { ("zzPeer", "203.0.113.9") } else { ("note", "nothing here") };
        [
            log(&format!("app-{n}"), time, "app", field, value),
            log(&format!("dns-{n}"), time, "dns", "zzQuestion", "evil.example.com"),
        ]
    });
    Site::with_logs(logs)
}

#[test]
fn fields_are_shown_by_kind_with_their_log_types() {
    let output = site().run(&format!("fields {RANGE}"));
    assert_eq!(code(&output), 0, "{output:?}");
    let table = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["KIND", "%", "OF", "LOGS", "FIELD", "LOG", "TYPES"], "{table}");
    assert!(rows.contains(&vec!["ip", "50", "zzPeer", "app"]), "{table}");
    assert!(rows.contains(&vec!["domain", "100", "zzQuestion", "dns"]), "{table}");
    assert!(table.ends_with("\n2 log types were sampled: app, dns\n"), "{table}");
    let without = table.lines().find(|line| line.starts_with("In no field: ")).unwrap();
    assert!(without.contains("sha256") && !without.contains("domain"), "{table}");
}

#[test]
fn fields_are_written_for_programs() {
    let site = site();
    let json = site.run(&format!("fields {RANGE} -o json"));
    let kinds: Vec<Value> = serde_json::from_slice(&json.stdout).unwrap();
    let of = |kind: &str| kinds.iter().find(|of_kind| of_kind["kind"] == kind).unwrap();
    assert_eq!(of("ip")["fields"], json!([{"name": "zzPeer", "log_types": ["app"], "share": 50}]));
    assert_eq!(of("ip")["empty_log_types"], json!(["dns"]));
    assert_eq!(of("domain")["fields"][0]["name"], "zzQuestion");
    assert_eq!(of("sha256")["fields"], json!([]));

    let csv = site.run(&format!("fields {RANGE} -o csv")).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    assert_eq!(reader.headers().unwrap(), vec!["kind", "field", "share", "log_types"]);
    let rows: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
    assert!(rows.contains(&["ip", "zzPeer", "50", "app"].map(str::to_owned).to_vec()), "{rows:?}");
    assert!(rows.iter().all(|row| !row[1].is_empty()), "{rows:?}");
}

#[test]
fn an_empty_range_has_no_field_and_a_wrong_one_is_refused() {
    let site = site();
    let empty = site.run("fields --since 2026-10-01 --until 2026-10-02");
    assert_eq!(code(&empty), 0, "{empty:?}");
    let table = String::from_utf8(empty.stdout).unwrap();
    assert!(table.ends_with("\nNo log type was sampled\n"), "{table}");

    for wrong in ["--since 2026-11-02 --until 2026-11-01", "--since soon"] {
        let output = site.run(&format!("fields {wrong} -o json"));
        assert_eq!((code(&output), output.stdout.as_slice()), (2, b"".as_slice()), "{wrong}: {output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: "), "{wrong}");
    }
}
