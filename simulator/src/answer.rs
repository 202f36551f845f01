//! An answer to one request, and how its delivery ends.
//!
//! Knows nothing of what was asked.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

/// An answer to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, except for `content-length`.
    pub headers: HeaderMap,
    /// The whole body, compressed if `headers` says so. How much of it
    /// arrives is up to `ending`.
    pub body: Bytes,
    /// How the delivery ends.
    pub ending: Ending,
    /// How long to wait before the head is sent.
    pub delay: Duration,
    /// How many events or logs the body holds.
    pub rows: usize,
}

/// How the delivery of an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All of it arrives.
    Complete,
    /// Nothing ever arrives, and the connection stays open.
    HangBeforeHead,
    /// The status and headers arrive, then nothing more, and the connection
    /// stays open.
    HangAfterHead,
    /// The connection is closed after this many bytes of the body, though
    /// `content-length` promised more.
    TruncatedAfter(usize),
    /// The connection is reset after this many bytes of the body, or before
    /// the head if none.
    ResetAfter(Option<usize>),
}

impl Answer {
    /// The body as text, for tests; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut headers = HeaderMap::new();
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers,
            body,
            ending: Ending::Complete,
            delay: Duration::ZERO,
            rows: 0,
        }
    }

    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::new(200, "application/json;charset=utf-8", body)
    }
}

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
