//! An answer to one request, and how its delivery ends.
//!
//! Must not know what was asked.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::body::Body;

/// An answer to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, except for `content-length`.
    pub headers: HeaderMap,
    /// The whole body, compressed if `headers` says so. How much of it
    /// arrives is up to `ending`.
    pub body: Body,
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
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body.to_vec()).into_owned()
    }

    /// An answer that arrives whole and at once. Without a body it has no
    /// `content-type` either.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Body>) -> Self {
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

    /// A 200 of this JSON.
    pub fn json(body: impl Into<Body>) -> Self {
        Self::new(200, "application/json;charset=utf-8", body)
    }
}
