//! Scrolls: their pages, their time to live, and the shapes of their answers.

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, Endpoint, ScrollHits};
use serde_json::{Value, json};

use crate::client::*;
use crate::half_days::filled;

const FIRST: &str = r#"{"query":{"match_all":{}},"size":3,"sort":[{"@timestamp":"desc"}],"scroll":"2m"}"#;

fn scrolled(answer: &Value) -> (String, Value) {
    let next = json!({"scroll_id": answer["scrollId"]}).to_string();
    (next, serde_json::from_str(answer["hits"].as_str().unwrap()).unwrap())
}

fn page_ids(hits: &Value) -> String {
    hits["hits"].as_array().unwrap().iter().map(|hit| hit["_id"].as_str().unwrap()).collect()
}

#[test]
fn a_scroll_goes_on_to_an_empty_page() {
    let simulator = filled(Behaviour::default());
    let (next, first) = scrolled(&ask_json(&simulator, Endpoint::Scroll, FIRST));
    assert_eq!((page_ids(&first), &first["total"]), ("hgf".into(), &json!(4)));
    let (next, second) = scrolled(&ask_json(&simulator, Endpoint::Scroll, &next));
    assert_eq!(page_ids(&second), "e");
    let (_, third) = scrolled(&ask_json(&simulator, Endpoint::Scroll, &next));
    assert_eq!(page_ids(&third), "");
}

#[test]
fn a_scroll_lives_as_long_as_it_asked_to() {
    for (status, reason) in [(400, "SearchContextMissing"), (404, "scroll context has expired")] {
        let simulator = filled(Behaviour { expired_scroll_status: status, ..Behaviour::default() });
        let (next, _) = scrolled(&ask_json(&simulator, Endpoint::Scroll, FIRST));
        simulator.clock().advance(TimeDelta::minutes(2));
        let (next, _) = scrolled(&ask_json(&simulator, Endpoint::Scroll, &next));
        simulator.clock().advance(TimeDelta::seconds(121));
        let (refused, message) = refusal(&ask(&simulator, Endpoint::Scroll, &next));
        assert_eq!(refused, status);
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn a_scroll_is_strict_about_what_goes_together() {
    let simulator = filled(Behaviour::default());
    for (body, reason) in [
        (r#"{"query":{"match_all":{}},"scroll_id":"x"}"#, "ScrollId and query parameter can not co-exist"),
        (r#"{"query":{"match_all":{}},"scroll":"6m"}"#, "Scroll can't exceed [5m]"),
        (r#"{"query":{"match_all":{}},"scroll":"soon"}"#, "failed to parse setting"),
        (r#"{"query":{"match_all":{}},"size":1001}"#, "can't exceed [1000]"),
        (r#"{"query":{"match_all":{}},"highlight":{}}"#, "not allowed [highlight]"),
        (r#"{"scroll_id":"DnF1ZXJ5VGhlbkZldGNo9-0"}"#, "SearchContextMissing"),
        (r#"{"scroll_id":"?"}"#, "SearchContextMissing"),
        ("{}", "query is missing"),
    ] {
        let (status, message) = refusal(&ask(&simulator, Endpoint::Scroll, body));
        assert_eq!(status, 400, "{body}");
        assert!(message.contains(reason), "{body}: {message}");
    }
}

#[test]
fn the_hits_of_a_scroll_come_in_any_of_their_shapes() {
    let hits = |scroll_hits| {
        let simulator = filled(Behaviour { scroll_hits, ..Behaviour::default() });
        ask_json(&simulator, Endpoint::Scroll, FIRST)["hits"].clone()
    };
    let nested: Value = serde_json::from_str(hits(ScrollHits::NestedText).as_str().unwrap()).unwrap();
    assert_eq!(page_ids(&nested["hits"]), "hgf");
    assert_eq!(page_ids(&hits(ScrollHits::Object)), "hgf");
}

#[test]
fn aggregations_come_with_the_first_page_of_a_scroll_only() {
    let simulator = filled(Behaviour::default());
    let body = r#"{"query":{"match_all":{}},"aggs":{"n":{"value_count":{"field":"age"}}}}"#;
    let answer = ask_json(&simulator, Endpoint::Scroll, body);
    assert_eq!(answer["aggregations"]["n"]["value"], 4);
    let answer = ask_json(&simulator, Endpoint::Scroll, &scrolled(&answer).0);
    assert_eq!(answer["aggregations"], Value::Null);
}
