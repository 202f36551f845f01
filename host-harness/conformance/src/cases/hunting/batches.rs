//! Many indicators to a call: which are rejected, and which are left for the next call.

use std::time::Duration;

use logzio_simulator::{Endpoint, Fault, FaultPlan};
use serde_json::{Value, json};

use super::report::{hits, indicator, list, report};
use crate::bench::{Bench, Broken, HUNT, ensure, expect, hunt, log, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Hunting,
        "only-some",
        Code(only_some),
        "Where some indicators cannot be looked for the others are, and those are rejected with a reason",
        [
            "hunting.hunt-indicators.only-some",
            "hunting.hunt-report.rejected",
            "hunting.rejected-indicator.why",
            "hunting.indicator.value.length",
        ],
    ),
    code_case!(
        Hunting,
        "rejected-values-are-cut",
        Code(rejected_values_are_cut),
        "A rejected value is shown, cut to a readable length",
        ["hunting.rejected-indicator.value"],
    ),
    code_case!(
        Hunting,
        "how-many",
        Code(how_many),
        "1 to 10 000 indicators are taken, and none or more are not",
        ["hunting.hunt-request.indicators"],
    ),
    code_case!(
        Hunting,
        "unfinished",
        Code(unfinished),
        "What the time did not suffice for is named, and comes with further calls",
        ["hunting.hunt-report.unfinished", "types.connection.time-budget-ms"],
    ),
];

async fn only_some(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs([log("l", bench.minutes_ago(50), json!({"source.ip": "203.0.113.9"}))]);
    let (long, longest) = ("b".repeat(2_049), "c".repeat(2_048));
    let indicators = vec![
        json!({"value": "mallory"}),
        json!({"value": "203.0.113.9"}),
        indicator("process", &long),
        indicator("process", &longest),
        indicator("ip", "no address"),
        json!({"value": "  "}),
    ];
    let some = report(bench, indicators, json!({})).await?;
    expect(&json!({"sightings": [{"value": "203.0.113.9", "hits": 1}, {"kind": "process", "hits": 0}]}), &some)?;
    expect(&json!({"rejected": {"$length": 4}}), &some)?;
    expect(&json!({"rejected": {"$each": {"why": {"$length": {"$at_least": 10}}}}}), &some)?;
    let before = bench.site.request_count();
    bench.err(HUNT, hunt(&["mallory", "", "0.0.0.0/0"], json!({})), "invalid-argument").await?;
    ensure!(bench.site.request_count() == before, "nothing could be looked for, and something was sent");
    Ok(())
}

async fn rejected_values_are_cut(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let long = "z".repeat(60_000);
    let report = report(bench, vec![indicator("process", &long), json!({"value": "evil.example"})], json!({})).await?;
    let shown = texts(&report, "rejected", "value").first().map_or(0, |value| value.chars().count());
    ensure!((1..=400).contains(&shown), "a rejected value of 60 000 characters is shown with {shown}");
    Ok(())
}

async fn how_many(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let many = |count: u32| -> Vec<Value> {
        (0..count).map(|n| json!({"value": format!("203.{}.{}.7", n / 250, n % 250)})).collect()
    };
    for count in [0, 10_001] {
        let request = json!({"indicators": many(count)});
        bench.err(HUNT, json!({"request": request}), "invalid-argument").await?;
    }
    ensure!(bench.site.request_count() == 0, "for too many indicators or none, something was sent");
    // As many as there may be, in little time: it suffices for the fields and a query or two, also for a host that takes half a
    // second to pass so much on. Whatever it does not suffice for is named.
    let slow = Fault::Delay(Duration::from_millis(300));
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, slow));
    let request = json!({"indicators": many(10_000), "since": "-1h"});
    let report = bench.ok(HUNT, json!({"connection": {"time_budget_ms": 3_000}, "request": request})).await?;
    let told = list(&report, "sightings").len() + list(&report, "unfinished").len();
    ensure!(told == 10_000, "of 10 000 indicators the report tells of {told}");
    Ok(())
}

async fn unfinished(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let value = |number: i64| format!("203.{}.{}.7", number / 250, number % 250);
    let count = 3_000_i64;
    bench.add_logs(
        (0..count).step_by(120).map(|number| {
            log(format!("l{number}"), bench.minutes_ago(number + 1), json!({"source.ip": value(number)}))
        }),
    );
    let slow = Fault::Delay(Duration::from_millis(250));
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, slow));
    let mut left: Vec<Value> = (0..count).map(|number| json!({"value": value(number), "kind": "ip"})).collect();
    let (mut done, mut found) = (0, 0);
    for call in 0..40 {
        let request = json!({"indicators": left, "since": "-3d"});
        // The first call has little time, and what it leaves has longer.
        let budget = if call == 0 { 2_000 } else { 20_000 };
        let arguments = json!({"connection": {"time_budget_ms": budget}, "request": request});
        let report = bench.ok(HUNT, arguments).await?;
        if call == 0 {
            ensure!(!list(&report, "unfinished").is_empty(), "3 000 indicators were looked for within two seconds");
        }
        done += list(&report, "sightings").len();
        found += list(&report, "sightings").iter().map(hits).sum::<u64>();
        left = list(&report, "unfinished").to_vec();
        if left.is_empty() {
            ensure!(done == 3_000, "of 3 000 indicators, {done} have a sighting");
            ensure!(found == 25, "25 of them are in a log each, and there are {found} hits");
            return Ok(());
        }
    }
    Err(Broken(format!("after 40 calls {} of 3 000 indicators were still unfinished", left.len())))
}
