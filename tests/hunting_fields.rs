//! Hunts in accounts whose fields nobody knows beforehand: those of many products, fields that no sample had, more fields than
//! a query takes, and a Logz.io that does not help to learn them.

use crate::support::account::{now, simulator};
use crate::support::native::Native;
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Fault, FaultPlan, Log};
use logzio_soar::connection::Target;
use logzio_soar::contract::{
    Connection, FieldReport, FieldRequest, HuntReport, HuntRequest, Indicator, IndicatorKind, NoticeCode,
};
use logzio_soar::hunting::{self, known_fields};
use logzio_soar::logzio::client::Client;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A product, a field of its, and the kind of what it holds.
struct Row {
    product: &'static str,
    field: String,
    kind: IndicatorKind,
}

/// The fields of many products. Those that a list of ours names have another name here.
fn rows() -> Vec<Row> {
    let lines = include_str!("data/log-fields.tsv").lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let [product, field, kind] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let kind = match kind {
            "ip" => IndicatorKind::Ip,
            "email" => IndicatorKind::Email,
            "url" => IndicatorKind::Url,
            "md5" => IndicatorKind::Md5,
            "sha1" => IndicatorKind::Sha1,
            "sha256" => IndicatorKind::Sha256,
            other => panic!("{other}"),
        };
        let is_known = hunting::kinds::ALL.iter().any(|kind| known_fields::defaults(*kind).contains(&field));
        let field = if is_known { format!("vendor.{field}") } else { field.to_owned() };
        Row { product, field, kind }
    };
    lines.map(row).collect()
}

/// A value of a kind, different for each number.
fn value(kind: IndicatorKind, number: usize) -> String {
    match kind {
        IndicatorKind::Ip => format!("203.0.{}.{}", number / 250, number % 250),
        IndicatorKind::Email => format!("box{number}@mail.example"),
        IndicatorKind::Url => format!("https://site{number}.example/path"),
        IndicatorKind::Md5 => format!("{:032x}", number + 0xabc_000),
        IndicatorKind::Sha1 => format!("{:040x}", number + 0xabc_000),
        IndicatorKind::Sha256 => format!("{:064x}", number + 0xabc_000),
        other => panic!("{other:?}"),
    }
}

/// How a field holds a value.
#[derive(Clone, Copy, Debug)]
enum Form {
    Plain,
    Nested,
    List,
    /// Within a longer value.
    Within,
}

fn written(field: &str, kind: IndicatorKind, value: &str, form: Form) -> Value {
    let within = || match kind {
        IndicatorKind::Ip => format!("{value}:51000"),
        IndicatorKind::Email => format!("Mail <{value}>"),
        IndicatorKind::Url => format!("GET {value} HTTP/1.1"),
        _ => format!("HASH={value},SIZE=12"),
    };
    match form {
        Form::Plain => json!({ field: value }),
        Form::List => json!({ field: ["other", value] }),
        Form::Within => json!({ field: within() }),
        Form::Nested => field.rsplit('.').fold(json!(value), |inner, name| json!({ name: inner })),
    }
}

fn log(id: &str, minutes: i64, log_type: &str, mut body: Value) -> Log {
    body["type"] = json!(log_type);
    Log::new(id, now() - TimeDelta::minutes(minutes), body.to_string())
}

fn native(logs: Vec<Log>) -> Native {
    let simulator = simulator();
    simulator.add_logs(AccountKind::Operations, logs);
    Native::new(simulator)
}

fn request(indicators: impl IntoIterator<Item = (IndicatorKind, String)>) -> HuntRequest {
    let indicators = indicators.into_iter().map(|(kind, value)| Indicator { value, kind: Some(kind) });
    HuntRequest {
        indicators: indicators.collect(),
        fields: Vec::new(),
        log_types: None,
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(10),
    }
}

fn ip(address: &str) -> (IndicatorKind, String) {
    (IndicatorKind::Ip, address.to_owned())
}

fn hunt(native: &Native, request: &HuntRequest) -> HuntReport {
    native.call(|client, now| hunting::hunt(client, request, now)).unwrap()
}

fn fields(native: &Native) -> FieldReport {
    let request = FieldRequest { since: None, until: None };
    native.call(|client, now| hunting::find_fields(client, &request, now)).unwrap()
}

