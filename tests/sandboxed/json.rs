//! Every function of the contract called by its name and by JSON, against the
//! same simulator and the same component as with the contract's types.

use crate::sandbox::{builder, connection, fetch_request, log_query, session};
use crate::support::account::{now, simulator};
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Event, Fault, FaultPlan, Log, Severity, Simulator};
use logzio_soar_host::contract::{Cases, HuntRequest, Indicator, IndicatorKind, Notice, Start};
use logzio_soar_host::{Answer, CONTRACT_SCHEMA, Call, Connection, Observation, Runner};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};

/// Five events, and logs that hold one address.
fn small() -> Simulator {
    let simulator = simulator();
    let ids: Vec<String> = (0..30).map(|number| format!("l{number}")).collect();
    let logs = ids.iter().zip(0..).map(|(id, number)| {
        let time = now() - TimeDelta::minutes(90) + TimeDelta::seconds(number);
        let body = format!(
            r#"{{"@timestamp":"{}","n":1.10, "source.ip":"203.0.113.9","user":{{"name":"ada"}}}}"#,
            time.to_rfc3339()
        );
        Log::new(id, time, body)
    });
    simulator.add_logs(AccountKind::Operations, logs);
    for number in 0..5 {
        let time = now() - TimeDelta::minutes(60 - number);
        simulator.add_event(Event::new(format!("e{number}"), time).severity(Severity::High).logs(ids.clone()));
    }
    simulator
}

fn json_connection(simulator: &Simulator) -> Value {
    json!({
        "endpoint": {"case": "url", "value": "https://logz.test"},
        "security_token": simulator.security_token(),
        "operations_token": simulator.operations_token(),
    })
}

async fn call(simulator: &Simulator, function: &str, mut arguments: Value) -> Answer {
    arguments["connection"] = json_connection(simulator);
    call_by(&builder(simulator).build().unwrap(), &Call::new(function, arguments)).await
}

/// Calls, and holds the call and the answer to the schema.
async fn call_by(runner: &Runner, call: &Call) -> Answer {
    let answer = runner.call_json(call).await;
    let is_readable = !matches!(answer, Answer::Invalid(_));
    assert_eq!(is_valid(None, &call.to_json()), is_readable, "{:?} {answer:?}", call.arguments);
    let arguments = Value::Object(call.arguments.clone());
    assert_eq!(is_valid(Some(&format!("{}.arguments", call.function)), &arguments), is_readable);
    assert!(is_valid(Some(&format!("{}.answer", call.function)), &parsed(&answer.to_json())), "{answer:?}");
    answer
}

