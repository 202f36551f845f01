//! Where requests go once they are allowed: into the network, or to a service in this process.
//!
//! Belongs here: the HTTP client, the proxy, the certificates, and what their errors mean. It must not know WebAssembly, the
//! contract, or who sends a request and why it was allowed.
//!
//! The files stand in these layers:
//!
//! ```text
//! upstream                 the network, or a service
//! client                   the pooled HTTP client
//! cause                    what the client's errors mean
//! route, trust             the way to a server, directly or through a proxy; the trusted certificates
//! resolver, proxy          name resolution; which destinations a proxy is for
//! options                  what a caller can choose
//! body, failure, timeouts  leaves
//! ```

mod body;
mod cause;
mod client;
mod failure;
mod options;
mod proxy;
mod resolver;
mod route;
mod timeouts;
mod trust;
mod upstream;

pub use body::{BoxError, OutgoingBody};
pub(crate) use cause::of_body as cause_of_body;
pub(crate) use client::LARGEST_BUFFER;
pub(crate) use failure::SendError;
pub use options::NetworkOptions;
pub(crate) use timeouts::Timeouts;
pub use upstream::Upstream;
