//! The way of a request: tokens, paths, methods, error bodies, compression,
//! faults and the record of requests.

use std::io::Read;
use std::time::Duration;

use chrono::TimeDelta;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, DATE};
use http::{HeaderValue, Method};
use logzio_simulator::{
    AccountKind, Answer, Behaviour, Endpoint, ErrorShape, Event, Fault, FaultPlan, Log, LogTypes, Simulator, Token,
    TokenEncoding,
};
use serde_json::{Value, json};

use crate::client::*;

#[test]
fn an_intercepted_request_is_answered_in_the_simulators_place() {
    let simulator = simulator();
    simulator.intercept(|request, _| {
        (request.uri.path() == "/v2/whoami").then(|| Answer::new(418, "text/plain", "short and stout"))
    });
    assert_eq!(ask(&simulator, Endpoint::Whoami, "").status, 418);
    assert_eq!(ask(&simulator, Endpoint::Accounts, "").status, 200);
    assert_eq!(simulator.requests().len(), 2);
}

fn with_token(simulator: &Simulator, endpoint: Endpoint, token: &str) -> Answer {
    let body = match endpoint {
        Endpoint::Search | Endpoint::Scroll => r#"{"query":{"match_all":{}}}"#,
        Endpoint::Events => "{}",
        Endpoint::EventLogs => r#"{"filter":{"alertEventId":"a"}}"#,
        Endpoint::Whoami | Endpoint::Accounts | Endpoint::LogTypes => "",
    };
    let mut request = request(simulator, endpoint, body);
    request.headers_mut().insert("x-api-token", token.parse().unwrap());
    send(simulator, request)
}

#[test]
fn a_token_serves_what_its_kind_of_account_serves() {
    let simulator = simulator();
    for (account, refused) in [
        (AccountKind::Owner, &[Endpoint::Events, Endpoint::EventLogs][..]),
        (AccountKind::Operations, &[Endpoint::Events, Endpoint::EventLogs]),
        (AccountKind::Security, &[]),
    ] {
        for endpoint in Endpoint::ALL {
            let answer = with_token(&simulator, endpoint, &token(&simulator, account));
            if refused.contains(&endpoint) {
                assert_eq!(answer.status, 403, "{account:?} {endpoint}");
                assert_eq!(answer.text(), r#"{"code":403,"message":"Insufficient privileges"}"#);
            } else {
                assert_eq!(answer.status, 200, "{account:?} {endpoint}: {}", answer.text());
            }
        }
    }
}

#[test]
fn an_unknown_or_absent_token_is_forbidden_or_unauthorized() {
    for status in [403, 401] {
        let behaviour = Behaviour { unknown_token_status: status, ..Behaviour::default() };
        let simulator = with_behaviour(behaviour);
        for endpoint in Endpoint::ALL {
            let answer = with_token(&simulator, endpoint, "nobody");
            assert_eq!(refusal(&answer), (status, "Insufficient privileges".into()));
        }
        let mut request = request(&simulator, Endpoint::Whoami, "");
        request.headers_mut().remove("x-api-token");
        assert_eq!(send(&simulator, request).status, status);
    }
}

#[test]
fn a_token_of_another_region_says_both_regions() {
    for status in [401, 403] {
        let behaviour = Behaviour { wrong_region_status: status, ..Behaviour::default() };
        let simulator = with_behaviour(behaviour);
        let answer = with_token(&simulator, Endpoint::Events, &simulator.foreign_token());
        assert_eq!(answer.status, status);
        assert_eq!(answer.text(), "Account region us-east-1 differs from current server region eu-central-1");
    }
}

#[test]
fn a_token_can_be_added_and_deleted() {
    let simulator = simulator();
    simulator.add_token(AccountKind::Security, Token::new("second"));
    assert_eq!(with_token(&simulator, Endpoint::Events, "second").status, 200);
    simulator.remove_tokens(AccountKind::Security);
    assert_eq!(with_token(&simulator, Endpoint::Events, "second").status, 403);
}

#[test]
fn an_owner_sees_all_accounts_and_others_themselves() {
    let simulator = simulator();
    let accounts = |token: &str| -> Value {
        let answer = with_token(&simulator, Endpoint::Accounts, token);
        serde_json::from_slice(&answer.body.to_vec()).unwrap()
    };
    assert_eq!(accounts(&simulator.owner_token()).as_array().unwrap().len(), 3);
    assert_eq!(
        accounts(&simulator.security_token()),
        json!([{"accountId": 24602, "accountName": "Fernwood Security", "type": "SECURITY_ACCOUNT"}])
    );
    let whoami = with_token(&simulator, Endpoint::Whoami, &simulator.operations_token());
    assert_eq!(whoami.text(), r#"{"accountId":24601,"accountName":"Fernwood Operations"}"#);
}

#[test]
fn the_types_of_all_logs_are_listed_in_either_shape() {
    let log = |id: &str, hours: i64, document: &'static str| {
        Log::new(id, time("2026-11-22T12:00:00Z") - TimeDelta::hours(hours), document)
    };
    for (shape, expected) in [
        (LogTypes::Array, json!(["auth", "falco", "zeek"])),
        (LogTypes::Object, json!({"logTypes": ["auth", "falco", "zeek"]})),
    ] {
        let retention = Some(TimeDelta::days(10));
        let behaviour = Behaviour { log_types: shape, log_retention: retention, ..Behaviour::default() };
        let simulator = with_behaviour(behaviour);
        simulator.add_logs(
            AccountKind::Operations,
            [
                log("a", 1, r#"{"type":"falco"}"#),
                log("b", 100, r#"{"type":["auth","auth"]}"#),
                log("c", 2, r#"{"type":"zeek"}"#),
                log("d", 3, r#"{"message":"no type"}"#),
                log("e", 250, r#"{"type":"gone"}"#),
                log("f", 0, r#"{"type":"soon"}"#).visible_at(time("2026-11-22T12:00:01Z")),
            ],
        );
        assert_eq!(ask_json(&simulator, Endpoint::LogTypes, ""), expected);
    }
}

#[test]
fn a_refused_client_is_told_when_to_come_again_in_every_form() {
    let simulator = simulator();
    for (fault, header) in [
        (Fault::too_many_requests(Some("1.5")), "1.5"),
        (Fault::too_many_requests(Some("4294967")), "4294967"),
        (Fault::too_many_requests(Some("99999999999999999999")), "99999999999999999999"),
        (Fault::RetryAfterDate { status: 503, after: Duration::from_secs(90) }, "Sun, 22 Nov 2026 12:01:30 GMT"),
    ] {
        simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, fault.clone()));
        let answer = ask(&simulator, Endpoint::Events, "{}");
        assert!(matches!(answer.status.as_u16(), 429 | 503), "{fault:?}");
        assert_eq!(answer.headers["retry-after"], header, "{fault:?}");
    }
}

#[test]
fn a_byte_order_mark_stands_before_the_answer() {
    let simulator = simulator();
    simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, Fault::ByteOrderMark));
    let answer = ask(&simulator, Endpoint::Events, "{}");
    assert_eq!(answer.status, 200);
    let rest = answer.text().strip_prefix('\u{feff}').unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&rest).unwrap()["total"], 0);
}

#[test]
fn the_results_of_an_answer_may_be_null_or_missing() {
    let simulator = simulator();
    simulator.add_event(Event::new("a", time("2026-11-22T10:00:00Z")));
    let results = |fault| {
        simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, fault));
        let answer = ask_json(&simulator, Endpoint::Events, "{}");
        assert_eq!(answer["total"], 1);
        answer.get("results").cloned()
    };
    assert_eq!(results(Fault::Null("results".into())), Some(Value::Null));
    assert_eq!(results(Fault::Missing("results".into())), None);
}

