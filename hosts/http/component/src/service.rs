//! What a request is answered with: paths, methods, the form of the body, results and problems. Sends and receives nothing
//! itself, so all of it is tested without a component.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use logzio_soar::contract::{Connection, Error};
use logzio_soar_http_api::connection::{InvalidCall, arguments, connection};
use logzio_soar_http_api::path;
use logzio_soar_http_api::problem::{METHOD_NOT_ALLOWED, NOT_FOUND, Problem, UNSUPPORTED_MEDIA_TYPE};
use logzio_soar_wit_json::read;
use logzio_soar_wit_json::refusal::Refusal;
use serde_json::json;

use crate::json_form::{Call, read_types_connection};
use crate::problem;

const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// Why there is no body.
pub enum BodyError {
    /// It is longer than [`LONGEST_BODY`](logzio_soar_http_api::limit::LONGEST_BODY).
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
    fn call(&self, call: &Call) -> Result<String, Error>;
}

/// Answers a request. The body is read only if the path needs it.
pub fn answer(
    head: &Parts,
    body: impl FnOnce() -> Result<Vec<u8>, BodyError>,
    operations: &impl Operations,
) -> Response<Vec<u8>> {
    let answered = match head.uri.path() {
        path::OPENAPI => document(head, || DOCUMENT.to_owned()),
        path::HEALTH => document(head, || json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}).to_string()),
        path => match path.strip_prefix(path::OPERATIONS).and_then(function_of) {
            Some(function) => operation(head, function, body, operations),
            None => Err(Problem::new(&NOT_FOUND, NOT_HERE)),
        },
    };
    let mut response = answered.unwrap_or_else(Problem::response);
    let length = response.body().len();
    let headers = response.headers_mut();
    // A response is about one account at one moment.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Engines hold the body to its announced length, even if there is none to send.
    if head.method == Method::HEAD {
        response.body_mut().clear();
    } else {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    response
}

const NOT_HERE: &str =
    "POST /v1/{operation}, GET /openapi.json and GET /healthz are here: /openapi.json has the operations";

/// The function of an operation, with its interface.
fn function_of(operation: &str) -> Option<&'static str> {
    Call::NAMES.iter().copied().find(|name| name.split_once('.').is_some_and(|(_, function)| function == operation))
}

fn document(head: &Parts, text: impl FnOnce() -> String) -> Result<Response<Vec<u8>>, Problem> {
    const METHODS: &str = "GET, HEAD, OPTIONS";
    match head.method {
        Method::GET | Method::HEAD => Ok(json_response(text())),
        Method::OPTIONS => Ok(options(METHODS)),
        _ => Err(method_not_allowed(METHODS)),
    }
}

fn operation(
    head: &Parts,
    function: &str,
    body: impl FnOnce() -> Result<Vec<u8>, BodyError>,
    operations: &impl Operations,
) -> Result<Response<Vec<u8>>, Problem> {
    const METHODS: &str = "POST, OPTIONS";
    match head.method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(METHODS)),
        _ => return Err(method_not_allowed(METHODS)),
    }
    // No form of a web page can send this type, so no page can make a browser on this machine call us.
    if !is_json(head)? {
        return Err(Problem::new(&UNSUPPORTED_MEDIA_TYPE, "send the header Content-Type: application/json"));
    }
    let body = body().map_err(|error| match error {
        BodyError::TooLong => Problem::too_large(),
        BodyError::Broken => Problem::broken_body(),
    })?;
    let call = call(head, function, &body)?;
    Ok(json_response(operations.call(&call).map_err(|error| problem::of_error(&error))?))
}

/// Whether the body is declared as JSON.
fn is_json(head: &Parts) -> Result<bool, Problem> {
    let mut declared = head.headers.get_all(CONTENT_TYPE).iter();
    let first = declared.next().map(HeaderValue::as_bytes).unwrap_or_default();
    if declared.next().is_some() {
        return Err(InvalidCall("Content-Type: it is there twice: send it once".into()).into());
    }
    let essence = first.split(|byte| *byte == b';').next().unwrap_or_default();
    Ok(essence.trim_ascii().eq_ignore_ascii_case(b"application/json"))
}

fn call(head: &Parts, function: &str, body: &[u8]) -> Result<Call, Problem> {
    let given = arguments(body)?;
    let text = std::str::from_utf8(body).unwrap_or_default();
    let text = if text.trim_ascii().is_empty() { "{}" } else { text };
    let read = read::text(text, "body").map(|body| Call::read(function, body, "body")).map_err(refused)?;
    let mut call = read.ok_or_else(|| Problem::new(&NOT_FOUND, NOT_HERE))?.map_err(refused)?;
    if let Some(named) = connection_of(&mut call) {
        // With what the headers say, as the server reads it.
        let filled = connection(&given, &head.headers)?.to_string();
        let place = "body.connection";
        *named = read::text(&filled, place).and_then(|filled| read_types_connection(filled, place)).map_err(refused)?;
    }
    Ok(call)
}

