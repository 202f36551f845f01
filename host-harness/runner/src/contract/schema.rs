//! The JSON Schema of the contract, which the build script writes.

/// The JSON Schema (draft 2020-12) of the contract's JSON form: a call of any function, and under `$defs` every type
/// (`types.connection`), the arguments and the answer of every function (`logs.search-logs.arguments`,
/// `logs.search-logs.answer`), with what the WIT says of each.
pub const CONTRACT_SCHEMA: &str = include_str!(concat!(env!("OUT_DIR"), "/contract.schema.json"));
