//! Sightings: which logs count for an indicator, and what is reported of them.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, HitsTotal};
use serde_json::{Value, json};

use super::report::{MD5, hits, indicator, list, log_ids, only, report, values};
use crate::bench::{Bench, Broken, HUNT, datetime, ensure, expect, hunt, listed, log};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Hunting,
        "a-sighting-whole",
        Code(a_sighting_whole),
        "A sighting tells how often, from when to when, and which users, hosts and addresses",
        [
            "hunting.sighting.value",
            "hunting.sighting.hits",
            "hunting.sighting.complete",
            "hunting.sighting.first-seen",
            "hunting.sighting.last-seen",
            "hunting.sighting.users",
            "hunting.sighting.hosts",
            "hunting.sighting.internal-ips",
            "hunting.sighting.external-ips",
            "hunting.sighting.logs",
        ],
    ),
    code_case!(
        Hunting,
        "no-hits",
        Code(no_hits),
        "What is in no log has a sighting all the same, with no hits and no times",
        [
            "hunting.hunt-report.sightings",
            "hunting.sighting.hits",
            "hunting.sighting.first-seen",
            "hunting.sighting.last-seen"
        ],
    ),
    code_case!(
        Hunting,
        "in-the-order-of-the-request",
        Code(in_the_order_of_the_request),
        "Sightings come in the order of the request, and one for an indicator that occurs twice",
        ["hunting.hunt-report.sightings", "hunting.hunt-request.indicators.twice"],
    ),
    code_case!(
        Hunting,
        "attribution",
        Code(attribution),
        "A log that holds several indicators counts for each of them, and for no other",
        ["hunting.hunt-indicators", "hunting.sighting.hits"],
    ),
    code_case!(
        Hunting,
        "planted",
        Code(planted),
        "Of 120 indicators planted in a week of logs, each is found as often as it was planted",
        ["hunting.hunt-indicators", "hunting.sighting.hits", "hunting.sighting.complete"],
    ),
    code_case!(
        Hunting,
        "whole-values",
        Code(whole_values),
        "Addresses and ports count by their value, anything else as a whole word, in any letter case",
        ["hunting.hunt-indicators.whole-values"],
    ),
    code_case!(
        Hunting,
        "too-many-to-read",
        Code(too_many_to_read),
        "An indicator in too many logs to read is counted, its ends are found, and a notice says so",
        ["hunting.sighting.complete.not", "hunting.hunt-report.notices", "types.notice-code.sighting-incomplete"],
    ),
];

async fn a_sighting_whole(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let now = bench.site.now;
    let time = |minutes| now - TimeDelta::minutes(minutes);
    let rows = [
        ("l1", 300, "ada", "hq-1", "10.1.2.3"),
        ("l2", 200, "grace", "hq-2", "198.51.100.7"),
        ("l3", 100, "ada", "hq-2", "192.168.7.7"),
    ];
    bench.add_logs(rows.map(|(id, minutes, user, host, peer)| {
        let members =
            json!({"source": {"ip": "203.0.113.9"}, "destination.ip": peer, "user.name": user, "host": {"name": host}});
        log(id, time(minutes), members)
    }));
    bench.add_logs([log("other", time(50), json!({"source.ip": "203.0.113.10", "user.name": "eve"}))]);
    let report = bench.ok(HUNT, hunt(&["203.0.113.9"], json!({}))).await?;
    let expected = json!({
        "value": "203.0.113.9",
        "kind": "ip",
        "hits": 3,
        "complete": true,
        "first_seen": datetime(time(300)),
        "last_seen": datetime(time(100)),
        "users": {"$unordered": ["ada", "grace"]},
        "hosts": {"$unordered": ["hq-1", "hq-2"]},
        "internal_ips": {"$unordered": ["10.1.2.3", "192.168.7.7"]},
        "logs": [{"id": "l3"}, {"id": "l2"}, {"id": "l1"}],
    });
    let sighting = only(&report)?;
    expect(&expected, sighting)?;
    // Whether the address itself is among the addresses of its logs is not said.
    let external: Vec<&str> = list(sighting, "external_ips").iter().filter_map(Value::as_str).collect();
    ensure!(external.contains(&"198.51.100.7"), "the other addresses are {}", listed(&external));
    ensure!(
        external.iter().collect::<BTreeSet<_>>().len() == external.len(),
        "an address stands twice: {}",
        listed(&external)
    );
    ensure!(
        external.iter().all(|one| ["198.51.100.7", "203.0.113.9"].contains(one)),
        "the other addresses are {}",
        listed(&external)
    );
    Ok(())
}