/// Whether a value is of the schema, or of a definition in it.
fn is_valid(definition: Option<&str>, value: &Value) -> bool {
    let schema: Value = serde_json::from_str(CONTRACT_SCHEMA).unwrap();
    let place = definition.map(|name| format!("/$defs/{name}")).unwrap_or_default();
    let mut compiler = boon::Compiler::new();
    // It is also held to what a schema of its draft may be.
    compiler.add_resource("https://schema.test/contract", schema).unwrap();
    let mut schemas = boon::Schemas::new();
    let schema = compiler.compile(&format!("https://schema.test/contract#{place}"), &mut schemas).unwrap();
    schemas.validate(value, schema).is_ok()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn ok(answer: Answer) -> Value {
    let Answer::Ok(value) = answer else { panic!("{answer:?}") };
    parsed(value.get())
}

fn err(answer: Answer) -> Value {
    let Answer::Err(error) = answer else { panic!("{answer:?}") };
    parsed(error.get())
}

#[tokio::test(start_paused = true)]
async fn incidents_are_the_same_as_with_types() {
    let request = json!({
        "start": {"case": "at", "value": "-2h"},
        "filter": {"include_muted": true},
        "attach_logs": 2,
    });
    let answer = call(&small(), "incidents.fetch-incidents", json!({"request": request})).await;
    let text = answer.to_json();
    let json = ok(answer);
    let mut typed = fetch_request(Start::At("-2h".into()));
    typed.attach_logs = Some(2);
    let typed = session(&small()).fetch_incidents(&typed).await.unwrap().unwrap();
    assert_eq!(typed.incidents.len(), 5);
    assert_eq!(
        json,
        json!({
            "incidents": typed.incidents.iter().map(|incident| json!({
                "id": incident.id,
                "rule_id": incident.rule_id,
                "name": incident.name,
                "description": incident.description,
                "summary": incident.summary,
                "severity": "high",
                "occurred": incident.occurred,
                "window": incident.window.as_ref().map(|window| json!({"start": window.start, "end": window.end})),
                "group_by": incident.group_by.iter().map(|(key, value)| (key.clone(), json!(value))).collect::<Map<_, _>>(),
                "tags": incident.tags,
                "mitre_tags": incident.mitre_tags,
                "muted": incident.muted,
                "raw": parsed(&incident.raw),
                "logs": incident.logs.iter().map(|log| parsed(log)).collect::<Vec<_>>(),
                "defects": incident.defects,
            })).collect::<Vec<_>>(),
            "next": typed.next,
            "more": typed.more,
            "notices": json_of(&typed.notices),
        })
    );
    assert_eq!(json["incidents"][0]["logs"].as_array().unwrap().len(), 2);
    // What Logz.io sent is in it byte for byte.
    for incident in &typed.incidents {
        assert!(text.contains(&format!(r#""raw":{}"#, incident.raw)), "{text}");
        assert!(text.contains(&format!(r#""logs":[{}]"#, incident.logs.join(","))), "{text}");
        assert!(incident.logs[0].contains(r#""n":1.10, "source.ip""#), "{incident:?}");
    }
}

fn log_page(page: &logzio_soar_host::contract::LogPage) -> Value {
    let log = |log: &logzio_soar_host::contract::Log| json!({"id": log.id, "timestamp": log.timestamp, "source": parsed(&log.source)});
    json!({
        "logs": page.logs.iter().map(log).collect::<Vec<_>>(),
        "total": page.total,
        "next": page.next,
        "notices": json_of(&page.notices),
    })
}

#[tokio::test(start_paused = true)]
async fn logs_are_the_same_as_with_types() {
    let query = json!({"lucene": "*", "since": "-4h", "order": "newest-first", "limit": 7});
    let json = ok(call(&small(), "logs.search-logs", json!({"query": query})).await);
    let query = logzio_soar_host::contract::LogQuery { limit: Some(7), ..log_query() };
    let typed = session(&small()).search_logs(&query).await.unwrap().unwrap();
    assert_eq!((typed.logs.len(), typed.next.is_some()), (7, true));
    assert_eq!(json, log_page(&typed));

    let json = ok(call(&small(), "logs.get-logs-by-event-id", json!({"event_id": "e1", "limit": 3})).await);
    let typed = session(&small()).get_logs_by_event_id("e1", Some(3), None).await.unwrap().unwrap();
    assert_eq!(typed.logs.len(), 3);
    assert_eq!(json, log_page(&typed));
}

#[tokio::test(start_paused = true)]
async fn sightings_are_the_same_as_with_types() {
    let simulator = small();
    let request = json!({
        "indicators": [{"value": "203.0.113.9", "kind": "ip"}, {"value": "nothing.example"}, {"value": "?"}],
        "fields": {"ip": ["source.ip"]},
        "limit_per_indicator": 2,
    });
    let json = ok(call(&simulator, "hunting.hunt-indicators", json!({"request": request})).await);
    let indicator = |value: &str, kind| Indicator { value: value.into(), kind };
    let request = HuntRequest {
        indicators: vec![
            indicator("203.0.113.9", Some(IndicatorKind::Ip)),
            indicator("nothing.example", None),
            indicator("?", None),
        ],
        fields: vec![(IndicatorKind::Ip, vec!["source.ip".into()])],
        log_types: None,
        internal_networks: vec![],
        since: None,
        until: None,
        limit_per_indicator: Some(2),
    };
    let typed = session(&small()).hunt_indicators(&request).await.unwrap().unwrap();
    assert_eq!(typed.sightings[0].hits, 30, "{typed:?}");
    let kinds = ["ip", "domain"];
    assert_eq!(
        json,
        json!({
            "sightings": typed.sightings.iter().zip(kinds).map(|(sighting, kind)| json!({
                "value": sighting.value,
                "kind": kind,
                "hits": sighting.hits,
                "complete": sighting.complete,
                "first_seen": sighting.first_seen,
                "last_seen": sighting.last_seen,
                "users": sighting.users,
                "hosts": sighting.hosts,
                "internal_ips": sighting.internal_ips,
                "external_ips": sighting.external_ips,
                "logs": sighting.logs.iter().map(|log| json!({
                    "id": log.id, "timestamp": log.timestamp, "source": parsed(&log.source),
                })).collect::<Vec<_>>(),
                "host_of": sighting.host_of,
            })).collect::<Vec<_>>(),
            "rejected": typed.rejected.iter().map(|rejected| json!({
                "value": rejected.value, "why": rejected.why,
            })).collect::<Vec<_>>(),
            "unfinished": [],
            "queries": typed.queries,
            "searched": typed.searched.iter().zip(kinds).map(|(searched, kind)| json!({
                "kind": kind, "fields": searched.fields, "log_types": searched.log_types,
            })).collect::<Vec<_>>(),
            "unknown_log_types": typed.unknown_log_types,
            "notices": json_of(&typed.notices),
        })
    );
}

#[tokio::test(start_paused = true)]
async fn checks_are_the_same_as_with_types() {
    let simulator = small();
    let json = ok(call(&simulator, "diagnostics.check-connection", json!({})).await);
    let typed = session(&simulator).check_connection().await.unwrap().unwrap();
    let checks = json.as_array().unwrap();
    assert_eq!(checks.len(), typed.len());
    for (json, typed) in checks.iter().zip(&typed) {
        assert_eq!(json["name"], json!(typed.name));
        assert_eq!(json["outcome"]["case"], "passed", "{json}");
        assert!(json["elapsed_ms"].is_u64());
    }
}

#[tokio::test]
async fn the_description_is_the_same_as_with_types() {
    let runner = builder(&simulator()).build().unwrap();
    let json = ok(call_by(&runner, &Call::new("manifest.describe", json!({}))).await);
    let typed = runner.describe().await.unwrap();
    assert_eq!(json["version"], json!(typed.version));
    let names = |list: &Value| list.as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Value>();
    let typed_names = typed.parameters.iter().map(|parameter| json!(parameter.name)).collect::<Value>();
    assert_eq!(names(&json["parameters"]), typed_names);
    assert_eq!(json["commands"][1]["interface"], "incidents");
    assert_eq!(json["commands"][1]["arguments"][1]["kind"], "text");
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_contract_have_their_case_as_json() {
    let simulator = small();
    let start = json!({"case": "at", "value": "-2h"});
    let filter = json!({"severities": [], "tags": [], "include_muted": true});
    let fetch = async || {
        call(&simulator, "incidents.fetch-incidents", json!({"request": {"start": start, "filter": filter}})).await
    };
    let always = |fault| simulator.faults(FaultPlan::none().with_all(logzio_simulator::Endpoint::Events, 1, fault));
    always(Fault::too_many_requests(Some("3600")));
    assert_eq!(err(fetch().await), json!({"case": "rate-limited", "value": 3_600_000}));
    always(Fault::too_many_requests(None));
    assert_eq!(err(fetch().await), json!({"case": "rate-limited", "value": null}));
    always(Fault::status(503));
    let error = err(fetch().await);
    assert_eq!((&error["case"], &error["value"]["status"]), (&json!("server"), &json!(503)));
}

#[tokio::test]
async fn a_call_that_cannot_be_read_names_the_place() {
    let runner = builder(&simulator()).build().unwrap();
    let filter = json!({"severities": [], "tags": [], "include_muted": true});
    let start = json!({"case": "at", "value": "-2h"});
    let fetch = |mut request: Value, change: &dyn Fn(&mut Value)| {
        change(&mut request);
        Call::new("incidents.fetch-incidents", json!({"connection": {}, "request": request}))
    };
    let good = json!({"start": start, "filter": filter});
    for (change, expected) in [
        (
            &(|request: &mut Value| request["limit"] = json!(-1)) as &dyn Fn(&mut Value),
            "arguments.request.limit: a number from 0 to 4294967295 is expected",
        ),
        (
            &|request| request["limit"] = json!(4_294_967_296_u64),
            "arguments.request.limit: a number from 0 to 4294967295 is expected",
        ),
        (
            &|request| request["limt"] = json!(1),
            "arguments.request: unknown field \"limt\": the fields are start, filter, limit, look_back_minutes, attach_logs",
        ),
        (&|request| request["start"] = json!("-2h"), "arguments.request.start: an object is expected"),
        (
            &|request| request["start"] = json!({"case": "on", "value": "x"}),
            "arguments.request.start.case: one of \"at\", \"after\" is expected",
        ),
        (&|request| request["start"] = json!({"case": "at"}), "arguments.request.start.value: it is missing: add it"),
        (
            &|request| request["filter"]["severities"] = json!(["high", "High"]),
            "arguments.request.filter.severities[1]: one of \"unclassified\", \"info\", \"low\", \"medium\", \"high\", \"severe\" is expected",
        ),
        (
            &|request| request["filter"]["include_muted"] = json!(null),
            "arguments.request.filter.include_muted: true or false is expected",
        ),
        (&|request| request["filter"] = json!(null), "arguments.request.filter: an object is expected"),
        (
            &|request| {
                request.as_object_mut().unwrap().remove("start");
            },
            "arguments.request.start: it is missing: add it",
        ),
    ] {
        assert_eq!(call_by(&runner, &fetch(good.clone(), change)).await, Answer::Invalid(expected.into()));
    }
    for (fields, says) in [
        (json!([["ip", ["a"]]]), "arguments.request.fields: an object is expected"),
        (json!({"ip": "a"}), "arguments.request.fields.ip: an array is expected"),
        (json!({"IP": ["a"]}), "arguments.request.fields: one of \"ip\", \"cidr\""),
    ] {
        let hunt = Call::new("hunting.hunt-indicators", json!({"request": {"indicators": [], "fields": fields}}));
        let Answer::Invalid(why) = call_by(&runner, &hunt).await else { panic!("{fields}") };
        assert!(why.starts_with(says), "{why}");
    }
    let extra = Call::new("manifest.describe", json!({"x": 1}));
    let Answer::Invalid(why) = call_by(&runner, &extra).await else { panic!() };
    assert!(why.contains("unknown field \"x\": there are none"), "{why}");
    let Answer::Invalid(why) = runner.call_json(&Call::new("describe", json!({}))).await else { panic!() };
    assert!(why.starts_with("function: "), "{why}");
}

#[test]
fn the_schema_describes_the_whole_contract() {
    let schema: Value = serde_json::from_str(CONTRACT_SCHEMA).unwrap();
    let definitions = schema["$defs"].as_object().unwrap();
    let functions: Vec<&str> = definitions.keys().filter_map(|name| name.strip_suffix(".answer")).collect();
    assert_eq!(
        functions,
        [
            "diagnostics.check-connection",
            "hunting.find-fields",
            "hunting.hunt-indicators",
            "incidents.fetch-incidents",
            "logs.get-logs-by-event-id",
            "logs.search-logs",
            "manifest.describe",
        ]
    );
    // Every name that the WIT declares, as it stands there.
    let declared =
        ["types", "manifest", "diagnostics", "incidents", "logs", "hunting"].into_iter().flat_map(|interface| {
            let text =
                std::fs::read_to_string(format!("{}/../../wit/{interface}.wit", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let declarations = text.lines().filter_map(|line| {
                let mut words = line.strip_prefix("  ")?.split([' ', '{', '=', '(']);
                matches!(words.next()?, "record" | "variant" | "enum" | "type")
                    .then(|| words.next().unwrap().to_owned())
            });
            declarations.map(|name| format!("{interface}.{name}")).collect::<Vec<_>>()
        });
    let declared: Vec<String> = declared.collect();
    assert!(declared.len() > 25, "{declared:?}");
    for name in &declared {
        assert!(definitions[name]["description"].is_string(), "{name}");
    }
    assert_eq!(definitions.len(), declared.len() + 2 * functions.len());
    let limit = &definitions["incidents.fetch-request"]["properties"]["limit"];
    assert!(limit["description"].as_str().unwrap().starts_with("At most this many incidents"), "{limit}");
}

#[tokio::test]
async fn a_function_that_is_not_exported_is_missing() {
    let runner = builder(&simulator()).build().unwrap();
    for (function, says) in [
        ("nothing.describe", "does not export logzio:soar/nothing@0.1.0"),
        ("manifest.nothing", "logzio:soar/manifest@0.1.0 has no function nothing"),
    ] {
        let answer = runner.call_json(&Call::new(function, json!({}))).await;
        assert!(matches!(&answer, Answer::Missing(why) if why.contains(says)), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_environment_of_a_runner_can_be_exchanged() {
    let simulator = small();
    let runner = builder(&simulator).build().unwrap();
    let check = Call::new("diagnostics.check-connection", json!({"connection": {}}));
    assert_eq!(err(runner.call_json(&check).await)["case"], "invalid-connection");
    let token = simulator.security_token();
    let set = runner.with_environment([("LOGZIO_URL", "https://logz.test"), ("LOGZIO_SECURITY_TOKEN", token.as_str())]);
    ok(set.call_json(&check).await);
    let other = err(runner.call_json(&check).await);
    assert_eq!(other["case"], "invalid-connection", "the other runner keeps its own");
}

#[tokio::test(start_paused = true)]
async fn an_honest_component_is_observed_to_do_nothing() {
    let simulator = small();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let runner: Runner =
        builder(&simulator).observer(move |what: Observation| told.lock().unwrap().push(what)).build().unwrap();
    let session = runner.connect(connection(&simulator));
    session.fetch_incidents(&fetch_request(Start::At("-2h".into()))).await.unwrap().unwrap();
    runner.connect(Connection::new()).check_connection().await.unwrap().unwrap_err();
    assert_eq!(*seen.lock().unwrap(), []);
}

#[tokio::test]
async fn every_example_of_the_page_is_of_the_form() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../host-harness/conformance/JSON.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (mut calls, mut answers) = (0, Vec::new());
    for block in page.split("```json").skip(1) {
        let block = block.split("```").next().unwrap();
        let values = serde_json::Deserializer::from_str(block).into_iter::<Value>();
        for value in values.map(Result::unwrap) {
            if value.get("function").is_some() {
                let call = Call::from_json(&value).unwrap();
                assert!(is_valid(None, &call.to_json()), "{value}");
                calls += 1;
            } else if value.get("adapter").is_none() && value.get("trace").is_none() {
                answers.push(Answer::from_json(&value.to_string()).unwrap());
            }
        }
    }
    assert_eq!((calls, answers.len()), (2, 6));
    let invalid = Call::new(
        "incidents.fetch-incidents",
        json!({"connection": {}, "request": {
            "start": {"case": "at", "value": "now"},
            "limit": "1",
        }}),
    );
    let runner = builder(&simulator()).build().unwrap();
    assert!(answers.contains(&runner.call_json(&invalid).await), "{answers:?}");
}

fn json_of(notices: &[Notice]) -> Value {
    notices.iter().map(|notice| json!({"code": notice.code.name(), "text": notice.text})).collect()
}
