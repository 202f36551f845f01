//! The types that fields have in the index of a day, and what a query may ask
//! of each.

use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Log, Simulator};
use serde_json::{Value, json};

use crate::client::*;

/// Today `UserId` is a number first, and `port` too; yesterday both were texts.
fn filled(behaviour: Behaviour) -> Simulator {
    let simulator = with_behaviour(behaviour);
    let now = simulator.clock().now();
    let log = |id: &str, hours: i64, document: Value| Log::new(id, now - TimeDelta::hours(hours), document.to_string());
    simulator.add_logs(
        AccountKind::Operations,
        [
            log("a", 3, json!({"UserId": 4711, "port": 22, "ok": true, "share": 0.5})),
            log("b", 2, json!({"UserId": "admin", "port": "443", "ok": "false", "share": 2})),
            log("c", 1, json!({"UserId": "4711", "port": 80, "user": "admin"})),
            log("y", 20, json!({"UserId": "admin", "port": "443", "user": 17, "long": "x".repeat(40_000)})),
            log("z", 19, json!({"UserId": 4711, "port": 22})),
        ],
    );
    simulator
}

fn query_string(query: &str, more: Value) -> String {
    let mut query = json!({"query": query});
    query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"query": {"query_string": query}, "sort": [{"@timestamp": "asc"}]}).to_string()
}

fn today(query: &str) -> String {
    format!("({query}) AND @timestamp:[2026-11-22 TO *]")
}

fn ids(answer: &Value) -> String {
    answer["hits"]["hits"].as_array().unwrap().iter().map(|hit| hit["_id"].as_str().unwrap()).collect()
}

fn found(simulator: &Simulator, query: &str, more: Value) -> String {
    ids(&ask_json(simulator, Endpoint::Search, &query_string(query, more)))
}

