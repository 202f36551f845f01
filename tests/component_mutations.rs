//! Each mutation of the component changes something that a caller or Logz.io
//! can see, and the conformance suite's list of mutations is complete. That the
//! suite notices each is the suite's own test.

use crate::support::account::{now, simulator};
use crate::support::native::Native;
use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{
    AccountKind, Behaviour, Endpoint, Event, Fault, FaultPlan, Log, SearchEnd, Severity, TokenEncoding,
};
use logzio_soar::call::Host;
use logzio_soar::contract::{
    Connection, Error, EventFilter, FetchRequest, FieldRequest, HuntRequest, Indicator, IndicatorKind, LogQuery, Order,
    Start,
};
use logzio_soar::logzio::client::Client;
use logzio_soar::mutations;
use logzio_soar::mutations::mutation::Mutation;
use logzio_soar::transport::Transport;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fmt::Debug;

/// What only a sandbox can show: misdeeds of the whole component.
const OF_THE_SANDBOX: [Mutation; 9] = [
    Mutation::AnotherHost,
    Mutation::EnvironmentPrinted,
    Mutation::TakesMemoryForEver,
    Mutation::LoopsForEver,
    Mutation::SleepsForEver,
    Mutation::Traps,
    Mutation::Exits,
    Mutation::PrintsForEver,
    Mutation::TokenInOutput,
];

/// What takes much data to be seen, and the calls that show it.
const OF_MUCH_DATA: [(Mutation, fn() -> Seen); 5] = [
    (Mutation::HiddenLogsUnmentioned, logs_of_one_moment),
    (Mutation::CutLogUnmentioned, a_large_log),
    (Mutation::ShortMemoryUnmentioned, many_events),
    (Mutation::UnknownFirstUnmentioned, many_false_matches),
    (Mutation::NoticesLeftOutUnmentioned, many_names),
];

