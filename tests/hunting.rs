//! The hunt: everything that was planted is found and nothing else, no value
//! changes a query, and what cannot be done is said.

use crate::native::Native;
use crate::planting::{self, KINDS};
use crate::sandbox::{self, now, simulator};
use chrono::TimeDelta;
use fastrand::Rng;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Fault, FaultPlan, HitsTotal, Log, Simulator};
use logzio_soar::contract::{Error, HuntReport, HuntRequest, Indicator, IndicatorKind};
use logzio_soar::{hunting, lucene};
use logzio_soar_host::contract as hosted;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

fn request(indicators: Vec<Indicator>) -> HuntRequest {
    HuntRequest {
        indicators,
        fields: Vec::new(),
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(1_000),
    }
}

fn values(values: &[&str]) -> Vec<Indicator> {
    values.iter().map(|value| Indicator { value: (*value).into(), kind: None }).collect()
}

fn hunt(native: &Native, request: &HuntRequest) -> Result<HuntReport, Error> {
    native.call(|client, now| hunting::hunt(client, request, now))
}

fn native(logs: impl IntoIterator<Item = Log>) -> Native {
    let simulator = simulator();
    simulator.add_logs(AccountKind::Operations, logs);
    Native::new(simulator)
}

/// A log with these members, so many minutes ago.
fn log(id: &str, minutes: i64, members: serde_json::Value) -> Log {
    Log::new(id, now() - TimeDelta::minutes(minutes), members.to_string())
}

fn ids(sighting: &logzio_soar::contract::Sighting) -> BTreeSet<String> {
    sighting.logs.iter().map(|log| log.id.clone().unwrap()).collect()
}

