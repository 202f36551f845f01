//! A request as the simulated Logz.io received it.

use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value, json};

/// The header that carries the token.
pub(crate) const TOKEN_HEADER: &str = "x-api-token";

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The host that it was sent to.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Request {
    pub(super) fn new(parts: &Parts, body: &[u8]) -> Self {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Self {
            method: parts.method.to_string(),
            host: match (parts.uri.host(), parts.headers.get(http::header::HOST)) {
                (Some(host), _) => host.to_owned(),
                (None, named) => named.map(text).unwrap_or_default(),
            },
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: Bytes::copy_from_slice(body),
        }
    }

    /// A header's first value, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; as a text if it is none.
    pub(crate) fn body(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| String::from_utf8_lossy(&self.body).into())
    }

    /// What the exchanges of a case are compared with.
    pub(crate) fn to_json(&self) -> Value {
        let headers: Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        json!({
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": self.body(),
        })
    }
}
