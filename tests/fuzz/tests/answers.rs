//! Properties of the operations, whatever Logz.io answers: none panics, none goes on for ever, none tells a token, and a fetch
//! gives no incident twice.

use chrono::{DateTime, Utc};
use logzio_soar::call::{self, Host};
use logzio_soar::contract::{
    Connection, Endpoint, Error, EventFilter, FetchRequest, FieldRequest, HuntRequest, Indicator, LogQuery, Start,
};
use logzio_soar::logzio::client::Client;
use logzio_soar::transport::{Exchange, Failure, Request, Response, Transport};
use logzio_soar::{diagnostics, hunting, incidents, logs};
use logzio_soar_fuzz::generate::{changed, text};
use logzio_soar_fuzz::{Unstructured, hold};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::time::Duration;

const TOKEN: &str = "s3cret-token-of-the-security-account";

/// A Logz.io that answers each request with what is nearly right.
struct Nearly<'a, 'u> {
    random: RefCell<&'a mut Unstructured<'u>>,
    elapsed: Cell<Duration>,
    requests: Cell<usize>,
}

impl Transport for Nearly<'_, '_> {
    fn send(&self, requests: &[Request], _time: Duration) -> Vec<Exchange> {
        let took = Duration::from_millis(200);
        self.elapsed.set(self.elapsed.get() + took);
        self.requests.set(self.requests.get() + requests.len());
        let answer = |request: &Request| Exchange { result: self.answer(request), took };
        requests.iter().map(answer).collect()
    }

    fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }

    fn wait(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get() + time);
    }

    fn random(&self) -> f64 {
        0.5
    }
}

