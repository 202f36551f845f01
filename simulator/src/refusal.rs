//! A refused request: its status, its message, and the shapes that Logz.io's
//! error bodies have.
//!
//! Must not know why a request is refused.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::answer::Answer;

/// The shapes that Logz.io's error bodies have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorShape {
    /// `{"code":403,"message":"…"}`
    CodeMessage,
    /// `{"message":"…"}`
    Message,
    /// `{"errorCode":"…","message":"…","requestId":"…","parameters":{}}`
    ErrorCode,
    /// `[{"errorCode":"…","message":"…","parameters":[]}]`
    Array,
    /// `"…"`, a JSON string.
    JsonString,
    /// Plain text.
    Text,
    /// No body at all.
    Empty,
}

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) shape: ErrorShape,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    /// A 400 as the security endpoints give it.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, shape: ErrorShape::ErrorCode, code: "general/VALIDATION_ERROR", message: message.into() }
    }

    /// A 400 as log search gives it for what it does not pass on.
    pub(crate) fn search(message: impl Into<String>) -> Self {
        Self { status: 400, shape: ErrorShape::CodeMessage, code: "search/BAD_REQUEST", message: message.into() }
    }

    /// A 400 as log search gives it for what Elasticsearch refuses.
    pub(crate) fn elasticsearch(reason: impl AsRef<str>) -> Self {
        Self {
            status: 400,
            shape: ErrorShape::Message,
            code: "search/QUERY_FAILED",
            message: format!("Query has failed. Elasticsearch Response: [{}]", reason.as_ref()),
        }
    }

    pub(crate) fn forbidden(status: u16) -> Self {
        Self {
            status,
            shape: ErrorShape::CodeMessage,
            code: "general/FORBIDDEN",
            message: "Insufficient privileges".to_owned(),
        }
    }

    pub(crate) fn unknown_endpoint() -> Self {
        Self {
            status: 404,
            shape: ErrorShape::ErrorCode,
            code: "endpoints/UNKNOWN_ENDPOINT",
            message: "The endpoint doesn't exist".to_owned(),
        }
    }

    /// The answer; `shape` overrides this refusal's own.
    pub(crate) fn into_answer(self, shape: Option<ErrorShape>, request_id: &str) -> Answer {
        const JSON: &str = "application/json;charset=utf-8";
        let Self { status, code, message, .. } = self;
        let value = match shape.unwrap_or(self.shape) {
            ErrorShape::CodeMessage => json!({"code": status, "message": message}),
            ErrorShape::Message => json!({"message": message}),
            ErrorShape::ErrorCode => json!({
                "errorCode": code,
                "message": message,
                "requestId": request_id,
                "parameters": {},
            }),
            ErrorShape::Array => {
                json!([{"errorCode": code, "message": message, "parameters": []}])
            }
            ErrorShape::JsonString => Value::String(message),
            ErrorShape::Text => return Answer::new(status, "text/plain;charset=utf-8", message),
            ErrorShape::Empty => return Answer::new(status, JSON, Bytes::new()),
        };
        Answer::new(status, JSON, value.to_string())
    }
}
