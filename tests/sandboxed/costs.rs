//! What calls of the real component cost, as counts that are the same on every machine, held to those in `costs.toml`.
//!
//! A change that makes one worse by more than a twentieth fails. If it is worth that, `ACCEPT_COSTS=1 cargo test --package
//! logzio-soar-sandboxed-tests costs` writes the new counts; they are a part of the change.

use crate::sandbox::{builder, connection, fetch_request, log_query};
use crate::support::account::{now, simulator};
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Event, Log, Severity, Simulator};
use logzio_soar_host::contract::{HuntRequest, Indicator, LogQuery, Start};
use logzio_soar_host::{Observation, Runner, Session};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many events there are.
const EVENTS: u32 = 50;
/// How many logs of each size there are.
const LOGS: u32 = 2_000;

/// An account with events and logs as they usually are.
fn account() -> Simulator {
    let simulator = simulator();
    let first = now() - TimeDelta::hours(2);
    simulator.add_events((0..EVENTS).map(|number| {
        Event::new(format!("c459b5fd-6e15-4e3b-bd24-{number:012}"), first + TimeDelta::seconds(number.into()))
            .rule(4_711, "Brute force against a login")
            .description("More failed logins from one address than any person makes.")
            .severity(Severity::High)
            .window(first, first + TimeDelta::minutes(5))
            .group_by([("source.ip", format!("198.51.100.{number}")), ("user.name", format!("user{number}"))])
            .tags(["login", "brute-force"])
    }));
    for (kind, size) in [("small", 200), ("large", 1_000)] {
        let logs = (0..LOGS).map(|number| {
            let time = first + TimeDelta::seconds(number.into());
            let stamp = time.to_rfc3339();
            let address = format!("198.51.100.{}", number % 100);
            let text = format!(r#"{{"@timestamp":"{stamp}","type":"{kind}","src_ip":"{address}","user":"u{number}"}}"#);
            Log::new(format!("{kind}-{number}"), time, text).filled_to(size)
        });
        simulator.add_logs(AccountKind::Operations, logs);
    }
    simulator
}

/// A session whose calls are counted.
struct Counted {
    session: Session,
    runner: Runner,
    simulator: Simulator,
    instructions: Arc<AtomicU64>,
}

impl Counted {
    fn new() -> Self {
        let simulator = account();
        let instructions = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&instructions);
        let count = move |observation| {
            if let Observation::Instructions { count } = observation {
                counter.store(count, Ordering::Relaxed);
            }
        };
        let runner = builder(&simulator).count_instructions().observer(count).build().unwrap();
        Self { session: runner.connect(connection(&simulator)), runner, simulator, instructions }
    }

    /// The instructions of the last call.
    fn instructions(&self) -> u64 {
        self.instructions.load(Ordering::Relaxed)
    }

    /// The requests since they were asked for.
    fn requests(&self) -> u64 {
        let count = self.simulator.requests().len() as u64;
        self.simulator.clear_requests();
        count
    }

    async fn search(&self, kind: &str) -> u64 {
        let query = LogQuery { lucene: format!("type:{kind}"), limit: Some(LOGS), ..log_query() };
        let page = self.session.search_logs(&query).await.unwrap().unwrap();
        assert_eq!(page.logs.len(), LOGS as usize);
        self.instructions() / u64::from(LOGS)
    }
}

async fn costs() -> BTreeMap<&'static str, u64> {
    let counted = Counted::new();
    let mut costs = BTreeMap::new();

    counted.runner.describe().await.unwrap();
    costs.insert("instructions-of-describe", counted.instructions());

    counted.requests();
    let start = Start::At((now() - TimeDelta::hours(3)).to_rfc3339());
    let page = counted.session.fetch_incidents(&fetch_request(start)).await.unwrap().unwrap();
    assert_eq!(page.incidents.len(), EVENTS as usize);
    costs.insert("instructions-per-incident", counted.instructions() / u64::from(EVENTS));
    costs.insert("requests-of-a-fetch", counted.requests());

    let mut start = Start::After(page.next);
    loop {
        let page = counted.session.fetch_incidents(&fetch_request(start)).await.unwrap().unwrap();
        start = Start::After(page.next);
        if !page.more {
            break;
        }
    }
    counted.requests();
    counted.session.fetch_incidents(&fetch_request(start)).await.unwrap().unwrap();
    costs.insert("instructions-of-an-idle-fetch", counted.instructions());
    costs.insert("requests-of-an-idle-fetch", counted.requests());

    costs.insert("instructions-per-log-of-200-bytes", counted.search("small").await);
    costs.insert("instructions-per-log-of-1000-bytes", counted.search("large").await);
    costs.insert("requests-of-two-searches", counted.requests());

    let indicator = |number: u32| Indicator { value: format!("198.51.100.{number}"), kind: None };
    let request = HuntRequest { since: Some("-3h".into()), ..HuntRequest::new((0..100).map(indicator)) };
    let report = counted.session.hunt_indicators(&request).await.unwrap().unwrap();
    assert_eq!(report.sightings.iter().filter(|sighting| sighting.hits > 0).count(), 100);
    costs.insert("instructions-of-a-hunt-per-log", counted.instructions() / u64::from(2 * LOGS));
    costs.insert("requests-of-a-hunt", counted.requests());

    costs.insert("bytes-of-the-component", logzio_soar_host::EMBEDDED_COMPONENT.len() as u64);
    costs
}

fn accepted(text: &str) -> BTreeMap<&str, u64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(" = ").unwrap()).map(|(name, count)| (name, count.parse().unwrap())).collect()
}

#[tokio::test(start_paused = true)]
async fn costs_are_those_that_were_accepted() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("costs.toml");
    let costs = costs().await;
    if std::env::var_os("ACCEPT_COSTS").is_some() {
        let lines = costs.iter().map(|(name, count)| format!("{name} = {count}\n")).collect::<String>();
        std::fs::write(&file, format!("# Written by ACCEPT_COSTS=1: see costs.rs.\n\n{lines}")).unwrap();
        return;
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let accepted = accepted(&text);
    assert_eq!(costs.keys().collect::<Vec<_>>(), accepted.keys().collect::<Vec<_>>());
    let is_worse = |name: &str, count: u64| count * 20 > accepted[name] * 21;
    let worse: Vec<String> = costs
        .iter()
        .filter(|(name, count)| is_worse(name, **count))
        .map(|(name, count)| format!("{name} is {count}, and {} was accepted", accepted[name]))
        .collect();
    assert!(
        worse.is_empty(),
        "{}\nmake it cheaper, or accept it: ACCEPT_COSTS=1 cargo test --package logzio-soar-sandboxed-tests costs",
        worse.join("\n")
    );
}
