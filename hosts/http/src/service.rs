//! What a request is answered with: paths, methods, the body's form, results and problems. It sends and receives nothing
//! itself, so all of it is tested without a component.

use logzio_soar::contract::Error;
use serde_json::{Value, json};

use crate::connection::filled_up;
use crate::head::Head;
use crate::json_form::{Call, read_types_connection, write_types_connection};
use crate::problem::Problem;
use crate::response::Response;

/// The longest body of a request, in bytes: ten thousand indicators with room to spare.
pub const LONGEST_BODY: usize = 4 << 20;

const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));
const OPERATIONS: &str = "/v1/";

/// Why there is no body.
pub enum BodyError {
    /// It is longer than [`LONGEST_BODY`].
    TooLong,
    /// It broke off.
    Broken,
}

/// What carries out calls.
pub trait Operations {
    /// What a call comes to, in the JSON form. `connection` is in the call, too, if the function takes one.
    ///
    /// # Errors
    /// An error of the contract.
    fn call(&self, call: &Call) -> Result<Value, Error>;
}

/// Answers a request. The body is read only if the path has a use for it.
pub fn answer(
    head: &Head,
    body: impl FnOnce() -> Result<Vec<u8>, BodyError>,
    operations: &impl Operations,
) -> Response {
    let answered = match head.path.as_str() {
        "/openapi.json" => document(head, || OPENAPI.to_owned()),
        "/healthz" => document(head, || json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}).to_string()),
        path => match path.strip_prefix(OPERATIONS).filter(|name| Call::NAMES.contains(name)) {
            Some(name) => operation(head, name, body, operations),
            None => Err(Problem::NotFound),
        },
    };
    let mut response = answered.unwrap_or_else(|problem| problem.response());
    // An answer is about one account at one moment.
    response.headers.push(("cache-control", "no-store".to_owned()));
    response.headers.push(("x-content-type-options", "nosniff".to_owned()));
    // An engine holds the body to its announced length, also where there is none to send.
    if head.method == "HEAD" {
        response.body.clear();
    } else {
        response.headers.push(("content-length", response.body.len().to_string()));
    }
    response
}

fn document(head: &Head, text: impl FnOnce() -> String) -> Result<Response, Problem> {
    const METHODS: &str = "GET, HEAD, OPTIONS";
    match head.method.as_str() {
        "GET" | "HEAD" => Ok(json_response(text())),
        "OPTIONS" => Ok(options(METHODS)),
        _ => Err(Problem::MethodNotAllowed(METHODS)),
    }
}

fn operation(
    head: &Head,
    name: &str,
    body: impl FnOnce() -> Result<Vec<u8>, BodyError>,
    operations: &impl Operations,
) -> Result<Response, Problem> {
    const METHODS: &str = "POST, OPTIONS";
    match head.method.as_str() {
        "POST" => {}
        "OPTIONS" => return Ok(options(METHODS)),
        _ => return Err(Problem::MethodNotAllowed(METHODS)),
    }
    // No form of a web page can send this type, so no page can make a browser on this machine call us.
    let kind = head.text("content-type")?.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind != "application/json" {
        return Err(Problem::UnsupportedMediaType);
    }
    let body = body().map_err(|error| match error {
        BodyError::TooLong => Problem::TooLarge(LONGEST_BODY),
        BodyError::Broken => Problem::InvalidCall("the body broke off: send it again".into()),
    })?;
    let call = call(head, name, &body)?;
    Ok(json_response(operations.call(&call)?.to_string()))
}

fn call(head: &Head, name: &str, body: &[u8]) -> Result<Call, Problem> {
    let mut arguments = if body.trim_ascii().is_empty() {
        json!({})
    } else {
        // The error's own text can quote what is there, which may be a token.
        serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Problem::InvalidCall(format!("the body is no JSON (line {line} column {column}): send an object"))
        })?
    };
    if let Value::Object(arguments) = &mut arguments
        && name != "describe"
    {
        let connection = arguments.entry("connection").or_insert_with(|| json!({}));
        if connection.is_null() {
            *connection = json!({});
        }
        let read = read_types_connection(connection, "body.connection").map_err(Problem::InvalidCall)?;
        *connection = write_types_connection(&filled_up(read, head)?);
    }
    match Call::read(name, &arguments, "body") {
        Some(call) => call.map_err(Problem::InvalidCall),
        None => Err(Problem::NotFound),
    }
}

fn json_response(text: String) -> Response {
    let headers = vec![("content-type", "application/json".to_owned())];
    Response { status: 200, headers, body: text.into_bytes() }
}