/// A log for each row, with a value of its own, among everyday logs of the same types.
fn products(rows: &[Row], form: Form) -> Vec<Log> {
    let mut logs = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let body = written(&row.field, row.kind, &value(row.kind, number), form);
        logs.push(log(&number.to_string(), 300 + 40 * number as i64, row.product, body));
        for everyday in 0..8_i64 {
            let body = json!({"message": format!("nothing of note, {everyday}"), "level": "info", "took": everyday});
            logs.push(log(&format!("everyday-{number}-{everyday}"), 10 + 1_200 * everyday, row.product, body));
        }
    }
    logs
}

#[test]
fn every_value_in_every_field_of_every_product_is_found() {
    let rows = rows();
    for form in [Form::Plain, Form::Nested, Form::List, Form::Within] {
        let native = native(products(&rows, form));
        let planted = rows.iter().enumerate().map(|(number, row)| (row.kind, value(row.kind, number)));
        let absent = rows.iter().enumerate().map(|(number, row)| (row.kind, value(row.kind, number + rows.len())));
        let report = hunt(&native, &request(planted.chain(absent)));
        assert_eq!((report.rejected.len(), report.unfinished.len()), (0, 0), "{:?}", report.rejected);
        let (planted, absent) = report.sightings.split_at(rows.len());
        // Of each kind, how many were found and how many there are.
        let mut recall: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        let mut missed = Vec::new();
        for ((number, row), sighting) in rows.iter().enumerate().zip(planted) {
            let ids: Vec<&str> = sighting.logs.iter().filter_map(|log| log.id.as_deref()).collect();
            let is_found = (sighting.hits, sighting.complete) == (1, true) && ids == [number.to_string()];
            let of_kind = recall.entry(format!("{:?}", row.kind)).or_default();
            of_kind[0] += usize::from(is_found);
            of_kind[1] += 1;
            if !is_found {
                missed.push(format!("{} {} {:?}: {} hits, {ids:?}", row.product, row.field, row.kind, sighting.hits));
            }
        }
        println!("{form:?}: {recall:?}");
        assert!(missed.is_empty(), "{form:?}: missed {missed:#?}");
        let (asked, hosts) = absent.split_at(rows.len());
        assert!(asked.iter().all(|sighting| (sighting.hits, sighting.complete) == (0, true)), "{form:?}");
        // None of the hosts of the URLs that are not there is.
        assert!(hosts.is_empty(), "{form:?}: {hosts:?}");
        assert_eq!(report.unknown_log_types, [""; 0]);

        // What was learned names each field of its kind, in its log type.
        let learned = fields(&native);
        for row in &rows {
            let of_kind = learned.kinds.iter().find(|of_kind| of_kind.kind == row.kind).unwrap();
            let field = of_kind.fields.iter().find(|field| field.name == row.field);
            let is_there = field.is_some_and(|field| field.log_types.iter().any(|name| name == row.product));
            assert!(is_there, "{form:?}: {} {} {:?}: {field:?}", row.product, row.field, row.kind);
        }
    }
}

/// Logs of one type with the same fields, and one that has others, in the middle of them.
fn with_a_rare_log(rare: Value) -> Vec<Log> {
    let everyday = (0..4_000).map(|number| {
        let body = json!({"level": "info", "n": number, "user": format!("u{number}"), "host": {"name": "web-01"}});
        log(&format!("everyday-{number}"), 2 * number, "app", body)
    });
    // It has the fields of the others, too, so that nothing but the rare field tells it from them.
    let mut body = json!({"level": "info", "n": 1, "user": "ada", "host": {"name": "web-01"}});
    body.as_object_mut().unwrap().extend(rare.as_object().unwrap().clone());
    everyday.chain([log("rare", 4_691, "app", body)]).collect()
}

