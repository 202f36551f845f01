//! Aggregations of a log search.

use logzio_simulator::{Behaviour, Endpoint};
use serde_json::{Value, json};

use crate::client::*;
use crate::half_days::filled;

#[test]
fn aggregations_count_what_the_query_matches() {
    let simulator = filled(Behaviour::default());
    let body = r#"{"query":{"match_all":{}},"size":0,"post_filter":{"term":{"type":"odd"}},"aggs":{
        "types":{"terms":{"field":"type","order":{"_key":"asc"}},"aggs":{"oldest":{"max":{"field":"age"}}}},
        "days":{"date_histogram":{"field":"@timestamp","fixed_interval":"6h"}},
        "ages":{"terms":{"field":"age","size":1}},
        "n":{"value_count":{"field":"list.k"}},
        "k":{"cardinality":{"field":"list.k"}},
        "mean":{"avg":{"field":"age"}},
        "none":{"min":{"field":"nowhere"}}}}"#;
    let answer = ask_json(&simulator, Endpoint::Search, body);
    assert_eq!(answer["hits"]["total"], 2);
    let aggregations = &answer["aggregations"];
    assert_eq!(
        aggregations["types"]["buckets"],
        json!([
            {"key": "even", "doc_count": 2, "oldest": {"value": 2.0}},
            {"key": "odd", "doc_count": 2, "oldest": {"value": 3.0}},
        ])
    );
    let counts: Vec<_> = aggregations["days"]["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| bucket["doc_count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [1, 0, 1, 0, 1, 0, 1]);
    assert_eq!(aggregations["days"]["buckets"][0]["key_as_string"], "2026-11-21T00:00:00.000Z");
    assert_eq!(aggregations["ages"]["sum_other_doc_count"], 3);
    assert_eq!(aggregations["n"]["value"], 8);
    assert_eq!(aggregations["k"]["value"], 2);
    assert_eq!(aggregations["mean"]["value"], 1.5);
    assert_eq!(aggregations["none"]["value"], Value::Null);
}

#[test]
fn aggregations_have_their_own_limits() {
    let simulator = filled(Behaviour::default());
    for (aggregations, reason) in [
        (r#"{"a":{"terms":{"field":"type","size":1001}}}"#, "can't exceed 1000"),
        (r#"{"a":{"terms":{"field":"message"}}}"#, "Fielddata is disabled"),
        (r#"{"a":{"significant_terms":{"field":"type"}}}"#, "is not allowed"),
        (r#"{"a":{"multi_terms":{"field":"type"}}}"#, "is not allowed"),
        (r#"{"a":{"fancy":{"field":"type"}}}"#, "Unknown aggregation type [fancy]"),
        (r#"{"a":{}}"#, "Missing definition"),
        (r#"{"a":{"date_histogram":{"field":"@timestamp"}}}"#, "[interval]"),
        (r#"{"a":{"date_histogram":{"field":"type","interval":"1h"}}}"#, "not supported"),
        (
            r#"{"a":{"date_histogram":{"field":"@timestamp","interval":"1h"},"aggs":{"b":{"terms":{"field":"type"}}}}}"#,
            "can't be nested",
        ),
    ] {
        let body = format!(r#"{{"query":{{"match_all":{{}}}},"aggs":{aggregations}}}"#);
        let (status, message) = refusal(&ask(&simulator, Endpoint::Search, &body));
        assert_eq!(status, 400, "{aggregations}");
        assert!(message.contains(reason), "{aggregations}: {message}");
    }
}

#[test]
fn each_type_shows_its_first_logs() {
    let simulator = filled(Behaviour::default());
    let search = |top_hits: &str| {
        let body = format!(
            r#"{{"query":{{"match_all":{{}}}},"size":0,
                "aggs":{{"types":{{"terms":{{"field":"type","order":{{"_key":"asc"}}}},"aggs":{{"sample":{{"top_hits":{top_hits}}}}}}}}}}}"#
        );
        ask(&simulator, Endpoint::Search, &body)
    };
    let answer = search(r#"{"size":1,"sort":[{"@timestamp":"asc"}],"_source":["age"]}"#);
    let answer: Value = serde_json::from_str(&answer.text()).unwrap();
    let buckets = &answer["aggregations"]["types"]["buckets"];
    let sample = &buckets[0]["sample"]["hits"];
    assert_eq!((&buckets[0]["key"], &sample["total"]), (&json!("even"), &json!(2)));
    let hits = sample["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 1);
    assert_eq!((&hits[0]["_id"], &hits[0]["_source"]), (&json!("f"), &json!({"age": 2})));
    assert_eq!(buckets[1]["sample"]["hits"]["hits"][0]["_id"], "e");
    for (options, reason) in [
        (r#"{"size":101}"#, "must be less than or equal to: [100]"),
        (r#"{"size":1001}"#, "can't exceed 1000"),
        (r#"{"fields":["a"]}"#, "unknown field [fields]"),
        (r#"{"sort":["message"]}"#, "Fielddata is disabled"),
    ] {
        let (status, message) = refusal(&search(options));
        assert_eq!(status, 400, "{options}");
        assert!(message.contains(reason), "{options}: {message}");
    }
    simulator.set_behaviour(Behaviour { refuses_top_hits: true, ..Behaviour::default() });
    let (status, message) = refusal(&search("{}"));
    assert!(status == 400 && message.contains("top_hits is not allowed"), "{message}");
}
