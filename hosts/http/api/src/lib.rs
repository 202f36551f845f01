//! The HTTP API of logzio-soar: what the component that answers requests and the server in front of it have in common.
//!
//! Belongs here: paths, headers, what a request says of its connection, problem documents, and the OpenAPI document of all of
//! them. It must not know how a request arrives, how a call is carried out, or the types of the contract.
//!
//! The modules stand in these layers:
//!
//! ```text
//! openapi              the OpenAPI document
//! problem              why a request failed
//! connection           the connection of a request
//! header, limit, path  leaves
//! ```

pub mod connection;
pub mod header;
pub mod limit;
pub mod openapi;
pub mod path;
pub mod problem;
