//! What goes wrong with one answer.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::edit::edited;
use super::token_encoding::TokenEncoding;
use crate::answer::{Answer, Ending};
use crate::refusal::{ErrorShape, Refusal};
use crate::time::{self, http_date};

/// What goes wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A status instead of the answer.
    Status {
        /// The status, 400 to 599.
        status: u16,
        /// The `Retry-After` header, if any, whatever it says.
        retry_after: Option<String>,
        /// The body; what Logz.io sends with the status if none.
        body: Option<Bytes>,
    },
    /// A status with a `Retry-After` header that is an HTTP date.
    RetryAfterDate {
        /// The status, 400 to 599.
        status: u16,
        /// How long after the clock's time the date is.
        after: Duration,
    },
    /// A refusal whose message holds the token of the request.
    TokenEcho {
        /// The status, 400 to 599.
        status: u16,
        /// How the token is written.
        encoding: TokenEncoding,
    },
    /// The answer comes after this long.
    Delay(Duration),
    /// Nothing arrives, and the connection stays open.
    HangBeforeHead,
    /// Only the head of the answer arrives, and the connection stays open.
    HangAfterHead,
    /// The connection is closed after this many bytes of the body, half of it
    /// if none.
    Truncate(Option<usize>),
    /// The connection is reset after this many bytes of the body, before the
    /// head if none.
    Reset(Option<usize>),
    /// An HTML page with status 200, as a proxy in the way sends it.
    Html,
    /// A body of the right type that stops being JSON half-way.
    InvalidJson,
    /// The answer with a byte order mark before it.
    ByteOrderMark,
    /// A body that holds nothing, with status 200.
    EmptyBody,
    /// The answer without the members at a path such as `total` or
    /// `results.*.eventDate`; `*` is every element.
    Missing(String),
    /// The answer with null in place of what is at such a path.
    Null(String),
    /// A redirect to this URL, with status 302.
    Redirect(String),
}

/// The request that a fault meets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occasion<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) token: &'a str,
}

impl Fault {
    /// A status instead of the answer, with what Logz.io sends with it.
    pub fn status(status: u16) -> Self {
        Self::Status { status, retry_after: None, body: None }
    }

    /// Too many requests; `retry_after` is the header of that name.
    pub fn too_many_requests(retry_after: Option<&str>) -> Self {
        Self::Status { status: 429, retry_after: retry_after.map(str::to_owned), body: None }
    }

    /// The answer after the fault, from what it would have been.
    pub(crate) fn apply(&self, answer: impl FnOnce() -> Answer, occasion: Occasion<'_>) -> Answer {
        match self {
            Self::Status { status, retry_after, body } => {
                let mut failed = match body {
                    Some(body) => Answer::new(*status, "text/plain;charset=utf-8", body.clone()),
                    None => status_answer(*status, occasion.request_id),
                };
                if let Some(value) = retry_after {
                    set_header(&mut failed, RETRY_AFTER, value);
                }
                failed
            }
            Self::RetryAfterDate { status, after } => {
                let mut failed = status_answer(*status, occasion.request_id);
                let after = TimeDelta::from_std(*after).unwrap_or(TimeDelta::MAX);
                set_header(&mut failed, RETRY_AFTER, &http_date(time::after(occasion.now, after)));
                failed
            }
            Self::TokenEcho { status, encoding } => {
                let body = format!("{{\"message\":\"Invalid token: {}\"}}", encoding.write(occasion.token));
                Answer::new(*status, "application/json;charset=utf-8", body)
            }
            Self::Delay(delay) => Answer { delay: *delay, ..answer() },
            Self::HangBeforeHead => Answer { ending: Ending::HangBeforeHead, ..answer() },
            Self::HangAfterHead => Answer { ending: Ending::HangAfterHead, ..answer() },
            Self::Truncate(after) => {
                let answer = answer();
                match after {
                    Some(after) => Answer { ending: Ending::TruncatedAfter(*after), ..answer },
                    None => {
                        // Half of it is known only once all of it is made.
                        let body = answer.body.to_vec();
                        let ending = Ending::TruncatedAfter(body.len() / 2);
                        Answer { ending, body: body.into(), ..answer }
                    }
                }
            }
            Self::Reset(after) => Answer { ending: Ending::ResetAfter(*after), ..answer() },
            Self::Html => Answer::new(
                200,
                "text/html;charset=utf-8",
                "<!DOCTYPE html><html><head><title>Sign in to continue</title></head>\
                 <body><form action=\"/login\"><input name=\"user\"></form></body></html>",
            ),
            Self::InvalidJson => {
                let answer = answer();
                let mut body = answer.body.to_vec();
                body.truncate(body.len() / 2);
                body.extend_from_slice(b"\x00}}");
                Answer { body: body.into(), ..answer }
            }
            Self::ByteOrderMark => {
                let answer = answer();
                Answer { body: [b"\xef\xbb\xbf", answer.body.to_vec().as_slice()].concat().into(), ..answer }
            }
            Self::EmptyBody => Answer::json(Bytes::new()),
            Self::Missing(path) => edited(answer(), path, None),
            Self::Null(path) => edited(answer(), path, Some(&Value::Null)),
            Self::Redirect(to) => {
                let mut answer = Answer::new(302, "text/plain;charset=utf-8", "Found");
                set_header(&mut answer, LOCATION, to);
                answer
            }
        }
    }
}

