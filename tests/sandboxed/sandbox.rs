//! The real component in the real sandbox, against a simulator in this
//! process. The time of day is the simulator's; timers run on tokio's clock,
//! which tests pause, so nothing is waited for.

use logzio_simulator::Simulator;
use logzio_soar_host::contract::{EventFilter, FetchRequest, LogQuery, Start};
use logzio_soar_host::{Connection, Runner, RunnerBuilder, Session, Upstream};
use std::time::SystemTime;

/// A runner of the embedded component, compiled once for all tests.
pub fn builder(simulator: &Simulator) -> RunnerBuilder {
    let clock = simulator.clock().clone();
    Runner::builder()
        .cache_directory(concat!(env!("CARGO_TARGET_TMPDIR"), "/cwasm"))
        .upstream(Upstream::service(simulator.router()))
        .clock(move || SystemTime::from(clock.now()))
}

/// A connection with both tokens.
pub fn connection(simulator: &Simulator) -> Connection {
    Connection::new()
        .url("https://logz.test")
        .security_token(simulator.security_token())
        .operations_token(simulator.operations_token())
}

/// A session with both tokens.
pub fn session(simulator: &Simulator) -> Session {
    builder(simulator).build().unwrap().connect(connection(simulator))
}

/// Every event from a time on, with nothing left out by a filter.
pub fn fetch_request(start: Start) -> FetchRequest {
    FetchRequest { filter: EventFilter { include_muted: true, ..EventFilter::default() }, ..FetchRequest::from(start) }
}

/// Every log of the last hours.
pub fn log_query() -> LogQuery {
    LogQuery { since: Some("-4h".into()), ..LogQuery::new("*") }
}
