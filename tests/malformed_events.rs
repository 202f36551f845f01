//! Events that cannot be read in full: each is delivered once, with its
//! defects, and none stops or hides another.

use crate::support::native::Native;
use crate::support::scenarios::everything;
use crate::support::schedule::{Fetch, Happening, Schedule, epoch};
use crate::support::simulation::{run, simulator};
use chrono::TimeDelta;
use fastrand::Rng;
use logzio_soar::contract::{Incident, Start};
use std::collections::HashMap;

/// Fetches once a minute, with everything in the past, for twenty minutes: the
/// look-back shows each event again and again.
fn fetched_every_minute(events: Vec<Happening>) -> Vec<Incident> {
    let native = Native::new(simulator(&Schedule::plain(events)));
    native.clock().advance(TimeDelta::minutes(13));
    let mut start = Start::At(epoch().to_rfc3339());
    let mut incidents = Vec::new();
    for _ in 0..20 {
        loop {
            let request = everything(start);
            let page = native.incidents(&request).unwrap();
            assert!(page.incidents.is_sorted_by_key(|incident| incident.occurred.clone()));
            incidents.extend(page.incidents);
            start = Start::After(page.next);
            if !page.more {
                break;
            }
        }
        native.clock().advance(TimeDelta::minutes(1));
    }
    incidents
}

/// A poison event between good ones.
fn between(raw: &str) -> Vec<Happening> {
    let mut events: Vec<Happening> =
        (0..7).map(|number| Happening::new(number, (number as i64 + 1) * 60_000)).collect();
    events[3].raw = Some(raw.to_owned());
    events
}

/// The incident of a poison event, which came once, as all others did.
fn delivered(raw: &str) -> Incident {
    let mut incidents = fetched_every_minute(between(raw));
    assert_eq!(incidents.len(), 7, "{raw}");
    for number in [0, 1, 2, 4, 5, 6] {
        let id = format!("event-{number}");
        assert_eq!(incidents.iter().filter(|incident| incident.id == id).count(), 1, "{id} beside {raw}");
    }
    let at = incidents.iter().position(|incident| incident.raw == raw).unwrap();
    incidents.swap_remove(at)
}

/// When the event in the middle really happened, in seconds.
fn date() -> i64 {
    epoch().timestamp() + 240
}

