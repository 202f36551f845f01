//! The contract's own types as JSON, by code that the build script generates from the WIT.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "generated for every type of the contract")]

include!(concat!(env!("OUT_DIR"), "/json_form.rs"));
