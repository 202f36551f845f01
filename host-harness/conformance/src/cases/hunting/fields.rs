//! Fields: which hold indicators of a kind, learned from the logs; where a hunt looked, and where it could not.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::report::{hits, indicator, list, log_ids, only, report};
use crate::bench::{Bench, Broken, FIND_FIELDS, HUNT, datetime, ensure, expect, hunt, listed, log};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Hunting,
        "find-fields",
        Code(find_fields),
        "The fields of each kind are found, with the log types that they are in, how often they hold it, and types without",
        [
            "hunting.find-fields",
            "hunting.found-field.name",
            "hunting.found-field.log-types",
            "hunting.found-field.share",
            "hunting.kind-fields.fields",
            "hunting.kind-fields.empty-log-types",
            "hunting.field-report.kinds",
            "hunting.field-report.fields",
            "hunting.field-report.sampled",
            "hunting.field-report.unknown-log-types",
        ],
    ),
    code_case!(
        Hunting,
        "the-range-of-fields",
        Code(the_range_of_fields),
        "Fields are learned from the logs of the range: seven days up to now if nothing is said",
        ["hunting.field-request.range"],
    ),
    code_case!(
        Hunting,
        "fields-are-learned",
        Code(fields_are_learned),
        "A hunt looks in fields of the account's own, in their log types, and says where it looked",
        [
            "hunting.hunt-request.fields.defaults",
            "hunting.find-fields",
            "hunting.hunt-report.searched",
            "hunting.searched",
            "hunting.searched.kind",
            "hunting.searched.fields",
            "hunting.searched.log-types",
        ],
    ),
    code_case!(
        Hunting,
        "a-rare-field",
        Code(a_rare_field),
        "A value within a longer one, in a field that one log of thousands has, is found, or the sighting is not complete",
        ["hunting.hunt-indicators", "hunting.sighting.complete"],
    ),
    code_case!(
        Hunting,
        "fields-passed-on",
        Code(fields_passed_on),
        "What find-fields returns serves many hunts; where the range holds other log types, no sighting is complete",
        [
            "hunting.find-fields",
            "hunting.hunt-request.log-types",
            "hunting.hunt-report.unknown-log-types",
            "hunting.sighting.complete.not",
            "types.notice-code.log-types-unknown",
        ],
    ),
    code_case!(
        Hunting,
        "hosts-of-urls",
        Code(hosts_of_urls),
        "Where a URL was not seen but its host was, the host has a sighting, which names the URLs",
        ["hunting.hunt-report.sightings.hosts", "hunting.sighting.host-of"],
    ),
    code_case!(
        Hunting,
        "two-fields",
        Code(two_fields),
        "A URL is seen where two fields hold its host and its path, an account where two hold its name and its domain",
        ["hunting.hunt-indicators.two-fields"],
    ),
];

/// The record of a kind.
fn of_kind<'v>(report: &'v Value, records: &str, kind: &str) -> Result<&'v Value, Broken> {
    let record = list(report, records).iter().find(|record| record.get("kind").and_then(Value::as_str) == Some(kind));
    record.ok_or_else(|| Broken(format!("`{records}` has nothing of the kind {kind}")))
}

/// Logs of two types and of none, in fields that no list can know.
fn add_products(bench: &Bench<'_>) {
    for number in 0..4_i64 {
        let (address, other) = (format!("203.0.113.{number}"), format!("198.51.100.{number}"));
        let sums = if number == 0 { json!("5d41402abc4b2a76b9719d911017c592") } else { json!("-") };
        bench.add_logs([
            log(
                format!("gate-{number}"),
                bench.minutes_ago(100 + number),
                json!({"type": "gate", "zzPeer": {"addr": address}, "zzSums": sums}),
            ),
            log(
                format!("door-{number}"),
                bench.minutes_ago(200 + number),
                json!({"type": "door", "zzPeer.addr": other, "zzBox": format!("box{number}@evil.example")}),
            ),
            log(
                format!("plain-{number}"),
                bench.minutes_ago(300 + number),
                json!({"zzVia": format!("192.0.2.{number}:80")}),
            ),
        ]);
    }
}

