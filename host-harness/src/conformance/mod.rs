//! The conformance suite: holds a component, and a host, to the contract, from outside.
//!
//! Every case speaks the JSON form of the contract, so that the same ones run in this process, in virtual time and without
//! a network, and in another host behind an adapter. Which promises of the contract there are stands in
//! `conformance/promises.toml`; what is tested of them, in `conformance/cases/` and in the modules `code_…`.

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

pub use case::Case;
pub use group::Group;
pub use mutants::{Mutant, MutantReport, Mutants, MutantsReport};
pub use promise::{Description, Promise, Promises};
pub use report::{CaseReport, Count, Report, Sent, Step, Verdict};
pub use suite::Suite;
