//! One test for each rule that existing integrations break, named as the rule.
//! Most are scenarios, of which `fetch_mutations` shows that they fail when
//! their rule is broken; the others are written here.

use crate::support::account::{now, simulator};
use crate::support::native::Native;
use crate::support::scenarios::{self, everything};
use crate::support::schedule::epoch;
use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{AccountKind, Behaviour, Clock, Event, Log, PageSizeEcho, Simulator, SimulatorOptions};
use logzio_soar::contract::{FetchRequest, Incident, Notice, Start, TimeWindow};
use std::collections::BTreeSet;

/// A test for each scenario, under its name.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            let scenario = scenarios::ALL.iter().find(|scenario| scenario.name == stringify!($name)).unwrap();
            assert_eq!((scenario.run)(), Ok(()));
        })*

        #[test]
        fn every_scenario_is_a_test() {
            let tests = [$(stringify!($name)),*];
            assert_eq!(scenarios::ALL.iter().map(|scenario| scenario.name).collect::<Vec<_>>(), tests);
        }
    };
}

tests![
    more_events_in_a_tenth_of_a_second_than_a_page_are_all_delivered,
    an_event_a_tenth_of_a_second_after_the_last_of_a_page_is_delivered,
    more_events_in_a_second_than_a_page_are_all_delivered,
    more_events_in_a_millisecond_than_the_largest_page_are_all_delivered,
    an_event_indexed_late_is_delivered,
    a_late_event_is_delivered_although_the_first_fetch_was_empty,
    a_poison_event_stops_nothing_and_is_delivered,
    events_without_a_date_hide_none_of_their_second,
    muted_events_are_delivered_if_they_are_asked_for,
    an_event_is_delivered_once_although_fractions_are_cut,
    a_full_second_is_passed_although_fractions_are_cut,
    a_group_by_key_named_event_date_moves_no_position,
    a_refused_request_is_tried_again,
    what_was_read_before_a_failed_page_is_delivered_and_nothing_after_it_lost,
    an_event_on_a_bound_is_delivered_although_bounds_are_exclusive,
    ties_in_another_order_at_each_call_lose_nothing,
    a_clock_that_was_ahead_for_a_while_loses_nothing,
    an_event_indexed_two_minutes_late_needs_no_look_back,
    a_count_that_is_too_low_hides_nothing,
    a_count_that_is_too_high_is_reported_with_figures,
    nothing_before_the_start_is_delivered,
    a_change_of_the_filter_loses_nothing,
    a_backlog_is_drained_past_the_deepest_row,
    a_host_that_dies_before_it_stores_the_cursor_loses_nothing,
];

fn native(now: DateTime<Utc>) -> Native {
    Native::new(Simulator::new(SimulatorOptions { clock: Clock::at(now), ..SimulatorOptions::default() }))
}

fn incidents(native: &Native) -> Vec<Incident> {
    let request = everything(Start::At("1 hour ago".into()));
    native.incidents(&request).unwrap().incidents
}

#[test]
fn an_incidents_time_is_utc() {
    let date: DateTime<Utc> = "2020-04-26T00:20:55Z".parse().unwrap();
    let native = native(date + TimeDelta::minutes(30));
    native.simulator.add_event(Event::new("e", date).window(date - TimeDelta::hours(1), date));
    let incidents = incidents(&native);
    assert_eq!(incidents[0].occurred, "2020-04-26T00:20:55.000Z");
    let window = TimeWindow { start: "2020-04-25T23:20:55.000Z".into(), end: "2020-04-26T00:20:55.000Z".into() };
    assert_eq!(incidents[0].window, Some(window));
}

#[test]
fn an_incidents_time_is_the_same_in_every_time_zone() {
    // A zone can only be set for a whole process.
    for zone in ["America/New_York", "Asia/Kolkata", "XST-14", "XST12"] {
        let inner = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["fetch_rules::an_incidents_time_is_utc", "--exact"])
            .env("TZ", zone)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&inner.stdout);
        assert!(inner.status.success() && text.contains("1 passed"), "{zone}: {text}");
    }
}

#[test]
fn group_by_keys_replace_no_field_of_the_event() {
    let native = native(epoch());
    let date = epoch() - TimeDelta::minutes(30);
    let names = ["name", "alertEventId", "tags", "description", "severity", "eventDate"];
    let event = Event::new("e", date).rule(7, "Rule seven").tags(["a"]).description("d");
    native.simulator.add_event(event.group_by(names.map(|name| (name, "replaced"))));
    let incidents = incidents(&native);
    let incident = &incidents[0];
    assert_eq!((incident.id.as_str(), incident.name.as_str()), ("e", "Rule seven"));
    assert_eq!((incident.tags.as_slice(), incident.description.as_deref()), (&["a".to_owned()][..], Some("d")));
    assert_eq!(incident.group_by.len(), names.len());
    assert_eq!(incident.defects, [""; 0]);
}

