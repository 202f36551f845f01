//! What a request is answered with: paths, methods, the body's form, results and problems. It sends and receives nothing
//! itself, so all of it is tested without a component.

use logzio_soar::contract::{Connection, Error};
use serde_json::{Value, json};

use crate::connection::filled_up;
use crate::json_form::{Call, JsonForm};
use crate::problem::Problem;

/// The longest body of a request, in bytes: ten thousand indicators with room to spare.
pub const LONGEST_BODY: usize = 4 << 20;

const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));
const OPERATIONS: &str = "/v1/";

/// A request without its body.
pub struct Head {
    /// The method, in upper case.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// The value of a header, if it is there and not empty.
    ///
    /// # Errors
    /// [`Problem::InvalidCall`] if it is there twice, or is no text. The value, which may be a token, is not shown.
    pub fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let value = match (values.next(), values.next()) {
            (value, None) => value,
            (_, Some(_)) => return Err(Problem::InvalidCall(format!("{name}: it is there twice: send it once"))),
        };
        let text = value.map(|value| String::from_utf8(value.clone())).transpose();
        let text = text.map_err(|_| Problem::InvalidCall(format!("{name}: a text in UTF-8 is expected")))?;
        Ok(text.filter(|text| !text.trim().is_empty()))
    }
}

/// Why there is no body.
pub enum BodyError {
    /// It is longer than [`LONGEST_BODY`].
    TooLong,
    /// It broke off.
    Broken,
}

/// An answer.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
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
        let read = Connection::read(connection, "body.connection").map_err(Problem::InvalidCall)?;
        *connection = filled_up(read, head)?.write();
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