#[test]
fn a_value_within_a_longer_one_is_found_in_a_field_that_no_sample_had() {
    use IndicatorKind as K;
    for (kind, wanted, rare) in [
        (K::Ip, "203.0.113.9", json!({"via": "203.0.113.9:443"})),
        (K::Ip, "203.0.113.9", json!({"via": ["10.0.0.1", "10.0.0.2, 203.0.113.9"]})),
        (K::Cidr, "203.0.113.0/24", json!({"via": "src=203.0.113.9"})),
        (K::Domain, "c2.evil.example", json!({"link": {"full": "https://C2.Evil.example/a"}})),
        (K::Url, "https://c2.evil.example/a", json!({"line": "GET https://c2.evil.example/a HTTP/1.1"})),
        (K::Email, "mallory@evil.example", json!({"hdr": "Mallory <mallory@evil.example>"})),
        (K::Md5, "80000000000000000000000000000082", json!({"sums": "MD5=80000000000000000000000000000082,SIZE=1"})),
        (K::RegistryKey, r"HKLM\Software\Evil", json!({"obj": r"HKEY_LOCAL_MACHINE\Software\Evil\a"})),
        (K::FileName, "evil.exe", json!({"line": r"C:\Windows\evil.exe -x"})),
        (K::Process, "evil.exe", json!({"line": r"C:\Windows\evil.exe -x"})),
        (K::User, "mallory", json!({"actorLogin": r"CORP\Mallory"})),
        (K::User, "mallory", json!({"initiatedBy": {"user": {"displayName": "mallory"}}})),
        (K::User, r"CORP\mallory", json!({"TargetUserName": "Mallory", "TargetDomainName": "Corp"})),
        (K::Host, "pc-94", json!({"deviceFqdn": "PC-94.corp.example"})),
        (K::Process, "miner", json!({"childProcessName": "/usr/bin/miner"})),
        (K::FileName, "dropper", json!({"attachmentName": "dropper"})),
        (K::Port, "4444", json!({"l4DstPort": 4444})),
    ] {
        let native = native(with_a_rare_log(rare.clone()));
        let learned = fields(&native);
        let name = rare.as_object().unwrap().keys().next().unwrap();
        let is_learned = learned.fields.iter().any(|(_, names)| names.iter().any(|known| known.starts_with(name)));
        assert!(!is_learned, "{name} was sampled: the test shows nothing");
        let report = hunt(&native, &request([(kind, wanted.to_owned())]));
        let sighting = &report.sightings[0];
        let ids: Vec<&str> = sighting.logs.iter().filter_map(|log| log.id.as_deref()).collect();
        assert_eq!((ids, sighting.hits, sighting.complete), (vec!["rare"], 1, true), "{wanted} in {rare}: {report:?}");
    }
}

#[test]
fn a_name_counts_only_in_fields_that_may_hold_it() {
    let rare = json!({"comment": "admin", "role": "admin", "userRole": "admin", "user_agent": "admin"});
    let report = hunt(&native(with_a_rare_log(rare)), &request([(IndicatorKind::User, "admin".to_owned())]));
    assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (0, true), "{report:?}");
}

#[test]
fn a_hunt_is_not_complete_where_logzio_takes_no_search_of_every_field() {
    // Refused once, it is made again for whole values, and refused again, in the known fields only.
    for (via, refusals, hits) in [("203.0.113.9", 1, 1), ("203.0.113.9:443", 1, 0), ("203.0.113.9", 2, 0)] {
        let native = native(with_a_rare_log(json!({ "via": via })));
        // Two days at most: the hunt is one search.
        let range = || (Some("-84h".to_owned()), Some("-72h".to_owned()));
        let (since, until) = range();
        native.call(|client, now| hunting::find_fields(client, &FieldRequest { since, until }, now)).unwrap();
        let searches = native.simulator.requests().len();
        native.simulator.faults(format!("search@{}:400x{refusals}", searches + 1).parse().unwrap());
        let (since, until) = range();
        let report = hunt(&native, &HuntRequest { since, until, ..request([ip("203.0.113.9")]) });
        let sighting = &report.sightings[0];
        assert_eq!((sighting.hits, sighting.complete), (hits, false), "{via}, {refusals}: {report:?}");
        let is_told = report.notices.iter().any(|notice| notice.code == NoticeCode::SimplifiedSearch);
        assert!(is_told, "{:?}", report.notices);
    }
}

#[test]
fn more_fields_than_a_query_takes_are_all_searched() {
    // Of each address, its own field: a thousand and more of them, in logs of several types.
    let logs = (0..1_300).map(|number| {
        let (field, address) =
            (format!("net.peer{number}.addr"), format!("203.0.{}.{}:80", number / 250, number % 250));
        log(&number.to_string(), 10 + number, &format!("type-{}", number % 40), json!({ field: address }))
    });
    let native = native(logs.collect());
    let learned = fields(&native);
    let of_ip = learned.kinds.iter().find(|of_kind| of_kind.kind == IndicatorKind::Ip).unwrap();
    assert!(of_ip.fields.len() > 1_024, "{}", of_ip.fields.len());
    let wanted = [7, 650, 1_299].map(|number| ip(&format!("203.0.{}.{}", number / 250, number % 250)));
    let named = HuntRequest { fields: learned.fields, ..request(wanted.clone()) };
    native.simulator.clear_requests();
    for request in [request(wanted), named] {
        let report = hunt(&native, &request);
        assert!(report.sightings.iter().all(|one| (one.hits, one.complete) == (1, true)), "{:?}", report.sightings);
    }
    // None has more fields than Elasticsearch takes.
    let mut counted = 0;
    for sent in native.simulator.requests() {
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        counted += most_fields(&body, &mut |count| assert!(count <= 1_024, "{count} fields"));
    }
    assert!(counted > 8, "{counted}");
}

