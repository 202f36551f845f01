//! Hunts: everything that was planted is found and nothing else, no value
//! changes a query, and what was not done is reported.

use crate::support::account::{now, simulator};
use crate::support::native::Native;
use crate::support::planting;
use chrono::TimeDelta;
use fastrand::Rng;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Fault, FaultPlan, HitsTotal, Log, Simulator};
use logzio_soar::connection::Target;
use logzio_soar::contract::{Connection, Error, HuntReport, HuntRequest, Indicator, IndicatorKind, NoticeCode};
use logzio_soar::hunting;
use logzio_soar::logzio::client::Client;
use logzio_soar::lucene;
use logzio_soar::transport::{Exchange, Request, Response, Transport};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

fn request(indicators: Vec<Indicator>) -> HuntRequest {
    HuntRequest {
        indicators,
        fields: Vec::new(),
        log_types: None,
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(1_000),
    }
}

/// A request for which nothing is learned.
fn in_one_field(indicators: Vec<Indicator>) -> HuntRequest {
    HuntRequest { fields: vec![(IndicatorKind::Ip, vec!["source.ip".into()])], ..request(indicators) }
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
        // Behind those of the request, hosts of URLs that were not seen themselves.
        let (asked, hosts) = report.sightings.split_at(500);
        assert!(hosts.iter().all(|host| !host.host_of.is_empty() && host.hits > 0), "{hosts:?}");
        let mut found = 0;
        for (place, sighting) in asked.iter().enumerate() {
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
        assert!(requests < 170, "{requests} requests for 500 indicators");
    }
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
            // What holds nothing but signs is refused.
            .filter(|text| text.chars().any(char::is_alphanumeric))
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
        let read = |value: &String| hunting::indicator::Indicator::read(value, Some(IndicatorKind::Process)).unwrap();
        for sighting in &report.sightings {
            let wanted = sighting.value.to_lowercase();
            let spelled = |text: &&&String| [&sighting.value, &wanted].contains(*text);
            assert!(sighting.hits as usize >= present.iter().filter(spelled).count(), "round {round}: {wanted:?}");
            for log in &sighting.logs {
                let log: serde_json::Value = serde_json::from_str(&log.source).unwrap();
                let text = log["odd name"].as_str().unwrap();
                // As it is written, or in another form of the same value.
                let held = text.to_lowercase().contains(&wanted)
                    || read(&sighting.value).is_in(&hunting::indicator::Values::new([text]));
                assert!(held, "round {round}: {wanted:?} found {text:?}");
            }
        }
        // A log that holds none at all cannot be found by an unchanged query.
        let texts = present.iter().map(|text| text.as_str()).chain(decoys.iter().map(String::as_str));
        let alike = |text: &str| {
            let values = hunting::indicator::Values::new([text]);
            let contains = |value: &String| text.to_lowercase().contains(&value.to_lowercase());
            hostile.iter().any(|value| contains(value) || read(value).is_in(&values))
        };
        let possible = texts.filter(|text| alike(text)).count();
        let strays = report
            .notices
            .iter()
            .filter(|notice| notice.text.contains("hold no indicator"))
            .map(|notice| notice.text.split(' ').next().unwrap().parse::<usize>().unwrap())
            .sum::<usize>();
        let found: BTreeSet<String> = report.sightings.iter().flat_map(ids).collect();
        assert!(strays + found.len() <= possible, "round {round}: {:?}: a query found more", report.notices);
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
        assert!(report.notices.iter().any(|notice| notice.text.contains("9000 logs hold 203.0.113.9")));
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
    let [query] = report.queries.as_slice() else { panic!("{:?}", report.queries) };
    assert!(query.starts_with("peer.addr:(\"203.0.113.9\" OR /"), "{query}");
    // An empty list is any field.
    request.fields = vec![(IndicatorKind::Ip, Vec::new())];
    let report = hunt(&native, &request).unwrap();
    assert_eq!(report.sightings[0].hits, 2);
    let [query] = report.queries.as_slice() else { panic!("{:?}", report.queries) };
    assert!(query.starts_with("\"203.0.113.9\" OR /"), "{query}");
}

