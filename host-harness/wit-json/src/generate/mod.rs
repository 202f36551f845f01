//! At build time: the JSON Schema of a WIT package, and Rust code that reads and writes its types.
//!
//! Belongs here: everything that reads WIT. It must not know how a host uses what is generated.
//!
//! The files stand in these layers:
//!
//! ```text
//! schema, rust       the JSON Schema; Rust code
//! form               what stands for each type in JSON: the rules
//! contract, ordered  the WIT package; JSON in an order
//! ```

mod contract;
mod form;
mod ordered;
mod rust;
mod schema;

pub use contract::{Contract, Outcome};
