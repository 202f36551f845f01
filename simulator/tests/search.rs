//! Log search: which days it covers, what it finds, what it refuses, and its
//! answer.

use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, HitsTotal, Log, SearchEnd, Simulator};
use serde_json::{Value, json};

use crate::client::*;
use crate::half_days::*;

#[test]
fn a_search_that_does_not_reach_its_end_says_so_and_counts_what_it_saw() {
    let search = |behaviour| {
        let simulator = filled(behaviour);
        let query = r#"{"query":{"query_string":{"query":"*","allow_leading_wildcard":false}},"size":10}"#;
        ask_json(&simulator, Endpoint::Search, query)
    };
    let all = search(Behaviour::default());
    assert_eq!((&all["timed_out"], &all["_shards"]["failed"]), (&json!(false), &json!(0)));
    for (search_end, said) in [
        (SearchEnd::TimedOut, "/timed_out"),
        (SearchEnd::TerminatedEarly, "/terminated_early"),
        (SearchEnd::FailedShard, "/_shards/failed"),
    ] {
        let answer = search(Behaviour { search_end, ..Behaviour::default() });
        let said = answer.pointer(said).unwrap();
        assert!(*said == json!(true) || *said == json!(1), "{search_end:?}: {answer}");
        let seen = answer["hits"]["hits"].as_array().unwrap().len();
        assert_eq!(answer["hits"]["total"], json!(seen), "{search_end:?}");
        assert!(seen > 0 && seen < all["hits"]["hits"].as_array().unwrap().len(), "{search_end:?}: {seen}");
    }
    let short = search(Behaviour { search_rows: 2, ..Behaviour::default() });
    assert_eq!(short["hits"]["hits"].as_array().unwrap().len(), 2);
    assert_eq!(short["hits"]["total"], all["hits"]["total"]);
}