fn time(time: Option<chrono::DateTime<chrono::Utc>>) -> Option<String> {
    time.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

#[test]
fn everything_planted_is_found_and_nothing_else() {
    for (seed, total) in [(1, HitsTotal::Number), (2, HitsTotal::Object)] {
        let field = planting::plant(seed, 500, 7, now());
        let native = native(field.logs);
        native.simulator.set_behaviour(Behaviour { hits_total: total, ..Behaviour::default() });
        let report = hunt(&native, &request(field.indicators.clone())).unwrap();
        assert_eq!((report.rejected.len(), report.unfinished.len()), (0, 0), "{:?}", report.rejected);
        assert_eq!(report.sightings.len(), 500);
        let mut found = 0;
        for (place, sighting) in report.sightings.iter().enumerate() {
            let planted = field.planted.get(&place).cloned().unwrap_or_default();
            let what = format!("seed {seed}, {}, {:?}", sighting.value, field.indicators[place]);
            assert_eq!(ids(sighting), planted.logs, "{what}");
            assert_eq!(sighting.hits as usize, planted.logs.len(), "{what}");
            assert!(sighting.complete, "{what}");
            assert_eq!(sighting.first_seen, time(planted.first), "{what}");
            assert_eq!(sighting.last_seen, time(planted.last), "{what}");
            let has = |names: &[String], wanted: &BTreeSet<String>| wanted.iter().all(|name| names.contains(name));
            assert!(has(&sighting.users, &planted.users) && has(&sighting.hosts, &planted.hosts), "{what}");
            for peer in &planted.peers {
                assert_eq!(sighting.internal_ips.contains(peer), peer.starts_with("10."), "{what}");
                assert_eq!(sighting.external_ips.contains(peer), !peer.starts_with("10."), "{what}");
            }
            found += sighting.logs.len();
        }
        assert!(found > 800, "{found}");
        let requests = native.simulator.requests().len();
        assert!(requests < 150, "{requests} requests for 500 indicators");
    }
}

#[tokio::test(start_paused = true)]
async fn the_real_component_finds_what_the_native_one_does() {
    let field = planting::plant(3, 130, 7, now());
    let simulator = simulator();
    simulator.add_logs(AccountKind::Operations, field.logs);
    let native = Native::new(simulator.clone());
    let expected = hunt(&native, &request(field.indicators.clone())).unwrap();
    let kind = |kind: IndicatorKind| {
        let place = KINDS.iter().position(|known| *known == kind).unwrap();
        use hosted::IndicatorKind as K;
        [
            K::Ip,
            K::Cidr,
            K::Domain,
            K::Url,
            K::Email,
            K::Md5,
            K::Sha1,
            K::Sha256,
            K::Host,
            K::User,
            K::Process,
            K::FileName,
            K::Port,
        ][place]
    };
    let request = hosted::HuntRequest {
        indicators: field
            .indicators
            .iter()
            .map(|one| hosted::Indicator { value: one.value.clone(), kind: one.kind.map(kind) })
            .collect(),
        fields: Vec::new(),
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(1_000),
    };
    let report = sandbox::session(&simulator).hunt_indicators(&request).await.unwrap().unwrap();
    assert_eq!(format!("{:?}", report.sightings), format!("{:?}", expected.sightings));
    assert_eq!(report.queries, expected.queries);
}

#[test]
fn no_value_changes_a_query() {
    let mut rng = Rng::with_seed(11);
    let pieces = [
        "\"",
        "\\",
        "*",
        "?",
        ":",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "/",
        "^",
        "~",
        "+",
        "-",
        "!",
        "&&",
        "||",
        " AND ",
        " OR ",
        " NOT ",
        " TO ",
        "a",
        "b",
        "é",
        "漢",
        " ",
        "'",
        "`",
        "$",
        "%",
        "#",
        "\u{3000}",
        "\u{200b}",
        "_exists_:x",
        "\\u0041",
        "x:*",
        "😀",
    ];
    for round in 0..60 {
        let hostile: Vec<String> = (0..25)
            .map(|_| (0..rng.usize(1..8)).map(|_| pieces[rng.usize(..pieces.len())]).collect::<String>())
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect();
        // The half of them is in the logs, among logs that a changed query
        // would find.
        let present: Vec<&String> = hostile.iter().step_by(2).collect();
        let decoys = ["a", "b", "a b", "x", "AND", "OR", "*", "?", "A"].map(str::to_owned);
        let logs = present.iter().map(|text| text.as_str()).chain(decoys.iter().map(String::as_str)).enumerate();
        let native =
            native(logs.map(|(number, text)| log(&number.to_string(), 60, json!({"odd name": text, "x": "y"}))));
        let indicators = hostile
            .iter()
            .map(|value| Indicator { value: value.clone(), kind: Some(IndicatorKind::Process) })
            .collect();
        let request = HuntRequest {
            fields: vec![(IndicatorKind::Process, vec!["odd name".into(), "a:b\"c*".into()])],
            ..request(indicators)
        };
        let report = hunt(&native, &request).unwrap();
        assert_eq!(report.rejected, [], "round {round}: Logz.io refused a query");
        for query in &report.queries {
            assert_eq!(lucene::check(query), Ok(()), "round {round}: {query}");
        }
        for sighting in &report.sightings {
            let wanted = sighting.value.to_lowercase();
            let spelled = |text: &&&String| [&sighting.value, &wanted].contains(*text);
            assert!(sighting.hits as usize >= present.iter().filter(spelled).count(), "round {round}: {wanted:?}");
            for log in &sighting.logs {
                let log: serde_json::Value = serde_json::from_str(&log.source).unwrap();
                let text = log["odd name"].as_str().unwrap().to_lowercase();
                assert!(text.contains(&wanted), "round {round}: {wanted:?} found {text:?}");
            }
        }
        assert!(
            !report.warnings.iter().any(|warning| warning.contains("hold no indicator")),
            "round {round}: {:?}: a query found more than its values",
            report.warnings
        );
    }
}

#[test]
fn an_indicator_in_very_many_logs_is_counted_and_its_ends_are_found() {
    for total in [HitsTotal::Number, HitsTotal::Object] {
        let noisy = (0..9_000).map(|number| {
            log(&format!("n{number}"), number + 1, json!({"source.ip": "203.0.113.9", "user.name": "ada"}))
        });
        let quiet = (0..3).map(|number| log(&format!("q{number}"), 500 + number, json!({"src_ip": "203.0.113.10"})));
        let native = native(noisy.chain(quiet));
        native.simulator.set_behaviour(Behaviour { hits_total: total, ..Behaviour::default() });
        let mut request = request(values(&["203.0.113.9", "203.0.113.10", "203.0.113.11"]));
        request.limit_per_indicator = Some(5);
        let report = hunt(&native, &request).unwrap();
        let [noisy, quiet, absent] = report.sightings.as_slice() else { panic!("{report:?}") };
        assert_eq!((noisy.hits, noisy.complete, noisy.logs.len()), (9_000, false, 5));
        assert_eq!(
            noisy.logs.iter().map(|log| log.id.as_deref()).collect::<Vec<_>>(),
            [Some("n0"), Some("n1"), Some("n2"), Some("n3"), Some("n4")]
        );
        assert_eq!(noisy.first_seen, time(Some(now() - TimeDelta::minutes(9_000))));
        assert_eq!(noisy.last_seen, time(Some(now() - TimeDelta::minutes(1))));
        assert_eq!((quiet.hits, quiet.complete, absent.hits, absent.complete), (3, true, 0, true));
        assert!(report.warnings.iter().any(|warning| warning.contains("9000 logs hold 203.0.113.9")));
    }
}

#[test]
fn a_log_is_attributed_to_each_indicator_that_it_holds() {
    let native = native([
        log("both", 5, json!({"source": {"ip": "203.0.113.9"}, "destination.ip": ["10.0.0.1", "198.51.100.7"]})),
        log("one", 6, json!({"message": "denied 203.0.113.9:22 -> 192.168.1.1"})),
    ]);
    let report = hunt(&native, &request(values(&["198.51.100.0/24", "203.0.113.9"]))).unwrap();
    let [network, address] = report.sightings.as_slice() else { panic!("{report:?}") };
    assert_eq!((network.hits, address.hits), (1, 2));
    assert_eq!(address.external_ips, ["198.51.100.7", "203.0.113.9"]);
    assert_eq!(address.internal_ips, ["10.0.0.1"]);
    let mut own = request(values(&["203.0.113.9"]));
    own.internal_networks = vec!["198.51.100.0/24".into()];
    let report = hunt(&native, &own).unwrap();
    assert_eq!(report.sightings[0].internal_ips, ["10.0.0.1", "198.51.100.7"]);
}

#[test]
fn a_callers_fields_replace_the_usual_ones() {
    let native = native([
        log("usual", 5, json!({"source.ip": "203.0.113.9"})),
        log("own", 6, json!({"peer": {"addr": "203.0.113.9"}, "who": "grace", "user.name": "ada"})),
    ]);
    let mut request = request(values(&["203.0.113.9"]));
    request.fields = vec![(IndicatorKind::Ip, vec!["peer.addr".into()]), (IndicatorKind::User, vec!["who".into()])];
    let report = hunt(&native, &request).unwrap();
    assert_eq!(ids(&report.sightings[0]), BTreeSet::from(["own".to_owned()]));
    assert_eq!(report.sightings[0].users, ["grace"]);
    assert_eq!(report.queries, ["peer.addr:\"203.0.113.9\""]);
    // An empty list is any field.
    request.fields = vec![(IndicatorKind::Ip, Vec::new())];
    let report = hunt(&native, &request).unwrap();
    assert_eq!(report.sightings[0].hits, 2);
    assert_eq!(report.queries, ["\"203.0.113.9\""]);
}

#[test]
fn bad_requests_send_nothing() {
    let good = || request(values(&["203.0.113.9"]));
    let many = |count: usize| (0..count).map(|n| Indicator { value: format!("h{n}.example"), kind: None }).collect();
    let with_fields = |names: Vec<String>| HuntRequest { fields: vec![(IndicatorKind::Ip, names)], ..good() };
    for (request, remedy) in [
        (request(Vec::new()), "at least one"),
        (request(many(10_001)), "at most 10000"),
        (request(values(&["", "ada", "0.0.0.0/0"])), "none of 3"),
        (request(values(&[&"a".repeat(65_536)])), "shorten it to 2048"),
        (HuntRequest { limit_per_indicator: Some(1_001), ..good() }, "0 to 1000"),
        (HuntRequest { since: Some("banana".into()), ..good() }, "banana"),
        (HuntRequest { since: Some("now".into()), until: Some("-1h".into()), ..good() }, "exchange"),
        (HuntRequest { internal_networks: vec!["banana".into()], ..good() }, "192.0.2.0/24"),
        (with_fields(vec![" ".into()]), "source.ip"),
        (with_fields(vec!["_exists_".into()]), "source.ip"),
        (with_fields((0..61).map(|n| format!("f{n}")).collect()), "at most 60"),
    ] {
        let native = native([]);
        match hunt(&native, &request) {
            Err(Error::InvalidArgument(text)) => assert!(text.contains(remedy), "{text}"),
            other => panic!("{remedy}: {other:?}"),
        }
        assert_eq!(native.simulator.requests().len(), 0);
    }
}

#[test]
fn what_cannot_be_looked_for_does_not_stop_the_rest() {
    let native = native([log("hit", 5, json!({"source.ip": "203.0.113.9"}))]);
    let long = "b".repeat(65_536);
    let report =
        hunt(&native, &request(values(&["ada", "203[.]0.113.9", "::/0", &long, "203.0.113.9 ", "10.0.0.1"]))).unwrap();
    assert_eq!(report.sightings.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), ["203.0.113.9", "10.0.0.1"]);
    assert_eq!(report.sightings[0].hits, 1);
    assert_eq!(report.rejected.len(), 3);
    assert!(report.rejected[0].why.contains("name its kind"), "{:?}", report.rejected);
    assert!(report.rejected[2].value.chars().count() <= 61);
    assert!(report.warnings.iter().any(|w| w.contains("10.0.0.1 is an internal address")), "{:?}", report.warnings);
}