/// Counts the lists of fields in a query.
fn most_fields(query: &Value, each: &mut impl FnMut(usize)) -> usize {
    match query {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value {
                Value::Array(fields) if name == "fields" => {
                    each(fields.len());
                    1
                }
                value => most_fields(value, each),
            })
            .sum(),
        Value::Array(values) => values.iter().map(|value| most_fields(value, each)).sum(),
        _ => 0,
    }
}

/// Accounts of one type whose logs have an address in a field of its own.
fn of_types(count: usize) -> Vec<Log> {
    let log = |number: usize| {
        let address = format!("203.0.{}.{}", number / 250, number % 250);
        log(&number.to_string(), 5 + number as i64 % 9_000, &format!("type-{number:04}"), json!({"peerAddr": address}))
    };
    (0..count)
        .map(log)
        .chain([Log::new("untyped", now() - TimeDelta::minutes(9), r#"{"via":"203.0.100.1"}"#)])
        .collect()
}

#[test]
fn log_types_are_sampled_many_in_a_request_and_one_by_one_where_that_is_refused() {
    for refused in [false, true] {
        let native = native(of_types(60));
        native.simulator.set_behaviour(Behaviour { refuses_top_hits: refused, ..Behaviour::default() });
        let learned = fields(&native);
        assert_eq!((learned.sampled.len(), learned.unknown_log_types.len()), (61, 0), "{:?}", learned.notices);
        let of_ip = learned.kinds.iter().find(|of_kind| of_kind.kind == IndicatorKind::Ip).unwrap();
        let field = of_ip.fields.iter().find(|field| field.name == "peerAddr").unwrap();
        assert_eq!((field.log_types.len(), field.share), (60, 100));
        let requests = native.simulator.requests();
        let grouped = requests.iter().filter(|sent| String::from_utf8_lossy(&sent.body).contains("top_hits")).count();
        if refused {
            assert!(requests.len() > 60 && grouped <= 4, "{} requests, {grouped} grouped", requests.len());
        } else {
            // A search for each window, one for logs without a type, and rounds for logs with other fields.
            assert!(requests.len() <= 20 && grouped >= 4, "{} requests, {grouped} grouped", requests.len());
        }
        let report = hunt(&native, &request([ip("203.0.0.7"), ip("203.0.100.1")]));
        assert!(report.sightings.iter().all(|one| (one.hits, one.complete) == (1, true)), "{report:?}");
    }
}

#[test]
fn every_log_type_is_known_although_logzio_lists_a_thousand_or_counts_none() {
    for (count, counts) in [(2_300, true), (150, false)] {
        let native = native(of_types(count));
        native.simulator.set_behaviour(Behaviour { refuses_aggregations: !counts, ..Behaviour::default() });
        let connection = Connection { time_budget_ms: Some(600_000), ..native.connection() };
        let target = Target::new(&connection, &|_| None).unwrap();
        let request_fields = FieldRequest { since: None, until: None };
        let learned = hunting::find_fields(&Client::new(&native, &target), &request_fields, now()).unwrap();
        let names = learned.sampled.len() + learned.unknown_log_types.len();
        assert_eq!(names, count + 1, "{counts}: {:?}", learned.notices);
        if !counts {
            assert_eq!(learned.unknown_log_types, [""; 0]);
        }

        // What is passed on covers what was sampled, and no more.
        let passed_on = HuntRequest {
            fields: learned.fields,
            log_types: Some(learned.sampled.clone()),
            ..request([ip("203.0.0.7")])
        };
        let report = hunting::hunt(&Client::new(&native, &target), &passed_on, now()).unwrap();
        assert_eq!(report.unknown_log_types, learned.unknown_log_types);
        let is_whole = learned.unknown_log_types.is_empty();
        assert_eq!(report.sightings[0].complete, is_whole, "{:?}", report.notices);
        let one_less = learned.sampled.into_iter().skip(1).collect();
        let report = hunting::hunt(
            &Client::new(&native, &target),
            &HuntRequest { log_types: Some(one_less), ..passed_on },
            now(),
        );
        assert!(!report.unwrap().sightings[0].complete);
    }
}

#[test]
fn nothing_is_complete_where_a_part_of_the_range_could_not_be_sampled() {
    // The first window is sampled, others are not: refused, or no answer to what is asked.
    for fault in ["htmlx3", "invalid-jsonx3", "403x3"] {
        let native = native(of_types(5));
        native.simulator.faults(format!("search@2:{fault}").parse().unwrap());
        let report = hunt(&native, &request([ip("203.0.0.1")]));
        assert!(!report.sightings[0].complete, "{fault}: {report:?}");
        let is_told = report.notices.iter().any(|notice| notice.code == NoticeCode::LogTypesUnknown);
        assert!(is_told, "{fault}: {:?}", report.notices);
    }
    // Refused, it is asked for in a simpler way.
    let native = native(of_types(5));
    native.simulator.faults("search@2:400x3".parse().unwrap());
    let report = hunt(&native, &request([ip("203.0.0.1")]));
    assert!(report.sightings[0].complete && report.notices.is_empty(), "{:?}", report.notices);
}

#[test]
fn a_log_of_two_types_is_sampled_of_both() {
    let both = json!({"type": ["a", "b"], "peerAddr": "203.0.113.9"}).to_string();
    let native = native(vec![Log::new("both", now() - TimeDelta::minutes(5), both)]);
    let report = hunt(&native, &request([ip("203.0.113.9")]));
    assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (1, true), "{:?}", report.notices);
    assert_eq!(report.searched[0].log_types, ["a", "b"]);
}

/// A type of its own in each two days of a range that is longer than what is sampled of it.
fn a_long_range() -> Vec<Log> {
    let body = |number: i64| json!({format!("zzPeer{number}"): format!("203.0.113.{number}"), "level": "info"});
    let log = |number: i64| log(&number.to_string(), 2_880 * number + 600, &format!("app-{number}"), body(number));
    (0..100).map(log).collect()
}

#[test]
fn every_log_type_of_a_long_range_is_known() {
    let native = native(a_long_range());
    let long = HuntRequest {
        since: Some("-200d".into()),
        ..request((0..100).map(|number| ip(&format!("203.0.113.{number}"))).chain([ip("198.51.100.7")]))
    };
    let report = hunt(&native, &long);
    assert_eq!((&report.unknown_log_types[..], report.notices.len()), (&[][..], 0), "{:?}", report.notices);
    let (seen, unseen) = report.sightings.split_at(100);
    for sighting in seen {
        assert_eq!((sighting.hits, sighting.complete), (1, true), "{}", sighting.value);
    }
    assert_eq!((unseen[0].hits, unseen[0].complete), (0, true));
    let searched = report.searched.iter().find(|searched| searched.kind == IndicatorKind::Ip).unwrap();
    assert!((0..100).all(|number| searched.fields.contains(&format!("zzPeer{number}"))), "{searched:?}");

    // What was learned of a part of the range does not cover the types of the rest.
    let known = |numbers: std::ops::Range<i64>| numbers.map(|number| format!("app-{number}")).collect::<Vec<_>>();
    for (types, missing) in [(known(0..100), None), (known(0..99), Some("app-99"))] {
        let named = HuntRequest {
            fields: hunting::kinds::ALL.map(|kind| (kind, vec!["zzPeer7".to_owned()])).to_vec(),
            log_types: Some(types),
            ..long.clone()
        };
        let report = hunt(&native, &named);
        let is_complete = report.sightings.iter().all(|sighting| sighting.complete);
        assert_eq!((report.unknown_log_types.first().map(String::as_str), is_complete), (missing, missing.is_none()));
    }
}

#[test]
fn a_long_range_is_not_complete_where_its_log_types_could_not_all_be_found_in_time() {
    let native = native(a_long_range());
    let slow = Fault::Delay(Duration::from_millis(300));
    native.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, slow));
    let long = HuntRequest { since: Some("-200d".into()), ..request([ip("203.0.113.7")]) };
    let hunt_within = |time_budget_ms| {
        let connection = Connection { time_budget_ms: Some(time_budget_ms), ..native.connection() };
        let target = Target::new(&connection, &|_| None).unwrap();
        hunting::hunt(&Client::new(&native, &target), &long, native.now()).unwrap()
    };
    let report = hunt_within(90_000);
    assert!(report.notices.iter().any(|notice| notice.code == NoticeCode::LogTypesUnknown), "{:?}", report.notices);
    assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (1, false));
    let report = hunt_within(600_000);
    assert_eq!((report.sightings[0].hits, report.sightings[0].complete), (1, true), "{:?}", report.notices);
}