#[test]
fn a_token_is_echoed_as_a_fault_says() {
    let simulator = simulator();
    let token = simulator.security_token();
    for encoding in TokenEncoding::ALL {
        simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, Fault::TokenEcho { status: 400, encoding }));
        let answer = ask(&simulator, Endpoint::Events, "{}");
        let (status, message) = refusal(&answer);
        assert_eq!(status, 400, "{encoding:?}");
        // Who decodes JSON has the token in clear where only escapes hid it.
        let in_clear = matches!(encoding, TokenEncoding::Plain | TokenEncoding::JsonEscapes);
        assert_eq!(message == format!("Invalid token: {token}"), in_clear, "{message}");
        assert_eq!(answer.text().contains(&token), encoding == TokenEncoding::Plain, "{encoding:?}");
    }
}

#[test]
fn other_paths_methods_and_contents_are_refused() {
    let simulator = simulator();
    let mut other_path = request(&simulator, Endpoint::Events, "{}");
    *other_path.uri_mut() = "/v1/searches".parse().unwrap();
    let answer = send(&simulator, other_path);
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains(r#""errorCode":"endpoints/UNKNOWN_ENDPOINT""#));

    for endpoint in Endpoint::ALL {
        let mut other_method = request(&simulator, endpoint, "");
        *other_method.method_mut() = Method::PUT;
        assert_eq!(send(&simulator, other_method).status, 400, "{endpoint}");
    }

    let mut other_content = request(&simulator, Endpoint::Events, "{}");
    other_content.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    assert_eq!(send(&simulator, other_content).status, 400);
    let mut with_charset = request(&simulator, Endpoint::Events, "{}");
    let value = HeaderValue::from_static("application/json; charset=utf-8");
    with_charset.headers_mut().insert(CONTENT_TYPE, value);
    assert_eq!(send(&simulator, with_charset).status, 200);
}

#[test]
fn errors_can_have_any_of_their_shapes() {
    for (shape, body) in [
        (ErrorShape::CodeMessage, r#"{"code":400,"message":"sort must be an array"}"#),
        (ErrorShape::Message, r#"{"message":"sort must be an array"}"#),
        (
            ErrorShape::Array,
            r#"[{"errorCode":"general/VALIDATION_ERROR","message":"sort must be an array","parameters":[]}]"#,
        ),
        (ErrorShape::JsonString, r#""sort must be an array""#),
        (ErrorShape::Text, "sort must be an array"),
        (ErrorShape::Empty, ""),
    ] {
        let behaviour = Behaviour { error_shape: Some(shape), ..Behaviour::default() };
        let answer = ask(&with_behaviour(behaviour), Endpoint::Events, r#"{"sort":1}"#);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.text(), body);
    }
}

#[test]
fn an_answer_is_compressed_if_that_was_asked_for() {
    let simulator = simulator();
    let plain = ask(&simulator, Endpoint::Events, "{}");
    assert!(!plain.headers.contains_key(CONTENT_ENCODING));
    for (accepted, compressed) in
        [("gzip", true), ("deflate, gzip;q=0.5", true), ("*", true), ("gzip;q=0", false), ("br, deflate", false)]
    {
        let mut request = request(&simulator, Endpoint::Events, "{}");
        request.headers_mut().insert(ACCEPT_ENCODING, accepted.parse().unwrap());
        let answer = send(&simulator, request);
        assert_eq!(answer.headers.contains_key(CONTENT_ENCODING), compressed, "{accepted}");
        if compressed {
            let mut text = String::new();
            flate2::read::GzDecoder::new(&answer.body.to_vec()[..]).read_to_string(&mut text).unwrap();
            assert_eq!(text, plain.text());
        }
    }
}

#[test]
fn the_date_of_an_answer_is_that_of_the_clock() {
    let simulator = simulator();
    let date = |simulator: &Simulator| ask(simulator, Endpoint::Whoami, "").headers[DATE].clone();
    assert_eq!(date(&simulator), "Sun, 22 Nov 2026 12:00:00 GMT");
    simulator.clock().advance(chrono::TimeDelta::seconds(61));
    assert_eq!(date(&simulator), "Sun, 22 Nov 2026 12:01:01 GMT");
}

#[test]
fn a_fault_strikes_before_anything_else_and_is_logged() {
    let simulator = simulator();
    simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, Fault::too_many_requests(Some("7"))));
    let struck = ask(&simulator, Endpoint::Events, "no json");
    assert_eq!((struck.status.as_u16(), &struck.headers["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(ask(&simulator, Endpoint::Events, "{}").status, 200);
    let faulty: Vec<_> = simulator.requests().iter().map(|request| request.faulty).collect();
    assert_eq!(faulty, [true, false]);
}

#[test]
fn requests_are_logged_without_tokens() {
    let simulator = simulator();
    simulator.add_event(Event::new("a", time("2026-11-22T10:00:00Z")));
    let answer = ask(&simulator, Endpoint::Events, "{}");
    let requests = simulator.requests();
    let [logged] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(logged.endpoint, Some(Endpoint::Events));
    assert_eq!(logged.account, Some(AccountKind::Security));
    assert_eq!((logged.rows, logged.bytes, logged.status), (1, answer.body.to_vec().len(), answer.status));
    assert_eq!(logged.json(), json!({}));
    let shown = format!("{simulator:?} {requests:?}");
    assert!(!shown.contains(&simulator.security_token()));
    simulator.clear_requests();
    assert!(simulator.requests().is_empty());
}

#[test]
fn a_page_of_100_000_events_is_found_without_reading_them() {
    let simulator = simulator();
    let start = time("2026-11-20T00:00:00Z");
    simulator.add_events(
        (0..100_000)
            .map(|number| Event::new(number.to_string(), start + chrono::TimeDelta::milliseconds(number)).raw("{}")),
    );
    let average = |pages: u32, filter: &str| {
        let begun = std::time::Instant::now();
        for page in 1..=pages {
            let body = format!(
                r#"{{"filter":{{{filter}}},"sort":[{{"field":"DATE"}}],"pagination":{{"pageNumber":{page},"pageSize":50}}}}"#
            );
            assert_eq!(ask(&simulator, Endpoint::Events, &body).rows, 50);
        }
        begun.elapsed() / pages
    };
    // The first call sorts and counts; a search by name has to look at each.
    average(1, "");
    let scanned = average(10, r#""searchTerm":"Test""#);
    let counted = average(500, "");
    assert!(counted * 3 < scanned, "{counted:?} is not far below {scanned:?}");
}
