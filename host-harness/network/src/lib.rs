//! The HTTP client that requests leave with: directly or through a proxy, with trusted certificates.
//!
//! Belongs here: the client, the proxy, the certificates, and what their errors mean. It must not know WebAssembly, the
//! contract, or who sends a request and why it was allowed.
//!
//! The modules stand in these layers:
//!
//! ```text
//! client                            the pooled HTTP client
//! cause                             what the client's errors mean
//! route, trust                      the way to a server, directly or through a proxy; the trusted certificates
//! resolver, proxy                   name resolution; which destinations a proxy is for
//! options                           what a caller can choose
//! body, error, failure, loopback, timeouts
//!                                   leaves
//! ```

mod body;
mod cause;
mod client;
mod error;
mod failure;
mod loopback;
mod options;
mod proxy;
mod resolver;
mod route;
mod timeouts;
mod trust;

pub use body::{BoxError, OutgoingBody};
pub use cause::of_body as cause_of_body;
pub use client::{Client, LARGEST_BUFFER};
pub use error::NetworkError;
pub use failure::SendError;
pub use loopback::is_loopback;
pub use options::NetworkOptions;
pub use timeouts::Timeouts;
pub use trust::client_config;