/// What holds an indicator as a whole word or value, as logs write it: the
/// fields and the spellings are those of shippers, not of this product.
const HELD: &[(IndicatorKind, &str, &str, &str)] = &[
    (IndicatorKind::Process, "mimikatz.exe", "winlog.event_data.Image", r"C:\Temp\mimikatz.exe"),
    (IndicatorKind::Process, "nc", "process.executable", "/usr/bin/nc"),
    (IndicatorKind::Process, "nc", "process.command_line", "sh -c '/usr/bin/nc -l 4444'"),
    (IndicatorKind::Process, "nc", "process.args", "nc"),
    (IndicatorKind::Process, r"C:\Windows\evil.exe", "winlog.event_data.CommandLine", r#""c:\windows\EVIL.exe" /q"#),
    (IndicatorKind::Process, "nc", "output", "Netcat runs (user=root command=nc -e /bin/sh)"),
    (IndicatorKind::FileName, "mimikatz.exe", "file.path", r"D:\MIMIKATZ.EXE"),
    (IndicatorKind::FileName, r"C:\Temp\x.exe", "winlog.event_data.TargetFilename", r"c:\temp\X.EXE"),
    (IndicatorKind::FileName, "a b.exe", "file.path", "/home/ada/a b.exe"),
    (IndicatorKind::User, "ada", "user.name", "Ada"),
    (IndicatorKind::User, "Ada", "user.name", "ada"),
    (IndicatorKind::User, "ada", "winlog.event_data.TargetUserName", r"CORP\ada"),
    (IndicatorKind::Host, "web-01", "host.name", "WEB-01.fernwood.example"),
    (IndicatorKind::Host, "web-01", "host", "web-01"),
    (IndicatorKind::Domain, "evil.example", "dns.question.name", "EVIL.Example."),
    (IndicatorKind::Domain, "evil.example", "url.full", "https://ada@evil.example:8443/login"),
    (IndicatorKind::Domain, "Evil.Example", "message", "asked for EVIL.EXAMPLE, refused"),
    (IndicatorKind::Email, "a@evil.example", "email.from.address", "A@Evil.Example"),
    (IndicatorKind::Email, "a@evil.example", "email.to.address", "Ada <a@evil.example>"),
    (IndicatorKind::Url, "http://evil.example/", "url.full", "http://evil.example"),
    (IndicatorKind::Url, "http://evil.example", "url.original", "HTTP://EVIL.EXAMPLE/"),
    (IndicatorKind::Url, "http://evil.example/a?b=c", "message", "\"GET http://evil.example/a?b=c\""),
    (
        IndicatorKind::Md5,
        "d41d8cd98f00b204e9800998ecf8427e",
        "winlog.event_data.Hashes",
        "SHA1=00,MD5=D41D8CD98F00B204E9800998ECF8427E",
    ),
    (
        IndicatorKind::Sha1,
        "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
        "hash.sha1",
        "Da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ),
    (IndicatorKind::Ip, "203.0.113.9", "source.ip", "::ffff:203.0.113.9"),
    (IndicatorKind::Ip, "203.0.113.9", "clientip", "203.0.113.9:443"),
    (IndicatorKind::Ip, "203.0.113.9", "source.nat.ip", "203.0.113.9"),
    (IndicatorKind::Ip, "203.0.113.9", "flow.src_ip", "203.0.113.9"),
    (IndicatorKind::Ip, "203.0.113.9", "message", "deny 203.0.113.9->198.51.100.7"),
    (IndicatorKind::Ip, "203.0.113.9", "message", "range 203.0.113.9-203.0.113.20"),
    (IndicatorKind::Ip, "2001:db8::9", "source.ip", "2001:0DB8:0000:0000:0000:0000:0000:0009"),
    (IndicatorKind::Ip, "2001:db8::9", "clientip", "[2001:0db8::9]:443"),
    (IndicatorKind::Cidr, "203.0.113.0/24", "clientip", "203.0.113.9:443"),
    (IndicatorKind::Cidr, "203.0.113.8/30", "source.ip", "::ffff:203.0.113.9"),
    (IndicatorKind::Cidr, "2001:db8::/32", "source.ip", "2001:DB8::9"),
    (IndicatorKind::Cidr, "2001:db8::/32", "source.ip", "2001:0db8:0000:0000:0000:0000:0000:0009"),
    (IndicatorKind::Cidr, "2001:db8::/32", "message", "from 2001:0DB8:0:0::77"),
    (IndicatorKind::Port, "443", "destination.port", "443"),
];

#[test]
fn what_a_field_holds_as_a_word_is_found_in_any_letter_case() {
    for (kind, value, field, text) in HELD {
        let native =
            native([log("held", 5, json!({*field: text})), log("other", 6, json!({*field: "something else"}))]);
        let report = hunt(&native, &request(vec![Indicator { value: (*value).into(), kind: Some(*kind) }])).unwrap();
        let sighting = &report.sightings[0];
        assert_eq!((sighting.hits, sighting.complete), (1, true), "{kind:?} {value} in {field}: {text}\n{report:?}");
    }
}

#[test]
fn the_answer_for_an_indicator_does_not_depend_on_the_other_indicators() {
    // Everything in one hunt, over everything, and each by itself.
    let logs = || HELD.iter().enumerate().map(|(n, (_, _, field, text))| log(&n.to_string(), 5, json!({*field: text})));
    let one = |place: usize| Indicator { value: HELD[place].1.into(), kind: Some(HELD[place].0) };
    let native = native(logs());
    let together = hunt(&native, &request((0..HELD.len()).map(one).collect())).unwrap();
    assert!(together.sightings.len() > 15, "{}", together.sightings.len());
    for sighting in &together.sightings {
        let alone = Indicator { value: sighting.value.clone(), kind: Some(sighting.kind) };
        let alone = hunt(&native, &request(vec![alone])).unwrap();
        assert_eq!(ids(&alone.sightings[0]), ids(sighting), "{:?} {}", sighting.kind, sighting.value);
    }
}

#[test]
fn logs_that_do_not_hold_an_indicator_are_not_counted() {
    // A word by word search for the domain finds all of these.
    let strays = (0..3_000).map(|n| log(&format!("s{n}"), n + 10, json!({"message": "GET https://my-evil.example/"})));
    let native_one = native(strays);
    let report = hunt(&native_one, &request(values(&["evil.example"]))).unwrap();
    let sighting = &report.sightings[0];
    assert_eq!((sighting.hits, sighting.complete, &sighting.first_seen), (0, true, &None), "{:?}", report.notices);

    // Five logs behind 3 000 that are none.
    let strays = (0..3_000).map(|n| log(&format!("s{n}"), n / 2 + 10, json!({"message": "release 10.3 is out"})));
    let real = (0..5).map(|n| log(&format!("r{n}"), 1_600 + n, json!({"message": "from 10.3.4.5"})));
    let native_two = native(strays.chain(real));
    let report = hunt(&native_two, &request(values(&["10.0.0.0/8"]))).unwrap();
    let sighting = &report.sightings[0];
    assert_eq!((sighting.hits, sighting.complete, sighting.logs.len()), (5, true, 5), "{:?}", report.notices);
    assert_eq!(sighting.first_seen, time(Some(now() - TimeDelta::minutes(1_604))));

    // Too many to read: what was read is told, and that it is not all.
    let strays = (0..12_000).map(|n| log(&format!("s{n}"), 10 + n / 10, json!({"message": "release 10.3 is out"})));
    let real = [log("new", 5, json!({"message": "from 10.3.4.5"})), log("old", 1_500, json!({"message": "10.3.4.6"}))];
    let native_three = native(strays.chain(real));
    let report = hunt(&native_three, &request(values(&["10.0.0.0/8"]))).unwrap();
    let sighting = &report.sightings[0];
    assert_eq!((sighting.hits, sighting.complete), (1, false), "{:?}", report.notices);
    assert_eq!(sighting.first_seen, time(Some(now() - TimeDelta::minutes(1_500))));
    assert!(report.notices.iter().any(|notice| notice.text.contains("at least 1 logs hold 10.0.0.0/8")), "{report:?}");

    // The earliest logs are others: then nobody knows when it was first.
    let others = (0..12_000).map(|n| log(&format!("t{n}"), 700 + n / 20, json!({"message": "release 10.3 is out"})));
    let noise = (0..12_000).map(|n| log(&format!("s{n}"), 10 + n / 20, json!({"message": "release 10.3 is out"})));
    let native_four = native(noise.chain(others).chain([log("new", 5, json!({"message": "from 10.3.4.5"}))]));
    let report =
        hunt(&native_four, &HuntRequest { since: Some("-1d".into()), ..request(values(&["10.0.0.0/8"])) }).unwrap();
    assert_eq!((report.sightings[0].hits, &report.sightings[0].first_seen), (1, &None), "{:?}", report.notices);
    assert!(report.notices.iter().any(|notice| notice.code == NoticeCode::FirstSeenUnknown), "{:?}", report.notices);
}

#[test]
fn a_log_that_is_too_large_keeps_no_other_from_being_read() {
    let hit = |id: &str, minutes| log(id, minutes, json!({"source.ip": "203.0.113.9", "user.name": id}));
    let (newer, older) =
        ((0..5).map(|n| hit(&format!("new{n}"), 10 + n)), (0..300).map(|n| hit(&format!("old{n}"), 60 + n)));
    let native = native(newer.chain([hit("large", 30).filled_to(34 << 20)]).chain(older));
    let fields = vec![(IndicatorKind::Ip, vec!["source.ip".into()])];
    let report = hunt(&native, &HuntRequest { fields, ..request(values(&["203.0.113.9"])) }).unwrap();
    let sighting = &report.sightings[0];
    assert_eq!((sighting.users.len(), sighting.complete), (305, false), "{:?}", report.notices);
    assert_eq!((sighting.hits, &sighting.first_seen), (305, &time(Some(now() - TimeDelta::minutes(359)))));
}

#[test]
fn a_value_that_is_an_operator_or_a_field_that_is_one_is_looked_for() {
    for name in ["OR", "AND", "NOT"] {
        let native = native([log("hit", 5, json!({name: name})), log("other", 5, json!({"x": "y"}))]);
        let request = HuntRequest {
            fields: vec![(IndicatorKind::User, vec![name.into()])],
            ..request(vec![Indicator { value: name.into(), kind: Some(IndicatorKind::User) }])
        };
        let report = hunt(&native, &request).unwrap();
        assert_eq!(report.sightings[0].hits, 1, "{report:?}");
    }
}

#[test]
fn a_token_is_no_indicator() {
    let simulator: Simulator = simulator();
    for token in [simulator.operations_token(), simulator.security_token()] {
        let native = Native::new(simulator.clone());
        let given = values(&[&token, &format!("https://{token}.example/"), "203.0.113.9"]);
        let report = hunt(&native, &request(given)).unwrap();
        assert_eq!((report.sightings.len(), report.rejected.len()), (1, 2));
        assert!(!format!("{report:?}").contains(&token), "{report:?}");
        let mut in_a_field = request(values(&["203.0.113.9"]));
        in_a_field.fields = vec![(IndicatorKind::Ip, vec![token.clone()])];
        let before = native.simulator.requests().len();
        let refused = hunt(&native, &in_a_field);
        assert!(matches!(&refused, Err(Error::InvalidArgument(text)) if !text.contains(&token)), "{refused:?}");
        assert_eq!(native.simulator.requests().len(), before);
    }
}

#[test]
fn names_beyond_a_thousand_are_left_out_with_a_warning() {
    let native = native(
        (0..1_001)
            .map(|n| log(&n.to_string(), n + 1, json!({"source.ip": "203.0.113.9", "user.name": format!("u{n}")}))),
    );
    let report = hunt(&native, &request(values(&["203.0.113.9"]))).unwrap();
    assert_eq!((report.sightings[0].hits, report.sightings[0].users.len()), (1_001, 1_000));
    assert!(report.notices.iter().any(|notice| notice.text.contains("more than 1000 users")), "{:?}", report.notices);
}

#[test]
fn internal_networks_are_warned_of() {
    for network in ["10.0.0.0/8", "192.168.7.0/24", "fd00::/16", "127.0.0.1"] {
        let report = hunt(&native([]), &request(values(&[network]))).unwrap();
        assert!(
            report.notices.iter().any(|notice| notice.text.contains("is an internal")),
            "{network}: {:?}",
            report.notices
        );
    }
    let report = hunt(&native([]), &request(values(&["203.0.113.0/24"]))).unwrap();
    assert_eq!(report.notices, []);
}

#[test]
fn a_hunt_makes_two_thousand_searches_at_most() {
    // Some queries over 800 windows each.
    let indicators: Vec<Indicator> =
        (0..2_000).map(|n| Indicator { value: format!("203.0.{}.{}", n / 250, n % 250), kind: None }).collect();
    let native = native([log("hit", 5, json!({"source.ip": "203.0.3.9"}))]);
    let (mut left, mut calls, mut found) = (indicators, 0, Vec::new());
    while !left.is_empty() {
        let request = HuntRequest { since: Some("-1590d".into()), ..request(left) };
        let before = native.simulator.requests().len();
        let connection = Connection { time_budget_ms: Some(600_000), ..native.connection() };
        let target = Target::new(&connection, &|_| None).unwrap();
        let report = hunting::hunt(&Client::new(&native, &target), &request, now()).unwrap();
        let made = native.simulator.requests().len() - before;
        assert!(made <= 2_000, "{made} requests");
        assert!(!report.sightings.is_empty(), "a call finished nothing");
        assert_eq!(report.sightings.len() + report.unfinished.len(), request.indicators.len());
        found.extend(report.sightings.iter().map(|sighting| sighting.hits));
        left = report.unfinished;
        calls += 1;
    }
    assert!(calls > 1, "two thousand searches sufficed");
    assert_eq!((found.len(), found.iter().sum::<u32>()), (2_000, 1));

    let native = crate::support::native::Native::new(simulator());
    let ever = HuntRequest { since: Some("1970-01-02".into()), ..request(values(&["203.0.113.9"])) };
    let refused = hunt(&native, &ever);
    assert!(matches!(&refused, Err(Error::InvalidArgument(text)) if text.contains("1800 days")), "{refused:?}");
    let ahead = HuntRequest {
        until: Some("2100-12-31".into()),
        since: Some("-3d".into()),
        ..request(values(&["203.0.113.9"]))
    };
    let report = hunt(&native, &ahead).unwrap();
    assert!(report.notices.iter().any(|notice| notice.text.contains("that far in the future")), "{:?}", report.notices);
    assert!(native.simulator.requests().len() < 20);
}

#[test]
fn a_long_value_makes_no_longer_query_than_a_search_takes() {
    let url = format!("https://evil.example/{}", "a/B-".repeat(500));
    let native = native([
        log("hit", 5, json!({"url.full": url.to_uppercase()})),
        log("not", 5, json!({"url.full": format!("{url}x")})),
    ]);
    let report = hunt(&native, &request(values(&[&url]))).unwrap();
    assert_eq!(ids(&report.sightings[0]), BTreeSet::from(["hit".to_owned()]));
    assert!(report.queries.iter().all(|query| query.len() <= 32_768), "{}", report.queries[0].len());
}

#[test]
fn a_hunt_goes_on_word_by_word_where_logzio_takes_no_regular_expression() {
    let native = native([log("hit", 5, json!({"source.ip": "203.0.113.9"}))]);
    native.simulator.faults(FaultPlan::none().with(Endpoint::Search, 1, Fault::status(400)));
    let request = HuntRequest { since: Some("-1h".into()), ..in_one_field(values(&["203.0.113.9"])) };
    let report = hunt(&native, &request).unwrap();
    assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (1, false), "{report:?}");
    assert!(report.queries.iter().any(|query| !query.contains('/')), "{:?}", report.queries);
    assert!(report.notices.iter().any(|notice| notice.text.contains("regular expressions")), "{:?}", report.notices);
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
        (with_fields((0..5_001).map(|n| format!("f{n}")).collect()), "at most 5000"),
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
    assert_eq!(report.rejected.len(), 3, "{:?}", report.rejected);
    assert!(report.rejected[0].why.contains("kind cannot be recognised"), "{:?}", report.rejected);
    assert!(report.rejected[2].value.chars().count() <= 61);
    assert!(
        report.notices.iter().any(|notice| notice.text.contains("10.0.0.1 is an internal address")),
        "{:?}",
        report.notices
    );
}

#[test]
fn ten_thousand_indicators_are_looked_for_in_parts_if_time_is_short() {
    let indicators: Vec<Indicator> =
        (0..10_000).map(|n| Indicator { value: format!("203.{}.{}.7", n / 250, n % 250), kind: None }).collect();
    let hits = (0..10_000).step_by(1_000);
    let native = native(
        hits.map(|n| log(&n.to_string(), 10 + n / 100, json!({"dest_ip": format!("203.{}.{}.7", n / 250, n % 250)}))),
    );
    native.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, Fault::Delay(Duration::from_millis(300))));
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
        (0..2_000).map(|n| Indicator { value: format!("203.0.{}.{}", n / 250, n % 250), kind: None }).collect();
    let logs =
        || (0..2_000).map(|n| log(&n.to_string(), 10, json!({"source.ip": format!("203.0.{}.{}", n / 250, n % 250)})));
    let native_one = native(logs());
    native_one.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, Fault::status(400)));
    let refused = hunt(&native_one, &request(indicators.iter().take(20).cloned().collect()));
    assert!(matches!(refused, Err(Error::QueryRejected(_) | Error::Server(_))), "{refused:?}");

    let whole = native(logs());
    hunt(&whole, &request(indicators.clone())).unwrap();
    let searches = u32::try_from(whole.simulator.requests().len()).unwrap();
    let native_two = native(logs());
    native_two.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, searches - 5, Fault::Html));
    let report = hunt(&native_two, &request(indicators.clone())).unwrap();
    assert!(!report.sightings.is_empty() && !report.unfinished.is_empty());
    assert_eq!(report.sightings.len() + report.unfinished.len(), 2_000);
    assert!(report.sightings.iter().all(|sighting| sighting.hits == 1));
    native_two.simulator.faults(FaultPlan::none());
    let rest = hunt(&native_two, &request(report.unfinished)).unwrap();
    assert!(rest.sightings.iter().all(|sighting| sighting.hits == 1) && rest.unfinished.is_empty());

    // Asked for fewer requests, it asks one by one and goes through.
    let native_three = native(logs());
    let slow = FaultPlan::none()
        .with(Endpoint::Search, 1, Fault::too_many_requests(Some("1")))
        .with(Endpoint::Search, 2, Fault::status(503))
        .with(Endpoint::Search, 3, Fault::Truncate(None));
    native_three.simulator.faults(slow);
    let report = hunt(&native_three, &request(indicators)).unwrap();
    assert!(report.sightings.iter().all(|sighting| sighting.hits == 1) && report.unfinished.is_empty());
}