async fn find_fields(bench: &mut Bench<'_>) -> Result<(), Broken> {
    add_products(bench);
    let report = bench.ok(FIND_FIELDS, json!({"request": {}})).await?;
    let expected = json!({
        "sampled": {"$unordered": ["", "door", "gate"]},
        "unknown_log_types": [],
        "notices": [],
    });
    expect(&expected, &report)?;
    let ip = of_kind(&report, "kinds", "ip")?;
    let expected = json!({
        "fields": {"$all_of": [
            {"$has": [
                {"name": "zzPeer.addr", "log_types": {"$unordered": ["door", "gate"]}, "share": 100},
                {"name": "zzVia", "log_types": [""], "share": 100},
            ]},
            {"$each": {"share": {"$all_of": [{"$at_least": 1}, {"$at_most": 100}]}}},
        ]},
        "empty_log_types": [],
    });
    expect(&expected, ip)?;
    // Those in most log types come first.
    expect(&json!({"name": "zzPeer.addr"}), list(ip, "fields").first().unwrap_or(&Value::Null))?;
    let md5 = of_kind(&report, "kinds", "md5")?;
    let expected = json!({
        "fields": [{"name": "zzSums", "log_types": ["gate"], "share": 25}],
        "empty_log_types": {"$unordered": ["", "door"]},
    });
    expect(&expected, md5)?;
    let email = of_kind(&report, "kinds", "email")?;
    expect(&json!({"fields": {"$has": [{"name": "zzBox", "log_types": ["door"]}]}}), email)?;
    // As a hunt takes them: those that were found, and those of common shippers.
    let fields = report.get("fields").cloned().unwrap_or_default();
    expect(&json!({"ip": {"$has": ["zzPeer.addr", "zzVia", "source.ip"]}, "md5": {"$has": ["zzSums"]}}), &fields)
}

async fn the_range_of_fields(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let now = bench.site.now;
    for (log_type, days) in [("recent", 1), ("older", 6), ("oldest", 9)] {
        bench.add_logs([log(log_type, now - TimeDelta::days(days), json!({"type": log_type, "zz": "203.0.113.9"}))]);
    }
    for (request, wanted) in [
        (json!({}), json!(["older", "recent"])),
        (json!({"since": "-2d"}), json!(["recent"])),
        (json!({"until": datetime(now - TimeDelta::days(3))}), json!(["older", "oldest"])),
    ] {
        let report = bench.ok(FIND_FIELDS, json!({"request": request})).await?;
        expect(&json!({"sampled": {"$unordered": wanted}}), &report)
            .map_err(|Broken(why)| Broken(format!("with {request}: {why}")))?;
    }
    Ok(())
}

async fn fields_are_learned(bench: &mut Bench<'_>) -> Result<(), Broken> {
    add_products(bench);
    let indicators = vec![
        indicator("ip", "203.0.113.2"),
        indicator("ip", "192.0.2.3"),
        indicator("email", "box1@evil.example"),
        indicator("md5", "5d41402abc4b2a76b9719d911017c592"),
    ];
    let report = report(bench, indicators, json!({"fields": {"port": ["zzPort"]}, "internal_networks": []})).await?;
    for (sighting, id) in list(&report, "sightings").iter().zip(["gate-2", "plain-3", "door-1", "gate-0"]) {
        expect(&json!({"hits": 1, "complete": true, "logs": [{"id": id}]}), sighting)?;
    }
    let types = json!({"$unordered": ["", "door", "gate"]});
    let ip = of_kind(&report, "searched", "ip")?;
    expect(&json!({"fields": {"$has": ["zzPeer.addr", "zzVia"]}, "log_types": types}), ip)?;
    let email = of_kind(&report, "searched", "email")?;
    expect(&json!({"fields": {"$has": ["zzBox"]}, "log_types": types}), email)?;
    // Each kind of the request, and no other.
    let kinds: Vec<&str> = list(&report, "searched").iter().filter_map(|one| one.get("kind")?.as_str()).collect();
    ensure!(kinds.len() == 3 && kinds.contains(&"md5"), "it says where it looked for {}", listed(&kinds));
    // Where the caller named the fields, these; where any field was asked for, none.
    let named = json!({"fields": {"ip": ["zzVia"]}});
    let report = bench.ok(HUNT, hunt(&["192.0.2.3"], named)).await?;
    expect(&json!({"searched": [{"kind": "ip", "fields": ["zzVia"]}]}), &report)?;
    let report = bench.ok(HUNT, hunt(&["192.0.2.3"], json!({"fields": {"ip": []}}))).await?;
    expect(&json!({"searched": [{"kind": "ip", "fields": []}], "sightings": [{"hits": 1}]}), &report)
}

