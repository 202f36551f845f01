//! Generated data: it fits together, and is as untidy as that of real accounts.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Endpoint, EventRecord, Scenario};
use serde_json::{Value, json};

use crate::client::*;

fn scenario() -> Scenario {
    Scenario { events_per_hour: 40.0, ..Scenario::new(time("2026-11-21T06:00:00Z"), time("2026-11-22T11:00:00Z")) }
}

#[test]
fn the_logs_of_an_event_match_its_window_and_values() {
    let simulator = simulator();
    simulator.generate(&scenario());
    let mut with_values = 0;
    for event in simulator.events() {
        let mut clauses = vec![json!({"range": {"@timestamp": {
            "from": event.window.0.timestamp_millis(),
            "to": event.window.1.timestamp_millis(),
        }}})];
        let values: Vec<String> = event.group_by.iter().map(|(field, value)| format!("{field}:\"{value}\"")).collect();
        if !values.is_empty() {
            with_values += 1;
            clauses.push(json!({"query_string": {"query": values.join(" AND ")}}));
        }
        let body = json!({"query": {"bool": {"must": clauses}}, "size": 1000}).to_string();
        let answer = ask_json(&simulator, Endpoint::Search, &body);
        let found: HashSet<&str> =
            answer["hits"]["hits"].as_array().unwrap().iter().map(|hit| hit["_id"].as_str().unwrap()).collect();
        assert!((2..=8).contains(&event.logs.len()));
        for log in &event.logs {
            assert!(found.contains(log.as_str()), "{event:?}");
        }
        let body = json!({"filter": {"alertEventId": event.id}}).to_string();
        let logs = ask_json(&simulator, Endpoint::EventLogs, &body);
        assert_eq!(logs["total"], event.logs.len(), "{event:?}");
    }
    assert!(with_values > 100);
}

#[test]
fn the_logs_of_an_event_match_the_query_of_its_rule() {
    let simulator = simulator();
    simulator.generate(&scenario());
    for event in simulator.events() {
        let raw: Value = serde_json::from_slice(&event.raw).unwrap();
        let summary = raw["alertSummary"].as_str().unwrap();
        let (query, _) = summary.strip_prefix("Alert if query '").unwrap().split_once("' results").unwrap();
        let body = json!({
            "query": {"bool": {"must": [
                {"query_string": {"query": query}},
                {"ids": {"values": event.logs}},
                {"range": {"@timestamp": {"gte": event.window.0.to_rfc3339(), "lte": event.window.1.to_rfc3339()}}},
            ]}},
            "size": 0,
        });
        let answer = ask_json(&simulator, Endpoint::Search, &body.to_string());
        assert_eq!(answer["hits"]["total"], event.logs.len(), "{query}: {event:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_data_and_twice_is_not_the_same() {
    let (one, other) = (simulator(), simulator());
    let generated = one.generate(&scenario());
    assert_eq!(other.generate(&scenario()), generated);
    assert_eq!(one.events(), other.events());
    assert_eq!(generated.events, 1160);
    one.generate(&scenario());
    let ids: HashSet<String> = one.events().into_iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 2320);
}

#[test]
fn there_are_ties_late_and_muted_events_and_every_rule() {
    let simulator = simulator();
    simulator.generate(&scenario());
    let events = simulator.events();
    let mut by_date: HashMap<_, HashSet<u32>> = HashMap::new();
    for event in &events {
        by_date.entry(event.date).or_default().insert(event.rule_id);
    }
    assert!(events.len() - by_date.len() > 60);
    assert!(by_date.values().all(|rules| rules.len() == 1));
    let late = |event: &&EventRecord| event.visible_at - event.date > TimeDelta::minutes(3);
    let late: Vec<_> = events.iter().filter(late).collect();
    assert!((15..80).contains(&late.len()), "{}", late.len());
    assert!(late.iter().all(|event| event.visible_at - event.date <= TimeDelta::minutes(10)));
    assert!((25..100).contains(&events.iter().filter(|event| event.muted).count()));
    let rules: HashSet<u32> = events.iter().map(|event| event.rule_id).collect();
    assert_eq!(rules.len(), 11);
    assert!(events.iter().all(|event| (scenario().start..scenario().end).contains(&event.date)));
}

#[test]
fn logs_are_as_untidy_as_real_ones() {
    let simulator = simulator();
    simulator.generate(&scenario());
    let logs = simulator.logs(AccountKind::Operations);
    let texts: Vec<&str> = logs.iter().map(|log| std::str::from_utf8(log.document()).unwrap()).collect();
    let holding = |part: &str| texts.iter().filter(|text| text.contains(part)).count();
    assert!(holding("+0000\"") > 100, "offsets without a colon");
    assert!(holding("\"winlog.computer_name\"") > 10, "flattened doubles");
    assert!(holding("\"type\":[\"auth\",\"auth\"]") > 10, "arrays with doubled values");
}

#[test]
fn every_event_has_its_logs_in_the_security_account() {
    let simulator = simulator();
    simulator.generate(&scenario());
    let mut titles: HashMap<String, Vec<String>> = HashMap::new();
    for log in simulator.logs(AccountKind::Security) {
        let log: Value = serde_json::from_slice(log.document()).unwrap();
        assert_eq!((&log["type"], &log["sub-type"]), (&json!("logzio-alerts"), &json!("security_rule")));
        let text = |member: &str| log[member].as_str().unwrap().to_owned();
        titles.entry(text("logzio-alert-event-id")).or_default().push(text("logzio-alert-title"));
    }
    let mut correlated = 0;
    for event in simulator.events() {
        let name = &event.rule_name;
        // A correlated rule writes one log for each of its two queries.
        match titles[&event.id].as_slice() {
            [title] => assert_eq!(title, name),
            [first, second] => {
                correlated += 1;
                assert_eq!((first, second), (&format!("{name} (1/2)"), &format!("{name} (2/2)")));
            }
            titles => panic!("{titles:?}"),
        }
    }
    assert!(correlated > 0);
    assert_eq!(titles.len(), simulator.events().len());
}

#[test]
fn what_lies_ahead_appears_as_the_clock_goes_on() {
    let simulator = simulator();
    let now = simulator.clock().now();
    simulator.generate(&Scenario { events_per_hour: 600.0, ..Scenario::new(now, now + TimeDelta::hours(1)) });
    let total = || ask_json(&simulator, Endpoint::Events, r#"{"filter":{"includeMutedEvents":true}}"#)["total"].clone();
    assert_eq!(total(), 0);
    simulator.clock().advance(TimeDelta::minutes(30));
    let half = total().as_u64().unwrap();
    assert!((200..400).contains(&half), "{half}");
    simulator.clock().advance(TimeDelta::hours(1));
    assert_eq!(total(), 600);
}
