//! Why a request failed: problem documents (RFC 9457). The only module that knows the statuses of failures.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::connection::InvalidCall;

/// What precedes the name of a kind in `type`.
const TYPE: &str = "urn:logzio-soar:problem:";

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name in `type`. For an error of the contract, the name of the case.
    pub name: &'static str,
    /// Its status.
    pub status: StatusCode,
    /// The same for each problem of the kind.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident, $title:literal;)*) => {
        $($(#[$doc])* pub const $name: Kind = Kind { name: $text, status: StatusCode::$status, title: $title };)*

        /// All kinds.
        pub const KINDS: &[Kind] = &[$($name),*];
    };
}

kinds! {
    /// The body or a header of the connection cannot be read.
    INVALID_CALL = "invalid-call", BAD_REQUEST, "The call cannot be read";
    /// An error of the contract.
    INVALID_CONNECTION = "invalid-connection", BAD_REQUEST, "The connection cannot be used";
    /// An error of the contract.
    INVALID_ARGUMENT = "invalid-argument", BAD_REQUEST, "An argument is outside its range";
    /// The server does not connect to this URL.
    URL_NOT_ALLOWED = "url-not-allowed", BAD_REQUEST, "The URL is not allowed here";
    /// An error of the contract.
    UNAUTHORIZED = "unauthorized", UNAUTHORIZED, "Logz.io does not accept the token";
    /// The server's own bearer token is missing or wrong.
    NOT_AUTHORIZED = "not-authorized", UNAUTHORIZED, "This service does not accept the bearer token";
    /// An error of the contract.
    WRONG_REGION = "wrong-region", FORBIDDEN, "The token is of another region";
    /// An error of the contract.
    WRONG_ACCOUNT = "wrong-account", FORBIDDEN, "The token is of another kind of account";
    /// There is nothing at this path.
    NOT_FOUND = "not-found", NOT_FOUND, "There is nothing here";
    /// The path has other methods.
    METHOD_NOT_ALLOWED = "method-not-allowed", METHOD_NOT_ALLOWED, "The path has other methods";
    /// The body did not arrive in time.
    REQUEST_TIMEOUT = "request-timeout", REQUEST_TIMEOUT, "The body did not arrive in time";
    /// The body is longer than [`LONGEST_BODY`](crate::limit::LONGEST_BODY).
    TOO_LARGE = "too-large", PAYLOAD_TOO_LARGE, "The body is too long";
    /// The body is not declared as JSON.
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is not said to be JSON";
    /// The request names another host.
    MISDIRECTED = "misdirected", MISDIRECTED_REQUEST, "The host is another";
    /// An error of the contract.
    QUERY_REJECTED = "query-rejected", UNPROCESSABLE_ENTITY, "Logz.io refuses the query";
    /// An error of the contract.
    RATE_LIMITED = "rate-limited", TOO_MANY_REQUESTS, "Logz.io asks for fewer requests";
    /// The component trapped, or had to be stopped.
    TRAP = "trap", INTERNAL_SERVER_ERROR, "The component failed, and was stopped";
    /// An error of the contract.
    UNREACHABLE = "unreachable", BAD_GATEWAY, "Logz.io cannot be reached";
    /// An error of the contract.
    SERVER = "server", BAD_GATEWAY, "Logz.io failed";
    /// An error of the contract.
    MALFORMED_RESPONSE = "malformed-response", BAD_GATEWAY, "Logz.io's answer cannot be read";
    /// Too many calls are in progress.
    BUSY = "busy", SERVICE_UNAVAILABLE, "This service has too much to do";
    /// An error of the contract.
    TIMED_OUT = "timed-out", GATEWAY_TIMEOUT, "Logz.io did not answer in time";
}

/// Why a request failed.
#[derive(Debug)]
pub struct Problem {
    kind: &'static Kind,
    detail: String,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, String)>,
}

impl Problem {
    /// A problem. `detail` says what was tried and ends with what to change; it holds no token.
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), members: Map::new(), headers: Vec::new() }
    }

    /// The same problem with further members of the document.
    #[must_use]
    pub fn members(mut self, members: Map<String, Value>) -> Self {
        self.members.extend(members);
        self
    }

    /// The same problem with a header. A value that cannot be one is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The body is too long.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(&TOO_LARGE, format!("the body may have {} bytes: split the call", crate::limit::LONGEST_BODY))
    }

    /// The body was cut off.
    #[must_use]
    pub fn broken_body() -> Self {
        Self::new(&INVALID_CALL, "the body broke off: send it again")
    }

    /// The problem as a response.
    #[must_use]
    pub fn response(self) -> Response<Vec<u8>> {
        let mut document = json!({
            "type": format!("{TYPE}{}", self.kind.name),
            "title": self.kind.title,
            "status": self.kind.status.as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(document) = &mut document {
            document.extend(self.members);
        }
        let mut response = Response::new(document.to_string().into_bytes());
        *response.status_mut() = self.kind.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // It is about one account at one moment.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

impl From<InvalidCall> for Problem {
    fn from(InvalidCall(why): InvalidCall) -> Self {
        Self::new(&INVALID_CALL, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_every_kind_in_the_row_of_its_status() {
        let readme = include_str!("../../README.md");
        for kind in KINDS {
            let status = kind.status.as_u16().to_string();
            let row = readme
                .lines()
                .find(|line| line.split('|').nth(1).is_some_and(|cell| cell.split(',').any(|of| of.trim() == status)));
            let named = row.is_some_and(|row| row.contains(&format!("`{}`", kind.name)));
            assert!(named, "{status} {}: {row:?}", kind.name);
        }
    }

    #[test]
    fn a_problem_is_a_document_with_its_members_and_headers() {
        let members: Map<String, Value> = [("case".to_owned(), json!("rate-limited"))].into_iter().collect();
        let problem = Problem::new(&RATE_LIMITED, "wait").members(members).header(header::RETRY_AFTER, "2");
        let response = problem.response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        let document: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            document,
            json!({
                "type": "urn:logzio-soar:problem:rate-limited", "title": "Logz.io asks for fewer requests",
                "status": 429, "detail": "wait", "case": "rate-limited",
            })
        );
    }
}
