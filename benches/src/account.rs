//! The account that jobs are done for: a simulator on a loopback port, in this process.

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{AccountKind, Event, Log, Severity, Simulator, SimulatorOptions};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::job::{Job, Place};
use crate::outcome::Outcome;

/// How many logs of each size there are.
const LOGS: u32 = 10_000;
/// How many indicators are hunted.
const INDICATORS: u32 = 100;

pub(crate) struct Account {
    simulator: Simulator,
    url: String,
    since: DateTime<Utc>,
    /// Serves it until this is dropped.
    _runtime: Runtime,
}

impl Account {
    /// Fills an account, and serves it.
    pub(crate) fn start() -> Outcome<Self> {
        let simulator = Simulator::new(SimulatorOptions::default());
        let since = Utc::now() - TimeDelta::hours(20);
        simulator.add_events((0..50).map(|number| event(number, since)));
        simulator.add_logs(AccountKind::Operations, (0..LOGS).map(|number| log("small", 200, number, since)));
        simulator.add_logs(AccountKind::Operations, (0..LOGS).map(|number| log("large", 1_000, number, since)));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let served = simulator.clone();
        runtime.spawn(async move { served.serve(listener, std::future::pending()).await });
        Ok(Self { simulator, url, since, _runtime: runtime })
    }

    /// Where a job is done.
    pub(crate) fn place(&self, job: Job) -> Place {
        let kind = if job == Job::SmallLogs { "small" } else { "large" };
        Place {
            url: self.url.clone(),
            security_token: self.simulator.security_token(),
            operations_token: self.simulator.operations_token(),
            since: (self.since - TimeDelta::minutes(1)).to_rfc3339(),
            times: job.times(),
            lucene: format!("type:{kind}"),
            indicators: (0..INDICATORS).map(address).collect(),
        }
    }

    pub(crate) fn forget_requests(&self) {
        self.simulator.clear_requests();
    }

    pub(crate) fn requests(&self) -> usize {
        self.simulator.requests().len()
    }
}

fn address(number: u32) -> String {
    format!("198.51.100.{}", number % INDICATORS)
}

fn event(number: u32, since: DateTime<Utc>) -> Event {
    Event::new(format!("c459b5fd-6e15-4e3b-bd24-{number:012}"), since + TimeDelta::seconds(number.into()))
        .rule(4_711, "Brute force against a login")
        .description("More failed logins from one address than any person makes, and then one that succeeds.")
        .summary("Login failures by source address")
        .severity(Severity::High)
        .window(since, since + TimeDelta::minutes(5))
        .group_by([("source.ip", address(number)), ("user.name", format!("user{number}"))])
        .tags(["login", "brute-force"])
        .mitre_tags(["T1110"])
        .hits(17)
}

/// A log of a type that has the name of its size.
fn log(kind: &str, size: usize, number: u32, since: DateTime<Utc>) -> Log {
    let time = since + TimeDelta::milliseconds(i64::from(number) * 1_000);
    let stamp = time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let text = format!(
        r#"{{"@timestamp":"{stamp}","type":"{kind}","src_ip":"{}","user":"user{}","action":"login","port":{}}}"#,
        address(number),
        number % 40,
        1_024 + number % 50_000
    );
    Log::new(format!("{kind}-{number}"), time, text).filled_to(size)
}