async fn a_rare_field(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs((0..3_000).map(|number| {
        let mut members = json!({"type": "app", "level": "info", "n": number, "host": {"name": "web-01"}});
        if let (1_777, Some(members)) = (number, members.as_object_mut()) {
            members.insert("zzLine".into(), json!("GET https://c2.evil.example/a from 203.0.113.9:443"));
        }
        log(format!("l{number}"), bench.minutes_ago(3 * number + 5), members)
    }));
    for value in ["203.0.113.9", "c2.evil.example", "https://c2.evil.example/a"] {
        let report = bench.ok(HUNT, hunt(&[value], json!({}))).await?;
        let sighting = list(&report, "sightings").first().unwrap_or(&Value::Null);
        let found = log_ids(sighting);
        let is_complete = sighting.get("complete").and_then(Value::as_bool) == Some(true);
        ensure!(
            found.contains("l1777") || !is_complete,
            "{value} is in a field that one log of 3 000 has; the sighting has {} hits, and says it is complete",
            hits(sighting)
        );
    }
    Ok(())
}

async fn fields_passed_on(bench: &mut Bench<'_>) -> Result<(), Broken> {
    add_products(bench);
    let learned = bench.ok(FIND_FIELDS, json!({"request": {}})).await?;
    let take = |name: &str| learned.get(name).cloned().unwrap_or_default();
    let passed_on = || json!({"fields": take("fields"), "log_types": take("sampled")});
    let report = bench.ok(HUNT, hunt(&["203.0.113.2", "192.0.2.77"], passed_on())).await?;
    let expected = json!({
        "sightings": [{"hits": 1, "complete": true}, {"hits": 0, "complete": true}],
        "unknown_log_types": [],
    });
    expect(&expected, &report)?;
    // A log type that nobody sampled.
    bench.add_logs([log("new", bench.minutes_ago(2_000), json!({"type": "new", "x": "y"}))]);
    let report = bench.ok(HUNT, hunt(&["203.0.113.2", "192.0.2.77"], passed_on())).await?;
    let expected = json!({
        "sightings": [{"hits": 1, "complete": false}, {"hits": 0, "complete": false}],
        "unknown_log_types": ["new"],
        "notices": {"$has": [{"code": "log-types-unknown"}]},
    });
    expect(&expected, &report)?;
    // Not checked if left out.
    let unchecked = json!({"fields": take("fields")});
    let report = bench.ok(HUNT, hunt(&["203.0.113.2"], unchecked)).await?;
    expect(&json!({"sightings": [{"hits": 1, "complete": true}], "unknown_log_types": []}), &report)
}

async fn hosts_of_urls(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("host", time, json!({"zzName": "c2.evil.example"})),
        log("url", time, json!({"zzUrl": "http://c3.evil.example/a"})),
    ]);
    let given = [
        "http://c2.evil.example/a",
        "http://c2.evil.example/b",
        "http://c3.evil.example/a",
        "http://c4.evil.example/a",
    ];
    let report = bench.ok(HUNT, hunt(&given, json!({}))).await?;
    let expected = json!({"sightings": [
        {"hits": 0, "host_of": []},
        {"hits": 0, "host_of": []},
        {"hits": 1, "host_of": []},
        {"hits": 0, "host_of": []},
        {
            "value": "c2.evil.example",
            "kind": "domain",
            "hits": 1,
            "logs": [{"id": "host"}],
            "host_of": {"$unordered": ["http://c2.evil.example/a", "http://c2.evil.example/b"]},
        },
    ]});
    expect(&expected, &report)
}

async fn two_fields(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("url", time, json!({"zzHttp": {"hostname": "c2.evil.example", "uri": "/gate.php"}})),
        log("other-path", time, json!({"zzHttp": {"hostname": "c2.evil.example", "uri": "/other.php"}})),
        log("account", time, json!({"zzUserName": "mallory", "zzDomainName": "CORP"})),
        log("other-domain", time, json!({"zzUserName": "mallory", "zzDomainName": "HOME"})),
    ]);
    for (kind, value, id) in [("url", "http://c2.evil.example/gate.php", "url"), ("user", r"CORP\mallory", "account")] {
        let report =
            report(bench, vec![indicator(kind, value)], json!({"fields": {}, "internal_networks": []})).await?;
        expect(&json!({"hits": 1, "logs": [{"id": id}]}), only(&report)?)
            .map_err(|Broken(why)| Broken(format!("{value}: {why}")))?;
    }
    Ok(())
}
