//! Hunts in logs of the shapes that products write, in fields that no list names: each value is found, by the fields that the
//! hunt learned, and nothing else is.

use crate::support::account::{now, simulator};
use crate::support::native::Native;
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Log};
use logzio_soar::contract::{FieldRequest, HuntRequest, Indicator, IndicatorKind};
use logzio_soar::hunting::{self, kinds, known_fields};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A log, and what a person would find in it.
struct Shape {
    name: String,
    log: Value,
    holds: Vec<(IndicatorKind, String)>,
}

fn shapes() -> Vec<Shape> {
    let read = |line: &str| {
        let shape: Value = serde_json::from_str(line).unwrap();
        let pair = |held: &Value| (kind(held[0].as_str().unwrap()), held[1].as_str().unwrap().to_owned());
        let holds = shape["holds"].as_array().unwrap().iter().map(pair).collect();
        Shape { name: shape["name"].as_str().unwrap().into(), log: shape["log"].clone(), holds }
    };
    include_str!("data/log-shapes.jsonl").lines().map(read).collect()
}

/// What is not the value, though it holds all of its letters.
fn near_miss(kind: IndicatorKind, value: &str) -> Option<String> {
    use IndicatorKind as K;
    match kind {
        K::Cidr | K::Port => None,
        K::Ip if value.contains(':') => Some(format!("{value}1")),
        K::Ip | K::Md5 | K::Sha1 | K::Sha256 | K::Sha512 => Some(format!("1{value}")),
        K::Email | K::Domain => Some(format!("x{value}")),
        K::Url | K::Host | K::User | K::Process | K::FileName | K::RegistryKey => Some(format!("{value}x")),
    }
}

fn kind(name: &str) -> IndicatorKind {
    let words: String = name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    *kinds::ALL.iter().find(|kind| format!("{kind:?}").ends_with(&format!("::{words}"))).unwrap()
}

/// The shapes, an hour apart, each of a type of its own or of none, among everyday logs.
fn account(shapes: &[Shape], typed: bool) -> Native {
    let simulator = simulator();
    let log = |(number, shape): (usize, &Shape)| {
        let mut body = shape.log.clone();
        if typed {
            body["type"] = json!(format!("type-{number}"));
        }
        Log::new(number.to_string(), now() - TimeDelta::minutes(60 + 60 * number as i64), body.to_string())
    };
    simulator.add_logs(AccountKind::Operations, shapes.iter().enumerate().map(log).collect::<Vec<_>>());
    let noise = (0..3_000).map(|number| {
        let body = json!({"message": format!("order {number} was shipped"), "type": "shop"});
        Log::new(format!("noise-{number}"), now() - TimeDelta::minutes(3 * number), body.to_string())
    });
    simulator.add_logs(AccountKind::Operations, noise.collect::<Vec<_>>());
    Native::new(simulator)
}

fn request(shapes: &[Shape]) -> HuntRequest {
    let wanted: BTreeSet<(IndicatorKind, String)> = shapes.iter().flat_map(|shape| shape.holds.clone()).collect();
    HuntRequest {
        indicators: wanted.into_iter().map(|(kind, value)| Indicator { value, kind: Some(kind) }).collect(),
        fields: Vec::new(),
        log_types: None,
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(100),
    }
}