async fn no_hits(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let report = bench.ok(HUNT, hunt(&["203.0.113.9", "evil.example", MD5], json!({}))).await?;
    let nothing = json!({"hits": 0, "first_seen": null, "last_seen": null, "logs": [], "users": [], "hosts": [], "internal_ips": [], "external_ips": []});
    expect(&json!({"sightings": {"$length": 3}, "rejected": [], "unfinished": []}), &report)?;
    expect(&json!({"sightings": {"$each": nothing}}), &report)
}

async fn in_the_order_of_the_request(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs([log("l", bench.minutes_ago(50), json!({"source.ip": "203.0.113.9"}))]);
    let given =
        ["evil.example", "203.0.113.9", "198.51.100.4", "203.0.113.9", "hxxp://evil.example/x", "evil.example", MD5];
    let report = bench.ok(HUNT, hunt(&given, json!({}))).await?;
    let found = values(&report);
    let wanted = ["evil.example", "203.0.113.9", "198.51.100.4", "http://evil.example/x", MD5];
    ensure!(found == wanted, "the sightings are of {}, and should be of {}", listed(&found), listed(&wanted));
    Ok(())
}

async fn attribution(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("both", time, json!({"source.ip": "203.0.113.9", "destination.ip": "198.51.100.7"})),
        log("first", time, json!({"source.ip": "203.0.113.9"})),
        log("list", time, json!({"source.ip": ["198.51.100.7", "192.0.2.1"]})),
        log("message", time, json!({"message": "denied 203.0.113.9:22 -> 192.0.2.1, twice"})),
    ]);
    let report = bench.ok(HUNT, hunt(&["203.0.113.9", "198.51.100.7", "192.0.2.1", "192.0.2.2"], json!({}))).await?;
    let wanted = [&["both", "first", "message"][..], &["both", "list"], &["list", "message"], &[]];
    for (sighting, wanted) in list(&report, "sightings").iter().zip(wanted) {
        let value = sighting.get("value").and_then(Value::as_str).unwrap_or_default();
        let found: Vec<&str> = log_ids(sighting).into_iter().collect();
        ensure!(found == wanted, "{value} was seen in {}, and is in {}", listed(&found), listed(wanted));
        ensure!(
            hits(sighting) == wanted.len() as u64,
            "{value} has {} hits, and is in {} logs",
            hits(sighting),
            wanted.len()
        );
    }
    ensure!(
        list(&report, "sightings").len() == 4,
        "{} sightings came for 4 indicators",
        list(&report, "sightings").len()
    );
    Ok(())
}

async fn planted(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let mut random = bench.random.clone();
    let week = 7 * 86_400_000 - 60_000;
    let now = bench.site.now;
    let mut counts = Vec::new();
    let mut indicators = Vec::new();
    let mut number = 0;
    for place in 0..120_u32 {
        // Kinds whose values take a number.
        let (kind, value, field) = match place % 6 {
            0 => ("ip", format!("203.0.{}.{}", place / 6, place), "destination.ip"),
            1 => ("domain", format!("host{place}.evil.example"), "dns.question.name"),
            2 => ("md5", format!("{place:032x}"), "file.hash.md5"),
            3 => ("user", format!("intruder{place}"), "user.name"),
            4 => ("file-name", format!("dropper-{place}.exe"), "file.name"),
            _ => ("url", format!("https://evil.example/stage/{place}"), "url.full"),
        };
        let count = random.u64(0..5);
        for _ in 0..count {
            number += 1;
            let time = now - TimeDelta::milliseconds(random.i64(60_000..week));
            let members =
                if random.bool() { json!({field: value}) } else { json!({"message": format!("seen {value} again")}) };
            bench.add_logs([log(format!("hit-{number}"), time, members)]);
        }
        counts.push(count);
        indicators.push(indicator(kind, &value));
    }
    bench.add_logs((0..500).map(|noise| {
        let time = now - TimeDelta::milliseconds(random.i64(60_000..week));
        log(
            format!("noise-{noise}"),
            time,
            json!({"message": format!("order {noise} was shipped to 10.9.8.{}", noise % 250)}),
        )
    }));
    let fields = json!({
        "ip": ["destination.ip", "message"],
        "domain": ["dns.question.name", "message"],
        "md5": ["file.hash.md5", "message"],
        "user": ["user.name", "message"],
        "file-name": ["file.name", "message"],
        "url": ["url.full", "message"],
    });
    let report = report(bench, indicators, json!({"limit_per_indicator": 0, "fields": fields})).await?;
    ensure!(
        list(&report, "sightings").len() == 120,
        "{} sightings came for 120 indicators",
        list(&report, "sightings").len()
    );
    for (sighting, planted) in list(&report, "sightings").iter().zip(counts) {
        let value = sighting.get("value").and_then(Value::as_str).unwrap_or_default();
        ensure!(hits(sighting) == planted, "{value} was planted {planted} times, and has {} hits", hits(sighting));
        expect(&json!({"complete": true, "logs": []}), sighting)?;
    }
    Ok(())
}

