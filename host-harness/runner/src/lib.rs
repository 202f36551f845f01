//! A sandboxed wasmtime runner for components of the `logzio:soar` contract.
//!
//! A [`Runner`] holds a compiled component, a [`Session`] a connection to one customer's Logz.io accounts. Every call runs
//! in a sandbox of its own, which is dropped when the call ends:
//! - it can send HTTP requests to the one origin that the connection names, and to nothing else;
//! - it has clocks, random numbers, the variables that the builder names, and a standard error that is captured; it has no
//!   files, no sockets and none of the host's environment;
//! - its memory, its time, the answers that it receives and the results that it returns are capped.
//!
//! What the component answers, its own errors included, is in the inner `Result` of a call; what the sandbox had to stop
//! is the outer one, a [`RunnerError`].
//!
//! ```no_run
//! use logzio_soar_host::contract::{EventFilter, FetchRequest, Start};
//! use logzio_soar_host::{Connection, Runner};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let runner = Runner::new()?;
//! let session = runner.connect(Connection::new().region("eu").security_token(std::env::var("LOGZIO_SECURITY_TOKEN")?));
//! let request = FetchRequest {
//!     start: Start::At("7 days ago".into()),
//!     filter: EventFilter { rule_name: None, severities: vec![], tags: vec![], include_muted: false },
//!     limit: None,
//!     look_back_minutes: None,
//!     attach_logs: None,
//! };
//! let page = session.fetch_incidents(&request).await??;
//! for incident in &page.incidents {
//!     println!("{} {}", incident.occurred, incident.name);
//! }
//! # Ok(())
//! # }
//! ```

mod bindings;
mod cache;
mod call;
mod connection;
mod error;
mod http_service;
mod interfaces;
mod json_form;
mod network;
mod network_options;
mod observation;
mod origin;
mod outgoing;
mod proxy;
mod request_connection;
mod runner;
mod sandbox;
mod ticker;
mod trust;
mod upstream;

pub use call::{Answer, Call};
pub use connection::Connection;
pub use error::RunnerError;
pub use http_service::{Access, HttpService};
pub use interfaces::Interfaces;
pub use network_options::NetworkOptions;
pub use observation::Observation;
pub use runner::{Runner, RunnerBuilder, Session};
pub use upstream::{BoxError, OutgoingBody, Upstream};

/// The types of the contract, as the WIT package `logzio:soar` documents them.
///
/// [`Connection`] is not among them: the runner has its own, whose `Debug` shows no token.
pub mod contract {
    pub use crate::bindings::exports::logzio::soar::diagnostics::{Check, Outcome};
    pub use crate::bindings::exports::logzio::soar::hunting::{
        HuntReport, HuntRequest, Indicator, IndicatorKind, RejectedIndicator, Sighting,
    };
    pub use crate::bindings::exports::logzio::soar::incidents::{
        EventFilter, FetchRequest, Incident, IncidentPage, Start, TimeWindow,
    };
    pub use crate::bindings::exports::logzio::soar::logs::{Log, LogPage, LogQuery, Order};
    pub use crate::bindings::exports::logzio::soar::manifest::{Command, Integration, Parameter, ParameterKind};
    pub use crate::bindings::exports::logzio::soar::types::{
        Endpoint, Error, Notice, NoticeCode, ServerError, Severity,
    };
}

/// The component that was built together with this crate, as a `.wasm`.
#[cfg(feature = "embedded")]
pub const EMBEDDED_COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/logzio-soar.wasm"));

/// The component of `hosts/http` that was built together with this crate, as a `.wasm`: the same operations behind
/// `wasi:http/incoming-handler`, for [`Runner::handle`] and [`HttpService`].
#[cfg(feature = "embedded")]
pub const EMBEDDED_HTTP_COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/logzio-soar-http.wasm"));

/// The JSON Schema (draft 2020-12) of the contract's JSON form: a call of any function, and under `$defs` every type
/// (`types.connection`), the arguments and the answer of every function (`logs.search-logs.arguments`,
/// `logs.search-logs.answer`), with what the WIT says of each.
pub const CONTRACT_SCHEMA: &str = include_str!(concat!(env!("OUT_DIR"), "/contract.schema.json"));

/// The README's example must compile.
#[cfg(all(doctest, feature = "embedded"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
