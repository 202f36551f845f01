//! What became of a request, for a log.

use std::net::SocketAddr;
use std::time::Duration;

/// What became of a request. Holds no token, no query and no body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Access {
    /// The client's address.
    pub client: SocketAddr,
    /// The method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
    /// The length of the response's body, in bytes.
    pub bytes: usize,
    /// Why the sandbox stopped the component, if it did.
    pub stopped: Option<String>,
}