/// Searches today only, where the index is one.
fn failure(simulator: &Simulator, query: Value) -> Value {
    let day = json!({"range": {"@timestamp": {"gte": "2026-11-22"}}});
    let body = json!({"query": {"bool": {"must": [query, day]}}}).to_string();
    let (status, message) = refusal(&ask(simulator, Endpoint::Search, &body));
    assert_eq!(status, 400);
    let text = message.strip_prefix("Query has failed. Elasticsearch Response: [").unwrap().strip_suffix(']').unwrap();
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_text_asked_of_a_number_fails_the_query() {
    let simulator = filled(Behaviour::default());
    let answer = failure(&simulator, json!({"query_string": {"query": "UserId:admin"}}));
    assert_eq!(answer["error"]["type"], "search_phase_execution_exception");
    let cause = &answer["error"]["root_cause"][0];
    assert_eq!(cause["type"], "query_shard_exception");
    assert!(cause["reason"].as_str().unwrap().starts_with("failed to create query: {"), "{cause}");
    assert_eq!(cause["caused_by"], json!({"type": "number_format_exception", "reason": "For input string: \"admin\""}));
    for (query, kind) in [
        (r#"{"query_string":{"query":"UserId:\"admin\""}}"#, "number_format_exception"),
        (r#"{"query_string":{"query":"user:x OR (NOT UserId:[a TO b])"}}"#, "number_format_exception"),
        (r#"{"query_string":{"query":"User\\*:admin"}}"#, "number_format_exception"),
        (r#"{"query_string":{"query":"admin","fields":["user","UserId"]}}"#, "number_format_exception"),
        (r#"{"query_string":{"query":"admin","lenient":false}}"#, "number_format_exception"),
        (r#"{"query_string":{"query":"share:>x"}}"#, "number_format_exception"),
        (r#"{"query_string":{"query":"ok:yes"}}"#, "illegal_argument_exception"),
        (r#"{"term":{"UserId":"admin"}}"#, "number_format_exception"),
        (r#"{"match":{"UserId":"admin"}}"#, "number_format_exception"),
    ] {
        let answer = failure(&simulator, serde_json::from_str(query).unwrap());
        assert_eq!(answer["error"]["root_cause"][0]["caused_by"]["type"], kind, "{query}");
    }
    for (query, kind) in
        [("UserId:/adm.*/", "regexp"), ("UserId:adm*", "prefix"), ("ok:t?ue", "wildcard"), ("share:admin~1", "fuzzy")]
    {
        let answer = failure(&simulator, json!({"query_string": {"query": query}}));
        let reason = answer["error"]["root_cause"][0]["reason"].as_str().unwrap();
        assert!(reason.starts_with(&format!("Can only use {kind} queries on keyword and text fields")), "{reason}");
    }
}

#[test]
fn a_lenient_query_finds_nothing_where_the_type_is_another() {
    let lenient = json!({"lenient": true});
    for (query, ids) in [
        ("UserId:admin", ""),
        ("UserId:admin OR UserId:4711", "ac"),
        ("UserId:/adm.*/ OR user:/adm.*/", "c"),
        ("ok:yes OR port:[a TO b]", ""),
        ("@timestamp:soon OR port:22", "a"),
    ] {
        let query = &if query.contains("timestamp") { query.to_owned() } else { today(query) };
        let expected = if query.starts_with('@') { "za" } else { ids };
        assert_eq!(found(&filled(Behaviour::default()), query, lenient.clone()), expected, "{query}");
    }
    let by_default = filled(Behaviour { lenient_queries: true, ..Behaviour::default() });
    assert_eq!(found(&by_default, &today("UserId:admin"), json!({})), "");
    assert_eq!(
        ask(&by_default, Endpoint::Search, &query_string("UserId:admin", json!({"lenient": false}))).status,
        200
    );
    // Text without a field is asked of every field, and so always leniently.
    assert_eq!(found(&filled(Behaviour::default()), &today("admin"), json!({})), "c");
}

#[test]
fn values_are_found_as_their_fields_type_has_them() {
    let simulator = filled(Behaviour::default());
    for (query, ids) in [
        // Numbers, and texts that are numbers.
        ("UserId:4711", "ac"),
        ("UserId:4711.5", ""),
        ("port:[80 TO 443]", "bc"),
        ("port:443", "b"),
        ("share:[1 TO *]", "b"),
        ("ok:false", "b"),
        // What the type cannot hold is not there at all.
        ("_exists_:UserId", "ac"),
    ] {
        assert_eq!(found(&simulator, &today(query), json!({})), ids, "{query}");
    }
    // Yesterday the same fields were strings, and numbers are their texts.
    let yesterday = |query: &str| format!("({query}) AND @timestamp:[2026-11-21 TO 2026-11-21]");
    for (query, ids) in [
        ("UserId:admin", "y"),
        ("UserId:/47.*/", "z"),
        ("port:[20 TO 25]", "z"),
        // Longer than what can be searched.
        ("_exists_:long", ""),
        ("long:x*", ""),
    ] {
        assert_eq!(found(&simulator, &yesterday(query), json!({})), ids, "{query}");
    }
}

#[test]
fn an_index_that_fails_leaves_the_hits_of_the_others() {
    let simulator = filled(Behaviour::default());
    let answer = ask_json(&simulator, Endpoint::Search, &query_string("UserId:admin", json!({})));
    assert_eq!(ids(&answer), "y");
    let shards = &answer["_shards"];
    assert_eq!((&shards["total"], &shards["successful"], &shards["failed"]), (&json!(2), &json!(1), &json!(1)));
    let failure = &shards["failures"][0];
    assert_eq!(failure["index"], "logzioCustomerIndex261122_v23");
    assert_eq!(failure["reason"]["caused_by"]["type"], "number_format_exception");
    assert_eq!(found(&simulator, "UserId:admin", json!({"lenient": true})), "y");
}

#[test]
fn a_field_gets_its_type_when_its_first_log_is_visible() {
    let simulator = with_behaviour(Behaviour::default());
    let now = simulator.clock().now();
    let log = |id: &str, minutes: i64, document: &'static str| {
        Log::new(id, now - TimeDelta::hours(1), document).visible_at(now + TimeDelta::minutes(minutes))
    };
    simulator.add_logs(AccountKind::Operations, [log("a", -5, r#"{"x":1}"#), log("b", 5, r#"{"n":1}"#)]);
    assert_eq!(found(&simulator, "n:admin", json!({})), "");
    simulator.clock().advance(TimeDelta::minutes(6));
    assert_eq!(refusal(&ask(&simulator, Endpoint::Search, &query_string("n:admin", json!({})))).0, 400);
}

#[test]
fn aggregations_and_sorting_see_values_as_they_are_indexed() {
    let simulator = filled(Behaviour::default());
    let body = json!({
        "query": {"range": {"@timestamp": {"gte": "2026-11-22"}}},
        "size": 10,
        "sort": [{"port": "desc"}],
        "aggs": {"users": {"terms": {"field": "UserId"}}, "ports": {"max": {"field": "port"}}},
    });
    let answer = ask_json(&simulator, Endpoint::Search, &body.to_string());
    assert_eq!(ids(&answer), "bca");
    assert_eq!(answer["aggregations"]["users"]["buckets"], json!([{"key": 4711, "doc_count": 2}]));
    assert_eq!(answer["aggregations"]["ports"]["value"], 443.0);
}
