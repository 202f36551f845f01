//! The contract's types as JSON, and the calls of its functions, by code that the build script generates from the WIT.

#![allow(missing_docs, reason = "generated; the documentation is in wit/")]

include!(concat!(env!("OUT_DIR"), "/json_form.rs"));
