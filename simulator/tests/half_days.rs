//! An account with a log each twelve hours.

use chrono::{SecondsFormat, TimeDelta};
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Log, Simulator};
use serde_json::{Value, json};

use crate::client::*;

/// Logs `a` to `h`, one each twelve hours up to noon of 2026-11-22, which
/// is now, and `z` a minute later.
pub fn filled(behaviour: Behaviour) -> Simulator {
    let simulator = with_behaviour(behaviour);
    let now = simulator.clock().now();
    let logs = ('a'..='h').rev().enumerate().map(|(age, id)| {
        let time = now - TimeDelta::hours(12 * age as i64);
        let document = json!({
            "@timestamp": time.to_rfc3339_opts(SecondsFormat::Millis, true),
            "type": if age % 2 == 0 { "even" } else { "odd" },
            "age": age,
            "nested": {"deep": {"x": id, "y": 1}, "other": true},
            "nested.deep.x": id,
            "list": [{"k": 1, "l": 2}, {"k": 3}],
            "message": format!("log number {age}"),
        });
        Log::new(id, time, document.to_string())
    });
    simulator.add_logs(AccountKind::Operations, logs);
    let soon = now + TimeDelta::minutes(1);
    simulator.add_logs(AccountKind::Operations, [Log::new("z", soon, "{}")]);
    simulator.add_logs(AccountKind::Security, [Log::new("s", now, "{\"type\":\"logzio-alerts\"}")]);
    simulator
}

pub fn ids(answer: &Value) -> String {
    let hits = answer["hits"]["hits"].as_array().unwrap();
    hits.iter().map(|hit| hit["_id"].as_str().unwrap()).collect()
}

/// The ids found by a query, oldest first.
pub fn found(simulator: &Simulator, query: &str) -> String {
    let body = format!(r#"{{"query":{query},"sort":[{{"@timestamp":"asc"}}],"size":100}}"#);
    ids(&ask_json(simulator, Endpoint::Search, &body))
}

pub fn between(from: &str, to: &str) -> String {
    format!(r#"{{"range":{{"@timestamp":{{"gte":{from},"lte":{to}}}}}}}"#)
}