#[test]
fn without_a_time_range_today_and_yesterday_are_searched() {
    let simulator = filled(Behaviour::default());
    assert_eq!(found(&simulator, r#"{"match_all":{}}"#), "efgh");
    assert_eq!(found(&simulator, "{}"), "efgh");
    simulator.clock().advance(TimeDelta::minutes(1));
    assert_eq!(found(&simulator, r#"{"match_all":{}}"#), "efghz");
}

#[test]
fn of_a_longer_range_only_the_last_calendar_days_are_searched() {
    let simulator = filled(Behaviour::default());
    for (query, ids) in [
        (between("\"2026-11-18\"", "\"2026-11-20\""), "abcd"),
        (between("\"2026-11-18\"", "\"2026-11-21\""), "cdef"),
        (between("\"now-7d\"", "\"now\""), "efgh"),
        // Midnight is a day of its own.
        (between("\"2026-11-20T00:00:00Z\"", "\"2026-11-22T00:00:00.000Z\""), "efg"),
        (r#"{"range":{"@timestamp":{"gte":"2026-11-20","lt":"2026-11-22"}}}"#.to_owned(), "cdef"),
        (r#"{"range":{"@timestamp":{"gte":"2026-11-18"}}}"#.to_owned(), "efgh"),
        (r#"{"range":{"@timestamp":{"lte":"2026-11-19T12:00:00.000Z"}}}"#.to_owned(), "ab"),
        (r#"{"query_string":{"query":"@timestamp:[2026-11-18 TO 2026-11-20]"}}"#.to_owned(), "abcd"),
        // A range that need not hold does not move the days.
        (r#"{"bool":{"should":[{"range":{"@timestamp":{"lte":"2026-11-19"}}},{"match_all":{}}]}}"#.to_owned(), "efgh"),
    ] {
        assert_eq!(found(&simulator, &query), ids, "{query}");
    }
    let wide = filled(Behaviour { search_days: 3, ..Behaviour::default() });
    assert_eq!(found(&wide, &between("\"now-7d\"", "\"now\"")), "cdefgh");
}

#[test]
fn the_day_offset_moves_the_two_days() {
    let simulator = filled(Behaviour::default());
    let search = |query: &str| {
        let body = r#"{"query":{"match_all":{}},"sort":[{"@timestamp":"asc"}]}"#;
        let mut request = request(&simulator, Endpoint::Search, body);
        *request.uri_mut() = format!("/v1/search?{query}").parse().unwrap();
        send(&simulator, request)
    };
    for (query, found) in [("dayOffset=0", "efgh"), ("dayOffset=1", "efgh"), ("dayOffset=3", "abcd")] {
        assert_eq!(ids(&serde_json::from_slice(&search(query).body.to_vec()).unwrap()), found, "{query}");
    }
    assert_eq!(search("dayOffset=-1").status, 400);
    assert_eq!(search("accountIds=24601").status, 200);
    assert_eq!(search("accountIds=24601&accountIds=1").status, 403);
}

#[test]
fn a_time_range_is_read_in_every_form_that_clients_send() {
    let simulator = filled(Behaviour::default());
    let millis = |text: &str| time(text).timestamp_millis();
    let (from, to) = (millis("2026-11-21T12:00:00Z"), millis("2026-11-22T00:00:00Z"));
    let range = |bounds: String| found(&simulator, &format!(r#"{{"range":{{"@timestamp":{bounds}}}}}"#));
    let xsoar =
        |lower, upper| range(format!(r#"{{"from":{from},"include_lower":{lower},"to":{to},"include_upper":{upper}}}"#));
    assert_eq!(xsoar(true, true), "fg");
    assert_eq!(xsoar(false, true), "g");
    assert_eq!(xsoar(true, false), "f");
    for (bounds, found) in [
        (format!(r#"{{"from":{from},"to":{to}}}"#), "fg"),
        (format!(r#"{{"gte":"{from}","lt":"{to}"}}"#), "f"),
        (format!(r#"{{"gte":{from},"lte":{to},"format":"epoch_millis"}}"#), "fg"),
        (format!(r#"{{"gte":{},"lte":{},"format":"epoch_second"}}"#, from / 1000, to / 1000), "fg"),
        (r#"{"gte":"now-5m","lte":"now"}"#.into(), "h"),
        (r#"{"gt":"now-24h","lte":"now"}"#.into(), "gh"),
        (r#"{"gte":"2026-11-21T14:00:00.000+02:00","lte":"2026-11-21T19:00:00-05:00"}"#.into(), "fg"),
        (r#"{"gte":"2026-11-21T12:00:00.000+0000","lt":"2026-11-22"}"#.into(), "f"),
        (r#"{"gte":"2026-11-21T12:00:00Z","format":"strict_date_optional_time"}"#.into(), "fgh"),
        (r#"{"gt":"2026-11-21","lte":"now/d","time_zone":"+00:00"}"#.into(), "gh"),
    ] {
        assert_eq!(range(bounds.clone()), found, "{bounds}");
    }
}

#[test]
fn the_query_dsl_finds_what_it_says() {
    let simulator = filled(Behaviour::default());
    for (query, ids) in [
        (r#"{"term":{"type":"even"}}"#, "fh"),
        (r#"{"term":{"type":{"value":"even","boost":2}}}"#, "fh"),
        (r#"{"term":{"age":3}}"#, "e"),
        (r#"{"term":{"message":"log number 3"}}"#, ""),
        (r#"{"terms":{"age":[0,3,9]}}"#, "eh"),
        (r#"{"match":{"message":"NUMBER 3"}}"#, "efgh"),
        (r#"{"match":{"message":{"query":"NUMBER 3","operator":"and"}}}"#, "e"),
        (r#"{"match_phrase":{"message":"number 3"}}"#, "e"),
        (r#"{"wildcard":{"type":"e*n"}}"#, "fh"),
        (r#"{"wildcard":{"type":{"value":"o?d"}}}"#, "eg"),
        (r#"{"wildcard":{"type":{"wildcard":"o*"}}}"#, "eg"),
        (r#"{"prefix":{"type":"ev"}}"#, "fh"),
        (r#"{"regexp":{"type":"e.*"}}"#, "fh"),
        (r#"{"exists":{"field":"nested.deep"}}"#, "efgh"),
        (r#"{"exists":{"field":"nothing"}}"#, ""),
        (r#"{"ids":{"values":["a","e"]}}"#, "e"),
        (r#"{"range":{"age":{"gte":1,"lt":3}}}"#, "fg"),
        (r#"{"match_none":{}}"#, ""),
        (r#"{"bool":{}}"#, "efgh"),
        (r#"{"bool":{"must":[{"term":{"type":"even"}}],"must_not":{"term":{"age":0}}}}"#, "f"),
        (r#"{"bool":{"filter":{"term":{"type":"even"}},"should":[{"term":{"age":0}}]}}"#, "fh"),
        (r#"{"bool":{"should":[{"term":{"age":0}},{"term":{"age":1}}]}}"#, "gh"),
        (r#"{"bool":{"should":[{"term":{"age":0}},{"term":{"type":"even"}}],"minimum_should_match":2}}"#, "h"),
        (r#"{"query_string":{"query":"nested.deep.x:e OR age:[2 TO *]"}}"#, "ef"),
        (r#"{"query_string":{"query":"number AND odd","allow_leading_wildcard":false}}"#, "eg"),
        (r#"{"query_string":{"query":"even","default_field":"type"}}"#, "fh"),
        (r#"{"query_string":{"query":"even","fields":["message","type^3"]}}"#, "fh"),
        (r#"{"query_string":{"query":"type:even age:0","default_operator":"AND"}}"#, "h"),
    ] {
        assert_eq!(found(&simulator, query), ids, "{query}");
    }
}

#[test]
fn what_logzio_or_elasticsearch_refuses_is_refused() {
    let simulator = filled(Behaviour::default());
    const ALL: &str = r#""query":{"match_all":{}}"#;
    let query = |query: &str| format!(r#"{{"query":{query}}}"#);
    let lucene = |text: &str| query(&json!({"query_string": {"query": text}}).to_string());
    for (body, reason) in [
        (String::new(), "not valid JSON"),
        ("[]".into(), "must be a JSON object"),
        ("{}".into(), "query is missing"),
        (query("null"), "Query syntax (in 'query' field) is invalid"),
        (query("[]"), "Query syntax (in 'query' field) is invalid"),
        (
            format!(r#"{{{ALL},"track_total_hits":true}}"#),
            "Found JSON elements which are not allowed [track_total_hits]",
        ),
        (format!(r#"{{{ALL},"search_after":[1],"timeout":"1s"}}"#), "not allowed [search_after, timeout]"),
        (format!(r#"{{{ALL},"size":10001}}"#), "10000"),
        (format!(r#"{{{ALL},"size":-1}}"#), "whole number"),
        (format!(r#"{{{ALL},"size":"10"}}"#), "whole number"),
        (format!(r#"{{{ALL},"from":9000,"size":1001}}"#), "Result window is too large"),
        (format!(r#"{{{ALL},"sort":{{"@timestamp":"asc"}}}}"#), "[sort] must be an array"),
        (format!(r#"{{{ALL},"sort":["message"]}}"#), "Fielddata is disabled"),
        (format!(r#"{{{ALL},"sort":[{{"nowhere":"asc"}}]}}"#), "No mapping found for [nowhere]"),
        (format!(r#"{{{ALL},"sort":[{{"age":"up"}}]}}"#), "Illegal sort order"),
        (format!(r#"{{{ALL},"_source":7}}"#), "[_source]"),
        (format!(r#"{{{ALL},"_source":{{"only":["a"]}}}}"#), "[_source]"),
        (format!(r#"{{{ALL},"stored_fields":"*"}}"#), "array of strings"),
        (format!(r#"{{{ALL},"version":1}}"#), "[version]"),
        (format!(r#"{{{ALL},"highlight":true}}"#), "[highlight]"),
        (format!(r#"{{{ALL},"post_filter":{{"wildcard":{{"type":"*x"}}}}}}"#), "'wildcard' queries are not allowed"),
        (query(r#"{"wildcard":{"type":"*x"}}"#), "'wildcard' queries are not allowed to start with '*' or '?'"),
        (query(r#"{"bool":{"must":[{"wildcard":{"type":{"value":"?x"}}}]}}"#), "'wildcard' queries are not allowed"),
        (
            query(r#"{"query_string":{"query":"x","allow_leading_wildcard":true}}"#),
            "query_string.allow_leading_wildcard not allowed to be true",
        ),
        (
            query(r#"{"query_string":{"query":"x","max_determinized_states":1}}"#),
            "max_determinized_states is not allowed",
        ),
        (query(r#"{"match":{"type":{"query":"x","max_expansions":1}}}"#), "max_expansions is not allowed"),
        (lucene("type:(a OR *b)"), "contains a wildcard search with leading wildcard which is not allowed [*b]"),
        (lucene("type:("), "Query has failed. Elasticsearch Response: [Failed to parse query [type:(]"),
        (query(r#"{"query_string":{"text":"x"}}"#), "does not support [text]"),
        (query(r#"{"query_string":{}}"#), "must be provided with a [query]"),
        (query(r#"{"fancy":{}}"#), "no [query] registered for [fancy]"),
        (query(r#"{"match_all":[]}"#), "query malformed"),
        (query(r#"{"match_all":{},"match_none":{}}"#), "malformed query"),
        (query(r#"{"bool":{"musst":[]}}"#), "does not support [musst]"),
        (query(r#"{"range":{"@timestamp":{"since":1}}}"#), "does not support [since]"),
        (query(r#"{"range":{"@timestamp":{"gte":"yesterday"}}}"#), "failed to parse date field [yesterday]"),
        (query(r#"{"range":{"@timestamp":{"gte":"1","format":"dd.MM.yy"}}}"#), "Invalid format"),
        (query(r#"{"term":{"type":["a"]}}"#), "does not support this value"),
        (query(r#"{"terms":{"type":"a"}}"#), "array of values"),
        (query(r#"{"exists":{}}"#), "must be provided with a [field]"),
    ] {
        let (status, message) = refusal(&ask(&simulator, Endpoint::Search, &body));
        assert_eq!(status, 400, "{body}");
        assert!(message.contains(reason), "{body}: {message}");
    }
}

#[test]
fn a_hit_has_index_id_source_and_sort_values() {
    let simulator = filled(Behaviour::default());
    let body = r#"{"query":{"term":{"age":1}},"sort":[{"@timestamp":{"order":"desc"}},"_doc"],
        "_source":{"includes":["type","nested.deep.x"]},"version":true,"docvalue_fields":["type"]}"#;
    let answer = ask_json(&simulator, Endpoint::Search, body);
    assert_eq!(
        answer["hits"],
        json!({
            "total": 1,
            "max_score": null,
            "hits": [{
                "_index": "logzioCustomerIndex261122_v23",
                "_type": "doc",
                "_id": "g",
                "_score": null,
                "_version": 1,
                "_source": {"type": "odd", "nested": {"deep": {"x": "g"}}, "nested.deep.x": "g"},
                "fields": {"type": ["odd"]},
                "sort": [1_795_305_600_000_i64, 2],
            }],
        })
    );
    assert_eq!(answer["timed_out"], false);
}

#[test]
fn the_source_is_filtered_by_path_or_left_as_it_is() {
    let simulator = filled(Behaviour::default());
    let source = |filter: &str| {
        let body = format!(r#"{{"query":{{"term":{{"age":0}}}},"_source":{filter}}}"#);
        ask_json(&simulator, Endpoint::Search, &body)["hits"]["hits"][0]["_source"].clone()
    };
    assert_eq!(source(r#"{"includes":["nested.deep.y"]}"#), json!({"nested": {"deep": {"y": 1}}}));
    assert_eq!(source(r#"{"includes":["list.k"]}"#), json!({"list": [{"k": 1}, {"k": 3}]}));
    assert_eq!(source(r#"{"includes":["a*"],"excludes":["b"]}"#), json!({"age": 0}));
    assert_eq!(source(r#"["age"]"#), json!({"age": 0}));
    assert_eq!(source(r#"{"includes":["nowhere"]}"#), json!({}));
    assert_eq!(source("false"), Value::Null);
    let whole = ask(&simulator, Endpoint::Search, r#"{"query":{"term":{"age":0}},"_source":true}"#);
    let stored = &simulator.logs(AccountKind::Operations)[7];
    assert!(whole.text().contains(std::str::from_utf8(stored.document()).unwrap()));
}

#[test]
fn pages_are_ten_hits_from_the_first_unless_said_otherwise() {
    let simulator = filled(Behaviour::default());
    let now = simulator.clock().now();
    let more = (0..30).map(|n| Log::new(format!("{n}"), now, "{}"));
    simulator.add_logs(AccountKind::Operations, more);
    let count = |body: &str| {
        let answer = ask_json(&simulator, Endpoint::Search, body);
        (answer["hits"]["hits"].as_array().unwrap().len(), answer["hits"]["total"].clone())
    };
    assert_eq!(count(r#"{"query":{"match_all":{}}}"#), (10, json!(34)));
    assert_eq!(count(r#"{"query":{"match_all":{}},"size":0}"#), (0, json!(34)));
    assert_eq!(count(r#"{"query":{"match_all":{}},"from":30,"size":9970}"#), (4, json!(34)));
}

#[test]
fn without_a_sort_the_order_is_not_that_of_time() {
    let simulator = filled(Behaviour::default());
    let answer = ask_json(&simulator, Endpoint::Search, r#"{"query":{"match_all":{}}}"#);
    let found = ids(&answer);
    assert!(found != "efgh" && found != "hgfe", "{found}");
    assert_eq!(answer["hits"]["max_score"], answer["hits"]["hits"][0]["_score"]);
}

#[test]
fn hits_can_be_sorted_by_any_field_but_analysed_ones() {
    let simulator = filled(Behaviour::default());
    for (sort, order) in [
        (r#"[{"@timestamp":"desc"}]"#, "hgfe"),
        (r#"[{"age":"desc"}]"#, "efgh"),
        (r#"[{"type":"asc"},{"age":{"order":"desc"}}]"#, "fheg"),
        (r#"[{"_id":"desc"}]"#, "hgfe"),
        (r#"[{"nowhere":{"order":"asc","unmapped_type":"long"}},{"age":"asc"}]"#, "hgfe"),
    ] {
        let body = format!(r#"{{"query":{{"match_all":{{}}}},"sort":{sort}}}"#);
        assert_eq!(ids(&ask_json(&simulator, Endpoint::Search, &body)), order, "{sort}");
    }
    // The specification's own example sends an empty item.
    ask_json(&simulator, Endpoint::Search, r#"{"query":{"match_all":{}},"sort":[{}]}"#);
}

#[test]
fn the_total_can_be_an_object_that_stops_at_10_000() {
    let simulator = filled(Behaviour { hits_total: HitsTotal::Object, ..Behaviour::default() });
    let total = |simulator: &Simulator| {
        let body = r#"{"query":{"match_all":{}},"size":0}"#;
        ask_json(simulator, Endpoint::Search, body)["hits"]["total"].clone()
    };
    assert_eq!(total(&simulator), json!({"value": 4, "relation": "eq"}));
    let now = simulator.clock().now();
    simulator.add_logs(AccountKind::Operations, (0..10_000).map(|n| Log::new(format!("{n}"), now, "{}")));
    assert_eq!(total(&simulator), json!({"value": 10_000, "relation": "gte"}));
}

#[test]
fn a_security_token_searches_the_event_logs() {
    let simulator = filled(Behaviour::default());
    let mut request = request(&simulator, Endpoint::Search, r#"{"query":{"match_all":{}}}"#);
    let token = simulator.security_token().parse().unwrap();
    request.headers_mut().insert("x-api-token", token);
    let answer = send(&simulator, request);
    assert!(answer.text().contains("logzio-alerts") && answer.rows == 1, "{}", answer.text());
}

#[test]
fn logs_beyond_retention_are_not_found() {
    let kept = Some(TimeDelta::hours(13));
    let simulator = filled(Behaviour { log_retention: kept, ..Behaviour::default() });
    assert_eq!(found(&simulator, r#"{"match_all":{}}"#), "gh");
}
