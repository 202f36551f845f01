//! Adapters: a host that runs a component for another program, as a process that is spoken to in lines of JSON.

mod client;
mod error;
mod process;
mod protocol;
mod service;

pub use client::Adapter;
pub use error::AdapterError;
pub use protocol::COMPONENT_VARIABLE;
pub use service::serve_adapter;
