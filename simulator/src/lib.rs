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

mod account;
mod aggregation;
mod answer;
mod behaviour;
mod catalogue;
#[cfg(test)]
mod client;
mod clock;
mod document;
mod event;
mod event_search;
mod event_store;
mod fault;
mod log_search;
mod log_store;
mod lucene;
mod query;
mod request_log;
mod scenario;
mod service;
mod simulator;
mod time;

pub use account::{AccountKind, Region, Token};
pub use answer::{Answer, Ending, ErrorShape};
pub use behaviour::{
    Behaviour, Bound, Fractions, HitsTotal, PageDepth, PageSizeExcess, ScrollHits, SearchEnd, Ties, Total, UnknownEvent,
};
pub use clock::Clock;
pub use document::Log;
pub use event::{Event, Severity};
pub use event_store::EventRecord;
pub use fault::{Endpoint, Fault, FaultPlan, FaultPlanError, FaultRule};
pub use request_log::RequestRecord;
pub use scenario::{Generated, Scenario};
pub use service::ConnectionReset;
pub use simulator::{Simulator, SimulatorOptions};
