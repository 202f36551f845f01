//! A call of the contract: an operation with a client for the connection, and an error that holds no token. What components
//! of different worlds share.

use chrono::{DateTime, Utc};

use crate::connection::{Target, without_tokens};
use crate::contract::{Connection, Error};
use crate::logzio::client::Client;
use crate::transport::Transport;

/// The variable that asks for a line of JSON on standard error for each request, if it is `1`.
const TRACE: &str = "LOGZIO_SOAR_TRACE";

/// What a call has of its host.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    /// Reads a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Sends requests.
    pub transport: &'a dyn Transport,
    /// The present.
    pub now: DateTime<Utc>,
    /// Takes a line of standard error.
    pub standard_error: &'a dyn Fn(&str),
}

/// Runs an operation over `wasi:http`, with the clock and the standard error of the component's host. `variable` reads the
/// environment for what the connection leaves out.
///
/// # Errors
/// `invalid-connection`, and what the operation fails with. No text holds a token of the connection.
#[cfg(target_family = "wasm")]
pub fn with_client<T>(
    connection: &Connection,
    variable: &dyn Fn(&str) -> Option<String>,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    on_wasi(variable, |host| on_host(connection, host, operation))
}

/// Runs an operation on any host.
///
/// # Errors
/// `invalid-connection`, and what the operation fails with. No text holds a token of the connection.
pub fn on_host<T>(
    connection: &Connection,
    host: Host,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    let is_traced = (host.variable)(TRACE).is_some_and(|value| value.trim() == "1");
    let result = Target::new(connection, host.variable).and_then(|target| {
        let client = Client::new(host.transport, &target);
        let client = if is_traced { client.traced(host.standard_error) } else { client };
        operation(&client, host.now)
    });
    result.map_err(|error| without_tokens(error, connection, host.variable))
}

/// Calls `run` with the host of a component.
#[cfg(target_family = "wasm")]
pub(crate) fn on_wasi<T>(variable: &dyn Fn(&str) -> Option<String>, run: impl FnOnce(Host) -> T) -> T {
    use std::io::Write;
    run(Host {
        variable,
        transport: &crate::transport::wasi::WasiTransport::new(),
        now: DateTime::from(std::time::SystemTime::now()),
        // A host that does not take it loses the line, and nothing else.
        standard_error: &|line| _ = writeln!(std::io::stderr(), "{line}"),
    })
}