#[test]
fn a_token_in_the_logs_is_never_passed_on() {
    let simulator: Simulator = simulator();
    let token = simulator.operations_token();
    simulator
        .add_logs(AccountKind::Operations, [log("leak", 5, json!({"source.ip": "203.0.113.9", "user.name": token}))]);
    let report = hunt(&Native::new(simulator), &request(values(&["203.0.113.9"]))).unwrap();
    assert_eq!(report.sightings[0].hits, 1);
    assert!(!format!("{report:?}").contains(&token));
}

/// The simulator, whose answers are changed on the way.
struct Changed {
    native: Native,
    change: fn(&mut serde_json::Value),
}

impl Transport for Changed {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange> {
        let change = |response: Response| {
            let mut body = serde_json::from_slice(&response.body).unwrap();
            (self.change)(&mut body);
            Response { body: serde_json::to_vec(&body).unwrap(), ..response }
        };
        let exchanges = self.native.send(requests, time).into_iter();
        exchanges.map(|exchange| Exchange { result: exchange.result.map(change), ..exchange }).collect()
    }

    fn elapsed(&self) -> Duration {
        self.native.elapsed()
    }

    fn wait(&self, time: Duration) {
        self.native.wait(time);
    }

    fn random(&self) -> f64 {
        self.native.random()
    }
}

