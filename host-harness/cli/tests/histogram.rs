//! `search --histogram`: each log is counted once.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, HitsTotal, Log};
use serde_json::{Value, json};

use crate::support::{RANGE, Site, code, start};

/// Logs of three days, more of them in some hours than in others.
fn waves() -> (Vec<Log>, BTreeMap<String, u64>) {
    let mut hours = BTreeMap::new();
    let logs = (0..1_500_i64).map(|n| {
        // One of them lies where one bar ends and the next one begins.
        let minutes = if n == 0 { 12 * 60 } else { 95 + n * n % 4_100 };
        let time = start() + TimeDelta::minutes(minutes) + TimeDelta::milliseconds(n);
        let hour = time.format("%Y-%m-%dT%H:00:00.000Z").to_string();
        *hours.entry(hour).or_insert(0) += 1;
        let document = json!({"@timestamp": time.to_rfc3339(), "type": "wave", "message": "x"}).to_string();
        Log::new(format!("wave-{n}"), time, document)
    });
    (logs.collect(), hours)
}

#[test]
fn a_histogram_counts_every_log_once() {
    let (logs, hours) = waves();
    let site = Site::with_logs(logs);
    let line = "search type:wave --since 2026-11-01 --until 2026-11-05T00:00:00Z --histogram";
    let counts = |line: &str| -> Vec<(String, u64)> {
        let output = site.run(&format!("{line} --output json"));
        assert!(output.status.success(), "{output:?}");
        let bars: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        bars.windows(2).for_each(|two| assert_eq!(two[0]["end"], two[1]["start"]));
        bars.iter().map(|bar| (bar["start"].as_str().unwrap().to_owned(), bar["count"].as_u64().unwrap())).collect()
    };
    // What Logz.io counts, what it counts to some point only, and what it does not count at all.
    let object = Behaviour { hits_total: HitsTotal::Object, ..Behaviour::default() };
    for (behaviour, faults) in
        [(Behaviour::default(), ""), (object, ""), (Behaviour::default(), "search:missingx*;field=hits.total")]
    {
        site.simulator.set_behaviour(behaviour);
        site.simulator.faults(faults.parse().unwrap());
        let bars = counts(line);
        assert!(bars.len() <= 60, "{}", bars.len());
        assert_eq!(bars.iter().map(|(_, count)| count).sum::<u64>(), 1_500);
        // A day and a half is shown by the hour.
        let bars = counts("search type:wave --since 2026-11-01T02:30:00Z --until 2026-11-02T13:30:00Z --histogram");
        assert!(bars.len() > 30);
        for (hour, count) in bars.iter().skip(1).take(bars.len() - 2) {
            assert_eq!(hours.get(hour).copied().unwrap_or_default(), *count, "{hour}");
        }
        // The bars at the ends have only what belongs to the range.
        assert!(bars[0].0.as_str() >= "2026-11-01T02:30", "{}", bars[0].0);
        for (start, count) in [&bars[0], bars.last().unwrap()] {
            let hour = format!("{}:00:00.000Z", &start[..13]);
            assert!(*count > 0 && *count < hours[&hour], "{hour}: {count}");
        }
    }
    site.simulator.faults("".parse().unwrap());

    site.simulator.clear_requests();
    let table = String::from_utf8(site.run(line).stdout).unwrap();
    assert!(table.is_ascii(), "without a locale there are no blocks: {table}");
    assert!(table.ends_with("TOTAL             1500\n"), "{table}");
    assert!(site.simulator.requests().len() <= 70, "{}", site.simulator.requests().len());
    let blocks = site.command(line).env("LANG", "C.UTF-8").output().unwrap().stdout;
    assert!(String::from_utf8(blocks).unwrap().contains('█'));

    let none = site.run("search type:nothing --since 2026-11-01 --histogram --output csv");
    assert_eq!((code(&none), none.stdout.as_slice()), (0, b"".as_slice()));
    assert_eq!(code(&site.run("search *leading --histogram")), 2);
}

#[test]
fn what_logzio_does_not_count_is_read_to_its_end() {
    let many = (0..10_200_i64).map(|n| {
        let time = start() + TimeDelta::milliseconds(n);
        let document = json!({"@timestamp": time.to_rfc3339(), "type": "bulk"}).to_string();
        Log::new(format!("log-{n}"), time, document)
    });
    let site = Site::with_logs(many);
    site.simulator.faults("search:missingx*;field=hits.total".parse().unwrap());
    let csv = site.run(&format!("search type:bulk {RANGE} --histogram --output csv")).stdout;
    let bar = "start,end,count\n2026-11-01T00:00:00.000Z,2026-11-01T00:00:10.200Z,10200\n";
    assert_eq!(String::from_utf8(csv).unwrap(), bar);
}