#[test]
fn every_value_is_found_in_every_shape() {
    let shapes = shapes();
    for typed in [true, false] {
        let native = account(&shapes, typed);
        let report = native.call(|client, now| hunting::hunt(client, &request(&shapes), now)).unwrap();
        let wanted = request(&shapes).indicators;
        assert_eq!((report.unfinished.len(), report.rejected.len()), (0, 0), "{:?}", report.rejected);
        // Of each kind, how many were found and how many there are.
        let mut recall: BTreeMap<String, [u32; 2]> = BTreeMap::new();
        let mut missed: Vec<String> = Vec::new();
        for (number, shape) in shapes.iter().enumerate() {
            for (kind, value) in &shape.holds {
                let place = wanted.iter().position(|one| one.kind == Some(*kind) && one.value == *value).unwrap();
                let sighting = &report.sightings[place];
                let has = |log: &logzio_soar::contract::Log| log.id.as_deref() == Some(&number.to_string());
                let is_found = sighting.kind == *kind && sighting.complete && sighting.logs.iter().any(has);
                let of_kind = recall.entry(format!("{kind:?}")).or_default();
                of_kind[0] += u32::from(is_found);
                of_kind[1] += 1;
                if !is_found {
                    missed.push(format!("{}: {kind:?} {value}", shape.name));
                }
            }
        }
        println!("typed {typed}: {recall:?}");
        assert!(missed.is_empty(), "typed {typed}, missed {missed:#?}");
        let of_noise = report.sightings.iter().flat_map(|sighting| &sighting.logs);
        assert_eq!(of_noise.filter(|log| log.id.as_deref().is_some_and(|id| id.starts_with("noise"))).count(), 0);
    }
}

#[test]
fn a_near_miss_is_found_in_no_shape() {
    let shapes = shapes();
    let native = account(&shapes, true);
    let in_json = |text: &str| serde_json::to_string(text).unwrap().trim_matches('"').to_owned();
    let mut misses: Vec<(String, IndicatorKind, String)> = Vec::new();
    let mut logs = Vec::new();
    for (number, shape) in shapes.iter().enumerate() {
        for (kind, value) in &shape.holds {
            let text = shape.log.to_string();
            let Some(miss) = near_miss(*kind, value) else { continue };
            let changed = text.replace(&in_json(value), &in_json(&miss));
            // A value that stands in two fields, or is spelled in another way, is not in the text.
            if changed != text {
                let id = format!("miss-{}", misses.len());
                let time = now() - TimeDelta::minutes(61 + 60 * number as i64);
                logs.push(Log::new(&id, time, changed));
                misses.push((id, *kind, value.clone()));
            }
        }
    }
    assert!(misses.len() > 100, "{}", misses.len());
    native.simulator.add_logs(AccountKind::Operations, logs);
    let report = native.call(|client, now| hunting::hunt(client, &request(&shapes), now)).unwrap();
    for (sighting, wanted) in report.sightings.iter().zip(request(&shapes).indicators) {
        for (id, _, _) in misses.iter().filter(|(_, kind, value)| wanted.kind == Some(*kind) && wanted.value == *value)
        {
            let log = sighting.logs.iter().find(|log| log.id.as_deref() == Some(id.as_str()));
            assert!(log.is_none(), "{:?} in {log:?}", wanted.value);
        }
    }
}

#[test]
fn fields_that_no_list_names_are_found_and_passed_on() {
    let shapes = shapes();
    let native = account(&shapes, true);
    let request_fields = FieldRequest { since: None, until: None };
    let report = native.call(|client, now| hunting::find_fields(client, &request_fields, now)).unwrap();
    let of_ip = report.kinds.iter().find(|of_kind| of_kind.kind == IndicatorKind::Ip).unwrap();
    let field = of_ip.fields.iter().find(|field| field.name == "netInfo.peerAddr");
    assert!(!known_fields::defaults(IndicatorKind::Ip).contains(&"netInfo.peerAddr"));
    assert!(field.is_some_and(|field| field.log_types.len() == 1 && field.share == 100), "{of_ip:?}");
    assert!(of_ip.empty_log_types.contains(&"shop".to_owned()));
    assert_eq!((report.sampled.len(), report.unknown_log_types.len()), (shapes.len() + 1, 0));

    // Passed on, they cost one search for each window.
    let passed_on = HuntRequest { fields: report.fields, log_types: Some(report.sampled), ..request(&shapes) };
    let before = native.simulator.requests().len();
    let whole = native.call(|client, now| hunting::hunt(client, &passed_on, now)).unwrap();
    assert!(native.simulator.requests().len() - before <= 48, "{}", native.simulator.requests().len() - before);
    assert!(whole.sightings.iter().all(|sighting| sighting.complete), "{:?}", whole.notices);

    // A log type that nobody sampled makes nothing complete.
    native.simulator.add_logs(
        AccountKind::Operations,
        [Log::new("new", now() - TimeDelta::hours(30), json!({"type": "new", "x": "y"}).to_string())],
    );
    let report = native.call(|client, now| hunting::hunt(client, &passed_on, now)).unwrap();
    assert_eq!(report.unknown_log_types, ["new"]);
    assert!(report.sightings.iter().all(|sighting| !sighting.complete));
}

