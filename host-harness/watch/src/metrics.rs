//! What the watcher counts, as Prometheus reads it. Names have units; labels are bounded.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use logzio_soar_host::Observation;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use serde::Deserialize;
use tracing::debug;

use crate::status::Status;

/// What stands in front of every name.
const PREFIX: &str = "logzio_soar";
/// What stands for all accounts or sinks beyond the number that have series of their own.
const OTHERS: &str = "(others)";
/// The most accounts, and the most sinks, with series of their own.
const NAMES: usize = 2_000;
/// The most paths with series of their own. Logz.io's API has a handful.
const PATHS: usize = 16;

/// What is counted. Clones share it.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    incidents: Family<IncidentLabels, Counter>,
    polls: Family<PollLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    delivered: Family<SinkLabels, Counter>,
    failures: Family<FailureLabels, Counter>,
    buried: Family<SinkLabels, Counter>,
    state_errors: Family<FaultLabels, Counter>,
    reloads: Family<OutcomeLabels, Counter>,
    accounts: Names,
    sinks: Names,
    paths: Names,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct IncidentLabels {
    account: Arc<str>,
    severity: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PollLabels {
    account: Arc<str>,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    path: Arc<str>,
    status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SinkLabels {
    sink: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    sink: Arc<str>,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FaultLabels {
    fault: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// Names that are labels, up to a number of them: whatever is configured, the series stay bounded.
#[derive(Clone, Debug)]
struct Names {
    known: Arc<Mutex<std::collections::BTreeSet<Arc<str>>>>,
    most: usize,
}

impl Names {
    fn new(most: usize) -> Self {
        Self { known: Arc::default(), most }
    }

    fn label(&self, name: &str) -> Arc<str> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(label) = known.get(name) {
            return Arc::clone(label);
        }
        if known.len() >= self.most {
            return Arc::from(OTHERS);
        }
        let label: Arc<str> = Arc::from(name);
        known.insert(Arc::clone(&label));
        label
    }
}

impl Metrics {
    /// All counters at zero, and what the status says at each reading.
    #[must_use]
    pub fn new(status: &Status) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", build);
        let (accounts, sinks) = (Names::new(NAMES), Names::new(NAMES));
        let (incidents, polls, requests) = (Family::default(), Family::default(), Family::default());
        let (delivered, failures, buried) = (Family::default(), Family::default(), Family::default());
        let (state_errors, reloads) = (Family::default(), Family::default());
        registry.register("incidents", "Incidents fetched and stored", incidents.clone());
        registry.register("polls", "Polls of an account by what became of them", polls.clone());
        registry.register("requests", "Requests to Logz.io by path and status", requests.clone());
        registry.register("delivered_incidents", "Incidents that a sink acknowledged", delivered.clone());
        registry.register("delivery_failures", "Deliveries that a sink did not take", failures.clone());
        registry.register("buried_incidents", "Incidents that became dead letters", buried.clone());
        registry.register("state_errors", "Reads and writes of the state that failed", state_errors.clone());
        registry.register("reloads", "Times that the files of accounts and sinks were read again", reloads.clone());
        let now = NowCollector { status: status.clone(), accounts: accounts.clone(), sinks: sinks.clone() };
        registry.register_collector(Box::new(now));
        Self {
            registry: Arc::new(registry),
            incidents,
            polls,
            requests,
            delivered,
            failures,
            buried,
            state_errors,
            reloads,
            accounts,
            sinks,
            paths: Names::new(PATHS),
        }
    }

    /// All of it in the OpenMetrics text format.
    ///
    /// # Errors
    /// None in practice: a text takes everything.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Counts the requests among what a component did, if it was asked for traces (`LOGZIO_SOAR_TRACE=1`).
    pub fn observe(&self, observation: &Observation) {
        #[derive(Deserialize)]
        struct Request {
            method: String,
            path: String,
            status: Option<u16>,
            failure: Option<String>,
            ms: u64,
        }
        let Observation::Output { text } = observation else { return };
        for line in text.lines() {
            let Ok(Request { method, path, status, failure, ms }) = serde_json::from_str(line) else { continue };
            debug!(%method, %path, status, failure, ms, "request to Logz.io");
            let status = status.map(|status| status.to_string()).or(failure).unwrap_or_else(|| "none".into());
            // The component is not trusted with the number of series.
            let status = if status.len() <= 20 { status } else { OTHERS.into() };
            self.requests.get_or_create(&RequestLabels { path: self.paths.label(&path), status }).inc();
        }
    }

    pub(crate) fn incident(&self, account: &str, severity: &str) {
        let labels = IncidentLabels { account: self.accounts.label(account), severity: severity.to_owned() };
        self.incidents.get_or_create(&labels).inc();
    }

    pub(crate) fn poll(&self, account: &str, outcome: &'static str) {
        self.polls.get_or_create(&PollLabels { account: self.accounts.label(account), outcome }).inc();
    }

    pub(crate) fn delivered(&self, sink: &str, incidents: usize) {
        let count = u64::try_from(incidents).unwrap_or_default();
        self.delivered.get_or_create(&SinkLabels { sink: self.sinks.label(sink) }).inc_by(count);
    }

    pub(crate) fn delivery_failure(&self, sink: &str, outcome: &'static str) {
        self.failures.get_or_create(&FailureLabels { sink: self.sinks.label(sink), outcome }).inc();
    }

    pub(crate) fn buried(&self, sink: &str) {
        self.buried.get_or_create(&SinkLabels { sink: self.sinks.label(sink) }).inc();
    }

    pub(crate) fn state_error(&self, fault: &'static str) {
        self.state_errors.get_or_create(&FaultLabels { fault }).inc();
    }

    pub(crate) fn reload(&self, is_in_force: bool) {
        let outcome = if is_in_force { "in-force" } else { "refused" };
        self.reloads.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

/// What is true at the moment of a reading.
#[derive(Debug)]
struct NowCollector {
    status: Status,
    accounts: Names,
    sinks: Names,
}

/// A gauge with its label and values.
struct Gauge {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
}

impl Collector for NowCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = SystemTime::now();
        let accounts = self.status.accounts();
        let of_accounts = |value: &dyn Fn(&crate::status::AccountStatus) -> Option<f64>| {
            // Those beyond the bound have no series here: a gauge of several would say nothing.
            let labelled = accounts.iter().map(|(name, account)| (self.accounts.label(name), account));
            labelled
                .filter(|(label, _)| **label != *OTHERS)
                .filter_map(|(label, account)| Some((label, value(account)?)))
                .collect::<Vec<_>>()
        };
        let gauge = |name, help, unit| Gauge { name, help, unit };
        encode(
            &mut encoder,
            &gauge("lag", "Since the account was last read to its end", Some(Unit::Seconds)),
            "account",
            &of_accounts(&|account| account.caught_up.map(|then| since(then, now))),
        )?;
        encode(
            &mut encoder,
            &gauge("last_success_timestamp", "When the last poll that succeeded began", Some(Unit::Seconds)),
            "account",
            &of_accounts(&|account| account.succeeded.map(|then| since(UNIX_EPOCH, then))),
        )?;
        encode(
            &mut encoder,
            &gauge("failing_polls", "Polls that failed since the last that succeeded", None),
            "account",
            &of_accounts(&|account| Some(account.failure.as_ref().map_or(0.0, |(_, count)| f64::from(*count)))),
        )?;
        let sinks = self.status.sinks();
        let of_sinks = |value: &dyn Fn(&crate::status::SinkStatus) -> f64| {
            let labelled = sinks.iter().map(|(name, sink)| (self.sinks.label(name), value(sink)));
            labelled.filter(|(label, _)| **label != *OTHERS).collect::<Vec<_>>()
        };
        encode(
            &mut encoder,
            &gauge("outbox_incidents", "Incidents that wait for a sink", None),
            "sink",
            &of_sinks(&|sink| sink.waiting as f64),
        )?;
        encode(
            &mut encoder,
            &gauge("outbox_age", "Since the first incident in the outbox waits", Some(Unit::Seconds)),
            "sink",
            &of_sinks(&|sink| sink.waiting_since.map_or(0.0, |then| since(then, now))),
        )?;
        encode(
            &mut encoder,
            &gauge("dead_letters", "Incidents that a sink did not take and that wait for someone", None),
            "sink",
            &of_sinks(&|sink| sink.dead_letters as f64),
        )?;
        for (name, help, value) in [
            ("accounts", "Accounts that are polled", accounts.len()),
            ("overdue_accounts", "Accounts that are due and wait for others to end", self.status.overdue()),
            (
                "configuration_refused",
                "1 if the files of accounts or sinks are wrong and older settings are in force",
                usize::from(self.status.configuration_error().is_some()),
            ),
        ] {
            let value = ConstGauge::new(value as f64);
            value.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        Ok(())
    }
}

fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    gauge: &Gauge,
    label: &'static str,
    values: &[(Arc<str>, f64)],
) -> fmt::Result {
    if values.is_empty() {
        return Ok(());
    }
    let mut metric = encoder.encode_descriptor(gauge.name, gauge.help, gauge.unit.as_ref(), MetricType::Gauge)?;
    for (name, value) in values {
        let labels = [(label, &**name)];
        ConstGauge::new(*value).encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

fn since(then: SystemTime, now: SystemTime) -> f64 {
    // The clock may have been set back.
    now.duration_since(then).unwrap_or(Duration::ZERO).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::AccountStatus;

    #[test]
    fn names_have_units_and_series_are_bounded() {
        let status = Status::default();
        let metrics = Metrics::new(&status);
        let long_ago = Some(SystemTime::now() - Duration::from_secs(100));
        for number in 0..NAMES + 50 {
            let name = format!("account-{number}");
            status.add_account(&name, || AccountStatus { caught_up: long_ago, ..AccountStatus::default() });
            metrics.poll(&name, "ok");
        }
        status.sink("soar", |sink| sink.waiting = 3);
        metrics.incident("account-0", "high");
        metrics.observe(&Observation::Output {
            text: r#"{"trace":"request","method":"POST","path":"/v2/x","status":200,"failure":null,"ms":3}"#.into(),
        });
        let text = metrics.text().unwrap();
        for line in [
            r#"logzio_soar_incidents_total{account="account-0",severity="high"} 1"#,
            r#"logzio_soar_requests_total{path="/v2/x",status="200"} 1"#,
            r#"logzio_soar_polls_total{account="(others)",outcome="ok"} 50"#,
            r#"logzio_soar_outbox_incidents{sink="soar"} 3.0"#,
            "logzio_soar_accounts 2050.0",
            "# UNIT logzio_soar_lag_seconds seconds",
        ] {
            assert!(text.contains(line), "{line}\n{}", text.lines().take(40).collect::<Vec<_>>().join("\n"));
        }
        assert_eq!(text.lines().filter(|line| line.starts_with("logzio_soar_lag_seconds{")).count(), NAMES);
        assert!(text.contains("logzio_soar_lag_seconds{account=\"account-0\"} 100."));
    }
}
