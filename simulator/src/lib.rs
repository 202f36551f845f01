//! A Logz.io API to develop and test against: accounts, data, faults and a clock.
//!
//! [`Simulator`] answers as Logz.io's public API does, natively and at once
//! ([`Simulator::answer`]), as a tower service ([`Simulator::router`]) or on a
//! socket ([`Simulator::serve`]). It is strict where Logz.io is strict, and
//! what nobody has documented can be set either way ([`Behaviour`]), so that a
//! client can be held to all of it.
//!
//! ```
//! use chrono::DateTime;
//! use logzio_simulator::{Clock, Event, Severity, Simulator, SimulatorOptions};
//!
//! let now = DateTime::parse_from_rfc3339("2026-11-22T12:00:00Z")?.to_utc();
//! let simulator = Simulator::new(SimulatorOptions {
//!     clock: Clock::at(now),
//!     ..SimulatorOptions::default()
//! });
//! simulator.add_event(
//!     Event::new("8f1c", now - chrono::TimeDelta::hours(1))
//!         .rule(1201, "Brute force on SSH")
//!         .severity(Severity::High),
//! );
//!
//! let (request, ()) = http::Request::post("/v2/security/rules/events/search")
//!     .header("x-api-token", simulator.security_token())
//!     .body(())?
//!     .into_parts();
//! let answer = simulator.answer(&request, b"");
//! assert_eq!(answer.status, 200);
//! assert!(answer.text().contains("Brute force on SSH"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The modules stand in layers, and each uses those below only:
//!
//! ```text
//! scenario, server    believable data; the simulator as a service, on a socket
//! simulator           the accounts, and the way of a request through them
//! account_endpoints, events, search
//!                     what each endpoint accepts, finds and answers
//! faults              what goes wrong with an answer
//! dsl                 queries as Elasticsearch's clients write them
//! lucene              queries as people write them
//! query               what a query looks for, and whether a log is it
//! logs                documents, fields, words
//! behaviour, request_log
//!                     what can be set either way; what was asked
//! refusal             an error, as Logz.io writes it
//! answer              an answer, and how its delivery ends
//! account, body, clock, endpoint, time
//!                     leaves
//! ```

mod account;
mod account_endpoints;
mod answer;
mod behaviour;
mod body;
mod clock;
mod dsl;
mod endpoint;
mod events;
mod faults;
mod logs;
mod lucene;
mod query;
mod refusal;
mod request_log;
mod scenario;
mod search;
mod server;
mod simulator;
mod time;

pub use account::{AccountKind, Region, Token};
pub use answer::{Answer, Ending};
pub use behaviour::{
    Behaviour, Bound, Fractions, HitsTotal, LogTypes, PageDepth, PageSizeEcho, PageSizeExcess, ScrollHits, SearchEnd,
    Ties, Total, UnknownEvent,
};
pub use body::Body;
pub use clock::Clock;
pub use endpoint::Endpoint;
pub use events::{Event, EventRecord, Severity};
pub use faults::{Fault, FaultPlan, FaultPlanError, FaultRule, TokenEncoding};
pub use logs::Log;
pub use refusal::ErrorShape;
pub use request_log::RequestRecord;
pub use scenario::{Generated, Scenario};
pub use server::ConnectionReset;
pub use simulator::{Simulator, SimulatorOptions};