#[test]
fn a_field_that_is_missing_null_or_of_the_wrong_type_is_a_defect_and_no_more() {
    let good = [
        ("alertEventId", "\"p\"".to_owned()),
        ("eventDate", date().to_string()),
        ("name", "\"n\"".to_owned()),
        ("severity", "\"LOW\"".to_owned()),
    ];
    for (at, (name, _)) in good.iter().enumerate() {
        for bad in [None, Some("null"), Some("[]"), Some("{}"), Some("true"), Some("-1"), Some("\"\"")] {
            let fields: Vec<String> = good
                .iter()
                .enumerate()
                .filter_map(|(index, (name, value))| {
                    let value = if index == at { bad? } else { value };
                    Some(format!("\"{name}\":{value}"))
                })
                .collect();
            let incident = delivered(&format!("{{{}}}", fields.join(",")));
            assert!(
                incident.defects.iter().any(|defect| defect.contains(name)),
                "{name} {bad:?} {:?}",
                incident.defects
            );
        }
    }
    for name in
        ["alertId", "description", "alertSummary", "groupBy", "tags", "mitreTags", "isMuted", "alertWindowEndDate"]
    {
        let raw = format!(r#"{{"alertEventId":"p","eventDate":{},"name":"n","severity":"LOW","{name}":-1.5}}"#, date());
        let incident = delivered(&raw);
        assert_eq!(incident.defects.len(), 1, "{name} {:?}", incident.defects);
        assert!(incident.defects[0].contains(name));
    }
}

#[test]
fn an_event_dated_before_1970_or_after_2100_is_delivered_in_its_place() {
    for bad in
        ["-86400", "4102444800", "9999999999999999", "\"1960-01-01T00:00:00Z\"", "1e400", "NaN".trim_matches('N')]
    {
        if serde_json::from_str::<serde_json::Value>(bad).is_err() && bad != "1e400" {
            continue;
        }
        let incident = delivered(&format!(r#"{{"alertEventId":"p","name":"n","severity":"LOW","eventDate":{bad}}}"#));
        assert!(incident.defects.iter().any(|defect| defect.contains("eventDate")), "{bad}");
        // Near the good events beside it.
        assert!((date() - 120..=date() + 120).contains(&seconds(&incident.occurred)), "{bad} {}", incident.occurred);
    }
}

fn seconds(time: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(time).unwrap().timestamp()
}

#[test]
fn a_date_that_logzio_does_not_sort_by_is_not_followed() {
    for wrong in [date() - 200, date() + 150, date() + 90 * 86_400, date() - 90 * 86_400] {
        delivered(&format!(r#"{{"alertEventId":"p","name":"n","severity":"LOW","eventDate":{wrong}}}"#));
    }
    // In the middle of a full page too.
    let mut events: Vec<Happening> = (0..300).map(|number| Happening::new(number, number as i64 * 2_000)).collect();
    let wrong = epoch().timestamp() + 590;
    events[120].raw =
        Some(format!(r#"{{"alertEventId":"event-120","name":"n","severity":"LOW","eventDate":{wrong}}}"#));
    assert_eq!(fetched_every_minute(events).len(), 300);
}

#[test]
fn a_field_that_occurs_twice_is_a_defect_and_hides_nothing() {
    let (early, late) = (date() - 3_600, date() + 3_600);
    for (a, b) in [(date(), early), (early, date()), (date(), late), (late, date())] {
        let raw = format!(r#"{{"alertEventId":"p","name":"n","severity":"LOW","eventDate":{a},"eventDate":{b}}}"#);
        assert!(delivered(&raw).defects.iter().any(|defect| defect.contains("eventDate")));
    }
    let raw =
        format!(r#"{{"alertEventId":"p","alertEventId":"q","eventDate":{},"name":"n","severity":"LOW"}}"#, date());
    assert_eq!(delivered(&raw).id, "p");
}

#[test]
fn what_is_no_object_is_delivered_too() {
    for raw in ["null", "[]", "7", "\"text\"", "true", "{}"] {
        let incident = delivered(raw);
        assert!(incident.id.starts_with("content-") && !incident.defects.is_empty(), "{raw}");
    }
}

#[test]
fn an_event_of_megabytes_is_delivered_whole() {
    let text = "x".repeat(3 << 20);
    let raw = format!(r#"{{"alertEventId":"p","eventDate":{},"name":"n","severity":"LOW","huge":"{text}"}}"#, date());
    assert_eq!(delivered(&raw).defects, [""; 0]);
    let keys: Vec<String> = (0..20_000).map(|key| format!("\"k{key}\":{key}")).collect();
    let raw = format!(
        r#"{{"alertEventId":"p","eventDate":{},"name":"n","severity":"LOW","groupBy":{{{}}}}}"#,
        date(),
        keys.join(",")
    );
    assert_eq!(delivered(&raw).group_by.len(), 20_000);
}

#[test]
fn an_event_without_an_id_has_the_same_one_at_every_fetch() {
    let raw = format!(r#"{{"eventDate":{},"name":"n","severity":"LOW"}}"#, date());
    assert_eq!(delivered(&raw).id, delivered(&raw).id);
}

#[test]
fn random_poison_is_delivered_once_with_defects() {
    let mut rng = Rng::with_seed(11);
    for _ in 0..12 {
        let count = 120;
        let mut events: Vec<Happening> =
            (0..count).map(|number| Happening::new(number, rng.i64(0..10 * 60_000))).collect();
        for event in events.iter_mut().filter(|event| event.number % 3 == 0) {
            event.poison(&mut rng);
        }
        let raws: HashMap<String, usize> =
            events.iter().filter_map(|event| Some((event.raw.clone()?, event.number))).collect();
        let mut times = vec![0; count];
        for incident in fetched_every_minute(events) {
            let number = match raws.get(&incident.raw) {
                Some(number) => *number,
                None => incident.id.strip_prefix("event-").unwrap().parse().unwrap(),
            };
            times[number] += 1;
        }
        assert_eq!(times, vec![1; count]);
    }
}

#[test]
fn poison_is_delivered_once_whatever_the_limit() {
    let mut rng = Rng::with_seed(12);
    for limit in [1, 3, 50] {
        let mut events: Vec<Happening> =
            (0..90).map(|number| Happening::new(number, rng.i64(0..10 * 60_000))).collect();
        for event in events.iter_mut().filter(|event| event.number % 2 == 0) {
            event.poison(&mut rng);
        }
        let schedule = Schedule::plain(events);
        let last = Fetch { limit, ..schedule.last.clone() };
        let verdict = run(&Schedule { last, ..schedule });
        assert!(verdict.is_good(), "{verdict:?}");
    }
}
