//! The logs behind an event.

use chrono::TimeDelta;
use logzio_simulator::Endpoint::EventLogs;
use logzio_simulator::{AccountKind, Behaviour, Event, Log, Simulator, UnknownEvent};

use crate::client::*;

fn with_logs(behaviour: Behaviour) -> Simulator {
    let simulator = with_behaviour(behaviour);
    let date = time("2026-11-22T10:00:00Z");
    let log = |id: &str| Log::new(id, date, format!("{{\"n\":\"{id}\"}}"));
    simulator.add_logs(AccountKind::Operations, ["x", "y", "z", "other"].map(log));
    simulator.add_event(Event::new("a", date).logs(["x", "y", "z", "gone"]));
    simulator.add_event(Event::new("late", date).logs(["x"]).visible_at(date + TimeDelta::hours(3)));
    simulator
}

#[test]
fn the_logs_of_an_event_come_bare_and_in_pages() {
    let simulator = with_logs(Behaviour::default());
    let answer = ask(&simulator, EventLogs, r#"{"filter":{"alertEventId":"a"},"pagination":{"pageSize":2}}"#);
    assert_eq!(
        answer.text(),
        r#"{"total":3,"results":[{"n":"x"},{"n":"y"}],"pagination":{"pageNumber":1,"pageSize":2}}"#
    );
    let body = r#"{"filter":{"alertEventId":"a"},"pagination":{"pageSize":2,"pageNumber":2}}"#;
    assert_eq!(ask_json(&simulator, EventLogs, body)["results"], serde_json::json!([{"n": "z"}]));
}

#[test]
fn pages_of_logs_may_be_smaller_than_asked_for() {
    let simulator = with_logs(Behaviour { page_rows: 2, ..Behaviour::default() });
    let answer = ask_json(&simulator, EventLogs, r#"{"filter":{"alertEventId":"a"},"pagination":{"pageSize":100}}"#);
    assert_eq!((answer["results"].as_array().unwrap().len(), &answer["total"]), (2, &serde_json::json!(3)));
    assert_eq!(answer["pagination"]["pageSize"], 2);
}

#[test]
fn logs_that_are_not_kept_any_more_are_an_empty_list() {
    let kept = Some(TimeDelta::minutes(30));
    let simulator = with_logs(Behaviour { log_retention: kept, ..Behaviour::default() });
    let answer = ask_json(&simulator, EventLogs, r#"{"filter":{"alertEventId":"a"}}"#);
    assert_eq!(answer["total"], 0);
}

#[test]
fn an_unknown_event_has_no_logs_or_is_not_found() {
    for id in ["nowhere", "late"] {
        let body = format!(r#"{{"filter":{{"alertEventId":"{id}"}}}}"#);
        assert_eq!(ask_json(&with_logs(Behaviour::default()), EventLogs, &body)["total"], 0);
        let strict = Behaviour { unknown_event: UnknownEvent::NotFound, ..Behaviour::default() };
        let answer = ask(&with_logs(strict), EventLogs, &body);
        assert_eq!(refusal(&answer), (404, format!("no event id {id} found")));
    }
}

#[test]
fn a_request_for_logs_names_one_event_and_nothing_else() {
    let simulator = with_logs(Behaviour::default());
    for (body, reason) in [
        ("", "may not be empty"),
        (r#"{"filter":{}}"#, "may not be empty"),
        (r#"{"filter":{"alertEventId":""}}"#, "may not be empty"),
        (r#"{"filter":{"alertEventId":["a"]}}"#, "must be a string"),
        (r#"{"filter":{"alertEventId":"a","type":"x"}}"#, "Unrecognized field"),
        (r#"{"filter":{"alertEventId":"a"},"sort":[]}"#, "Unrecognized field \"sort\""),
        (r#"{"filter":{"alertEventId":"a"},"pagination":{"pageSize":1001}}"#, "1000"),
    ] {
        let (status, message) = refusal(&ask(&simulator, EventLogs, body));
        assert_eq!(status, 400, "{body}");
        assert!(message.contains(reason), "{body}: {message}");
    }
}
