//! What was asked and how it was answered, for tests to count with.
//!
//! Holds no header, so no token.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};

use crate::account::AccountKind;
use crate::endpoint::Endpoint;

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    /// When it was answered, by the simulator's clock.
    pub at: DateTime<Utc>,
    /// The method.
    pub method: Method,
    /// The path, without the query string.
    pub path: String,
    /// The query string, empty if none.
    pub query: String,
    /// The endpoint, if the path is one.
    pub endpoint: Option<Endpoint>,
    /// The body as it was sent.
    pub body: Bytes,
    /// Whose token came with it; none if no account here has it.
    pub account: Option<AccountKind>,
    /// Whether a compressed answer was asked for.
    pub accepts_gzip: bool,
    /// The status of the answer.
    pub status: StatusCode,
    /// The length of the answer's body, in bytes, as it would be sent in full;
    /// of a body that is made as it is sent, without compression, or 0 if that
    /// is not known either.
    pub bytes: usize,
    /// How many events or logs the answer holds.
    pub rows: usize,
    /// Whether a fault of the plan took part.
    pub faulty: bool,
}

impl RequestRecord {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
