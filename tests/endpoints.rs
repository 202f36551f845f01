//! Each endpoint of Logz.io through a scripted transport: exactly what is sent,
//! and what becomes of every kind of answer.

use crate::support::script::{Script, any_post, get, json, now, post};
use logzio_soar::contract::{Error, EventFilter, FetchRequest, LogQuery, Order, Outcome, ServerError, Severity, Start};
use logzio_soar::diagnostics;
use logzio_soar::incidents;
use logzio_soar::logs;
use logzio_soar::transport::{Failure, Response};
use serde_json::json as value;
use std::cell::RefCell;
use std::io::Write;
use std::time::Duration;

const EVENTS: &str = "/v2/security/rules/events/search";
const EVENT_LOGS: &str = "/v2/security/rules/events/logs/search";
const SEARCH: &str = "/v1/search";

fn fetch_request() -> FetchRequest {
    FetchRequest {
        start: Start::At("2026-11-22T08:00:00.500Z".into()),
        filter: EventFilter { rule_name: None, severities: Vec::new(), tags: Vec::new(), include_muted: false },
        limit: None,
        look_back_minutes: None,
        attach_logs: None,
    }
}

fn query() -> LogQuery {
    LogQuery {
        lucene: "type:falco".into(),
        since: Some("2026-11-22T08:00:00Z".into()),
        until: None,
        order: None,
        fields: Vec::new(),
        limit: Some(2),
        page: None,
    }
}

/// What a fetch makes of one answer.
fn outcome(answers: Vec<Result<Response, Failure>>) -> Result<usize, Error> {
    let script = Script::new(answers.into_iter().map(|answer| any_post(EVENTS, answer)));
    script.play(|client, now| incidents::fetch(client, &fetch_request(), now)).map(|page| page.incidents.len())
}

#[test]
fn a_fetch_asks_for_whole_seconds_oldest_first() {
    let mut request = fetch_request();
    request.filter = EventFilter {
        rule_name: Some(" Falco ".into()),
        severities: vec![Severity::Severe, Severity::High, Severity::High],
        tags: Vec::new(),
        include_muted: true,
    };
    request.limit = Some(1_000);
    let script = Script::new([post(
        EVENTS,
        value!({
            "filter": {
                "searchTerm": "Falco", "severities": ["HIGH", "SEVERE"], "includeMutedEvents": true,
                "timeRange": {"fromDate": 1795334399, "toDate": 1795336020},
            },
            "sort": [{"field": "DATE", "descending": false}],
            "pagination": {"pageNumber": 1, "pageSize": 50},
        }),
        r#"{"total":0,"results":[],"pagination":{"pageNumber":1,"pageSize":50}}"#,
    )]);
    let page = script.play(|client, now| incidents::fetch(client, &request, now)).unwrap();
    assert!(page.incidents.is_empty() && !page.more && page.notices.is_empty());
}

