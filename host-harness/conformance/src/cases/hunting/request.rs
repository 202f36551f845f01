//! The request: fields, networks, range and limit, and what they default to.

use chrono::TimeDelta;
use serde_json::json;

use super::report::{hits, log_ids, only};
use crate::bench::{Bench, Broken, HUNT, datetime, ensure, expect, hunt, listed, log, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Hunting,
        "fields-of-the-caller",
        Code(fields_of_the_caller),
        "The caller's fields replace the usual ones of a kind, and an empty list means any field",
        ["hunting.hunt-request.fields", "hunting.hunt-request.fields.defaults", "hunting.hunt-request.fields.readings"],
    ),
    code_case!(
        Hunting,
        "internal-networks",
        Code(internal_networks),
        "Private, loopback and link-local addresses are internal, and those of the caller's networks",
        ["hunting.hunt-request.internal-networks", "hunting.sighting.internal-ips", "hunting.sighting.external-ips"],
    ),
    code_case!(
        Hunting,
        "the-range",
        Code(the_range),
        "Logs of the range count, its ends included: seven days up to now if nothing is said",
        ["hunting.hunt-request.since", "hunting.hunt-request.until"],
    ),
    code_case!(
        Hunting,
        "limit-per-indicator",
        Code(limit_per_indicator),
        "As many logs of each indicator as asked for, the newest ones; 100 if nothing is said, 0 for none",
        ["hunting.hunt-request.limit-per-indicator", "hunting.sighting.logs"],
    ),
];

async fn fields_of_the_caller(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("usual", time, json!({"source.ip": "203.0.113.9", "user.name": "ada"})),
        log("own", time, json!({"peer": {"addr": "203.0.113.9"}, "who": "grace", "user.name": "ada"})),
    ]);
    for (fields, wanted, users) in [
        (json!({}), &["own", "usual"][..], &["ada"][..]),
        (json!({"ip": ["peer.addr"], "user": ["who"]}), &["own"], &["grace"]),
        (json!({"ip": ["peer.addr", "source.ip"]}), &["own", "usual"], &["ada"]),
        (json!({"ip": []}), &["own", "usual"], &["ada"]),
        (json!({"port": ["peer.port"]}), &["own", "usual"], &["ada"]),
    ] {
        let report = bench.ok(HUNT, hunt(&["203.0.113.9"], json!({"fields": fields}))).await?;
        let sighting = only(&report)?;
        let found: Vec<&str> = log_ids(sighting).into_iter().collect();
        ensure!(
            found == wanted,
            "with the fields {fields}, it was seen in {}, and is in {}",
            listed(&found),
            listed(wanted)
        );
        expect(&json!({"users": users}), sighting)
            .map_err(|Broken(why)| Broken(format!("with the fields {fields}: {why}")))?;
    }
    Ok(())
}

async fn internal_networks(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    let internal = ["10.1.2.3", "172.16.0.1", "192.168.0.1", "127.0.0.1", "169.254.0.9", "fd00::7", "fe80::1"];
    let external = ["172.32.0.1", "192.0.2.1", "198.51.100.7", "2001:db8::7"];
    bench.add_logs(
        internal
            .iter()
            .chain(&external)
            .map(|peer| log(*peer, time, json!({"source.ip": "203.0.113.9", "destination.ip": peer}))),
    );
    let report = bench.ok(HUNT, hunt(&["203.0.113.9"], json!({}))).await?;
    expect(&json!({"internal_ips": {"$unordered": internal}, "external_ips": {"$has": external}}), only(&report)?)?;
    let request = json!({"internal_networks": ["198.51.100.0/24", "2001:db8::/32"]});
    let report = bench.ok(HUNT, hunt(&["203.0.113.9"], request)).await?;
    let more = ["198.51.100.7", "2001:db8::7"];
    expect(
        &json!({"internal_ips": {"$all_of": [{"$has": internal}, {"$has": more}, {"$length": 9}]}}),
        only(&report)?,
    )?;
    expect(&json!({"external_ips": {"$not": {"$has": ["198.51.100.7"]}}}), only(&report)?)?;
    bench.err(HUNT, hunt(&["203.0.113.9"], json!({"internal_networks": ["banana"]})), "invalid-argument").await?;
    Ok(())
}

async fn the_range(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let now = bench.site.now;
    let members = || json!({"source.ip": "203.0.113.9"});
    let (from, to) = (now - TimeDelta::days(3), now - TimeDelta::days(2));
    let second = TimeDelta::milliseconds(1);
    for (id, time) in [
        ("8-days", now - TimeDelta::days(8)),
        ("6-days", now - TimeDelta::days(6)),
        ("before", from - second),
        ("begin", from),
        ("end", to),
        ("later", to + second),
        ("recent", now - TimeDelta::minutes(1)),
    ] {
        bench.add_logs([log(id, time, members())]);
    }
    for (request, wanted) in [
        (json!({}), &["6-days", "before", "begin", "end", "later", "recent"][..]),
        (json!({"since": datetime(from), "until": datetime(to)}), &["begin", "end"]),
        (json!({"until": datetime(to)}), &["6-days", "8-days", "before", "begin", "end"]),
        (json!({"since": "-10d", "until": datetime(now - TimeDelta::days(7))}), &["8-days"]),
        (json!({"since": datetime(from)}), &["begin", "end", "later", "recent"]),
    ] {
        let report = bench.ok(HUNT, hunt(&["203.0.113.9"], request.clone())).await?;
        let found: Vec<&str> = log_ids(only(&report)?).into_iter().collect();
        ensure!(found == wanted, "with {request}, it was seen in {}, and is in {}", listed(&found), listed(wanted));
    }
    Ok(())
}

async fn limit_per_indicator(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs(
        (0..150).map(|number| {
            log(format!("l{number}"), bench.minutes_ago(number + 1), json!({"source.ip": "203.0.113.9"}))
        }),
    );
    for (limit, wanted) in [(json!(null), 100), (json!(0), 0), (json!(5), 5), (json!(1_000), 150)] {
        let report = bench.ok(HUNT, hunt(&["203.0.113.9"], json!({"limit_per_indicator": limit}))).await?;
        let sighting = only(&report)?;
        let found = texts(sighting, "logs", "id");
        let newest: Vec<String> = (0..wanted).map(|number| format!("l{number}")).collect();
        ensure!(found == newest, "with a limit of {limit}, {} logs came: {}", found.len(), listed(&found));
        ensure!(hits(sighting) == 150, "with a limit of {limit}, there are {} hits of 150", hits(sighting));
    }
    bench.err(HUNT, hunt(&["203.0.113.9"], json!({"limit_per_indicator": 1_001})), "invalid-argument").await?;
    Ok(())
}
