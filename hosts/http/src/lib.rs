//! The operations of `logzio:soar` over plain HTTP, as a component of `wasi:http/proxy`: any engine that scales HTTP
//! components scales it. It keeps nothing between requests; a cursor goes in and out.
//!
//! The modules stand in layers, and each uses those below only:
//!
//! ```text
//! lib                  the request and the answer of wasi:http
//! service              paths, methods, bodies
//! connection           what of a connection comes from headers
//! head                 a request without its body
//! problem              why a request failed
//! json_form, response  values of the contract as JSON, generated from the WIT; an answer
//! ```

pub mod connection;
pub mod head;
pub mod json_form;
pub mod problem;
pub mod response;
pub mod service;

#[cfg(target_family = "wasm")]
mod component {
    use chrono::{DateTime, Utc};
    use logzio_soar::call;
    use logzio_soar::contract::{Connection, Error};
    use logzio_soar::diagnostics;
    use logzio_soar::hunting;
    use logzio_soar::incidents;
    use logzio_soar::logs;
    use logzio_soar::logzio::client::Client;
    use logzio_soar::manifest;
    use logzio_soar_wit_json::write::list;
    use serde_json::Value;
    use waki::bindings::exports::wasi::http::incoming_handler::Guest;
    use waki::bindings::wasi::http::types::{
        Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
    };
    use waki::bindings::wasi::io::streams::StreamError;

    use crate::head::Head;
    use crate::json_form::{
        Call, write_diagnostics_check, write_hunting_field_report, write_hunting_hunt_report,
        write_incidents_incident_page, write_logs_log_page, write_manifest_integration,
    };
    use crate::response::Response;
    use crate::service::{self, BodyError, LONGEST_BODY, Operations};

    /// How much to ask of a body, and to write of one, at a time.
    const CHUNK: usize = 64 << 10;

    struct Component;

    impl Guest for Component {
        // waki's own handler reads bodies without a limit, and traps where a client hangs up.
        fn handle(request: IncomingRequest, out: ResponseOutparam) {
            let head = head(&request);
            let response = service::answer(&head, || body(&request), &Live);
            send(response, out);
        }
    }

    waki::bindings::export!(Component with_types_in waki::bindings);

    struct Live;

    impl Operations for Live {
        fn call(&self, call: &Call) -> Result<Value, Error> {
            match call {
                Call::Describe {} => Ok(write_manifest_integration(&manifest::describe())),
                Call::CheckConnection { connection } => {
                    run(connection, list(write_diagnostics_check), diagnostics::check)
                }
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
                    run(connection, write_hunting_field_report, |client, now| {
                        hunting::find_fields(client, request, now)
                    })
                }
            }
        }
    }

    fn run<T>(
        connection: &Connection,
        write: impl Fn(&T) -> Value,
        operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
    ) -> Result<Value, Error> {
        call::with_client(connection, &|name| std::env::var(name).ok(), operation).map(|value| write(&value))
    }

    fn head(request: &IncomingRequest) -> Head {
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
        let path = request.path_with_query().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let headers = request.headers().entries();
        let headers = headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        Head { method, path, headers }
    }

    fn body(request: &IncomingRequest) -> Result<Vec<u8>, BodyError> {
        let incoming: IncomingBody = request.consume().map_err(|()| BodyError::Broken)?;
        let stream = incoming.stream().map_err(|()| BodyError::Broken)?;
        let mut body = Vec::new();
        loop {
            match stream.blocking_read(CHUNK as u64) {
                Ok(chunk) if body.len() + chunk.len() > LONGEST_BODY => return Err(BodyError::TooLong),
                Ok(chunk) => body.extend(chunk),
                Err(StreamError::Closed) => return Ok(body),
                Err(StreamError::LastOperationFailed(_)) => return Err(BodyError::Broken),
            }
        }
    }

    /// Whoever asked may be gone: then there is nobody to tell.
    fn send(response: Response, out: ResponseOutparam) {
        let headers = Fields::new();
        for (name, value) in &response.headers {
            let _ = headers.append(&(*name).to_owned(), &value.as_bytes().to_vec());
        }
        let outgoing = OutgoingResponse::new(headers);
        let _ = outgoing.set_status_code(response.status);
        let Ok(body) = outgoing.body() else { return };
        ResponseOutparam::set(out, Ok(outgoing));
        if let Ok(stream) = body.write() {
            for chunk in response.body.chunks(4096) {
                if stream.blocking_write_and_flush(chunk).is_err() {
                    return;
                }
            }
        }
        let _ = OutgoingBody::finish(body, None);
    }
}
