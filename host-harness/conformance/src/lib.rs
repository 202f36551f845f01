//! The conformance suite: holds a component, and a host, to the contract, from outside.
//!
//! Every case speaks the JSON form of the contract, so that the same ones run in this process, in virtual time and without
//! a network, and in another host behind an adapter. Which promises of the contract there are stands in
//! `promises.toml`; what is tested of them, in `cases/` and in the modules `code_…`.

mod adapter;
mod adapter_service;
mod arguments;
mod bench;
mod canary;
mod case;
mod code_capabilities;
mod code_contract;
mod code_diagnostics;
mod code_hunting;
mod code_incidents;
mod code_limits;
mod code_logs;
mod code_secrets;
mod component_file;
mod data_case;
mod exchange;
mod group;
mod html;
mod junit;
mod matcher;
mod mutants;
mod promise;
mod report;
mod site;
mod subject;
mod suite;
mod template;

pub use adapter::{Adapter, AdapterError, COMPONENT_VARIABLE};
pub use adapter_service::serve_adapter;
pub use case::Case;
pub use group::Group;
pub use mutants::{Mutant, MutantReport, Mutants, MutantsReport};
pub use promise::{Description, Promise, Promises};
pub use report::{CaseReport, Count, Report, Sent, Step, Verdict};
pub use suite::Suite;
