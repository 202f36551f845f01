//! A call in a component: an operation over the live transport, with the clock of the host. What components of different
//! worlds share.

use chrono::{DateTime, Utc};

use crate::connection::{Target, without_tokens};
use crate::contract::{Connection, Error};
use crate::logzio::client::Client;
#[cfg(feature = "mutations")]
use crate::mutations::operations;
use crate::transport::Live;

/// Runs an operation with a client for a connection; `variable` reads the environment for what the connection leaves out.
///
/// # Errors
/// `invalid-connection`, and what the operation fails with. No text holds a token of the connection.
pub fn with_client<T>(
    connection: &Connection,
    variable: &dyn Fn(&str) -> Option<String>,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    #[cfg(feature = "mutations")]
    let connection = &operations::connection(connection);
    let result = Target::new(connection, variable).and_then(|target| {
        let transport = Live::new();
        #[cfg(feature = "mutations")]
        let transport = operations::Mutated::new(transport);
        let now = DateTime::from(std::time::SystemTime::now());
        operation(&Client::new(&transport, &target), now)
    });
    result.map_err(|error| without_tokens(error, connection, variable))
}
