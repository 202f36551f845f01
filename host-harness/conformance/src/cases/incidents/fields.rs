//! What an incident holds: every field of its event, its id, and what could not be read of it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use logzio_simulator::{Event, Severity};
use serde_json::{Value, json};

use super::pages::{drained, ids_of, incidents, numbered, only};
use crate::bench::{Bench, Broken, FETCH, after, datetime, ensure, expect, fetch, from, listed};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Incidents,
        "every-field",
        Code(every_field),
        "An incident holds every field of its event, and the event byte for byte",
        [
            "incidents.incident.id",
            "incidents.incident.rule-id",
            "incidents.incident.name",
            "incidents.incident.description",
            "incidents.incident.summary",
            "incidents.incident.occurred",
            "incidents.incident.window",
            "incidents.time-window.start",
            "incidents.time-window.end",
            "incidents.incident.group-by",
            "incidents.incident.tags",
            "incidents.incident.mitre-tags",
            "incidents.incident.muted",
            "incidents.incident.raw",
            "types.json",
            "types.datetime",
        ],
    ),
    code_case!(
        Incidents,
        "fields-that-are-not-there",
        Code(fields_that_are_not_there),
        "What an event lacks is none or empty, and no defect",
        [
            "incidents.incident.description",
            "incidents.incident.summary",
            "incidents.incident.window",
            "incidents.incident.group-by.empty",
        ],
    ),
    code_case!(
        Incidents,
        "severities",
        Code(severities),
        "Each severity of Logz.io is the contract's, and one that is unknown or missing is unclassified",
        [
            "incidents.incident.severity",
            "types.severity.unclassified",
            "types.severity.info",
            "types.severity.low",
            "types.severity.medium",
            "types.severity.high",
            "types.severity.severe",
        ],
    ),
    code_case!(
        Incidents,
        "derived-ids",
        Code(derived_ids),
        "An event without an id gets one from its content: the same each time, and no other event's",
        ["incidents.incident.id.derived"],
    ),
    code_case!(
        Incidents,
        "defects",
        Code(defects),
        "An event that cannot be read in full is delivered, in its place and once, with what is wrong with it",
        ["incidents.incident.defects", "incidents.incident.defects.delivered", "incidents.fetch-incidents.once"],
    ),
];

async fn every_field(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let date = bench.minutes_ago(60) + TimeDelta::milliseconds(791);
    let event = Event::new("8f1c-\u{fc}\"/x", date)
        .rule(1_201, "Brute force: \"many\" failed logins \u{2014} SSH")
        .description("Line one\nline two")
        .summary("Alert if query 'x' results GREATER_THAN 5 in 10 minutes.")
        .severity(Severity::Severe)
        .window(date - TimeDelta::minutes(10), date - TimeDelta::seconds(1))
        .group_by([("source.ip", "203.0.113.9"), ("user.name", "ada")])
        .tags(["ssh", "Brute Force"])
        .mitre_tags(["T1110", "T1021.004"])
        .muted(true);
    let raw = String::from_utf8_lossy(&event.to_json()).into_owned();
    bench.site.simulator.add_event(event);
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    let expected = json!({
        "id": "8f1c-\u{fc}\"/x",
        "rule_id": 1_201,
        "name": "Brute force: \"many\" failed logins \u{2014} SSH",
        "description": "Line one\nline two",
        "summary": "Alert if query 'x' results GREATER_THAN 5 in 10 minutes.",
        "severity": "severe",
        "occurred": datetime(date),
        "window": {"start": datetime(date - TimeDelta::minutes(10)), "end": datetime(date - TimeDelta::seconds(1))},
        "group_by": {"$exactly": {"source.ip": "203.0.113.9", "user.name": "ada"}},
        "tags": ["ssh", "Brute Force"],
        "mitre_tags": ["T1110", "T1021.004"],
        "muted": true,
        "raw_text": raw,
        "logs": [],
        "defects": [],
    });
    expect(&expected, only(&page)?)
}

async fn fields_that_are_not_there(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let date = bench.minutes_ago(60);
    let raw = format!(
        r#"{{"alertEventId":"bare","name":"Bare","severity":"LOW","eventDate":{}.250000000}}"#,
        date.timestamp()
    );
    bench.site.simulator.add_event(Event::new("bare", date).raw(raw.clone()));
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    let expected = json!({
        "id": "bare",
        "rule_id": null,
        "name": "Bare",
        "description": null,
        "summary": null,
        "severity": "low",
        "occurred": datetime(date + TimeDelta::milliseconds(250)),
        "window": null,
        "group_by": {"$exactly": {}},
        "tags": [],
        "mitre_tags": [],
        "muted": false,
        "raw_text": raw,
        "logs": [],
        "defects": [],
    });
    expect(&expected, only(&page)?)
}

