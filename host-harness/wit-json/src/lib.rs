//! The JSON form of the values of WIT types: the one place for its rules. `host-harness/conformance/JSON.md` documents the
//! form for its users.
//!
//! At build time, with the feature `generate`, [`generate::Contract`] reads a WIT package and writes its JSON Schema, and Rust
//! code that reads and writes its types. At run time, that code is made of [`read`] and [`mod@write`].
//!
//! It must not know what the types of the contract are, nor HTTP, nor how a component is called.
//!
//! To change a rule of the form: describe it in `generate::form`. The compiler then asks for its schema in
//! `generate::schema` and for its code in `generate::rust`; what that code calls belongs in [`read`] and [`mod@write`].
//!
//! The modules stand in these layers:
//!
//! ```text
//! generate       schema and code from the WIT
//! form           what a type can do
//! read           values from JSON
//! write          values as JSON
//! name           names in JSON
//! refusal        why a value was refused
//! whole          whole numbers
//! ```

pub mod form;
#[cfg(feature = "generate")]
pub mod generate;
mod name;
pub mod read;
pub mod refusal;
mod whole;
pub mod write;

pub use name::field_name;
pub use whole::Whole;
