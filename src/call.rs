//! A call of the contract: an operation with a client for the connection, and an error that holds no token. What components
//! of different worlds share.

use chrono::{DateTime, Utc};

use crate::connection::{Target, without_tokens};
use crate::contract::{Connection, Error};
use crate::logzio::client::Client;
use crate::transport::Transport;

/// Runs an operation over `wasi:http`, with the clock of the host. `variable` reads the environment for what the connection
/// leaves out.
///
/// # Errors
/// `invalid-connection`, and what the operation fails with. No text holds a token of the connection.
#[cfg(target_family = "wasm")]
pub fn with_client<T>(
    connection: &Connection,
    variable: &dyn Fn(&str) -> Option<String>,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    let now = DateTime::from(std::time::SystemTime::now());
    with_transport(connection, variable, &crate::transport::wasi::WasiTransport::new(), now, operation)
}

/// Runs an operation over any transport, at any time.
///
/// # Errors
/// As [`with_client`].
pub fn with_transport<T>(
    connection: &Connection,
    variable: &dyn Fn(&str) -> Option<String>,
    transport: &dyn Transport,
    now: DateTime<Utc>,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    let result = Target::new(connection, variable).and_then(|target| operation(&Client::new(transport, &target), now));
    result.map_err(|error| without_tokens(error, connection, variable))
}