#[test]
fn ten_thousand_indicators_are_looked_for_in_parts_if_time_is_short() {
    let indicators: Vec<Indicator> =
        (0..10_000).map(|n| Indicator { value: format!("203.{}.{}.7", n / 250, n % 250), kind: None }).collect();
    let hits = (0..10_000).step_by(1_000);
    let native = native(
        hits.map(|n| log(&n.to_string(), 10 + n / 100, json!({"dest_ip": format!("203.{}.{}.7", n / 250, n % 250)}))),
    );
    native.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, Fault::Delay(Duration::from_millis(30))));
    let mut left = indicators;
    let (mut calls, mut found, mut done) = (0, 0, 0);
    while !left.is_empty() {
        let report = hunt(&native, &HuntRequest { since: Some("-7d".into()), ..request(left) }).unwrap();
        assert!(calls > 0 || !report.unfinished.is_empty(), "the time sufficed");
        found += report.sightings.iter().map(|sighting| sighting.hits).sum::<u32>();
        done += report.sightings.len();
        left = report.unfinished;
        calls += 1;
    }
    assert_eq!((found, done), (10, 10_000));
    assert!(calls <= 3, "{calls} calls");
}

#[test]
fn a_hunt_that_cannot_finish_anything_says_so() {
    let native = native([log("hit", 5, json!({"source.ip": "203.0.113.9"}))]);
    native.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, Fault::Delay(Duration::from_secs(25))));
    let result = hunt(&native, &HuntRequest { since: Some("-60d".into()), ..request(values(&["203.0.113.9"])) });
    assert!(matches!(&result, Err(Error::TimedOut(text)) if text.contains("time-budget-ms")), "{result:?}");
}