#[test]
fn a_partial_answer_makes_no_complete_sighting() {
    let changes: [fn(&mut serde_json::Value); 4] = [
        |answer| answer["timed_out"] = json!(true),
        |answer| answer["terminated_early"] = json!(true),
        |answer| answer["_shards"]["failed"] = json!(1),
        |answer| answer["hits"]["total"] = json!(500),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let native = native([log("hit", 5, json!({"source.ip": "203.0.113.9"}))]);
        let changed = Changed { native, change };
        let target = Target::new(&changed.native.connection(), &|_| None).unwrap();
        let client = Client::new(&changed, &target);
        let report = hunting::hunt(&client, &request(values(&["203.0.113.9"])), now()).unwrap();
        assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (1, false), "change {number}: {report:?}");
        assert!(report.notices.iter().any(|notice| notice.text.contains("only in part")), "{:?}", report.notices);
    }
}

#[test]
fn a_log_that_comes_twice_counts_once() {
    let twice: fn(&mut serde_json::Value) = |answer| {
        let hits = answer["hits"]["hits"].as_array_mut().unwrap();
        let again = hits.clone();
        hits.extend(again);
        answer["hits"]["total"] = json!(hits.len());
    };
    let changed = Changed { native: native([log("hit", 5, json!({"source.ip": "203.0.113.9"}))]), change: twice };
    let target = Target::new(&changed.native.connection(), &|_| None).unwrap();
    let report =
        hunting::hunt(&Client::new(&changed, &target), &in_one_field(values(&["203.0.113.9"])), now()).unwrap();
    assert_eq!((report.sightings[0].hits, report.sightings[0].logs.len()), (1, 1));
}
