//! The search of security events.

use chrono::TimeDelta;
use logzio_simulator::Endpoint::Events;
use logzio_simulator::{
    Behaviour, Bound, Event, Fractions, PageDepth, PageSizeEcho, PageSizeExcess, Severity, Simulator, Ties, Total,
};

use crate::client::*;

/// Events `0` to `9`, one each half second from 10:00:00.000 on, of which
/// the odd ones are HIGH, `3` is muted and `8` is indexed at 13:00.
fn filled(behaviour: Behaviour) -> Simulator {
    let simulator = with_behaviour(behaviour);
    let start = time("2026-11-22T10:00:00Z");
    for number in 0..10 {
        let date = start + TimeDelta::milliseconds(500 * number);
        let mut event = Event::new(number.to_string(), date)
            .rule(7, if number < 5 { "Brute force" } else { "Malware (found)" })
            .severity(if number % 2 == 1 { Severity::High } else { Severity::Low })
            .muted(number == 3);
        if number == 8 {
            event = event.visible_at(time("2026-11-22T13:00:00Z"));
        }
        simulator.add_event(event);
    }
    simulator
}

fn ids(simulator: &Simulator, body: &str) -> String {
    let answer = ask_json(simulator, Events, body);
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|event| event["alertEventId"].as_str().unwrap()).collect()
}

const START: i64 = 1_795_341_600;