#[test]
fn a_fault_ends_a_hunt_only_if_nothing_was_finished() {
    // Enough for several queries.
    let indicators: Vec<Indicator> =
        (0..200).map(|n| Indicator { value: format!("203.0.113.{n}"), kind: None }).collect();
    let logs = || (0..200).map(|n| log(&n.to_string(), 10, json!({"source.ip": format!("203.0.113.{n}")})));
    let native_one = native(logs());
    native_one.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, Fault::status(400)));
    let refused = hunt(&native_one, &request(indicators.clone()));
    assert!(matches!(refused, Err(Error::QueryRejected(_) | Error::Server(_))), "{refused:?}");

    let native_two = native(logs());
    native_two.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 13, Fault::Html));
    let report = hunt(&native_two, &request(indicators.clone())).unwrap();
    assert!(!report.sightings.is_empty() && !report.unfinished.is_empty());
    assert_eq!(report.sightings.len() + report.unfinished.len(), 200);
    assert!(report.sightings.iter().all(|sighting| sighting.hits == 1));
    native_two.simulator.faults(FaultPlan::none());
    let rest = hunt(&native_two, &request(report.unfinished)).unwrap();
    assert!(rest.sightings.iter().all(|sighting| sighting.hits == 1) && rest.unfinished.is_empty());

    // Asked for fewer requests, it asks one by one and goes through.
    let native_three = native(logs());
    let slow = FaultPlan::none()
        .with(Endpoint::Search, 2, Fault::too_many_requests(Some("1")))
        .with(Endpoint::Search, 3, Fault::status(503))
        .with(Endpoint::Search, 5, Fault::Truncate(None));
    native_three.simulator.faults(slow);
    let report = hunt(&native_three, &request(indicators)).unwrap();
    assert!(report.sightings.iter().all(|sighting| sighting.hits == 1) && report.unfinished.is_empty());
}

#[test]
fn a_token_in_the_logs_gets_nowhere() {
    let simulator: Simulator = simulator();
    let token = simulator.operations_token();
    simulator
        .add_logs(AccountKind::Operations, [log("leak", 5, json!({"source.ip": "203.0.113.9", "user.name": token}))]);
    let report = hunt(&Native::new(simulator), &request(values(&["203.0.113.9"]))).unwrap();
    assert_eq!(report.sightings[0].hits, 1);
    assert!(!format!("{report:?}").contains(&token));
}
