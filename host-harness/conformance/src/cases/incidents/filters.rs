//! Filters: what each condition means, and that none loses an event.

use chrono::TimeDelta;
use logzio_simulator::{Event, Severity};
use serde_json::{Value, json};

use super::pages::{drained, each_once, ids, ids_of, numbered};
use crate::bench::{Bench, Broken, FETCH, after, ensure, fetch, from, listed};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Incidents,
        "filters",
        Code(filters),
        "Rule name, severities, tags and muting filter as the contract says",
        [
            "incidents.event-filter.rule-name",
            "incidents.event-filter.severities",
            "incidents.event-filter.tags",
            "incidents.event-filter.include-muted",
        ],
    ),
    code_case!(
        Incidents,
        "filters-together",
        Code(filters_together),
        "Of several conditions every one must hold",
        ["incidents.event-filter.every-condition"],
    ),
    code_case!(
        Incidents,
        "filters-and-pages",
        Code(filters_and_pages),
        "Where few of many events pass the filter, none of them is lost between pages",
        ["incidents.event-filter.tags", "incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "a-filter-that-changes",
        Code(a_filter_that_changes),
        "A filter that changes between two pages holds for what has not been read yet, and loses nothing",
        ["incidents.fetch-request.filter.changes"],
    ),
];

async fn filters(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (number, severity) in (0..).zip(Severity::ALL) {
        let event = |kind: &str| {
            let event = Event::new(format!("{kind}{number}"), bench.minutes_ago(60 - number)).severity(severity);
            event.muted(kind == "muted")
        };
        bench.site.simulator.add_event(event("plain").rule(1, "Falco: Terminal shell").tags(["Shell", "falco"]));
        bench.site.simulator.add_event(event("muted").rule(2, "Brute force").tags(["login"]));
    }
    let all = || numbered("plain", 5).chain(numbered("muted", 5));
    let of = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    for (filter, wanted) in [
        (json!({"include_muted": true}), all().collect()),
        (json!({"include_muted": false}), numbered("plain", 5).collect()),
        (json!({"include_muted": true, "rule_name": "Terminal"}), numbered("plain", 5).collect()),
        (json!({"include_muted": true, "rule_name": "rute forc"}), numbered("muted", 5).collect()),
        (json!({"include_muted": true, "rule_name": "no such rule"}), Vec::new()),
        (
            json!({"include_muted": true, "severities": ["severe", "info"]}),
            of(&["plain0", "plain4", "muted0", "muted4"]),
        ),
        (json!({"include_muted": true, "severities": ["medium"]}), of(&["plain2", "muted2"])),
        (json!({"include_muted": true, "tags": ["sHELL"]}), numbered("plain", 5).collect()),
        (json!({"include_muted": true, "tags": ["absent", "LOGIN"]}), numbered("muted", 5).collect()),
        (json!({"include_muted": true, "tags": ["she"]}), Vec::new()),
        (json!({"include_muted": true, "tags": ["login", "falco"]}), all().collect()),
    ] {
        let mut whole = json!({"rule_name": null, "severities": [], "tags": []});
        if let (Value::Object(whole), Value::Object(filter)) = (&mut whole, filter.clone()) {
            whole.extend(filter);
        }
        let (found, _) = drained(bench, from("2 hours ago"), json!({"filter": whole})).await?;
        each_once(&ids_of(&found), wanted).map_err(|Broken(why)| Broken(format!("with the filter {filter}: {why}")))?;
    }
    Ok(())
}

async fn filters_together(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (id, rule, severity, tag, muted) in [
        ("all", "Falco: shell", Severity::High, "shell", false),
        ("rule", "Brute force", Severity::High, "shell", false),
        ("severity", "Falco: shell", Severity::Low, "shell", false),
        ("tag", "Falco: shell", Severity::High, "other", false),
        ("muted", "Falco: shell", Severity::High, "shell", true),
    ] {
        let event = Event::new(id, bench.minutes_ago(60)).rule(1, rule).severity(severity).tags([tag]).muted(muted);
        bench.site.simulator.add_event(event);
    }
    let filter =
        json!({"rule_name": "Falco", "severities": ["high", "severe"], "tags": ["shell"], "include_muted": false});
    let (found, _) = drained(bench, from("2 hours ago"), json!({"filter": filter})).await?;
    each_once(&ids_of(&found), ["all".to_owned()])
}

async fn filters_and_pages(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let began = bench.minutes_ago(150);
    bench.site.simulator.add_events((0..2_000).map(|number| {
        let tag = if number % 250 == 249 { "Wanted" } else { "other" };
        Event::new(format!("e{number}"), began + TimeDelta::seconds(number)).tags([tag])
    }));
    let filter = json!({"rule_name": null, "severities": [], "tags": ["wanted", "absent"], "include_muted": true});
    let (found, _) = drained(bench, from("4 hours ago"), json!({"filter": filter, "limit": 3})).await?;
    each_once(&ids_of(&found), (0..2_000).filter(|number| number % 250 == 249).map(|number| format!("e{number}")))
}

async fn a_filter_that_changes(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // Far apart, and many to a second.
    for pause in [20_000, 100] {
        bench.restart().await?;
        changed_filter(bench, pause)
            .await
            .map_err(|Broken(why)| Broken(format!("with an event each {pause} ms: {why}")))?;
    }
    Ok(())
}

async fn changed_filter(bench: &mut Bench<'_>, pause: i64) -> Result<(), Broken> {
    let began = bench.minutes_ago(150);
    bench.site.simulator.add_events((0..240).map(|number| {
        let severity = if number % 2 == 0 { Severity::High } else { Severity::Low };
        Event::new(format!("e{number:03}"), began + TimeDelta::milliseconds(number * pause)).severity(severity)
    }));
    // Without a look-back, which would make up for what is skipped.
    let request = |severities: Value| {
        let filter = json!({"rule_name": null, "severities": severities, "tags": [], "include_muted": true});
        json!({"filter": filter, "look_back_minutes": 0})
    };
    let first = bench.ok(FETCH, fetch(from("4 hours ago"), request(json!([])))).await?;
    let read = ids(&first);
    ensure!(
        read == (0..50).map(|number| format!("e{number:03}")).collect::<Vec<_>>(),
        "the first page holds {}",
        listed(&read)
    );
    // From here on high ones only: whatever lies behind the page must all come, and once.
    let (rest, page) = drained(bench, after(&first), request(json!(["high"]))).await?;
    each_once(&ids_of(&rest), (50..240).filter(|number| number % 2 == 0).map(|number| format!("e{number:03}")))?;
    let idle = bench.ok(FETCH, fetch(after(&page), request(json!(["high"])))).await?;
    ensure!(ids(&idle).is_empty(), "the next fetch brought {} again", listed(&ids(&idle)));
    Ok(())
}