fn options(methods: &str) -> Response {
    Response { status: 204, headers: vec![("allow", methods.to_owned())], body: Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use logzio_soar::contract::{Connection, Endpoint};

    use super::*;

    /// Keeps the calls, and answers each alike.
    struct Recorder {
        calls: RefCell<Vec<(&'static str, Option<Connection>)>>,
        answer: fn() -> Result<Value, Error>,
    }

    impl Operations for Recorder {
        fn call(&self, call: &Call) -> Result<Value, Error> {
            let (name, connection) = match call {
                Call::Describe {} => ("describe", None),
                Call::CheckConnection { connection } => ("check-connection", Some(connection)),
                Call::FetchIncidents { connection, .. } => ("fetch-incidents", Some(connection)),
                Call::SearchLogs { connection, .. } => ("search-logs", Some(connection)),
                Call::GetLogsByEventId { connection, .. } => ("get-logs-by-event-id", Some(connection)),
                Call::HuntIndicators { connection, .. } => ("hunt-indicators", Some(connection)),
                Call::FindFields { connection, .. } => ("find-fields", Some(connection)),
            };
            self.calls.borrow_mut().push((name, connection.cloned()));
            (self.answer)()
        }
    }

    fn recorder() -> Recorder {
        Recorder { calls: RefCell::default(), answer: || Ok(json!({"done": true})) }
    }

    fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> Head {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        Head { method: method.into(), path: path.into(), headers: headers.collect() }
    }

    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    fn post(path: &str, headers: &[(&str, &str)], body: &str, recorder: &Recorder) -> (u16, Value) {
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([JSON]).collect();
        let response = answer(&head("POST", path, &headers), || Ok(body.as_bytes().to_vec()), recorder);
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    #[test]
    fn every_function_is_an_operation() {
        let recorder = recorder();
        for (name, body) in [
            ("describe", ""),
            ("check-connection", "  "),
            (
                "fetch-incidents",
                r#"{"request":{"start":{"case":"at","value":"-1h"},"filter":{"severities":["high"],"tags":[],"include_muted":false}}}"#,
            ),
            ("search-logs", r#"{"connection":null,"query":{"lucene":"*","fields":[],"order":"oldest-first"}}"#),
            ("get-logs-by-event-id", r#"{"event_id":"e","limit":null}"#),
            ("find-fields", r#"{"request":{"since":"-1d"}}"#),
            (
                "hunt-indicators",
                r#"{"request":{"indicators":[{"value":"203.0.113.9"}],"fields":[["ip",["a"]]],"internal_networks":[]}}"#,
            ),
        ] {
            assert_eq!(post(&format!("/v1/{name}"), &[], body, &recorder), (200, json!({"done": true})), "{name}");
            assert_eq!(recorder.calls.borrow().last().map(|(name, _)| *name), Some(name));
        }
        assert_eq!(recorder.calls.borrow().len(), Call::NAMES.len());
    }

    #[test]
    fn a_connection_is_filled_up_from_the_headers() {
        let recorder = recorder();
        let headers = [
            ("logzio-region", "eu"),
            ("logzio-security-token", "from-header"),
            ("logzio-operations-token", "from-header"),
            ("logzio-time-budget-ms", "5000"),
        ];
        let body = r#"{"connection":{"security_token":"from-body"}}"#;
        assert_eq!(post("/v1/check-connection", &headers, body, &recorder).0, 200);
        let calls = recorder.calls.borrow();
        let connection = calls[0].1.as_ref().unwrap();
        assert_eq!(connection.endpoint, Some(Endpoint::Region("eu".into())));
        assert_eq!(connection.security_token.as_deref(), Some("from-body"));
        assert_eq!(connection.operations_token.as_deref(), Some("from-header"));
        assert_eq!(connection.time_budget_ms, Some(5_000));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place_and_without_its_value() {
        let recorder = recorder();
        for (headers, body, says) in [
            (&[][..], "{s3cret", "line 1 column 2"),
            (&[], "[]", "body: an object is expected"),
            (&[], r#"{"query":{"lucene":7,"fields":[]}}"#, "body.query.lucene: a string is expected"),
            (&[], r#"{"query":{"lucene":"*"}}"#, "body.query.fields: it is missing"),
            (&[], r#"{"query":{"lucene":"*","fields":[],"limit":1.0}}"#, "body.query.limit: a number from 0"),
            (&[], r#"{"query":{"lucene":"*","fields":[],"order":"s3cret"}}"#, "one of \"newest-first\""),
            (&[], r#"{"query":{"lucene":"*","fields":[]},"page":"s3cret"}"#, "unknown field \"page\": the fields are"),
            (&[], r#"{"connection":"s3cret"}"#, "body.connection: an object is expected"),
            (
                &[("logzio-region", "eu"), ("logzio-url", "https://s3cret.example")],
                "",
                "both Logzio-Region and Logzio-Url",
            ),
            (&[("logzio-time-budget-ms", "s3cret")], "", "a number of milliseconds"),
            (&[("logzio-security-token", "s3cret"), ("logzio-security-token", "s3cret")], "", "it is there twice"),
        ] {
            let (status, problem) = post("/v1/search-logs", headers, body, &recorder);
            let detail = problem["detail"].as_str().unwrap();
            assert!(status == 400 && detail.contains(says) && !detail.contains("s3cret"), "{body}: {problem}");
            assert_eq!(problem["type"], "urn:logzio-soar:problem:invalid-call");
        }
        assert!(recorder.calls.borrow().is_empty());
    }

    #[test]
    fn what_a_form_of_a_web_page_can_send_is_refused() {
        let recorder = recorder();
        for kind in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "text/plain; application/json",
        ] {
            let head = head("POST", "/v1/check-connection", &[("content-type", kind)]);
            assert_eq!(answer(&head, || Ok(b"{}".to_vec()), &recorder).status, 415, "{kind}");
        }
        assert!(recorder.calls.borrow().is_empty());
    }

    #[test]
    fn paths_and_methods_that_are_not_there_are_told() {
        let recorder = recorder();
        for (method, path, status, allow) in [
            ("GET", "/v1/search-logs", 405, Some("POST, OPTIONS")),
            ("PUT", "/openapi.json", 405, Some("GET, HEAD, OPTIONS")),
            ("OPTIONS", "/healthz", 204, Some("GET, HEAD, OPTIONS")),
            ("HEAD", "/healthz", 200, None),
            ("GET", "/", 404, None),
            ("POST", "/v1/", 404, None),
            ("POST", "/v1/search-logs/", 404, None),
        ] {
            let response = answer(&head(method, path, &[JSON]), || Ok(Vec::new()), &recorder);
            let allowed = response.headers.iter().find(|(name, _)| *name == "allow").map(|(_, value)| value.as_str());
            assert_eq!((response.status, allowed), (status, allow), "{method} {path}");
            assert_eq!(response.body.is_empty(), matches!(method, "HEAD" | "OPTIONS"), "{method} {path}");
        }
    }

    #[test]
    fn a_body_without_end_is_refused() {
        let recorder = recorder();
        for (error, status) in [(BodyError::TooLong, 413), (BodyError::Broken, 400)] {
            assert_eq!(answer(&head("POST", "/v1/describe", &[JSON]), || Err(error), &recorder).status, status);
        }
    }

    #[test]
    fn every_error_of_the_contract_is_a_problem_with_its_status_and_its_form() {
        use crate::json_form::write_types_error;
        use logzio_soar::contract::ServerError;
        let text = || "why".to_owned();
        for (error, status, case) in [
            (Error::InvalidConnection(text()), 400, "invalid-connection"),
            (Error::InvalidArgument(text()), 400, "invalid-argument"),
            (Error::QueryRejected(text()), 422, "query-rejected"),
            (Error::Unauthorized(text()), 401, "unauthorized"),
            (Error::WrongRegion(text()), 403, "wrong-region"),
            (Error::WrongAccount(text()), 403, "wrong-account"),
            (Error::RateLimited(Some(1_200)), 429, "rate-limited"),
            (Error::RateLimited(None), 429, "rate-limited"),
            (Error::TimedOut(text()), 504, "timed-out"),
            (Error::Unreachable(text()), 502, "unreachable"),
            (Error::Server(ServerError { status: 500, message: text() }), 502, "server"),
            (Error::MalformedResponse(text()), 502, "malformed-response"),
        ] {
            let form = write_types_error(&error);
            let response = Problem::from(error).response();
            let problem: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!((response.status, &problem["status"]), (status, &json!(status)));
            assert_eq!(problem["type"], format!("urn:logzio-soar:problem:{case}"));
            assert_eq!(json!({"case": problem["case"], "value": problem["value"]}), form);
            let retry =
                response.headers.iter().find(|(name, _)| *name == "retry-after").map(|(_, value)| value.as_str());
            assert_eq!(retry, (form["value"] == json!(1_200)).then_some("2"), "{form}");
        }
    }
}
