//! A line of JSON for each request that was sent, for a host that shows what a call does. It says where a request went and
//! what came of it; it holds no token, no header and no body.

use crate::connection::Target;
use crate::transport::{Exchange, Failure, Method, Request};
use serde::Serialize;

/// A request that is over. The names are the contract's. (`wit/world.wit`)
#[derive(Serialize)]
struct Line<'a> {
    trace: &'static str,
    method: &'static str,
    /// The endpoint's path, without the base of a URL, which may be a secret of its own.
    path: &'a str,
    #[serde(rename = "try")]
    tried: u32,
    status: Option<u16>,
    failure: Option<&'static str>,
    ms: u64,
    bytes_sent: usize,
    bytes_received: usize,
}

/// The line for a request that was sent for the `tried`th time.
pub(super) fn line(request: &Request, tried: u32, exchange: &Exchange, target: &Target) -> String {
    let (status, received, failure) = match &exchange.result {
        Ok(response) => (Some(response.status), response.body.len(), None),
        Err(failure) => (None, 0, Some(name(failure))),
    };
    let line = Line {
        trace: "request",
        method: match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        },
        path: request.path.strip_prefix(&target.prefix).unwrap_or_default(),
        tried,
        status,
        failure,
        ms: u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX),
        bytes_sent: request.body.len(),
        bytes_received: received,
    };
    serde_json::to_string(&line).unwrap_or_default()
}

fn name(failure: &Failure) -> &'static str {
    match failure {
        Failure::TimedOut => "timed-out",
        Failure::Unreachable(_) => "unreachable",
        Failure::Refused(_) => "refused",
        Failure::Interrupted(_) => "interrupted",
        Failure::TooLarge => "too-large",
    }
}
