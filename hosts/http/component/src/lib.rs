//! The operations of `logzio:soar` over plain HTTP, as a component of `wasi:http/proxy`, which any engine for HTTP components
//! can run and scale. It keeps nothing between requests: a cursor goes in and comes out.
//!
//! Belongs here: from a request to a call of the core, and from its result to a response. It must not know sockets, nor who
//! may call: that is the part of the server that runs it, such as `hosts/http/server`.
//!
//! The modules stand in these layers:
//!
//! ```text
//! guest                   requests and responses of wasi:http
//! service                 paths, methods, bodies
//! problem                 errors of the contract as problems
//! json_form               the contract's types as JSON, generated from the WIT
//! ```

#[cfg(target_family = "wasm")]
mod guest;
pub mod json_form;
pub mod problem;
pub mod service;
