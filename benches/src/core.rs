//! The core of the component without a sandbox: the same code, natively, with a transport of its own.

use chrono::Utc;
use logzio_soar::call::{self, Host};
use logzio_soar::contract::{
    Connection, Endpoint, Error, EventFilter, FetchRequest, HuntRequest, Indicator, LogQuery, Start,
};
use logzio_soar::logzio::client::Client;
use logzio_soar::{hunting, incidents, logs};

use crate::job::{Job, Place};
use crate::measure::{self, Measured};
use crate::native::NativeTransport;
use crate::outcome::Outcome;

/// Does a job.
pub(crate) fn work(job: Job, place: &Place) -> Outcome<Measured> {
    let core = Core::new(place);
    let start = match job {
        Job::IdleFetch => core.newest(place)?,
        _ => Start::At(place.since.clone()),
    };
    let fetch = fetch_request(start);
    let query = LogQuery {
        lucene: place.lucene.clone(),
        since: Some(place.since.clone()),
        until: None,
        order: None,
        fields: Vec::new(),
        limit: Some(10_000),
        page: None,
    };
    let indicator = |value: &String| Indicator { value: value.clone(), kind: None };
    let hunt = HuntRequest {
        indicators: place.indicators.iter().map(indicator).collect(),
        fields: Vec::new(),
        log_types: None,
        internal_networks: Vec::new(),
        since: Some(place.since.clone()),
        until: None,
        limit_per_indicator: None,
    };
    measure::times(place.times, || {
        core.call(|client, now| {
            Ok(match job {
                Job::Fetch | Job::IdleFetch => incidents::fetch(client, &fetch, now)?.incidents.len(),
                Job::SmallLogs | Job::Logs => logs::search(client, &query, now)?.logs.len(),
                Job::Hunt => {
                    let report = hunting::hunt(client, &hunt, now)?;
                    report.sightings.iter().filter(|seen| seen.hits > 0).count()
                }
                Job::Describe | Job::Compile => 0,
            })
        })
    })
}

fn fetch_request(start: Start) -> FetchRequest {
    let filter = EventFilter { rule_name: None, severities: Vec::new(), tags: Vec::new(), include_muted: true };
    FetchRequest { start, filter, limit: None, look_back_minutes: None, attach_logs: None }
}

struct Core {
    transport: NativeTransport,
    connection: Connection,
}

impl Core {
    fn new(place: &Place) -> Self {
        let connection = Connection {
            endpoint: Some(Endpoint::Url(place.url.clone())),
            security_token: Some(place.security_token.clone()),
            operations_token: Some(place.operations_token.clone()),
            time_budget_ms: None,
        };
        Self { transport: NativeTransport::new(), connection }
    }

    fn call<T>(&self, operation: impl FnOnce(&Client, chrono::DateTime<Utc>) -> Result<T, Error>) -> Outcome<T> {
        let host = Host { variable: &|_| None, transport: &self.transport, now: Utc::now(), standard_error: &|_| () };
        call::on_host(&self.connection, host, operation).map_err(|error| format!("{error:?}").into())
    }

    /// The place behind all events.
    fn newest(&self, place: &Place) -> Outcome<Start> {
        let mut start = Start::At(place.since.clone());
        loop {
            let page = self.call(|client, now| incidents::fetch(client, &fetch_request(start.clone()), now))?;
            start = Start::After(page.next);
            if !page.more {
                return Ok(start);
            }
        }
    }
}