/// An account with something of everything.
fn account() -> Native {
    let simulator = simulator();
    let token = simulator.security_token();
    let ids: Vec<String> = (0..150).map(|number| format!("l{number}")).collect();
    let logs = ids.iter().zip(0..).map(|(id, number)| {
        let time = now() - TimeDelta::minutes(90 * number);
        let ip = if number % 2 == 0 { "203.0.113.9" } else { "198.51.100.4" };
        let body = format!(
            r#"{{"z":1.10, "@timestamp":"{}","source.ip":"{ip}","domain":"evil.example","peer":"192.0.2.1"}}"#,
            time.to_rfc3339()
        );
        Log::new(id, time, body)
    });
    simulator.add_logs(AccountKind::Operations, logs);
    for (number, severity) in (0..).zip(Severity::ALL) {
        let event = Event::new(format!("e{number}"), now() - TimeDelta::minutes(60 - number));
        let rule = format!("rule {number} {}", if number == 2 { token.as_str() } else { "" });
        let event = event.severity(severity).tags([format!("tag{number}")]).muted(number == 1);
        simulator.add_event(event.rule(1, rule).logs(ids.clone()));
    }
    // What is no address, and what two fields hold, in some logs of a type.
    let apart = [
        r#"{"type":"app","message":"release 10.3 is out"}"#,
        r#"{"type":"app","zzHost":"two.evil.example","zzUri":"/gate","zzPeer":"203.0.113.77"}"#,
        r#"{"type":"app","zzName":"host.evil.example"}"#,
    ];
    let log = |(body, number): (&'static str, i64)| {
        Log::new(format!("app-{number}"), now() - TimeDelta::minutes(30 + number), body)
    };
    simulator.add_logs(AccountKind::Operations, apart.into_iter().zip(0_i64..).map(log));
    for (encoding, number) in [TokenEncoding::JsonEscapes, TokenEncoding::Base64].into_iter().zip(20..) {
        let date = now() - TimeDelta::minutes(number);
        let (id, time, token) = (encoding.as_str(), date.timestamp(), encoding.write(&token));
        let raw = format!(r#"{{"alertEventId":"{id}","name":"{token}","severity":"HIGH","eventDate":{time}}}"#);
        simulator.add_event(Event::new(id, date).raw(raw));
    }
    let mut native = Native::new(simulator);
    native.compressed = true;
    native
}

/// Everything that a caller sees of these operations, and what Logz.io sees.
struct Seen {
    native: Native,
    lines: Vec<String>,
}

impl Seen {
    fn call<T: Debug>(&mut self, operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>) -> Option<T> {
        let connection = self.native.connection();
        self.call_as(connection, operation)
    }

    fn call_as<T: Debug>(
        &mut self,
        connection: Connection,
        operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
    ) -> Option<T> {
        self.native.simulator.clear_requests();
        let began = self.native.elapsed();
        let trace = RefCell::new(Vec::new());
        let variable = |name: &str| match name {
            "LOGZIO_SOAR_TRACE" => Some("1".to_owned()),
            "LOGZIO_OPERATIONS_TOKEN" => Some(self.native.simulator.operations_token()),
            _ => None,
        };
        let standard_error = |line: &str| trace.borrow_mut().push(line.to_owned());
        let host = Host { variable: &variable, ..self.native.host(&standard_error) };
        let outcome = mutations::call::on_host(&connection, host, operation);
        self.lines.extend(trace.into_inner());
        self.lines.push(format!("{outcome:?} in {:?}", self.native.elapsed() - began));
        for request in self.native.simulator.requests() {
            self.lines.push(format!("{} {} gzip: {}", request.path, request.query, request.accepts_gzip));
        }
        outcome.ok()
    }

    fn faults(&self, plan: FaultPlan) {
        self.native.simulator.faults(plan);
    }

    fn fetch(&mut self, change: impl FnOnce(&mut FetchRequest)) -> Option<logzio_soar::contract::IncidentPage> {
        let filter = EventFilter { rule_name: None, severities: Vec::new(), tags: Vec::new(), include_muted: false };
        let start = Start::At("-3h".into());
        let mut request = FetchRequest { start, filter, limit: None, look_back_minutes: None, attach_logs: None };
        change(&mut request);
        self.call(|client, now| mutations::incidents::fetch(client, &request, now))
    }

    fn search(&mut self, change: impl FnOnce(&mut LogQuery)) -> Option<logzio_soar::contract::LogPage> {
        let mut query = LogQuery {
            lucene: "*".into(),
            since: Some("-7d".into()),
            until: None,
            order: None,
            fields: Vec::new(),
            limit: Some(20),
            page: None,
        };
        change(&mut query);
        self.call(|client, now| mutations::logs::search(client, &query, now))
    }

    fn event_logs(&mut self, id: &str, limit: Option<u32>) {
        self.call(|client, _| mutations::logs::by_event_id(client, id, limit, None));
    }

    fn hunt(&mut self, values: &[&str]) {
        self.hunt_as(values, |_| ());
    }

    fn hunt_as(&mut self, values: &[&str], change: impl FnOnce(&mut HuntRequest)) {
        let indicators = values.iter().map(|value| Indicator { value: (*value).into(), kind: None }).collect();
        let mut request = HuntRequest {
            indicators,
            fields: vec![(IndicatorKind::Domain, vec!["nothing".into(), "domain".into()])],
            log_types: None,
            internal_networks: vec!["198.51.100.0/24".into()],
            since: None,
            until: None,
            limit_per_indicator: Some(3),
        };
        change(&mut request);
        self.call(|client, now| mutations::hunting::hunt(client, &request, now));
    }

    fn find_fields(&mut self) {
        let request = FieldRequest { since: None, until: None };
        self.call(|client, now| mutations::hunting::find_fields(client, &request, now));
    }

    /// Searches that end with the time, with a failure, and at Logz.io's.
    fn stopped_early(&mut self) {
        for fault in [Fault::HangBeforeHead, Fault::Html] {
            self.faults(FaultPlan::none().with_all(Endpoint::Search, 2, fault));
            self.search(|query| query.limit = Some(1_000));
        }
        self.faults(FaultPlan::none());
        self.native.simulator.set_behaviour(Behaviour { search_end: SearchEnd::TimedOut, ..Behaviour::default() });
        self.search(|_| ());
        self.native.simulator.set_behaviour(Behaviour::default());
        self.native.skew.set(TimeDelta::minutes(10));
        self.fetch(|_| ());
        self.native.skew.set(TimeDelta::zero());
    }

    fn check(&mut self, change: impl FnOnce(&mut Connection)) {
        let mut connection = self.native.connection();
        change(&mut connection);
        self.call_as(connection, mutations::diagnostics::check);
    }
}

/// Calls of every function, with and without faults.
fn seen() -> Vec<String> {
    let mut seen = Seen { native: account(), lines: vec![format!("{:?}", mutations::manifest::describe())] };
    let page = seen.fetch(|request| request.limit = Some(2));
    seen.fetch(|request| request.start = page.map_or(Start::After("none".into()), |page| Start::After(page.next)));
    seen.fetch(|request| request.start = Start::After("banana".into()));
    seen.fetch(|request| request.filter.severities = vec![logzio_soar::contract::Severity::High]);
    seen.fetch(|request| request.filter.tags = vec!["tag3".into()]);
    seen.fetch(|request| request.filter.rule_name = Some("rule 4".into()));
    seen.fetch(|request| request.attach_logs = Some(2));
    seen.fetch(|request| request.look_back_minutes = Some(1_441));
    seen.fetch(|request| request.limit = Some(0));

    let page = seen.search(|_| ());
    seen.search(|query| query.page = page.and_then(|page| page.next));
    seen.search(|query| query.order = Some(Order::OldestFirst));
    seen.search(|query| query.fields = vec!["domain".into()]);
    seen.search(|query| query.until = Some("-1d".into()));
    seen.search(|query| query.lucene = "not type:app".into());
    seen.search(|query| query.lucene = String::new());
    seen.search(|query| query.lucene = "x".repeat(32_769));
    seen.search(|query| query.lucene = "*x".into());
    seen.search(|query| query.limit = Some(10_001));
    seen.search(|query| (query.limit, query.since) = (Some(1_000), Some("-7d".into())));
    seen.event_logs("e3", Some(10));
    seen.event_logs(&"x".repeat(1_025), None);
    seen.hunt(&["203.0.113.9", "198.51.100.4", "evil.example", "unseen.example", "?"]);
    seen.hunt(&["evil[.]example"]);
    seen.hunt(&[]);
    seen.hunt_as(&["http://two.evil.example/gate", "http://host.evil.example/b", "203.0.113.77"], |request| {
        request.fields.clear();
    });
    seen.hunt_as(&["evil.example"], |request| request.log_types = Some(vec!["other".into()]));
    seen.faults(FaultPlan::none().with(Endpoint::Search, 1, Fault::status(400)));
    seen.hunt_as(&["evil.example"], |request| request.since = Some("-1h".into()));
    seen.find_fields();
    seen.hunt_as(&["10.0.0.0/8"], |request| request.fields = vec![(IndicatorKind::Cidr, vec!["message".into()])]);
    seen.stopped_early();

    seen.check(|_| ());
    seen.check(|connection| connection.operations_token = None);
    seen.check(|connection| connection.time_budget_ms = Some(0));
    let (foreign, operations) = (seen.native.simulator.foreign_token(), seen.native.simulator.operations_token());
    for token in ["nobody-has-this".to_owned(), foreign, operations] {
        seen.check(|connection| connection.security_token = Some(token));
    }
    for fault in [
        Fault::too_many_requests(Some("2")),
        Fault::status(503),
        Fault::HangBeforeHead,
        Fault::Html,
        Fault::Reset(None),
    ] {
        for from in [
            FaultPlan::none().with(Endpoint::Events, 1, fault.clone()),
            FaultPlan::none().with_all(Endpoint::Events, 1, fault),
        ] {
            seen.faults(from);
            seen.fetch(|_| ());
        }
    }
    seen.lines
}

#[test]
fn every_mutation_can_be_seen() {
    let healthy = seen();
    assert_eq!(healthy, seen(), "what is seen must not differ by itself");
    let of_much_data = OF_MUCH_DATA.map(|(mutation, _)| mutation);
    let elsewhere: Vec<Mutation> = [Mutation::SWEEP, &OF_THE_SANDBOX, &of_much_data].concat();
    let of_calls: Vec<Mutation> =
        Mutation::ALL.iter().copied().filter(|mutation| !elsewhere.contains(mutation)).collect();
    assert_eq!(of_calls.len() + elsewhere.len(), Mutation::ALL.len());
    let unseen: Vec<Mutation> = of_calls.into_iter().filter(|mutation| mutation.during(seen) == healthy).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

/// A log with these members, so long before the present.
fn written(id: impl std::fmt::Display, ago: TimeDelta, members: &str) -> Log {
    let time = now() - ago;
    Log::new(id.to_string(), time, format!(r#"{{"@timestamp":"{}",{members}}}"#, time.to_rfc3339()))
}

fn seen_with(logs: impl IntoIterator<Item = Log>) -> Seen {
    let simulator = simulator();
    simulator.add_logs(AccountKind::Operations, logs);
    Seen { native: Native::new(simulator), lines: Vec::new() }
}

fn logs_of_one_moment() -> Seen {
    let mut seen = seen_with((0..10_050).map(|number| written(number, TimeDelta::hours(1), r#""a":1"#)));
    let page = seen.search(|query| query.limit = Some(10_000));
    seen.search(|query| (query.limit, query.page) = (Some(10_000), page.and_then(|page| page.next)));
    seen
}

fn a_large_log() -> Seen {
    let mut seen = seen_with([written("large", TimeDelta::hours(1), r#""a":1"#).filled_to(34 << 20)]);
    seen.search(|query| query.limit = Some(1));
    seen
}

fn many_events() -> Seen {
    let mut seen = seen_with([]);
    let event = |number: i64| Event::new(format!("e{number}"), now() - TimeDelta::seconds(7 * number + 600));
    seen.native.simulator.add_events((0..12_000).map(event));
    seen.fetch(|request| {
        request.start = Start::At("-25h".into());
        (request.look_back_minutes, request.filter.tags) = (Some(1_440), vec!["none".into()]);
    });
    seen
}

fn many_false_matches() -> Seen {
    let stray =
        |number: i64| written(number, TimeDelta::seconds(4 * number + 600), r#""message":"release 10.3 is out""#);
    let real = written("real", TimeDelta::minutes(5), r#""message":"from 10.3.4.5""#);
    let mut seen = seen_with((0..20_000).map(stray).chain([real]));
    seen.hunt_as(&["10.0.0.0/8"], |request| request.since = Some("-1d".into()));
    seen
}

fn many_names() -> Seen {
    let addresses: Vec<String> = (0..30).map(|number| format!("203.0.113.{number}")).collect();
    let log = |number: i64| {
        let members = format!(r#""source.ip":{addresses:?},"user.name":"user{number}""#);
        written(number, TimeDelta::minutes(number), &members)
    };
    let mut seen = seen_with((1..1_100).map(log));
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    seen.hunt_as(&addresses, |request| request.limit_per_indicator = Some(0));
    seen
}

#[test]
fn what_takes_much_data_can_be_seen() {
    for (mutation, calls) in OF_MUCH_DATA {
        let (healthy, broken) = (calls().lines, mutation.during(calls).lines);
        assert!(!healthy.is_empty() && healthy != broken, "{mutation:?}");
    }
}

#[test]
fn a_token_is_seen_with_the_mutations_of_secrets_and_with_no_other() {
    let token = account().simulator.security_token();
    let leaks = [
        Mutation::TokenInError,
        Mutation::TokenInNotice,
        Mutation::TokenInTrace,
        Mutation::TokenInQueryString,
        Mutation::TokenInCursor,
        Mutation::EchoedTokenPassedOn,
        Mutation::EscapedTokenPassedOn,
        Mutation::EncodedTokenPassedOn,
    ];
    for mutation in leaks.into_iter().chain([Mutation::StatusLost, Mutation::EventRewritten]) {
        let leaked = mutation.during(seen).iter().any(|line| line.contains(&token));
        assert_eq!(leaked, leaks.contains(&mutation), "{mutation:?}");
    }
    assert!(!seen().iter().any(|line| line.contains(&token)));
}

#[test]
fn without_a_mutation_the_operations_are_the_usual_ones() {
    let usual = account();
    let mut seen = Seen { native: account(), lines: Vec::new() };
    let page = seen.fetch(|request| request.limit = Some(2));
    let request = FetchRequest {
        start: Start::At("-3h".into()),
        filter: EventFilter { rule_name: None, severities: Vec::new(), tags: Vec::new(), include_muted: false },
        limit: Some(2),
        look_back_minutes: None,
        attach_logs: None,
    };
    assert_eq!(page, usual.incidents(&request).ok());
}

#[test]
fn the_list_for_the_conformance_suite_is_complete() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/host-harness/conformance/mutants.json");
    let listed: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(listed.len(), Mutation::ALL.len());
    for (listed, mutation) in listed.iter().zip(Mutation::ALL) {
        assert_eq!((&listed["name"], &listed["rule"]), (&json!(mutation.name()), &json!(mutation.rule())));
    }
    for mutation in Mutation::ALL {
        let (name, rule) = (mutation.name(), mutation.rule());
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        assert_eq!(name.replace('-', ""), format!("{mutation:?}").to_lowercase());
        assert!(rule.ends_with('.') && !rule.contains('\n'), "{rule}");
        assert_eq!(Mutation::ALL.iter().filter(|other| other.name() == name).count(), 1, "{name}");
    }
}