async fn severities(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (number, severity) in (0..).zip(Severity::ALL) {
        let event = Event::new(severity.as_str().to_lowercase(), bench.minutes_ago(60 - number)).severity(severity);
        bench.site.simulator.add_event(event);
    }
    for (number, severity) in (10..).zip([r#","severity":"CATASTROPHIC""#, r#","severity":7"#, ""]) {
        let date = bench.minutes_ago(60 - number);
        let raw = format!(
            r#"{{"alertEventId":"unclassified{number}","name":"n","eventDate":{}{severity}}}"#,
            date.timestamp()
        );
        bench.site.simulator.add_event(Event::new("x", date).raw(raw));
    }
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    ensure!(incidents(&page).len() == 8, "8 incidents were expected, {} came", incidents(&page).len());
    for incident in incidents(&page) {
        let id = incident.get("id").and_then(Value::as_str).unwrap_or_default();
        let severity = incident.get("severity").and_then(Value::as_str).unwrap_or_default();
        ensure!(id.trim_end_matches(char::is_numeric) == severity, "the severity of {id} is {severity}");
    }
    Ok(())
}

async fn derived_ids(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for number in 0..4 {
        let date = bench.minutes_ago(60 - number);
        // Two of them differ in nothing but the white space and the order of the members.
        let raw = format!(r#"{{"name":"no id","severity":"LOW","number":{number},"eventDate":{}}}"#, date.timestamp());
        bench.site.simulator.add_event(Event::new(format!("hidden{number}"), date).raw(raw));
    }
    let (first, _) = drained(bench, from("2 hours ago"), json!({})).await?;
    let (again, _) = drained(bench, from("3 hours ago"), json!({})).await?;
    let ids: BTreeSet<String> = ids_of(&first).into_iter().collect();
    ensure!(first.len() == 4, "4 incidents were expected, {} came", first.len());
    ensure!(ids.len() == 4, "4 events got {} different ids", ids.len());
    ensure!(ids.iter().all(|id| !id.trim().is_empty()), "an id is empty");
    ensure!(ids_of(&first) == ids_of(&again), "a second fetch derived other ids: {}", listed(&ids_of(&again)));
    Ok(())
}

async fn defects(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let at = |number: i64| bench.minutes_ago(60) + TimeDelta::seconds(2 * number);
    let date = |number: i64| at(number).timestamp();
    let poison = [
        format!(r#"{{"number":0,"alertEventId":"a","name":null,"severity":"LOW","eventDate":{}}}"#, date(0)),
        format!(r#"{{"number":1,"alertEventId":"b","name":"n","severity":{{}},"eventDate":{}}}"#, date(1)),
        r#"{"number":2,"alertEventId":"c","name":"n","severity":"LOW"}"#.to_owned(),
        r#"{"number":3,"alertEventId":"d","name":"n","severity":"LOW","eventDate":"yesterday"}"#.to_owned(),
        format!(r#"{{"number":4,"alertEventId":[],"name":"n","severity":"LOW","eventDate":{}}}"#, date(4)),
        format!(r#"{{"number":5,"alertEventId":"f","name":"n","severity":"LOW","eventDate":{},"tags":7}}"#, date(5)),
        format!(
            r#"{{"number":6,"alertEventId":"g","name":"n","severity":"LOW","eventDate":{},"alertId":"x"}}"#,
            date(6)
        ),
        "7".to_owned(),
        r#"["number 8"]"#.to_owned(),
    ];
    for (number, raw) in (0..).zip(&poison) {
        bench.site.simulator.add_event(Event::new(format!("poison{number}"), at(number)).raw(raw.clone()));
        bench.site.simulator.add_event(Event::new(format!("good{number}"), at(number) + TimeDelta::seconds(1)));
    }
    let (mut all, mut page) = drained(bench, from("2 hours ago"), json!({"limit": 5})).await?;
    // The look-back shows them again and again.
    for _ in 0..3 {
        let (next, last) = drained(bench, after(&page), json!({})).await?;
        all.extend(next);
        page = last;
    }
    let raws: Vec<String> = all.iter().filter_map(|one| one.get("raw_text")?.as_str().map(str::to_owned)).collect();
    let good = numbered("good", 9).filter(|id| ids_of(&all).iter().filter(|found| *found == id).count() != 1);
    let good: Vec<String> = good.collect();
    ensure!(good.is_empty(), "beside events that cannot be read, these did not come once: {}", listed(&good));
    for raw in &poison {
        let times = raws.iter().filter(|found| *found == raw).count();
        ensure!(times == 1, "the event {raw} came {times} times");
        let incident = all.iter().find(|incident| incident.get("raw_text").and_then(Value::as_str) == Some(raw));
        let defects = incident.and_then(|incident| incident.get("defects")?.as_array().map(Vec::len));
        ensure!(defects > Some(0), "the event {raw} came without a word on what is wrong with it");
    }
    ensure!(all.len() == 18, "18 incidents were expected, {} came", all.len());
    Ok(())
}