#[test]
fn a_first_fetch_within_the_last_three_minutes_asks_for_the_clock_alone() {
    let mut request = fetch_request();
    request.start = Start::At("now-2m".into());
    let script = Script::new([any_post(EVENTS, Ok(json(200, r#"{"total":0,"results":[]}"#)))]);
    let page = script.play(|client, now| incidents::fetch(client, &request, now)).unwrap();
    assert!(page.incidents.is_empty() && !page.more);
}

#[test]
fn bad_arguments_send_nothing() {
    let mut bad = Vec::new();
    for start in ["banana", "", "2026-11-22T09:00:00Z", "now+1h"] {
        bad.push(FetchRequest { start: Start::At(start.into()), ..fetch_request() });
    }
    let long = "A".repeat(10 << 20);
    for cursor in ["", "banana", "{}", "logzio-soar-cursor-99.AAAA", "logzio-soar-cursor-1.AAAA", long.as_str()] {
        bad.push(FetchRequest { start: Start::After(cursor.into()), ..fetch_request() });
    }
    bad.push(FetchRequest { start: Start::After(r#"{"last_fetch": 4000000000}"#.into()), ..fetch_request() });
    bad.push(FetchRequest { limit: Some(0), ..fetch_request() });
    bad.push(FetchRequest { look_back_minutes: Some(1_441), ..fetch_request() });
    let filter = fetch_request().filter;
    bad.push(FetchRequest {
        filter: EventFilter { severities: vec![Severity::Unclassified], ..filter.clone() },
        ..fetch_request()
    });
    bad.push(FetchRequest { filter: EventFilter { rule_name: Some("x".repeat(1_001)), ..filter }, ..fetch_request() });
    for request in bad {
        let result = Script::new([]).play(|client, now| incidents::fetch(client, &request, now));
        assert!(matches!(result, Err(Error::InvalidArgument(_))), "{request:?}: {result:?}");
    }
    let mut bad = Vec::new();
    for lucene in ["", "  ", &"x".repeat(32_769)] {
        bad.push(LogQuery { lucene: lucene.into(), ..query() });
    }
    for limit in [0, 10_001] {
        bad.push(LogQuery { limit: Some(limit), ..query() });
    }
    for (since, until) in [("banana", "now"), ("now", "-1h"), ("now+1h", "now+2h")] {
        bad.push(LogQuery { since: Some(since.into()), until: Some(until.into()), ..query() });
    }
    bad.push(LogQuery { page: Some("banana".into()), ..query() });
    bad.push(LogQuery { fields: vec![" ".into()], ..query() });
    for query in bad {
        let result = Script::new([]).play(|client, now| logs::search(client, &query, now));
        assert!(matches!(result, Err(Error::InvalidArgument(_))), "{query:?}: {result:?}");
    }
    let long = "x".repeat(1_025);
    for (id, limit, page) in [
        ("", None, None),
        ("a\nb", None, None),
        (long.as_str(), None, None),
        ("content-0123456789abcdef0123456789abcdef", None, None),
        ("e", Some(0), None),
        ("e", Some(10_001), None),
        ("e", None, Some("banana")),
    ] {
        let result = Script::new([]).play(|client, _| logs::by_event_id(client, id, limit, page));
        assert!(matches!(result, Err(Error::InvalidArgument(_))), "{id} {limit:?} {page:?}: {result:?}");
    }
}

#[test]
fn statuses_become_the_errors_that_say_what_to_do() {
    let server = |status| Err::<usize, Error>(Error::Server(ServerError { status, message: String::new() }));
    for (status, body, expected) in [
        (404, r#"{"message":"The endpoint doesn't exist"}"#, server(404)),
        (302, "", server(302)),
        (418, "", server(418)),
        (200, r#"{"errorCode":"X","message":"in spite of the status"}"#, server(200)),
        (200, "<html>", Err(Error::MalformedResponse(String::new()))),
        (200, "", Err(Error::MalformedResponse(String::new()))),
        (200, "{", Err(Error::MalformedResponse(String::new()))),
        (200, r#"{"status":"ok"}"#, Err(Error::MalformedResponse(String::new()))),
        (200, r#"{"results":null}"#, Ok(0)),
        (200, "\u{feff}{\"results\":[]}", Ok(0)),
        (
            401,
            r#"{"message":"Account region us-east-1 differs from current server region eu-central-1"}"#,
            Err(Error::WrongRegion(String::new())),
        ),
    ] {
        let result = outcome(vec![Ok(json(status, body))]);
        match (&result, expected) {
            (Err(Error::Server(found)), Err(Error::Server(expected))) => {
                assert_eq!(found.status, expected.status, "{body}");
                assert!(found.message.contains('('), "no remedy: {}", found.message);
            }
            (Err(found), Err(expected)) => {
                assert_eq!(
                    std::mem::discriminant(found),
                    std::mem::discriminant(&expected),
                    "{status} {body}: {found:?}"
                );
            }
            (found, expected) => assert_eq!(*found, expected, "{status} {body}"),
        }
    }
}

#[test]
fn a_wrong_region_names_the_right_one() {
    let answer = json(403, "\"Account region us-east-1 differs from current server region eu-central-1\"");
    let Err(Error::WrongRegion(text)) = outcome(vec![Ok(answer)]) else { panic!("not a wrong region") };
    assert!(text.contains("set the region to \"us\""), "{text}");
}

#[test]
fn a_refused_token_and_a_wrong_account_are_different_errors() {
    let refused = || Ok(json(403, r#"{"code":403,"message":"Insufficient privileges"}"#));
    let script = Script::new([any_post(EVENTS, refused()), get("/v2/whoami", refused())]);
    let result = script.play(|client, now| incidents::fetch(client, &fetch_request(), now));
    assert!(
        matches!(&result, Err(Error::Unauthorized(text)) if text.contains("Insufficient privileges")),
        "{result:?}"
    );

    let script = Script::new([
        any_post(EVENTS, refused()),
        get("/v2/whoami", Ok(json(200, r#"{"accountName":"Ops","accountId":7}"#))),
        get(
            "/v1/associated-accounts",
            Ok(json(200, r#"[{"accountId":7,"accountName":"Ops","type":"OWNER_ACCOUNT"}]"#)),
        ),
    ]);
    let result = script.play(|client, now| incidents::fetch(client, &fetch_request(), now));
    let Err(Error::WrongAccount(text)) = result else { panic!("{result:?}") };
    assert!(text.contains("\"Ops\" (7), an owner account"), "{text}");
}

#[test]
fn temporary_failures_are_retried() {
    let good = || Ok(json(200, r#"{"total":0,"results":[]}"#));
    for trouble in [
        Ok(json(429, "Too Many Requests")),
        Ok(json(500, "")),
        Ok(json(502, "<html>")),
        Ok(json(503, "")),
        Ok(json(504, "")),
        Err(Failure::Unreachable("the connection was refused".into())),
        Err(Failure::Interrupted("cut".into())),
    ] {
        assert_eq!(outcome(vec![trouble.clone(), trouble, good()]), Ok(0));
    }
    for hopeless in [Ok(json(400, "")), Err(Failure::Refused("denied".into())), Err(Failure::TimedOut)] {
        assert!(outcome(vec![hopeless]).is_err());
    }
}

#[test]
fn retry_after_is_waited_for_if_there_is_time() {
    let busy = |seconds: &str| {
        let mut answer = json(429, "");
        answer.headers.push(("retry-after".into(), seconds.into()));
        any_post(EVENTS, Ok(answer))
    };
    let script = Script::new([busy("7"), any_post(EVENTS, Ok(json(200, r#"{"results":[]}"#)))]);
    assert!(script.play(|client, now| incidents::fetch(client, &fetch_request(), now)).is_ok());
    assert_eq!(*script.pauses.borrow(), [Duration::from_secs(7)]);

    let script = Script::new([busy("31")]);
    let result = script.play(|client, now| incidents::fetch(client, &fetch_request(), now));
    assert_eq!(result, Err(Error::RateLimited(Some(31_000))));
}

#[test]
fn tries_end_with_the_time_budget() {
    let mut script = Script::new((0..4).map(|_| any_post(EVENTS, Ok(json(500, "")))));
    script.takes = Duration::from_secs(7);
    let result = script.play(|client, now| incidents::fetch(client, &fetch_request(), now));
    assert!(matches!(result, Err(Error::Server(ServerError { status: 500, .. }))), "{result:?}");
}

#[test]
fn compressed_answers_are_inflated() {
    let body = br#"{"total":1,"results":[{"alertEventId":"e","eventDate":1795334400.9}]}"#;
    // A proxy may compress in parts, and put them one behind the other.
    let compressed = |part: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(part).unwrap();
        gzip.finish().unwrap()
    };
    let (first, second) = body.split_at(20);
    let body = [compressed(first), compressed(second)].concat();
    let mut answer = Response { status: 200, headers: Vec::new(), body };
    answer.headers.push(("content-encoding".into(), "gzip".into()));
    assert_eq!(outcome(vec![Ok(answer.clone())]), Ok(1));
    // A cut one is tried again, a bomb is not read.
    let mut cut = answer;
    cut.body.truncate(30);
    assert_eq!(outcome(vec![Ok(cut), Ok(json(200, r#"{"results":[]}"#))]), Ok(0));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..65 {
        gzip.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let mut bomb = Response { status: 200, headers: Vec::new(), body: gzip.finish().unwrap() };
    bomb.headers.push(("content-encoding".into(), "gzip".into()));
    // Smaller pages are asked for, down to one row.
    let result = outcome((0..6).map(|_| Ok(bomb.clone())).collect());
    assert!(matches!(&result, Err(Error::MalformedResponse(text)) if text.contains("32 MiB")), "{result:?}");
}

#[test]
fn a_token_never_appears_in_what_comes_back() {
    let answer = json(400, r#"{"message":"bad token sec-token"}"#);
    let Err(error) = outcome(vec![Ok(answer)]) else { panic!("no error") };
    assert!(!format!("{error:?}").contains("sec-token"), "{error:?}");

    let body = r#"{"results":[{"alertEventId":"e","eventDate":1795334400.9,"name":"leaks sec-token and ops-token"}]}"#;
    let script = Script::new([any_post(EVENTS, Ok(json(200, body)))]);
    let page = script.play(|client, now| incidents::fetch(client, &fetch_request(), now)).unwrap();
    let text = format!("{page:?}");
    assert!(!text.contains("sec-token") && !text.contains("ops-token") && text.contains("*********"), "{text}");

    for failure in [Failure::Interrupted("saw sec-token".into()), Failure::Interrupted("sec-token".repeat(90))] {
        let script = Script::new((0..8).map(|_| any_post(EVENTS, Err(failure.clone()))));
        let result = script.play(|client, now| incidents::fetch(client, &fetch_request(), now));
        assert!(!format!("{result:?}").contains("sec-token"), "{result:?}");
    }
}

#[test]
fn attached_logs_fail_without_failing_the_fetch() {
    let mut request = fetch_request();
    request.attach_logs = Some(500);
    let logs = |id: &str| value!({"filter": {"alertEventId": id}, "pagination": {"pageNumber": 1, "pageSize": 100}});
    let mut broken = post(EVENT_LOGS, logs("e2"), "");
    broken.result = Ok(json(400, r#"{"message":"no"}"#));
    let script = Script::new([
        any_post(
            EVENTS,
            Ok(json(
                200,
                r#"{"results":[{"alertEventId":"e1","eventDate":1795334401},{"alertEventId":"e2","eventDate":1795334402}]}"#,
            )),
        ),
        post(EVENT_LOGS, logs("e1"), r#"{"total":2,"results":[{"a" : 1},{"b":2}]}"#),
        broken,
    ]);
    let page = script.play(|client, now| incidents::fetch(client, &request, now)).unwrap();
    assert_eq!(page.incidents[0].logs, [r#"{"a" : 1}"#, r#"{"b":2}"#]);
    assert!(page.incidents[1].logs.is_empty());
    assert!(page.notices.iter().any(|notice| notice.text.contains("e2")), "{:?}", page.notices);
    assert_eq!(*script.batches.borrow(), [1, 2]);
}

#[test]
fn logs_are_not_asked_for_by_an_id_that_logzio_never_gave() {
    let request = FetchRequest { attach_logs: Some(5), ..fetch_request() };
    let events = r#"{"results":[{"eventDate":1795334401,"name":"without an id"}]}"#;
    let script = Script::new([any_post(EVENTS, Ok(json(200, events)))]);
    let page = script.play(|client, now| incidents::fetch(client, &request, now)).unwrap();
    assert_eq!((page.incidents.len(), page.notices.len()), (1, 0));
}

#[test]
fn logs_that_fail_for_all_incidents_are_one_notice() {
    let request = FetchRequest { attach_logs: Some(5), ..fetch_request() };
    let event = |number: u32| format!(r#"{{"alertEventId":"e{number}","eventDate":{}}}"#, 1_795_334_401 + number);
    let events = (0..3).map(event).collect::<Vec<_>>().join(",");
    let first = any_post(EVENTS, Ok(json(200, &format!(r#"{{"results":[{events}]}}"#))));
    let refused = (0..3).map(|_| any_post(EVENT_LOGS, Ok(json(400, ""))));
    let script = Script::new(std::iter::once(first).chain(refused));
    let page = script.play(|client, now| incidents::fetch(client, &request, now)).unwrap();
    assert_eq!((page.incidents.len(), page.notices.len()), (3, 1), "{:?}", page.notices);
    assert!(page.notices[0].text.contains("e0 and 2 others"), "{:?}", page.notices);
}

#[test]
fn a_search_sends_the_query_the_range_and_the_order() {
    let script = Script::new([post(
        SEARCH,
        value!({
            "query": {"bool": {"must": [
                {"query_string": {"query": "type:falco", "allow_leading_wildcard": false}},
                {"range": {"@timestamp": {"gte": 1795334400000i64, "lte": 1795336200000i64, "format": "epoch_millis"}}},
            ]}},
            "size": 2,
            "sort": [{"@timestamp": {"order": "asc"}}],
            "_source": {"includes": ["message", "a.b"]},
        }),
        r#"{"hits":{"total":3,"hits":[
            {"_index":"i","_id":"1","_source":{"@timestamp":"2026-11-22T08:00:00.100+0000","n" : 1},"sort":[1795334400100]},
            {"_index":"i","_id":"2","_source":{"n":2},"sort":[1795334400200]}]}}"#,
    )]);
    let query = LogQuery { order: Some(Order::OldestFirst), fields: vec!["message".into(), "a.b".into()], ..query() };
    let page = script.play(|client, now| logs::search(client, &query, now)).unwrap();
    assert_eq!(page.logs[0].source, r#"{"@timestamp":"2026-11-22T08:00:00.100+0000","n" : 1}"#);
    assert_eq!(page.logs[0].timestamp.as_deref(), Some("2026-11-22T08:00:00.100Z"));
    // Known from the order where the log itself does not.
    assert_eq!(page.logs[1].timestamp.as_deref(), Some("2026-11-22T08:00:00.200Z"));
    assert_eq!((page.total, page.logs.len()), (Some(3), 2));

    // The next page begins at the time of the last log, and knows that log.
    let next = LogQuery { page: page.next.clone(), ..query.clone() };
    let script = Script::new([post(
        SEARCH,
        value!({
            "query": {"bool": {"must": [
                {"query_string": {"query": "type:falco", "allow_leading_wildcard": false}},
                {"range": {"@timestamp": {"gte": 1795334400200i64, "lte": 1795336200000i64, "format": "epoch_millis"}}},
            ]}},
            "size": 3,
            "sort": [{"@timestamp": {"order": "asc"}}],
            "_source": {"includes": ["message", "a.b"]},
        }),
        r#"{"hits":{"total":{"value":2,"relation":"eq"},"hits":[
            {"_index":"i","_id":"2","_source":{"n":2},"sort":[1795334400200]},
            {"_index":"i","_id":"3","_source":{"n":3},"sort":[1795334400200]}]}}"#,
    )]);
    let page = script.play(|client, _| logs::search(client, &next, now() + chrono::TimeDelta::hours(5))).unwrap();
    assert_eq!(page.logs.iter().map(|log| log.id.as_deref().unwrap()).collect::<Vec<_>>(), ["3"]);
    assert_eq!((page.total, page.next), (Some(3), None));

    let other = LogQuery { lucene: "other".into(), ..next };
    let result = Script::new([]).play(|client, now| logs::search(client, &other, now));
    assert!(matches!(result, Err(Error::InvalidArgument(_))), "{result:?}");
}

#[test]
fn a_long_range_is_searched_two_calendar_days_at_a_time() {
    let window = |gte: &str, lte: &str| {
        let millis = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
        let body = value!({
            "query": {"bool": {"must": [
                {"query_string": {"query": "type:falco", "allow_leading_wildcard": false}},
                {"range": {"@timestamp": {"gte": millis(gte), "lte": millis(lte), "format": "epoch_millis"}}},
            ]}},
            "size": 2,
            "sort": [{"@timestamp": {"order": "desc"}}],
        });
        post(SEARCH, body, r#"{"hits":{"total":0,"hits":[]}}"#)
    };
    let script = Script::new([
        window("2026-11-21T00:00:00Z", "2026-11-22T08:30:00Z"),
        window("2026-11-19T00:00:00Z", "2026-11-20T23:59:59.999Z"),
        window("2026-11-18T08:30:00Z", "2026-11-18T23:59:59.999Z"),
    ]);
    let query = LogQuery { since: Some("-4d".into()), ..query() };
    let page = script.play(|client, now| logs::search(client, &query, now)).unwrap();
    assert_eq!((page.logs.len(), page.total, page.next), (0, Some(0), None));
    // Where there is little to find, windows are searched side by side.
    assert_eq!(*script.batches.borrow(), [1, 2]);
}

#[test]
fn a_window_behind_one_that_holds_more_waits_its_turn() {
    let hits = |ids: &[(u32, &str)]| {
        let hits: Vec<String> = ids
            .iter()
            .map(|(id, time)| {
                let millis = time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
                format!(r#"{{"_index":"i","_id":"{id}","_source":{{}},"sort":[{millis}]}}"#)
            })
            .collect();
        Ok(json(200, &format!(r#"{{"hits":{{"total":{},"hits":[{}]}}}}"#, ids.len(), hits.join(","))))
    };
    // The second window of the batch is full, so what the third one brought is asked for again.
    let script = Script::new([
        any_post(SEARCH, hits(&[])),
        any_post(SEARCH, hits(&[(1, "2026-11-20T12:00:00Z"), (2, "2026-11-20T12:00:00Z")])),
        any_post(SEARCH, hits(&[(9, "2026-11-18T12:00:00Z")])),
        // The third one is counted.
        any_post(SEARCH, Ok(json(200, r#"{"hits":{"total":1,"hits":[]}}"#))),
        any_post(SEARCH, hits(&[(2, "2026-11-20T12:00:00Z"), (1, "2026-11-20T12:00:00Z")])),
        any_post(SEARCH, hits(&[(9, "2026-11-18T12:00:00Z")])),
    ]);
    let mut query = LogQuery { since: Some("-4d".into()), ..query() };
    let mut ids = Vec::new();
    script
        .play(|client, now| {
            loop {
                let page = logs::search(client, &query, now)?;
                ids.extend(page.logs.into_iter().map(|log| log.id.unwrap()));
                query.page = page.next;
                assert_eq!(page.total, Some(3));
                if query.page.is_none() {
                    return Ok(());
                }
            }
        })
        .unwrap();
    assert_eq!(ids, ["1", "2", "9"]);
}

#[test]
fn a_refused_query_says_what_logzio_said() {
    let script = Script::new([any_post(
        SEARCH,
        Ok(json(400, r#"{"message":"contains a wildcard search with leading wildcard which is not allowed"}"#)),
    )]);
    let result = script.play(|client, now| logs::search(client, &query(), now));
    let Err(Error::QueryRejected(text)) = result else { panic!("{result:?}") };
    assert!(text.contains("leading wildcard") && text.contains("no term may begin with"), "{text}");
}

#[test]
fn a_query_that_would_be_refused_is_not_sent() {
    for (lucene, place) in [("type:falco AND *shell", "16"), ("a AND (b", "7"), ("name:\"x", "6")] {
        let query = LogQuery { lucene: lucene.into(), ..query() };
        let result = Script::new([]).play(|client, now| logs::search(client, &query, now));
        let Err(Error::QueryRejected(text)) = result else { panic!("{lucene}: {result:?}") };
        assert!(text.contains(&format!("character {place}")), "{text}");
    }
}

#[test]
fn exactly_as_many_logs_of_an_event_as_asked_for() {
    let rows = |from: u32, to: u32| (from..to).map(|n| format!("{{\"n\":{n}}}")).collect::<Vec<_>>().join(",");
    let page = |number: u32, size: u32, from: u32, to: u32| {
        post(
            EVENT_LOGS,
            value!({"filter": {"alertEventId": "a\"/b"}, "pagination": {"pageNumber": number, "pageSize": size}}),
            &format!(r#"{{"total":2500,"results":[{}]}}"#, rows(from, to)),
        )
    };
    let script = Script::new([page(1, 1000, 0, 1000), page(3, 500, 1000, 1500)]);
    let logs = script.play(|client, _| logs::by_event_id(client, "a\"/b", Some(1500), None)).unwrap();
    assert_eq!((logs.logs.len(), logs.total), (1500, Some(2500)));
    assert_eq!(logs.logs[1499].source, r#"{"n":1499}"#);

    let script = Script::new([page(2, 1000, 1000, 2000), page(5, 500, 2000, 2500)]);
    let logs = script.play(|client, _| logs::by_event_id(client, "a\"/b", Some(1000), logs.next.as_deref())).unwrap();
    assert_eq!((logs.logs.len(), logs.next), (1000, None));
    assert_eq!(logs.logs[0].source, r#"{"n":1500}"#);
}

#[test]
fn a_page_of_logs_that_fails_keeps_those_before() {
    let rows = (0..1000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let first = any_post(EVENT_LOGS, Ok(json(200, &format!(r#"{{"total":1800,"results":[{rows}]}}"#))));
    let script = Script::new([first, any_post(EVENT_LOGS, Ok(json(400, "")))]);
    let logs = script.play(|client, _| logs::by_event_id(client, "e", Some(2000), None)).unwrap();
    assert_eq!(logs.logs.len(), 1000);
    assert!(logs.next.is_some() && !logs.notices.is_empty());
}

#[test]
fn one_token_is_enough_for_what_it_serves() {
    let script = Script::new([
        get("/v2/whoami", Ok(json(200, r#"{"accountName":"Sec","accountId":8}"#))),
        get("/v1/associated-accounts", Ok(json(200, r#"[{"accountId":8,"type":"SECURITY_ACCOUNT"}]"#))),
        any_post(EVENTS, Ok(json(200, r#"{"total":3,"results":[{}]}"#))),
    ]);
    let checks = script
        .play(|client, now| {
            let connection = logzio_soar::contract::Connection {
                endpoint: Some(logzio_soar::contract::Endpoint::Region("eu".into())),
                security_token: Some("sec-token".into()),
                operations_token: None,
                time_budget_ms: None,
            };
            let target = logzio_soar::connection::Target::new(&connection, &|_| None)?;
            let _ = client;
            diagnostics::check(&logzio_soar::logzio::client::Client::new(&script, &target), now)
        })
        .unwrap();
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        ["endpoint api-eu.logz.io", "security token: account", "security token: events", "operations token"]
    );
    assert!(checks[..3].iter().all(|check| matches!(check.outcome, Outcome::Passed(_))), "{checks:?}");
    assert!(matches!(&checks[3].outcome, Outcome::Skipped(why) if why.contains("logs cannot be searched")));
}

#[test]
fn without_a_network_only_the_endpoint_fails() {
    let down = || get("/v2/whoami", Err(Failure::Unreachable("its name could not be resolved".into())));
    // Four tries, so that a person is not kept waiting for a typing error.
    let script = Script::new((0..4).map(|_| down()));
    let checks = script.play(diagnostics::check).unwrap();
    assert!(matches!(&checks[0].outcome, Outcome::Failed(Error::Unreachable(text)) if text.contains("region (eu)")));
    assert!(checks[1..].iter().all(|check| matches!(check.outcome, Outcome::Skipped(_))), "{checks:?}");
}

#[test]
fn each_try_of_a_request_is_traced_where_the_environment_asks_for_it() {
    let answers = || {
        [Ok(json(503, "busy")), Err(Failure::Interrupted("reset".into())), Ok(json(200, r#"{"results":[]}"#))]
            .map(|answer| any_post(EVENTS, answer))
    };
    let lines = |value: &str| {
        let lines = RefCell::new(Vec::new());
        let variable = |name: &str| (name == "LOGZIO_SOAR_TRACE").then(|| value.to_owned());
        let standard_error = |line: &str| lines.borrow_mut().push(line.to_owned());
        let script = Script::new(answers());
        script
            .play_on(&variable, &standard_error, |client, now| incidents::fetch(client, &fetch_request(), now))
            .unwrap();
        lines.into_inner()
    };
    let line = |tried: u32, status: &str, failure: &str, received: usize| {
        format!(
            r#"{{"trace":"request","method":"POST","path":"{EVENTS}","try":{tried},"status":{status},"failure":{failure},"ms":10,"bytes_sent":184,"bytes_received":{received}}}"#
        )
    };
    assert_eq!(
        lines("1"),
        [line(1, "503", "null", 4), line(2, "null", "\"interrupted\"", 0), line(3, "200", "null", 14)]
    );
    for value in ["", "0", "no"] {
        assert!(lines(value).is_empty(), "{value:?}");
    }
}
