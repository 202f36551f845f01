//! Logz.io in this process: the simulator behind the component's transport,
//! in virtual time. Nothing here waits.

use crate::support::delivery::{Delivered, Delivery, Fetches};
use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{Clock, Ending, Simulator};
use logzio_soar::call::{self, Host};
use logzio_soar::contract::{Connection, Endpoint, Error, FetchRequest, IncidentPage};
use logzio_soar::incidents;
use logzio_soar::logzio::client::Client;
use logzio_soar::mutations;
use logzio_soar::transport::{Exchange, Failure, Method, Request, Response, Transport};
use std::cell::Cell;
use std::time::Duration;

/// How long an answer takes, on the virtual clock.
const ANSWER: Duration = Duration::from_millis(20);

/// A transport that asks the simulator.
pub struct Native {
    pub simulator: Simulator,
    /// How far the component's clock is ahead of Logz.io's.
    pub skew: Cell<TimeDelta>,
    /// Whether answers come compressed, as the component asks for. It takes
    /// most of the time of a run, so most runs do without.
    pub compressed: bool,
    elapsed: Cell<Duration>,
    random: Cell<u64>,
}

impl Native {
    pub fn new(simulator: Simulator) -> Self {
        Self {
            simulator,
            skew: Cell::new(TimeDelta::zero()),
            compressed: false,
            elapsed: Cell::default(),
            random: Cell::new(1),
        }
    }

    pub fn clock(&self) -> &Clock {
        self.simulator.clock()
    }

    /// The time as the component's host sees it.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock().now() + self.skew.get()
    }

    pub fn connection(&self) -> Connection {
        Connection {
            endpoint: Some(Endpoint::Url("https://logz.test".into())),
            security_token: Some(self.simulator.security_token()),
            operations_token: Some(self.simulator.operations_token()),
            time_budget_ms: None,
        }
    }

    /// The host of a call, with an empty environment.
    pub fn host<'a>(&'a self, standard_error: &'a dyn Fn(&str)) -> Host<'a> {
        Host { variable: &|_| None, transport: self, now: self.now(), standard_error }
    }

    /// Calls `operation` as the component's exports do.
    pub fn call<T>(&self, operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>) -> Result<T, Error> {
        call::on_host(&self.connection(), self.host(&|_| ()), operation)
    }

    /// Fetches, with the mutation that is switched on if there is one.
    pub fn incidents(&self, request: &FetchRequest) -> Result<IncidentPage, Error> {
        self.call(|client, now| incidents::fetch_by(mutations::sweep::sweep, client, request, now))
    }

    fn pass(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get() + time);
        self.clock().advance(TimeDelta::from_std(time).unwrap());
    }

    fn answer(&self, request: &Request, time: Duration) -> Result<Response, Failure> {
        assert_eq!((request.scheme.as_str(), request.authority.as_str()), ("https", "logz.test"));
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        let mut builder = http::Request::builder().method(method).uri(&request.path);
        for (name, value) in &request.headers {
            if self.compressed || *name != "accept-encoding" {
                builder = builder.header(*name, value);
            }
        }
        let (parts, ()) = builder.body(()).unwrap().into_parts();
        let answer = self.simulator.answer(&parts, &request.body);
        if answer.delay + ANSWER > time {
            self.pass(time);
            return Err(Failure::TimedOut);
        }
        self.pass(answer.delay + ANSWER);
        match answer.ending {
            Ending::Complete => Ok(Response {
                status: answer.status.as_u16(),
                headers: answer
                    .headers
                    .iter()
                    .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
                    .collect(),
                body: answer.body.to_vec(),
            }),
            Ending::HangBeforeHead | Ending::HangAfterHead => {
                self.pass(time.saturating_sub(answer.delay + ANSWER));
                Err(Failure::TimedOut)
            }
            Ending::TruncatedAfter(_) | Ending::ResetAfter(_) => {
                Err(Failure::Interrupted("the connection was cut".into()))
            }
        }
    }
}

impl Fetches for Native {
    fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    fn set_skew(&self, skew: TimeDelta) {
        self.skew.set(skew);
    }

    fn fetch(&self, request: &FetchRequest) -> Result<Delivery, String> {
        let page = self.incidents(request).map_err(|error| format!("{error:?}"))?;
        let incidents = page.incidents.into_iter();
        Ok(Delivery {
            incidents: incidents.map(|i| Delivered { id: i.id, occurred: i.occurred, raw: i.raw }).collect(),
            next: page.next,
            more: page.more,
            notices: page.notices.into_iter().map(|notice| notice.text).collect(),
        })
    }
}

impl Transport for Native {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange> {
        let until = self.elapsed.get() + time;
        let send = |request| {
            let began = self.elapsed.get();
            let result = self.answer(request, until.saturating_sub(began));
            Exchange { result, took: self.elapsed.get() - began }
        };
        requests.iter().map(send).collect()
    }

    fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }

    fn wait(&self, time: Duration) {
        self.pass(time);
    }

    fn random(&self) -> f64 {
        // A full period of a small generator: no two pauses alike.
        let next = self.random.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random.set(next);
        (next >> 40) as f64 / (1u64 << 24) as f64
    }
}
