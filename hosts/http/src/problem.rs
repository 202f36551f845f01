//! Why a request was not answered with a result: RFC 9457 problem documents, and which status each has. The only module that
//! knows statuses of failures.

use logzio_soar::contract::{Error, sentence};
use serde_json::{Value, json};

use crate::json_form::write_types_error;
use crate::response::Response;

/// Why a request failed.
pub enum Problem {
    /// The function failed with an error of the contract.
    Contract(Error),
    /// The call cannot be read: the body, or a header of the connection. Says where and what is expected.
    InvalidCall(String),
    /// The body is longer than this many bytes.
    TooLarge(usize),
    /// There is nothing at this path.
    NotFound,
    /// The path has other methods.
    MethodNotAllowed(&'static str),
    /// The body is not said to be JSON.
    UnsupportedMediaType,
}

impl Problem {
    /// The name in `type`, the status and the title.
    fn kind(&self) -> (&'static str, u16, &'static str) {
        match self {
            Self::Contract(error) => match error {
                Error::InvalidConnection(_) => ("invalid-connection", 400, "The connection cannot be used"),
                Error::InvalidArgument(_) => ("invalid-argument", 400, "An argument is outside its range"),
                Error::QueryRejected(_) => ("query-rejected", 422, "Logz.io refuses the query"),
                Error::Unauthorized(_) => ("unauthorized", 401, "Logz.io does not accept the token"),
                Error::WrongRegion(_) => ("wrong-region", 403, "The token is of another region"),
                Error::WrongAccount(_) => ("wrong-account", 403, "The token is of another kind of account"),
                Error::RateLimited(_) => ("rate-limited", 429, "Logz.io asks for fewer requests"),
                Error::TimedOut(_) => ("timed-out", 504, "Logz.io did not answer in time"),
                Error::Unreachable(_) => ("unreachable", 502, "Logz.io cannot be reached"),
                Error::Server(_) => ("server", 502, "Logz.io failed"),
                Error::MalformedResponse(_) => ("malformed-response", 502, "Logz.io's answer cannot be read"),
            },
            Self::InvalidCall(_) => ("invalid-call", 400, "The call cannot be read"),
            Self::TooLarge(_) => ("too-large", 413, "The body is too long"),
            Self::NotFound => ("not-found", 404, "There is nothing here"),
            Self::MethodNotAllowed(_) => ("method-not-allowed", 405, "The path has other methods"),
            Self::UnsupportedMediaType => ("unsupported-media-type", 415, "The body is not said to be JSON"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Contract(error) => sentence(error),
            Self::InvalidCall(why) => why.clone(),
            Self::TooLarge(most) => format!("the body may have {most} bytes: split the call"),
            Self::NotFound => "POST /v1/{operation}, GET /openapi.json and GET /healthz are here: \
                               /openapi.json has the operations"
                .into(),
            Self::MethodNotAllowed(allowed) => format!("the methods here are {allowed}"),
            Self::UnsupportedMediaType => "send the header Content-Type: application/json".into(),
        }
    }

    /// The problem as an answer.
    #[must_use]
    pub fn response(&self) -> Response {
        let (name, status, title) = self.kind();
        let mut document = json!({
            "type": format!("urn:logzio-soar:problem:{name}"),
            "title": title,
            "status": status,
            "detail": self.detail(),
        });
        let mut headers = vec![("content-type", "application/problem+json".to_owned())];
        if let (Self::Contract(error), Value::Object(document), Value::Object(form)) =
            (self, &mut document, self.error_form())
        {
            document.extend(form);
            match error {
                Error::RateLimited(Some(ms)) => headers.push(("retry-after", ms.div_ceil(1_000).to_string())),
                Error::Unauthorized(_) => headers.push(("www-authenticate", "Logzio-Token".to_owned())),
                _ => {}
            }
        }
        if let Self::MethodNotAllowed(allowed) = self {
            headers.push(("allow", (*allowed).to_owned()));
        }
        Response { status, headers, body: document.to_string().into_bytes() }
    }

    /// `case` and `value` of an error of the contract.
    fn error_form(&self) -> Value {
        match self {
            Self::Contract(error) => write_types_error(error),
            _ => Value::Null,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Contract(error)
    }
}