async fn whole_values(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    for (id, message) in [
        ("word", "the user mallory logged in"),
        ("capitals", "The User MALLORY Logged In"),
        ("part", "the user mallory2 and smallory logged in"),
        ("bracket", "who: [mallory]."),
    ] {
        bench.add_logs([log(id, time, json!({"message": message}))]);
    }
    bench.add_logs([
        log("v6-short", time, json!({"source.ip": "2001:db8::1"})),
        log("v6-long", time, json!({"message": "from 2001:db8:0:0:0:0:0:1 port 22"})),
        log("v6-other", time, json!({"source.ip": "2001:db8::10"})),
        log("port", time, json!({"destination.port": 4_444})),
        log("other-port", time, json!({"destination.port": 44_444})),
    ]);
    for (kind, value, wanted) in [
        ("user", "mallory", &["bracket", "capitals", "word"][..]),
        ("user", "Mallory", &["bracket", "capitals", "word"]),
        ("ip", "2001:DB8::1", &["v6-long", "v6-short"]),
        ("port", "4444", &["port"]),
    ] {
        let fields = json!({"user": ["message"]});
        let report = report(bench, vec![indicator(kind, value)], json!({"fields": fields})).await?;
        let found: Vec<&str> = log_ids(only(&report)?).into_iter().collect();
        ensure!(found == wanted, "{value} was seen in {}, and is in {}", listed(&found), listed(wanted));
    }
    Ok(())
}

async fn too_many_to_read(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // More than any component can be expected to read in one call.
    let noisy = |number: i64| {
        log(
            format!("n{number}"),
            bench.site.now - TimeDelta::seconds(number * 40 + 60),
            json!({"source.ip": "203.0.113.9", "user.name": "ada"}),
        )
    };
    bench.add_logs((0..14_000).map(noisy));
    bench.add_logs((0..3).map(|number| {
        log(format!("q{number}"), bench.minutes_ago(500 + number), json!({"source.ip": "203.0.113.10"}))
    }));
    bench.site.simulator.set_behaviour(Behaviour { hits_total: HitsTotal::Number, ..Behaviour::default() });
    let report = bench
        .ok(HUNT, hunt(&["203.0.113.9", "203.0.113.10", "203.0.113.11"], json!({"limit_per_indicator": 3})))
        .await?;
    let ends = json!({
        "hits": 14_000,
        "first_seen": datetime(bench.site.now - TimeDelta::seconds(13_999 * 40 + 60)),
        "last_seen": datetime(bench.site.now - TimeDelta::seconds(60)),
        "users": ["ada"],
        "logs": [{"id": "n0"}, {"id": "n1"}, {"id": "n2"}],
    });
    expect(&json!({"sightings": [ends, {"hits": 3, "complete": true}, {"hits": 0, "complete": true}]}), &report)?;
    let complete = list(&report, "sightings").first().and_then(|one| one.get("complete")?.as_bool());
    if complete == Some(false) {
        expect(
            &json!({"notices": {"$has": [{"code": "sighting-incomplete", "text": {"$contains": "203.0.113.9"}}]}}),
            &report,
        )?;
    }
    Ok(())
}
