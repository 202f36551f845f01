//! The types of the contract, as the WIT package `logzio:soar` documents them.
//!
//! [`Connection`](crate::Connection) is not among them: the runner has its own, whose `Debug` shows no token.

// Belongs here: what the contract says, in Rust and as JSON: its types, connections and the origins that they name, calls
// and answers. Must not know sandboxes, requests, or how a component is called.

pub(crate) mod bindings;
pub(crate) mod call;
pub(crate) mod connection;
pub(crate) mod endpoint;
mod failure;
pub(crate) mod json_form;
mod requests;
pub(crate) mod schema;

pub use bindings::exports::logzio::soar::diagnostics::{Check, Outcome};
pub use bindings::exports::logzio::soar::hunting::{
    FieldReport, FieldRequest, FoundField, HuntReport, HuntRequest, Indicator, IndicatorKind, KindFields,
    RejectedIndicator, Searched, Sighting,
};
pub use bindings::exports::logzio::soar::incidents::{
    EventFilter, FetchRequest, Incident, IncidentPage, Start, TimeWindow,
};
pub use bindings::exports::logzio::soar::logs::{Log, LogPage, LogQuery, Order};
pub use bindings::exports::logzio::soar::manifest::{Command, Integration, Parameter, ParameterKind};
pub use bindings::exports::logzio::soar::types::{Endpoint, Error, Notice, NoticeCode, ServerError, Severity};
pub use failure::ContractError;
pub use logzio_soar_wit_json::form::{Cases, JsonForm};
pub use logzio_soar_wit_json::refusal::Refusal;
