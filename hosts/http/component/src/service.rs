//! What a request is answered with: paths, methods, the form of the body, results and problems. Sends and receives nothing
//! itself, so all of it is tested without a component.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use logzio_soar::contract::Error;
use logzio_soar_http_api::connection::{InvalidCall, arguments, connection};
use logzio_soar_http_api::path;
use logzio_soar_http_api::problem::{METHOD_NOT_ALLOWED, NOT_FOUND, Problem, UNSUPPORTED_MEDIA_TYPE};
use serde_json::{Value, json};

use crate::json_form::Call;
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
    fn call(&self, call: &Call) -> Result<Value, Error>;
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
        path => match path.strip_prefix(path::OPERATIONS).filter(|name| Call::NAMES.contains(name)) {
            Some(name) => operation(head, name, body, operations),
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
    name: &str,
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
    let call = call(head, name, &body)?;
    let result = operations.call(&call).map_err(|error| problem::of_error(&error))?;
    Ok(json_response(result.to_string()))
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

fn call(head: &Parts, name: &str, body: &[u8]) -> Result<Call, Problem> {
    let mut arguments = arguments(body)?;
    let connects = Call::ARGUMENTS.iter().any(|(function, names)| *function == name && names.contains(&"connection"));
    if connects && arguments.is_object() {
        let connection = connection(&arguments, &head.headers)?;
        if let Value::Object(arguments) = &mut arguments {
            arguments.insert("connection".to_owned(), connection);
        }
    }
    let call = Call::read(name, &arguments, "body").ok_or_else(|| Problem::new(&NOT_FOUND, NOT_HERE))?;
    Ok(call.map_err(InvalidCall)?)
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
