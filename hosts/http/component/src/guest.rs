//! The export of the component: requests of wasi:http as the service takes them, and its responses back.

use chrono::{DateTime, Utc};
use http::Response;
use http::request::Parts;
use logzio_soar::call;
use logzio_soar::contract::{Connection, Error};
use logzio_soar::logzio::client::Client;
use logzio_soar::{diagnostics, hunting, incidents, logs, manifest};
use logzio_soar_http_api::limit::LONGEST_BODY;
use logzio_soar_http_api::problem::{INVALID_CALL, Problem};
use logzio_soar_wit_json::write::{list, to_text};
use waki::bindings::exports::wasi::http::incoming_handler::Guest;
use waki::bindings::wasi::http::types::{
    Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use waki::bindings::wasi::io::streams::StreamError;

use crate::json_form::{
    Call, write_diagnostics_check, write_hunting_field_report, write_hunting_hunt_report,
    write_incidents_incident_page, write_logs_log_page, write_manifest_integration,
};
use crate::service::{self, BodyError, Operations};

/// How much of a body to read at a time, in bytes.
const READ_CHUNK: u64 = 64 << 10;
/// How much of a body to write at a time, in bytes: what a stream takes without asking first.
const WRITE_CHUNK: usize = 4096;

struct Component;

impl Guest for Component {
    // waki's own handler reads bodies without a limit, and traps if a client hangs up.
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let response = match head(&request) {
            Ok(head) => service::answer(&head, || body(&request), &Live),
            Err(problem) => problem.response(),
        };
        send(response, out);
    }
}

waki::bindings::export!(Component with_types_in waki::bindings);

struct Live;

impl Operations for Live {
    fn call(&self, call: &Call) -> Result<String, Error> {
        match call {
            Call::Describe {} => Ok(to_text(&write_manifest_integration, &manifest::describe())),
            Call::CheckConnection { connection } => run(connection, list(write_diagnostics_check), diagnostics::check),
            Call::FetchIncidents { connection, request } => {
                run(connection, write_incidents_incident_page, |client, now| incidents::fetch(client, request, now))
            }
            Call::SearchLogs { connection, query } => {
                run(connection, write_logs_log_page, |client, now| logs::search(client, query, now))
            }
            Call::GetLogsByEventId { connection, event_id, limit, page } => {
                run(connection, write_logs_log_page, |client, _| {
                    logs::by_event_id(client, event_id, *limit, page.as_deref())
                })
            }
            Call::HuntIndicators { connection, request } => {
                run(connection, write_hunting_hunt_report, |client, now| hunting::hunt(client, request, now))
            }
            Call::FindFields { connection, request } => {
                run(connection, write_hunting_field_report, |client, now| hunting::find_fields(client, request, now))
            }
        }
    }
}

fn run<T>(
    connection: &Connection,
    write: impl Fn(&T, &mut String),
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<String, Error> {
    call::with_client(connection, &|name| std::env::var(name).ok(), operation).map(|value| to_text(&write, &value))
}

fn head(request: &IncomingRequest) -> Result<Parts, Problem> {
    let method = match request.method() {
        Method::Get => "GET".to_owned(),
        Method::Head => "HEAD".to_owned(),
        Method::Post => "POST".to_owned(),
        Method::Put => "PUT".to_owned(),
        Method::Delete => "DELETE".to_owned(),
        Method::Connect => "CONNECT".to_owned(),
        Method::Options => "OPTIONS".to_owned(),
        Method::Trace => "TRACE".to_owned(),
        Method::Patch => "PATCH".to_owned(),
        Method::Other(name) => name,
    };
    let mut head = http::Request::builder().method(method.as_str()).uri(request.path_with_query().unwrap_or_default());
    for (name, value) in request.headers().entries() {
        // A header that cannot be read must not count as one that is left out.
        head = head.header(name, value);
    }
    let unreadable = "the method, the path or a header of the request cannot be read: send another";
    head.body(()).map(|request| request.into_parts().0).map_err(|_| Problem::new(&INVALID_CALL, unreadable))
}

fn body(request: &IncomingRequest) -> Result<Vec<u8>, BodyError> {
    let incoming: IncomingBody = request.consume().map_err(|()| BodyError::Broken)?;
    let stream = incoming.stream().map_err(|()| BodyError::Broken)?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(READ_CHUNK) {
            Ok(chunk) if body.len() + chunk.len() > LONGEST_BODY => return Err(BodyError::TooLong),
            Ok(chunk) => body.extend(chunk),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(_)) => return Err(BodyError::Broken),
        }
    }
}

/// Sends a response. If the client is gone, there is nobody to report that to.
fn send(response: Response<Vec<u8>>, out: ResponseOutparam) {
    let headers = Fields::new();
    for (name, value) in response.headers() {
        let _ = headers.append(&name.as_str().to_owned(), &value.as_bytes().to_vec());
    }
    let outgoing = OutgoingResponse::new(headers);
    let _ = outgoing.set_status_code(response.status().as_u16());
    let Ok(body) = outgoing.body() else { return };
    ResponseOutparam::set(out, Ok(outgoing));
    if let Ok(stream) = body.write() {
        for chunk in response.body().chunks(WRITE_CHUNK) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                return;
            }
        }
    }
    let _ = OutgoingBody::finish(body, None);
}