/// What Logz.io sends with a status.
fn status_answer(status: u16, request_id: &str) -> Answer {
    const TEXT: &str = "text/plain;charset=utf-8";
    match status {
        401 | 403 => Refusal::forbidden(status).into_answer(None, request_id),
        404 => Refusal::unknown_endpoint().into_answer(None, request_id),
        429 => Answer::new(429, TEXT, "Too Many Requests"),
        503 => Answer::new(503, TEXT, ""),
        500 => Answer::new(500, TEXT, "Internal Server Error"),
        _ => Refusal {
            status,
            shape: ErrorShape::Message,
            code: "general/ERROR",
            message: http::StatusCode::from_u16(status)
                .ok()
                .and_then(|status| status.canonical_reason())
                .unwrap_or("Error")
                .to_owned(),
        }
        .into_answer(None, request_id),
    }
}

fn set_header(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn occasion() -> Occasion<'static> {
        Occasion { request_id: "", now: DateTime::UNIX_EPOCH, token: "se-1" }
    }

    #[test]
    fn a_token_is_echoed_in_every_encoding() {
        for (encoding, written) in [
            (TokenEncoding::Plain, "se-1"),
            (TokenEncoding::JsonEscapes, r"\u0073\u0065\u002d\u0031"),
            (TokenEncoding::Base64, "c2UtMQ=="),
            (TokenEncoding::Base64Url, "c2UtMQ"),
            (TokenEncoding::UrlEncoded, "%73%65%2D%31"),
        ] {
            let fault = Fault::TokenEcho { status: 401, encoding };
            let answer = fault.apply(|| Answer::json(""), occasion());
            assert_eq!(answer.status, 401);
            assert_eq!(answer.text(), format!("{{\"message\":\"Invalid token: {written}\"}}"));
        }
        // The bytes that tell the two alphabets of Base64 apart.
        assert_eq!(TokenEncoding::Base64.write("~~?~~>"), "fn4/fn4+");
        assert_eq!(TokenEncoding::Base64Url.write("~~?~~>"), "fn4_fn4-");
    }

    #[test]
    fn missing_and_null_reach_every_element() {
        let answer = || Answer::json(r#"{"total":2,"results":[{"a":1,"b":2},{"a":3,"b":4}]}"#);
        let body =
            |fault: Fault| -> Value { serde_json::from_slice(&fault.apply(answer, occasion()).body.to_vec()).unwrap() };
        assert_eq!(body(Fault::Missing("results.*.a".into())), json!({"total": 2, "results": [{"b": 2}, {"b": 4}]}));
        assert_eq!(
            body(Fault::Null("results.1.a".into())),
            json!({"total": 2, "results": [{"a": 1, "b": 2}, {"a": null, "b": 4}]})
        );
        assert_eq!(body(Fault::Missing("results.0".into())), json!({"total": 2, "results": [{"a": 3, "b": 4}]}));
        assert_eq!(body(Fault::Null("results".into())), json!({"total": 2, "results": null}));
    }

    #[test]
    fn invalid_json_is_no_json() {
        let answer = Fault::InvalidJson.apply(|| Answer::json("{\"total\":0}"), occasion());
        assert!(serde_json::from_slice::<Value>(&answer.body.to_vec()).is_err());
        assert_eq!(answer.status, 200);
    }
}