#[test]
fn as_many_logs_of_an_event_come_as_were_asked_for() {
    let native = native(epoch());
    let date = epoch() - TimeDelta::hours(1);
    let ids: Vec<String> = (0..2_500).map(|number| format!("l{number}")).collect();
    native
        .simulator
        .add_logs(AccountKind::Operations, ids.iter().map(|id| Log::new(id, date, format!(r#"{{"message":"{id}"}}"#))));
    native.simulator.add_event(Event::new("e", date).logs(ids.clone()));
    for (limit, logs) in [(1, 1), (100, 100), (999, 999), (1_500, 1_500), (2_000, 2_000), (10_000, 2_500)] {
        let page = native.call(|client, _| logzio_soar::logs::by_event_id(client, "e", Some(limit), None)).unwrap();
        assert_eq!(page.logs.len(), logs, "a limit of {limit}");
    }
}

/// An event every 10 s from half an hour ago on.
fn with_events(native: &Native, count: i64) {
    let first = native.clock().now() - TimeDelta::minutes(30);
    for number in 0..count {
        native.simulator.add_event(Event::new(format!("event-{number:03}"), first + TimeDelta::seconds(number * 10)));
    }
}

/// The ids that all fetches from a start bring, until nothing is left, and the notices.
fn drained(native: &Native, start: &str) -> (Vec<String>, Vec<Notice>) {
    let (mut ids, mut notices) = (Vec::new(), Vec::new());
    let mut request = everything(Start::At(start.into()));
    loop {
        let page = native.incidents(&request).unwrap();
        ids.extend(page.incidents.into_iter().map(|incident| incident.id));
        notices.extend(page.notices);
        request.start = Start::After(page.next);
        if !page.more {
            return (ids, notices);
        }
    }
}

#[test]
fn pages_that_come_smaller_than_asked_for_lose_nothing() {
    for page_rows in [1, 7, 25, 37, 49] {
        for page_size_echo in [PageSizeEcho::Given, PageSizeEcho::Asked] {
            let native = native(epoch() + TimeDelta::hours(1));
            native.simulator.set_behaviour(Behaviour { page_rows, page_size_echo, ..Behaviour::default() });
            with_events(&native, 120);
            let (ids, notices) = drained(&native, "-1h");
            let expected: Vec<String> = (0..120).map(|number| format!("event-{number:03}")).collect();
            assert_eq!((ids, notices), (expected, Vec::new()), "{page_rows} rows, {page_size_echo:?}");
        }
    }
}

#[test]
fn logs_of_an_event_in_smaller_pages_all_come() {
    for page_rows in [1, 37, 99] {
        let native = native(epoch());
        let date = epoch() - TimeDelta::hours(1);
        let logs: Vec<Log> = (0..120).map(|n| Log::new(format!("l{n}"), date, format!("{{\"n\":{n}}}"))).collect();
        native.simulator.add_event(Event::new("e", date).logs(logs.iter().map(|log| log.id().to_owned())));
        native.simulator.add_logs(AccountKind::Operations, logs);
        native.simulator.set_behaviour(Behaviour { page_rows, ..Behaviour::default() });
        let page = native.call(|client, _| logzio_soar::logs::by_event_id(client, "e", Some(1_000), None)).unwrap();
        let sources: BTreeSet<String> = page.logs.into_iter().map(|log| log.source).collect();
        assert_eq!((sources.len(), page.next), (120, None), "{page_rows} rows");
    }
}

#[test]
fn one_event_with_two_dates_is_one_incident() {
    let native = native(epoch() + TimeDelta::hours(1));
    with_events(&native, 40);
    let late = native.clock().now() - TimeDelta::minutes(10);
    native.simulator.add_event(Event::new("event-005", late));
    let (ids, _) = drained(&native, "-1h");
    assert_eq!(ids.iter().filter(|id| *id == "event-005").count(), 1);
    assert_eq!(ids.len(), 40);
}

#[test]
fn a_clock_that_is_ahead_skips_no_event_after_the_first_fetch() {
    for start in ["-10m", "now", "-1h"] {
        let native = native(epoch() + TimeDelta::hours(1));
        native.skew.set(TimeDelta::hours(20));
        let absolute = (native.now() - TimeDelta::minutes(10)).to_rfc3339();
        for start in [start, &absolute] {
            let first = native.incidents(&everything(Start::At(start.into()))).unwrap();
            let now = native.clock().now();
            for number in 0..20 {
                let date = now + TimeDelta::seconds(number * 30 + 1);
                native.simulator.add_event(Event::new(format!("{start}-{number}"), date));
            }
            native.clock().advance(TimeDelta::minutes(20));
            let (mut request, mut ids) = (everything(Start::After(first.next)), BTreeSet::new());
            loop {
                let page = native.incidents(&request).unwrap();
                ids.extend(page.incidents.into_iter().map(|incident| incident.id));
                request.start = Start::After(page.next);
                if !page.more {
                    break;
                }
            }
            let new = ids.iter().filter(|id| id.starts_with(&format!("{start}-"))).count();
            assert_eq!(new, 20, "from {start}");
        }
    }
}

#[test]
fn large_logs_of_one_incident_are_no_reason_to_attach_fewer_to_the_next() {
    let simulator = simulator();
    let at = |minutes| now() - TimeDelta::minutes(minutes);
    let log = |id: &str, bytes| Log::new(id, at(40), format!(r#"{{"id":"{id}"}}"#)).filled_to(bytes);
    let small: Vec<String> = (0..20).map(|number| format!("small-{number}")).collect();
    simulator.add_logs(AccountKind::Operations, small.iter().map(|id| log(id, 100)));
    simulator.add_logs(AccountKind::Operations, [log("large", 34 << 20)]);
    simulator.add_event(Event::new("first", at(30)).logs(["large"]));
    // More than are asked for side by side with the first.
    simulator.add_events((0..5).map(|number| Event::new(format!("e{number}"), at(29 - number)).logs(small.clone())));
    let native = Native::new(simulator);
    let request = FetchRequest { attach_logs: Some(20), ..everything(Start::At("-1h".into())) };
    let page = native.incidents(&request).unwrap();
    let attached: Vec<usize> = page.incidents.iter().map(|incident| incident.logs.len()).collect();
    assert_eq!(attached, [0, 20, 20, 20, 20, 20], "{:?}", page.notices);
    assert_eq!(page.notices.len(), 1, "{:?}", page.notices);
}
