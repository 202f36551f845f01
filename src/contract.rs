//! The contract, as generated from `wit/`, with the names of its interfaces.
//! Nothing else may name the generated paths.

mod bindings {
    #![allow(missing_docs, unreachable_pub, reason = "generated; the documentation is in the WIT files")]
    #![allow(clippy::all, clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "generated")]
    wit_bindgen::generate!({
        world: "plugin",
        path: "wit",
        additional_derives: [PartialEq],
        // So that only a component that exports the contract is held to it, and not every one made from this crate.
        pub_export_macro: true,
    });
}

#[cfg(all(target_family = "wasm", feature = "plugin"))]
pub(crate) use bindings::export;
#[cfg(all(target_family = "wasm", feature = "plugin"))]
pub(crate) mod generated {
    pub(crate) use super::bindings::*;
}

pub use bindings::exports::logzio::soar::diagnostics::{self, Check, Outcome};
pub use bindings::exports::logzio::soar::hunting::{
    self, FieldReport, FieldRequest, FoundField, HuntReport, HuntRequest, Indicator, IndicatorKind, KindFields,
    RejectedIndicator, Searched, Sighting,
};
pub use bindings::exports::logzio::soar::incidents::{
    self, EventFilter, FetchRequest, Incident, IncidentPage, Severity, Start, TimeWindow,
};
pub use bindings::exports::logzio::soar::logs::{self, Log, LogPage, LogQuery, Order};
pub use bindings::exports::logzio::soar::manifest::{self, Command, Integration, Parameter, ParameterKind};
pub use bindings::exports::logzio::soar::types::{self, Connection, Endpoint, Error, Notice, NoticeCode, ServerError};

impl Notice {
    /// A notice with a text for people.
    #[must_use]
    pub fn new(code: NoticeCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

/// An error in a sentence, for a notice.
#[must_use]
pub fn sentence(error: &Error) -> String {
    match error {
        Error::InvalidConnection(text)
        | Error::InvalidArgument(text)
        | Error::Unauthorized(text)
        | Error::WrongRegion(text)
        | Error::WrongAccount(text)
        | Error::QueryRejected(text)
        | Error::TimedOut(text)
        | Error::Unreachable(text)
        | Error::MalformedResponse(text) => text.clone(),
        Error::RateLimited(Some(millis)) => {
            format!("Logz.io asks for fewer requests: wait {} s", millis.div_ceil(1000))
        }
        Error::RateLimited(None) => "Logz.io asks for fewer requests: wait a minute".into(),
        Error::Server(error) => format!("HTTP {}: {}", error.status, error.message),
    }
}
