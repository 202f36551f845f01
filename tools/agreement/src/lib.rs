//! What repeats a fact of the contract, in any language, agrees with it.
//!
//! The contract is in `wit/`, and what panels show of it in `src/manifest.rs`. Hosts repeat both: names of operations and
//! arguments, cases of enums, the version. Each test reads such a place, and fails with its file, the name that it lacks,
//! and what to do. This library holds what the tests share; those of the command line are in its own crate.
//!
//! The modules stand in these layers:
//!
//! ```text
//! panel     what a panel shows, against the manifest
//! contract  the names of the WIT
//! source    files of this repository
//! ```

pub mod contract;
pub mod panel;
pub mod source;
