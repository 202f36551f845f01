//! A scripted transport: each request must be the one that stands next in the
//! script, to the letter, and gets the answer that stands there.

use chrono::{DateTime, Utc};
use logzio_soar::call::{self, Host};
use logzio_soar::contract::{Connection, Endpoint, Error};
use logzio_soar::logzio::client::Client;
use logzio_soar::transport::{Exchange, Failure, Method, Request, Response, Transport};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

/// What a request must be, and what comes of it.
pub struct Turn {
    pub request: String,
    pub body: Option<Value>,
    pub result: Result<Response, Failure>,
}

/// A turn that expects `POST path` with a body, and answers JSON.
pub fn post(path: &str, body: Value, answer: &str) -> Turn {
    Turn { request: format!("POST {path}"), body: Some(body), result: Ok(json(200, answer)) }
}

/// A turn that expects `POST path` with any body.
pub fn any_post(path: &str, result: Result<Response, Failure>) -> Turn {
    Turn { request: format!("POST {path}"), body: None, result }
}

/// A turn that expects `GET path`.
pub fn get(path: &str, result: Result<Response, Failure>) -> Turn {
    Turn { request: format!("GET {path}"), body: None, result }
}

/// An answer without headers.
pub fn json(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

pub struct Script {
    turns: RefCell<VecDeque<Turn>>,
    elapsed: Cell<Duration>,
    /// The pauses that were made.
    pub pauses: RefCell<Vec<Duration>>,
    /// How many requests were sent side by side, each time.
    pub batches: RefCell<Vec<usize>>,
    /// How long a request takes.
    pub takes: Duration,
}

impl Script {
    pub fn new(turns: impl IntoIterator<Item = Turn>) -> Self {
        Self {
            turns: RefCell::new(turns.into_iter().collect()),
            elapsed: Cell::default(),
            pauses: RefCell::default(),
            batches: RefCell::default(),
            takes: Duration::from_millis(10),
        }
    }

    /// Calls `operation` with both tokens and a fixed present, and sees that
    /// the whole script was played.
    pub fn play<T>(&self, operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>) -> Result<T, Error> {
        self.play_on(&|_| None, &|_| (), operation)
    }

    /// The same with an environment and a standard error.
    pub fn play_on<T>(
        &self,
        variable: &dyn Fn(&str) -> Option<String>,
        standard_error: &dyn Fn(&str),
        operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let connection = Connection {
            endpoint: Some(Endpoint::Region("eu".into())),
            security_token: Some("sec-token".into()),
            operations_token: Some("ops-token".into()),
            time_budget_ms: None,
        };
        let host = Host { variable, transport: self, now: now(), standard_error };
        let result = call::on_host(&connection, host, operation);
        assert_eq!(self.turns.borrow().len(), 0, "requests that were not sent");
        result
    }
}

/// The present of all scripts.
pub fn now() -> DateTime<Utc> {
    "2026-11-22T08:30:00Z".parse().unwrap()
}

impl Transport for Script {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange> {
        assert!(!time.is_zero());
        self.batches.borrow_mut().push(requests.len());
        self.elapsed.set(self.elapsed.get() + self.takes);
        requests
            .iter()
            .map(|request| {
                let method = if request.method == Method::Get { "GET" } else { "POST" };
                let line = format!("{method} {}", request.path);
                let turn = self.turns.borrow_mut().pop_front().unwrap_or_else(|| panic!("not in the script: {line}"));
                assert_eq!(line, turn.request);
                assert_eq!((request.scheme.as_str(), request.authority.as_str()), ("https", "api-eu.logz.io"));
                let header =
                    |name: &str| request.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
                assert_eq!(header("accept-encoding"), Some("gzip, deflate"));
                assert!(header("user-agent").unwrap().starts_with("logzio-soar/"));
                assert_eq!(header("content-type"), (method == "POST").then_some("application/json"));
                if line.contains("security") {
                    assert_eq!(header("x-api-token"), Some("sec-token"));
                }
                if line.contains("v1/search") {
                    assert_eq!(header("x-api-token"), Some("ops-token"));
                }
                if let Some(body) = turn.body {
                    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), body);
                }
                Exchange { result: turn.result, took: self.takes }
            })
            .collect()
    }

    fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }

    fn wait(&self, time: Duration) {
        self.pauses.borrow_mut().push(time);
        self.elapsed.set(self.elapsed.get() + time);
    }

    fn random(&self) -> f64 {
        0.5
    }
}