#[test]
fn a_search_finds_what_its_filter_says() {
    let simulator = filled(Behaviour::default());
    for (body, found) in [
        ("", "97654210"),
        ("{}", "97654210"),
        (r#"{"filter":null,"sort":null,"pagination":null}"#, "97654210"),
        (r#"{"filter":{"includeMutedEvents":true}}"#, "976543210"),
        (r#"{"filter":{"includeMutedEvents":false}}"#, "97654210"),
        (r#"{"filter":{"severities":["HIGH"]}}"#, "9751"),
        (r#"{"filter":{"severities":["HIGH","LOW"]}}"#, "97654210"),
        (r#"{"filter":{"severities":[]}}"#, "97654210"),
        (r#"{"filter":{"severities":["SEVERE"]}}"#, ""),
        (r#"{"filter":{"searchTerm":"rute"}}"#, "4210"),
        (r#"{"filter":{"searchTerm":"(found"}}"#, "9765"),
        (r#"{"filter":{"searchTerm":"brute"}}"#, ""),
        (r#"{"filter":{"searchTerm":"Brute*"}}"#, ""),
        (r#"{"filter":{"searchTerm":""}}"#, "97654210"),
        (r#"{"sort":[{"field":"DATE","descending":false}]}"#, "01245679"),
        (r#"{"sort":[{"field":"DATE"}]}"#, "97654210"),
        (r#"{"sort":[{"field":"SEVERITY"},{"field":"DATE","descending":false}]}"#, "15790246"),
        (r#"{"sort":[{"field":"SEVERITY","descending":false},{"field":"DATE"}]}"#, "64209751"),
        (r#"{"sort":[],"pagination":{"pageSize":3}}"#, "976"),
        (r#"{"pagination":{"pageNumber":2,"pageSize":3}}"#, "542"),
        (r#"{"pagination":{"pageNumber":9,"pageSize":3}}"#, ""),
    ] {
        assert_eq!(ids(&simulator, body), found, "{body}");
    }
}

#[test]
fn a_late_event_is_found_once_it_is_indexed() {
    let simulator = filled(Behaviour::default());
    simulator.clock().advance(TimeDelta::hours(1));
    assert_eq!(ids(&simulator, ""), "987654210");
    simulator.clock().advance(TimeDelta::milliseconds(-1));
    assert_eq!(ids(&simulator, ""), "97654210");
}

fn range(from: &str, to: &str) -> String {
    format!(
        r#"{{"filter":{{"timeRange":{{"fromDate":{from},"toDate":{to}}}}},"sort":[{{"field":"DATE","descending":false}}]}}"#
    )
}

#[test]
fn a_time_range_is_in_seconds_in_every_form() {
    let simulator = filled(Behaviour::default());
    let end = START + 1;
    for (body, found) in [
        (range(&START.to_string(), &end.to_string()), "012"),
        (range(&format!("{START}.5"), &format!("{end}.0")), "12"),
        (range(&format!("\"{START}.5\""), &format!("\"{end}\"")), "12"),
        (range(&end.to_string(), &START.to_string()), ""),
        (range(&format!("{START}000"), &format!("{end}000")), ""),
    ] {
        assert_eq!(ids(&simulator, &body), found, "{body}");
    }
}

#[test]
fn undocumented_bounds_and_fractions_can_be_set() {
    let body = range(&format!("{START}.5"), &format!("{}", START + 2));
    let default = Behaviour::default;
    for (behaviour, found) in [
        (default(), "124"),
        (Behaviour { from_date: Bound::Exclusive, ..default() }, "24"),
        (Behaviour { to_date: Bound::Exclusive, ..default() }, "12"),
        (Behaviour { date_fractions: Fractions::Truncated, ..default() }, "245"),
        (Behaviour { filter_fractions: Fractions::Truncated, ..default() }, "0124"),
    ] {
        assert_eq!(ids(&filled(behaviour.clone()), &body), found, "{behaviour:?}");
    }
}

#[test]
fn a_page_has_25_rows_and_echoes_what_was_asked() {
    let simulator = filled(Behaviour::default());
    for number in 10..60 {
        simulator.add_event(Event::new(number.to_string(), time("2026-11-22T09:00:00Z")));
    }
    let answer = ask_json(&simulator, Events, "{}");
    assert_eq!(answer["results"].as_array().unwrap().len(), 25);
    assert_eq!(answer["total"], 58);
    assert_eq!(answer["pagination"], serde_json::json!({"pageNumber": 1, "pageSize": 25}));
    let answer = ask_json(&simulator, Events, r#"{"pagination":{"pageSize":1000}}"#);
    assert_eq!(answer["results"].as_array().unwrap().len(), 58);
}

#[test]
fn what_is_not_in_the_specification_is_refused() {
    let simulator = filled(Behaviour::default());
    for (body, reason) in [
        ("[]", "must be a JSON object"),
        ("{", "not valid JSON"),
        (r#"{"filters":{}}"#, "Unrecognized field \"filters\""),
        (r#"{"filter":{"ruleId":7}}"#, "Unrecognized field \"filter.ruleId\""),
        (r#"{"filter":[]}"#, "filter must be an object"),
        (r#"{"filter":{"searchTerm":7}}"#, "must be a string"),
        (r#"{"filter":{"severities":"HIGH"}}"#, "must be an array"),
        (r#"{"filter":{"severities":["high"]}}"#, "is none of INFO"),
        (r#"{"filter":{"severities":[1]}}"#, "must hold strings"),
        (r#"{"filter":{"includeMutedEvents":"true"}}"#, "must be true or false"),
        (r#"{"filter":{"timeRange":{"fromDate":1}}}"#, "toDate may not be null"),
        (r#"{"filter":{"timeRange":{"toDate":1}}}"#, "fromDate may not be null"),
        (r#"{"filter":{"timeRange":{}}}"#, "may not be null"),
        (r#"{"filter":{"timeRange":{"fromDate":"now","toDate":1}}}"#, "number of seconds"),
        (r#"{"filter":{"timeRange":{"fromDate":1,"toDate":2,"zone":"Z"}}}"#, "Unrecognized field"),
        (r#"{"sort":{"field":"DATE"}}"#, "sort must be an array"),
        (r#"{"sort":["DATE"]}"#, "must hold objects"),
        (r#"{"sort":[{"field":"NAME"}]}"#, "one of DATE, SEVERITY"),
        (r#"{"sort":[{"descending":true}]}"#, "one of DATE, SEVERITY"),
        (r#"{"sort":[{"field":"DATE","descending":"no"}]}"#, "must be true or false"),
        (r#"{"pagination":{"pageSize":0}}"#, "whole number from 1"),
        (r#"{"pagination":{"pageSize":1001}}"#, "less than or equal to 1000"),
        (r#"{"pagination":{"pageSize":"25"}}"#, "whole number from 1"),
        (r#"{"pagination":{"pageNumber":0}}"#, "whole number from 1"),
        (r#"{"pagination":{"pageNumber":1.5}}"#, "whole number from 1"),
        (r#"{"pagination":{"page":1}}"#, "Unrecognized field \"pagination.page\""),
    ] {
        let (status, message) = refusal(&ask(&simulator, Events, body));
        assert_eq!(status, 400, "{body}");
        assert!(message.contains(reason), "{body}: {message}");
    }
}

#[test]
fn totals_pages_and_ties_can_lie_within_reason() {
    let default = Behaviour::default;
    let total = |simulator: &Simulator, body| ask_json(simulator, Events, body)["total"].clone();
    let simulator = filled(Behaviour { total: Total::Stale, ..default() });
    assert_eq!(total(&simulator, "{}"), 8);
    assert_eq!(total(&simulator, r#"{"filter":{"severities":["HIGH"]}}"#), 8);
    assert_eq!(total(&simulator, "{}"), 4);
    assert_eq!(total(&filled(Behaviour { total: Total::Off(-3), ..default() }), "{}"), 5);
    assert_eq!(total(&filled(Behaviour { total: Total::Off(-30), ..default() }), "{}"), 0);

    let page = r#"{"pagination":{"pageNumber":2,"pageSize":3}}"#;
    let shallow = filled(Behaviour { page_depth: PageDepth::Empty(4), ..default() });
    assert_eq!(ids(&shallow, page), "5");
    let strict = filled(Behaviour { page_depth: PageDepth::Refused(5), ..default() });
    assert_eq!(refusal(&ask(&strict, Events, page)).0, 400);
    assert_eq!(ids(&strict, r#"{"pagination":{"pageSize":5}}"#), "97654");

    let capped = filled(Behaviour { page_size_excess: PageSizeExcess::Capped, ..default() });
    let answer = ask_json(&capped, Events, r#"{"pagination":{"pageSize":5000}}"#);
    assert_eq!(answer["pagination"]["pageSize"], 1000);

    let relaxed = filled(Behaviour { search_term_ignores_case: true, ..default() });
    assert_eq!(ids(&relaxed, r#"{"filter":{"searchTerm":"BRUTE"}}"#), "4210");
}

#[test]
fn a_server_may_give_smaller_pages_than_were_asked_for() {
    for (page_size_echo, echoed) in [(PageSizeEcho::Given, 3), (PageSizeEcho::Asked, 50)] {
        let behaviour = Behaviour { page_rows: 3, page_size_echo, ..Behaviour::default() };
        let simulator = filled(behaviour);
        let page = |number: u32| {
            let body = format!(r#"{{"pagination":{{"pageNumber":{number},"pageSize":50}}}}"#);
            let answer = ask_json(&simulator, Events, &body);
            assert_eq!(answer["total"], 8);
            assert_eq!(answer["pagination"], serde_json::json!({"pageNumber": number, "pageSize": echoed}));
            ids(&simulator, &body)
        };
        assert_eq!([page(1), page(2), page(3), page(4)], ["976", "542", "10", ""]);
    }
}

#[test]
fn one_id_may_have_two_dates() {
    let simulator = with_behaviour(Behaviour::default());
    for hour in [9, 10] {
        simulator.add_event(Event::new("a", time(&format!("2026-11-22T{hour:02}:00:00Z"))));
    }
    let answer = ask_json(&simulator, Events, r#"{"sort":[{"field":"DATE","descending":false}]}"#);
    assert_eq!(answer["total"], 2);
    let dates: Vec<f64> =
        answer["results"].as_array().unwrap().iter().map(|e| e["eventDate"].as_f64().unwrap()).collect();
    assert_eq!(dates[1] - dates[0], 3600.0);
    assert_eq!(ids(&simulator, ""), "aa");
}

#[test]
fn shuffled_ties_change_from_call_to_call_and_repeat_with_the_seed() {
    let tied = || {
        let simulator = with_behaviour(Behaviour { ties: Ties::Shuffled, ..Behaviour::default() });
        for number in 0..9 {
            simulator.add_event(Event::new(number.to_string(), time("2026-11-22T10:00:00Z")));
        }
        simulator
    };
    let (one, other) = (tied(), tied());
    let first = ids(&one, "");
    let second = ids(&one, "");
    assert_ne!(first, second);
    assert_eq!((first, second), (ids(&other, ""), ids(&other, "")));
}

#[test]
fn poisoned_events_are_served_byte_for_byte() {
    let simulator = with_behaviour(Behaviour::default());
    let date = time("2026-11-22T10:00:00Z");
    simulator.add_event(Event::new("a", date).raw("null"));
    simulator.add_event(Event::new("b", date).raw(r#"{"name":1, "name":"x\u0000","eventDate":{}}"#));
    let answer = ask(&simulator, Events, r#"{"sort":[{"field":"DATE","descending":false}]}"#);
    assert!(
        answer.text().starts_with(r#"{"total":2,"results":[null,{"name":1, "name":"x\u0000","eventDate":{}}],"#),
        "{}",
        answer.text()
    );
    assert_eq!(answer.rows, 2);
}
