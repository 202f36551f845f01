//! The contract, as generated from `wit/`, with the names of its interfaces.
//! Nothing else may name the generated paths.

mod bindings {
    #![allow(missing_docs, unreachable_pub, reason = "generated; the documentation is in the WIT files")]
    #![allow(clippy::all, clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "generated")]
    wit_bindgen::generate!({
        world: "plugin",
        path: "wit",
        additional_derives: [PartialEq],
    });
}

#[cfg(target_family = "wasm")]
pub(crate) use bindings::export;
#[cfg(target_family = "wasm")]
pub(crate) mod generated {
    pub(crate) use super::bindings::*;
}

pub use bindings::exports::logzio::soar::diagnostics::{self, Check, Outcome};
pub use bindings::exports::logzio::soar::incidents::{
    self, EventFilter, FetchRequest, Incident, IncidentPage, Severity, Start,
};
pub use bindings::exports::logzio::soar::logs::{self, Log, LogPage, LogQuery, Order};
pub use bindings::exports::logzio::soar::manifest::{self, Command, Integration, Parameter, ParameterKind};
pub use bindings::exports::logzio::soar::types::{Connection, Endpoint, Error, ServerError};
