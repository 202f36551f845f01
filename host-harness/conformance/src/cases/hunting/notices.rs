//! The notices of a hunt: a code for each thing that a host may decide by.

use std::time::Duration;

use chrono::TimeDelta;
use logzio_simulator::{Endpoint, Fault, FaultPlan};
use serde_json::{Value, json};

use super::report::{list, only};
use crate::bench::{Bench, Broken, HUNT, codes, datetime, ensure, expect, hunt, log};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Hunting,
        "notices",
        Code(notices),
        "An address of one's own, a range that ends too far ahead, and names that are too many have a notice of their code",
        ["types.notice-code.internal-indicator", "types.notice-code.range-shortened", "types.notice-code.result-cut"],
    ),
    code_case!(
        Hunting,
        "a-simpler-search",
        Code(a_simpler_search),
        "Where Logz.io refuses a search, a simpler one is made: a notice says so, and the sighting is not complete",
        ["types.notice-code.simplified-search"],
    ),
    code_case!(
        Hunting,
        "the-time-ends",
        Code(the_time_ends),
        "Where the time did not suffice for some indicators, they are named, and a notice says so",
        ["types.notice-code.indicators-unfinished"],
    ),
    code_case!(
        Hunting,
        "first-seen-unknown",
        Code(first_seen_unknown),
        "Behind thousands of logs that are like it, the first time seen is right, or none with a notice",
        ["types.notice-code.first-seen-unknown", "hunting.sighting.first-seen"],
    ),
    code_case!(
        Hunting,
        "more-notices",
        Code(more_notices),
        "Of many notices of a kind some are left out, and a notice says so",
        ["types.notice-code.more-notices"],
    ),
];

async fn notices(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs((0..1_001).map(|number| {
        let members = json!({"source.ip": "203.0.113.9", "user.name": format!("u{number}")});
        log(format!("l{number}"), bench.minutes_ago(number + 1), members)
    }));
    let nothing: [&str; 0] = [];
    let ahead = datetime(bench.site.now + TimeDelta::days(30));
    for (value, request, wanted) in [
        ("203.0.113.10", json!({}), &nothing[..]),
        ("10.1.2.3", json!({}), &["internal-indicator"]),
        ("198.51.100.7", json!({"internal_networks": ["198.51.100.0/24"]}), &["internal-indicator"]),
        ("203.0.113.10", json!({"since": "-1d", "until": ahead}), &["range-shortened"]),
        ("203.0.113.9", json!({}), &["result-cut"]),
    ] {
        let report = bench.ok(HUNT, hunt(&[value], request.clone())).await?;
        let found = codes(&report);
        ensure!(
            found == wanted,
            "hunting for {value} with {request}, the notices are {found:?}, and should be {wanted:?}"
        );
    }
    Ok(())
}

async fn a_simpler_search(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs([log("l", bench.minutes_ago(5), json!({"zzPeer": "203.0.113.9"}))]);
    // With the fields named and an hour to search, the first request is the hunt's.
    bench.site.simulator.faults(FaultPlan::none().with(Endpoint::Search, 1, Fault::status(400)));
    let request = json!({"fields": {"ip": ["zzPeer"]}, "since": "-1h"});
    let report = bench.ok(HUNT, hunt(&["203.0.113.9"], request)).await?;
    let expected = json!({
        "sightings": [{"hits": 1, "complete": false}],
        "notices": {"$has": [{"code": "simplified-search"}]},
    });
    expect(&expected, &report)
}

async fn the_time_ends(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let slow = Fault::Delay(Duration::from_millis(300));
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, slow));
    let value = |number: u32| json!({"value": format!("203.{}.{}.7", number / 250, number % 250)});
    let indicators: Vec<Value> = (0..5_000).map(value).collect();
    let request = json!({"indicators": indicators, "fields": {}, "internal_networks": [], "since": "-1h"});
    let report = bench.ok(HUNT, json!({"connection": {"time_budget_ms": 1_500}, "request": request})).await?;
    ensure!(!list(&report, "unfinished").is_empty(), "5 000 indicators were looked for in 1.5 s, at 300 ms a search");
    expect(&json!({"notices": {"$has": [{"code": "indicators-unfinished"}]}}), &report)
}

async fn first_seen_unknown(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // Logz.io takes the number of a release for the beginning of an address.
    let strays = |number: i64| {
        let time = bench.site.now - TimeDelta::seconds(4 * number + 600);
        log(format!("s{number}"), time, json!({"message": "release 10.3 is out"}))
    };
    bench.add_logs((0..20_000).map(strays));
    let seen = bench.minutes_ago(5);
    bench.add_logs([log("real", seen, json!({"message": "from 10.3.4.5"}))]);
    let report = bench.ok(HUNT, hunt(&["10.0.0.0/8"], json!({"since": "-1d"}))).await?;
    let sighting = only(&report)?;
    expect(&json!({"hits": 1, "last_seen": datetime(seen), "logs": [{"id": "real"}]}), sighting)?;
    let first = sighting.get("first_seen").and_then(Value::as_str);
    let unknown = first.is_none() && codes(&report).contains(&"first-seen-unknown");
    ensure!(
        unknown || first == Some(datetime(seen).as_str()),
        "it was first seen at {}, the report says {first:?}, and its notices are {:?}",
        datetime(seen),
        codes(&report)
    );
    Ok(())
}

async fn more_notices(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let addresses: Vec<String> = (0..40).map(|number| format!("203.0.113.{number}")).collect();
    // More names with each of them than a list holds.
    bench.add_logs((0..1_001).map(|number| {
        let members = json!({"source.ip": addresses, "user.name": format!("u{number}")});
        log(format!("l{number}"), bench.minutes_ago(number + 1), members)
    }));
    let given: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let request = json!({"limit_per_indicator": 0, "fields": {"ip": ["source.ip"]}});
    let report = bench.ok(HUNT, hunt(&given, request)).await?;
    let found = codes(&report);
    let cut = found.iter().filter(|code| **code == "result-cut").count();
    ensure!(cut > 0, "the lists of 40 sightings were cut, and no notice says so");
    ensure!(
        cut >= given.len() || found.contains(&"more-notices"),
        "{cut} of 40 notices came, and none says that others were left out"
    );
    Ok(())
}
