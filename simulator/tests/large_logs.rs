//! Logs of any size, which are made as they are asked for.

use std::io::Read;

use axum::body::Body;
use chrono::TimeDelta;
use http_body::Body as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Event, Fault, FaultPlan, Log, Simulator};
use serde_json::{Value, json};

use crate::client::{self, *};

const MIB: usize = 1024 * 1024;

/// As many logs of one MiB each, all behind the event `e`.
fn filled(count: usize) -> Simulator {
    let simulator = with_behaviour(Behaviour::default());
    let start = time("2026-11-22T10:00:00Z");
    let ids: Vec<String> = (0..count).map(|number| format!("l{number}")).collect();
    simulator.add_logs(
        AccountKind::Operations,
        ids.iter().enumerate().map(|(number, id)| {
            let document = json!({"type": "large", "number": number, "message": "from 203.0.113.9"});
            Log::new(id, start + TimeDelta::seconds(number as i64), document.to_string()).filled_to(MIB)
        }),
    );
    simulator.add_event(Event::new("e", start + TimeDelta::hours(1)).logs(ids));
    simulator
}

const ALL: &str =
    r#"{"query":{"query_string":{"query":"message:\"203.0.113.9\""}},"size":1000,"sort":[{"@timestamp":"asc"}]}"#;

#[test]
fn a_thousand_logs_of_a_mebibyte_are_sent_a_part_at_a_time() {
    let simulator = filled(1000);
    let answer = ask(&simulator, Endpoint::Search, ALL);
    assert_eq!(answer.rows, 1000);
    let length = answer.body.length().unwrap();
    assert!((1000 * MIB..1001 * MIB).contains(&length), "{length}");
    assert_eq!(simulator.requests()[0].bytes, length);
    // The first ones stand for all: each chunk is a log, or what is between two.
    let mut sent = 0;
    for chunk in answer.body.chunks().take(40) {
        assert!(chunk.len() <= MIB, "{}", chunk.len());
        sent += chunk.len();
    }
    assert!(sent > 19 * MIB, "{sent}");
}

#[test]
fn large_logs_are_whole_and_the_same_each_time() {
    let simulator = filled(5);
    let search = ask_json(&simulator, Endpoint::Search, ALL);
    let hits = search["hits"]["hits"].as_array().unwrap();
    let of_event = ask_json(&simulator, Endpoint::EventLogs, r#"{"filter":{"alertEventId":"e"}}"#);
    let logs = of_event["results"].as_array().unwrap();
    assert_eq!((hits.len(), logs.len()), (5, 5));
    for (number, (hit, log)) in hits.iter().zip(logs).enumerate() {
        assert_eq!((&hit["_source"], &log["number"]), (log, &json!(number)));
        assert!((MIB - 100..=MIB).contains(&log.to_string().len()));
    }
    assert_ne!(logs[0]["filler_0"], logs[1]["filler_0"]);
    let stored = simulator.logs(AccountKind::Operations);
    assert_eq!((stored[0].served().len(), stored[0].document().len() < 100), (MIB, true));
}

#[test]
fn what_fills_a_log_is_not_found_and_can_be_left_out() {
    let simulator = filled(3);
    let search = |query: &str, source: &str| {
        let body = format!(r#"{{"query":{{"query_string":{{"query":"{query}"}}}},"_source":{source}}}"#);
        ask_json(&simulator, Endpoint::Search, &body)["hits"].clone()
    };
    assert_eq!(search("_exists_:filler_0", "true")["total"], 0);
    let hits = search("number:1", r#"["number","type"]"#);
    assert_eq!(hits["hits"][0]["_source"], json!({"number": 1, "type": "large"}));
    let hits = search("number:1", r#"{"excludes":["filler_*"]}"#);
    assert_eq!(hits["hits"][0]["_source"].as_object().unwrap().len(), 3);
    let hits = search("number:1", r#"["filler_1"]"#);
    assert_eq!(hits["hits"][0]["_source"]["filler_1"].as_str().unwrap().len(), 32_000);
}

#[tokio::test]
async fn a_large_answer_is_compressed_as_it_is_sent() {
    let simulator = filled(12);
    for (fault, whole) in
        [(None, true), (Some(Fault::Truncate(Some(MIB))), false), (Some(Fault::Truncate(None)), false)]
    {
        let plan = fault.map(|fault| FaultPlan::none().with(Endpoint::Search, 1, fault));
        simulator.faults(plan.unwrap_or_default());
        let mut request = client::request(&simulator, Endpoint::Search, ALL).map(Body::from);
        request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
        let response = TowerToHyperService::new(simulator.router()).call(request).await.unwrap();
        assert_eq!(response.headers()["content-encoding"], "gzip");
        let mut body = response.into_body();
        let (mut bytes, mut frames) = (Vec::new(), 0);
        while let Some(frame) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
            bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
            frames += 1;
        }
        let mut text = String::new();
        let inflated = flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text);
        assert_eq!(inflated.is_ok(), whole);
        if whole {
            let answer: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(answer["hits"]["hits"].as_array().unwrap().len(), 12);
            assert!(frames > 12 && text.len() > 12 * MIB, "{frames} frames");
        }
    }
}