/// A hunt for one indicator in some logs of one type.
fn one(kind: Option<IndicatorKind>, value: &str, logs: &[Value]) -> logzio_soar::contract::HuntReport {
    let simulator = simulator();
    let log = |(number, body): (usize, &Value)| {
        Log::new(number.to_string(), now() - TimeDelta::minutes(5 + number as i64), body.to_string())
    };
    simulator.add_logs(AccountKind::Operations, logs.iter().enumerate().map(log).collect::<Vec<_>>());
    let indicators = vec![Indicator { value: value.into(), kind }];
    let request = HuntRequest { indicators, ..request(&[]) };
    Native::new(simulator).call(|client, now| hunting::hunt(client, &request, now)).unwrap()
}

#[test]
fn a_url_in_two_fields_is_found_and_its_host_where_only_that_was_seen() {
    let log = json!({"http": {"hostname": "c2.evil.example", "url": "/a.php"}, "type": "ids"});
    let report = one(None, "http://c2.evil.example/a.php", std::slice::from_ref(&log));
    assert_eq!(report.sightings.iter().map(|one| one.hits).collect::<Vec<_>>(), [1]);
    let report = one(None, "http://c2.evil.example/b.php", &[log]);
    let [url, host] = report.sightings.as_slice() else { panic!("{report:?}") };
    assert_eq!((url.hits, host.hits, host.value.as_str()), (0, 1, "c2.evil.example"));
    assert_eq!(host.host_of, ["http://c2.evil.example/b.php"]);
}

#[test]
fn an_account_in_two_fields_is_found() {
    let log = json!({"d": {"TargetUserName": "mallory", "TargetDomainName": "CORP"}});
    let report = one(Some(IndicatorKind::User), r"CORP\mallory", &[log]);
    assert_eq!(report.sightings[0].hits, 1);
}

#[test]
fn a_number_in_a_field_of_users_breaks_no_hunt() {
    let logs = [json!({"UserId": 4711, "type": "a"}), json!({"user.name": "mallory", "type": "b"})];
    let report = one(Some(IndicatorKind::User), "mallory", &logs);
    assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (1, true), "{:?}", report.notices);
}

#[test]
fn placeholders_and_the_far_end_are_no_hosts_of_ours() {
    let logs = [
        json!({"dst": "203.0.113.9", "hostname": "c2.evil.example", "user": "-", "host": {"name": "web-01"}}),
        json!({"dst": "203.0.113.9", "hostname": "web-02", "user": "N/A", "user.name": "SYSTEM"}),
        json!({"sourceIPAddress": "203.0.113.9", "userIdentity": {"arn": "arn:aws:sts::1:assumed-role/Admin/ada"}}),
    ];
    let report = one(None, "203.0.113.9", &logs);
    assert_eq!(report.sightings[0].hosts, ["web-01", "web-02"]);
    assert_eq!(report.sightings[0].users, ["SYSTEM", "ada"]);
}

#[test]
fn a_value_is_found_in_a_field_that_no_sample_had() {
    let simulator = simulator();
    let logs = (0..4_000).map(|number| {
        let mut body = json!({"type": "app", "level": "info", "n": number});
        if number == 2_345 {
            body["rarely"] = json!("203.0.113.9");
        }
        Log::new(number.to_string(), now() - TimeDelta::minutes(2 * number), body.to_string())
    });
    simulator.add_logs(AccountKind::Operations, logs.collect::<Vec<_>>());
    let indicators = vec![Indicator { value: "203.0.113.9".into(), kind: None }];
    let request = HuntRequest { indicators, ..request(&[]) };
    let report = Native::new(simulator).call(|client, now| hunting::hunt(client, &request, now)).unwrap();
    assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (1, true));
}
