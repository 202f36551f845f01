//! The conformance suite: holds a component, and a host, to the contract, from outside.
//!
//! Every case speaks the JSON form of the contract, so that the same ones run in this process, in virtual time and without
//! a network, and in another host behind an adapter. Which promises of the contract there are stands in
//! `promises.toml`; what is tested of them, in the folder `cases/` and in the module of that name.
//!
//! The modules stand in layers, and each uses those below only:
//!
//! ```text
//! mutants                  the suite, held to components that break a rule each
//! suite                    a run: which cases, how many at a time, what came of each
//! cases                    every case: those in code, by group, and those in data
//! case                     one case: what it proves, and how it is carried out
//! bench                    where a case is carried out, and what holds for every call
//! component_file, report   the component as a file; what came of a run, in every format
//! adapter, matcher         a host behind a command; what a case expects of a value
//! group, promise, suite_error, text
//!                          leaves
//! ```

mod adapter;
mod bench;
mod case;
mod cases;
mod component_file;
mod group;
mod matcher;
mod mutants;
mod promise;
mod report;
mod suite;
mod suite_error;
mod text;

pub use adapter::{Adapter, AdapterError, COMPONENT_VARIABLE, serve_adapter};
pub use case::Case;
pub use group::Group;
pub use mutants::{Mutant, MutantReport, Mutants, MutantsReport};
pub use promise::{Description, Promise, Promises};
pub use report::{CaseReport, Count, Report, Sent, Step, Verdict};
pub use suite::Suite;
pub use suite_error::SuiteError;

/// The README's example must compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
