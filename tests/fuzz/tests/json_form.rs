//! Properties of the JSON form: what is read is written as the same, and what is refused says where and what is expected.

use logzio_soar_fuzz::generate::{changed, spoilt};
use logzio_soar_fuzz::{Result, Unstructured, hold};
use logzio_soar_host::contract::{
    Error, FetchRequest, FieldReport, FieldRequest, HuntReport, HuntRequest, IncidentPage, JsonForm, LogPage, LogQuery,
};
use logzio_soar_host::{Answer, Call, Connection};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A refusal would show it only if it quoted a value.
const TOKEN: &str = "s3cret-token-of-the-security-account";

/// A text that is nearly the JSON form of a value.
fn nearly(u: &mut Unstructured<'_>, right: &Value) -> Result<String> {
    let changed = changed(u, right, 8)?.to_string();
    if u.ratio(1, 3)? { spoilt(u, &changed) } else { Ok(changed) }
}

/// Reads a text, and what was read again.
fn reads_the_same_again<T: JsonForm>(text: &str) {
    match T::from_json(text) {
        Ok(value) => {
            let written = value.to_json();
            let again = T::from_json(&written).unwrap_or_else(|why| panic!("{written}: {why}"));
            assert_eq!(again.to_json(), written);
            // It is JSON, on one line, for any reader.
            assert!(serde_json::from_str::<&RawValue>(&written).is_ok(), "{written}");
            assert!(!written.contains('\n'), "{written}");
        }
        Err(why) => {
            assert!(why.path().starts_with("value"), "{why}");
            assert!(why.to_string().len() < 2_000, "{why}");
        }
    }
}

fn hold_for<T: JsonForm>(right: &Value) {
    T::from_json(&right.to_string()).unwrap_or_else(|why| panic!("the right value: {why}"));
    hold(&[], |u| {
        reads_the_same_again::<T>(&nearly(u, right)?);
        Ok(())
    });
}

#[test]
fn requests_are_read_or_refused() {
    hold_for::<FetchRequest>(&json!({
        "start": {"case": "at", "value": "7 days ago"},
        "filter": {"rule_name": "Brute force", "severities": ["high", "severe"], "tags": ["a"], "include_muted": true},
        "limit": 50, "look_back_minutes": 60, "attach_logs": 5,
    }));
    hold_for::<LogQuery>(&json!({
        "lucene": "user:\"admin\"", "since": "-2h", "until": "now", "order": "oldest-first", "fields": ["user.name"],
        "limit": 1000, "page": "logzio-soar-search-1.AAAA",
    }));
    hold_for::<HuntRequest>(&json!({
        "indicators": [{"value": "192.0.2.1", "kind": "ip"}, {"value": "evil.example"}],
        "fields": {"ip": ["src"], "domain": []}, "log_types": ["falco"], "internal_networks": ["10.0.0.0/8"],
        "since": "-7d", "until": "now", "limit_per_indicator": 10,
    }));
    hold_for::<FieldRequest>(&json!({"since": "-7d", "until": "now"}));
}

#[test]
fn results_are_read_or_refused() {
    let notices = json!([{"code": "goes-on", "text": "more\u{2028}text"}]);
    let log = json!({
        "id": "1", "timestamp": "2026-11-22T08:00:00.000Z", "source": {"a": [1, {"b": "c\n"}], "d": 0.5, "e": null},
    });
    hold_for::<IncidentPage>(&json!({
        "incidents": [{
            "id": "one", "rule_id": 7, "name": "Rule", "description": null, "summary": "s", "severity": "high",
            "occurred": "2026-11-22T08:00:00.000Z",
            "window": {"start": "2026-11-22T07:50:00.000Z", "end": "2026-11-22T08:00:00.000Z"},
            "group_by": {"user": "root"}, "tags": ["a"], "mitre_tags": ["T1110"], "muted": false,
            "raw": {"alertEventId": "one"}, "logs": [{"message": "m"}], "defects": [],
        }],
        "next": "logzio-soar-cursor-2.AAAA", "more": false, "notices": notices,
    }));
    hold_for::<LogPage>(&json!({"logs": [log], "total": 4_294_967_295_u32, "next": "n", "notices": notices}));
    hold_for::<HuntReport>(&json!({
        "sightings": [{
            "value": "192.0.2.1", "kind": "ip", "hits": 3, "complete": true, "first_seen": null, "last_seen": null,
            "users": ["root"], "hosts": [], "internal_ips": [], "external_ips": ["192.0.2.1"], "logs": [log], "host_of": [],
        }],
        "rejected": [{"value": "x y", "why": "spaces"}], "unfinished": [{"value": "evil.example", "kind": null}],
        "queries": ["q"], "searched": [{"kind": "ip", "fields": ["src"], "log_types": ["falco"]}],
        "unknown_log_types": [], "notices": notices,
    }));
    hold_for::<FieldReport>(&json!({
        "kinds": [{
            "kind": "ip", "fields": [{"name": "src", "log_types": ["falco"], "share": 1000}], "empty_log_types": [],
        }],
        "fields": {"ip": ["src"]}, "sampled": ["falco"], "unknown_log_types": [], "notices": notices,
    }));
    hold_for::<Error>(&json!({"case": "server", "value": {"status": 503, "message": "busy"}}));
}

#[test]
fn a_connection_is_read_or_refused_without_its_tokens() {
    let right = json!({
        "endpoint": {"case": "url", "value": "https://logz.example"}, "security_token": TOKEN, "operations_token": TOKEN,
        "time_budget_ms": 30_000,
    });
    hold(&[], |u| {
        match Connection::from_json(&nearly(u, &right)?, "connection") {
            Ok(connection) => assert!(!format!("{connection:?}").contains(TOKEN)),
            Err(why) => assert!(!why.to_string().contains(TOKEN) && why.path().starts_with("connection"), "{why}"),
        }
        Ok(())
    });
}

#[test]
fn calls_and_answers_are_read_or_refused() {
    let call = json!({"function": "logs.search-logs", "arguments": {"query": {"lucene": "*"}, "connection": {}}});
    let answers = [
        json!({"ok": {"logs": [], "total": 0, "next": null, "notices": []}}),
        json!({"err": {"case": "rate-limited", "value": 1200}}),
        json!({"trap": "the component did not return"}),
        json!({"missing": "no such function", "id": 7}),
        json!({"invalid": "arguments: an object is expected"}),
    ];
    hold(&[], |u| {
        if let Ok(value) = serde_json::from_str::<Value>(&nearly(u, &call)?)
            && let Ok(call) = Call::from_json(&value)
        {
            assert_eq!(Call::from_json(&call.to_json()).as_ref(), Ok(&call));
        }
        let right = u.choose(&answers)?;
        if let Ok(answer) = Answer::from_json(&nearly(u, right)?) {
            assert_eq!(Answer::from_json(&answer.to_json()), Ok(answer));
        }
        Ok(())
    });
}