fn refused(refusal: Refusal) -> Problem {
    InvalidCall(refusal.to_string()).into()
}

fn connection_of(call: &mut Call) -> Option<&mut Connection> {
    match call {
        Call::Describe {} => None,
        Call::CheckConnection { connection }
        | Call::FetchIncidents { connection, .. }
        | Call::SearchLogs { connection, .. }
        | Call::GetLogsByEventId { connection, .. }
        | Call::HuntIndicators { connection, .. }
        | Call::FindFields { connection, .. } => Some(connection),
    }
}

fn json_response(text: String) -> Response<Vec<u8>> {
    let mut response = Response::new(text.into_bytes());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn options(methods: &'static str) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn method_not_allowed(methods: &'static str) -> Problem {
    Problem::new(&METHOD_NOT_ALLOWED, format!("the methods here are {methods}")).header(ALLOW, methods)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use http::Request;
    use logzio_soar::contract::Endpoint;
    use serde_json::Value;

    use super::*;

    /// Keeps the calls, and answers each alike.
    struct Recorder {
        calls: RefCell<Vec<(&'static str, Option<Connection>)>>,
        answer: fn() -> Result<String, Error>,
    }

    impl Operations for Recorder {
        fn call(&self, call: &Call) -> Result<String, Error> {
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
        Recorder { calls: RefCell::default(), answer: || Ok(r#"{"done":true}"#.to_owned()) }
    }

    fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> Parts {
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    fn post(path: &str, headers: &[(&str, &str)], body: &str, recorder: &Recorder) -> (u16, Value) {
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([JSON]).collect();
        let response = answer(&head("POST", path, &headers), || Ok(body.as_bytes().to_vec()), recorder);
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    #[test]
    fn every_function_is_an_operation() {
        let recorder = recorder();
        for (name, body) in [
            ("describe", ""),
            ("check-connection", "  "),
            (
                "fetch-incidents",
                r#"{"request":{"start":{"case":"at","value":"-1h"},"filter":{"severities":["high"]}}}"#,
            ),
            ("search-logs", r#"{"connection":{},"query":{"lucene":"*","order":"oldest-first"}}"#),
            ("get-logs-by-event-id", r#"{"event_id":"e","limit":null}"#),
            ("find-fields", r#"{"request":{"since":"-1d"}}"#),
            ("hunt-indicators", r#"{"request":{"indicators":[{"value":"203.0.113.9"}],"fields":{"ip":["a"]}}}"#),
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
        const QUERY: &str = r#"{"query":{"lucene":"*"}}"#;
        let recorder = recorder();
        for (headers, body, says) in [
            (&[][..], "{s3cret", "the body is no JSON (line 1 column 2)"),
            (&[], "[]", "body: an object is expected"),
            (&[], r#"{"query":{"lucene":7}}"#, "body.query.lucene: a string is expected"),
            (&[], "{}", "body.query: it is missing"),
            (&[], r#"{"query":{"fields":[]}}"#, "body.query.lucene: it is missing"),
            (&[], r#"{"query":{"lucene":"s3cret","lucene":"*"}}"#, "body.query: the key \"lucene\" is there twice"),
            (&[], r#"{"query":{"lucene":"*","fields":[],"limit":1.0}}"#, "body.query.limit: a number from 0"),
            (&[], r#"{"query":{"lucene":"*","fields":[],"order":"s3cret"}}"#, "one of \"newest-first\""),
            (&[], r#"{"query":{"lucene":"*","fields":[]},"page":"s3cret"}"#, "unknown field \"page\": the fields are"),
            (&[], r#"{"connection":"s3cret"}"#, "body.connection: an object is expected"),
            (
                &[("logzio-region", "eu"), ("logzio-url", "https://s3cret.example")],
                QUERY,
                "both Logzio-Region and Logzio-Url",
            ),
            (&[("logzio-time-budget-ms", "s3cret")], QUERY, "a number of milliseconds"),
            (&[("logzio-security-token", "s3cret"), ("logzio-security-token", "s3cret")], QUERY, "it is there twice"),
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
            assert_eq!(answer(&head, || Ok(b"{}".to_vec()), &recorder).status(), 415, "{kind}");
        }
        assert!(recorder.calls.borrow().is_empty());
    }

    #[test]
    fn a_path_or_a_method_that_is_not_there_is_refused() {
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
            let allowed = response.headers().get(ALLOW).map(|value| value.to_str().unwrap());
            assert_eq!((response.status().as_u16(), allowed), (status, allow), "{method} {path}");
            assert_eq!(response.body().is_empty(), matches!(method, "HEAD" | "OPTIONS"), "{method} {path}");
        }
    }

    #[test]
    fn a_body_without_end_is_refused() {
        let recorder = recorder();
        for (error, status) in [(BodyError::TooLong, 413), (BodyError::Broken, 400)] {
            assert_eq!(answer(&head("POST", "/v1/describe", &[JSON]), || Err(error), &recorder).status(), status);
        }
    }
}