impl Nearly<'_, '_> {
    fn answer(&self, request: &Request) -> Result<Response, Failure> {
        let u = &mut **self.random.borrow_mut();
        // Used up: the same answer from here on.
        let spoil = !u.is_empty();
        if spoil && u.ratio(1, 15).unwrap_or(false) {
            return Err(match u.int_in_range(0..=3).unwrap_or(0) {
                0 => Failure::TimedOut,
                1 => Failure::Unreachable(format!("no route with {TOKEN}")),
                2 => Failure::Interrupted("reset".into()),
                _ => Failure::TooLarge,
            });
        }
        let status =
            if spoil && u.ratio(1, 10).unwrap_or(false) { u.int_in_range(0..=999).unwrap_or(500) } else { 200 };
        let right = right(request);
        let value = if spoil { changed(u, &right, 8).unwrap_or(right) } else { right };
        let mut body = value.to_string().into_bytes();
        if spoil && u.ratio(1, 20).unwrap_or(false) {
            let length = u.choose_index(body.len() + 1).unwrap_or(0);
            body.truncate(length);
        }
        let mut headers = Vec::new();
        for (name, values) in [
            ("date", ["Sun, 22 Nov 2026 08:30:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "never"]),
            ("retry-after", ["1", "4294967295", "Sun, 22 Nov 2026 09:30:00 GMT"]),
            ("content-encoding", ["gzip", "identity", TOKEN]),
        ] {
            if spoil && u.ratio(1, 12).unwrap_or(false) {
                headers.push((name.to_owned(), u.choose(&values).map_or("", |value| value).into()));
            }
        }
        Ok(Response { status, headers, body })
    }
}

/// An answer of the endpoint that a request is for.
fn right(request: &Request) -> Value {
    let hit = json!({"_index": "i", "_id": "1", "_source": {
        "@timestamp": "2026-11-22T08:00:00.000Z", "type": "falco", "message": "from 192.0.2.1 to evil.example",
        "user": "root", "source.ip": "192.0.2.1", "nested": {"list": [1, {"name": TOKEN}]},
    }, "sort": [1_763_798_400_000_i64, 1]});
    match request.path.as_str() {
        path if path.ends_with("/events/search") => json!({
            "total": 2, "pagination": {"pageNumber": 1, "pageSize": 50, "total": 2},
            "results": [
                {"alertEventId": "one", "name": "Rule", "eventDate": 1_763_798_400.0, "severity": "HIGH", "groupBy": {"user": "root"},
                 "alertWindowStartDate": 1_763_798_000, "alertWindowEndDate": 1_763_798_400, "hits": 3, "tags": ["a"]},
                {"alertEventId": "two", "name": "Rule", "eventDate": 1_763_798_401.5, "severity": "LOW", "description": TOKEN},
            ],
        }),
        path if path.ends_with("/events/logs/search") => json!({
            "total": 1, "results": [{"@timestamp": "2026-11-22T08:00:00.000Z", "message": "m"}],
            "pagination": {"pageNumber": 1, "pageSize": 100},
        }),
        path if path.contains("/v1/search") => json!({
            "hits": {"total": {"value": 1, "relation": "eq"}, "hits": [hit]},
            "timed_out": false, "_shards": {"total": 1, "failed": 0},
            "aggregations": {"types": {"buckets": [{"key": "falco", "doc_count": 1}], "sum_other_doc_count": 0}},
        }),
        path if path.contains("whoami") => json!({"accountName": "a", "accountId": 1, "region": "eu"}),
        _ => json!([{"accountId": 1, "accountName": "a", "accountType": "SIEM"}]),
    }
}

/// Runs an operation on a Logz.io that is nearly right.
fn on_nearly<T: std::fmt::Debug>(
    u: &mut Unstructured<'_>,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    let nearly = Nearly { random: RefCell::new(u), elapsed: Cell::default(), requests: Cell::default() };
    let connection = Connection {
        endpoint: Some(Endpoint::Region("eu".into())),
        security_token: Some(TOKEN.into()),
        operations_token: Some(TOKEN.into()),
        time_budget_ms: Some(30_000),
    };
    let now = "2026-11-22T08:30:00Z".parse().unwrap();
    let host = Host { variable: &|_| None, transport: &nearly, now, standard_error: &|_| () };
    let result = call::on_host(&connection, host, operation);
    assert!(nearly.elapsed.get() < Duration::from_secs(60), "it took {:?}", nearly.elapsed.get());
    assert!(nearly.requests.get() <= 2_000);
    if let Err(error) = &result {
        assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
    }
    result
}

#[test]
fn a_fetch_survives_any_answer() {
    hold(&[], |u| {
        let mut start = Start::At("2026-11-22T07:00:00Z".into());
        let mut seen = std::collections::HashSet::new();
        for _ in 0..3 {
            let request = FetchRequest {
                start: start.clone(),
                filter: EventFilter { rule_name: None, severities: Vec::new(), tags: Vec::new(), include_muted: true },
                limit: Some(u.int_in_range(1..=60)?),
                look_back_minutes: Some(u.int_in_range(0..=1_440)?),
                attach_logs: *u.choose(&[None, Some(5)])?,
            };
            let Ok(page) = on_nearly(u, |client, now| incidents::fetch(client, &request, now)) else { continue };
            for incident in &page.incidents {
                // An id with another date may be another event, where nothing remembers the first any more.
                let event = (incident.id.clone(), incident.occurred.clone());
                assert!(seen.insert(event), "{} of {} came twice", incident.id, incident.occurred);
            }
            assert!(page.incidents.len() <= 60);
            start = Start::After(page.next);
        }
        Ok(())
    });
}

#[test]
fn a_search_survives_any_answer() {
    hold(&[], |u| {
        let mut page = None;
        for _ in 0..3 {
            let query = LogQuery {
                lucene: "type:falco".into(),
                since: Some("2026-11-22T07:00:00Z".into()),
                until: Some("2026-11-22T08:30:00Z".into()),
                order: None,
                fields: Vec::new(),
                limit: Some(u.int_in_range(1..=1_000)?),
                page: page.clone(),
            };
            match on_nearly(u, |client, now| logs::search(client, &query, now)) {
                Ok(logs) if logs.next.is_some() => page = logs.next,
                _ => break,
            }
        }
        let page = text(u, &["logzio-soar-page-1.", "AAAA", "=", "-"])?;
        let _ = on_nearly(u, |client, _| logs::by_event_id(client, "one", Some(10), Some(&page)));
        let _ = on_nearly(u, |client, _| logs::by_event_id(client, "one", Some(10), None));
        Ok(())
    });
}

#[test]
fn a_hunt_survives_any_answer() {
    hold(&[0xf23d_6e26_0000_0123], |u| {
        let indicators = ["192.0.2.1", "evil.example", "d41d8cd98f00b204e9800998ecf8427e", "root@evil.example"];
        let request = HuntRequest {
            indicators: indicators.map(|value| Indicator { value: value.into(), kind: None }).into(),
            since: Some("2026-11-20T08:00:00Z".into()),
            until: None,
            fields: Vec::new(),
            internal_networks: Vec::new(),
            log_types: None,
            limit_per_indicator: None,
        };
        let _ = on_nearly(u, |client, now| hunting::hunt(client, &request, now));
        let request = FieldRequest { since: None, until: None };
        let _ = on_nearly(u, |client, now| hunting::find_fields(client, &request, now));
        Ok(())
    });
}

#[test]
fn a_check_survives_any_answer() {
    hold(&[], |u| {
        let _ = on_nearly(u, diagnostics::check);
        Ok(())
    });
}
