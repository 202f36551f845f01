//! What a component does during a call besides answering.

use std::sync::Arc;

/// Something that a component did during a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observation {
    /// It tried to reach something other than its origin, and was denied.
    Denied {
        /// The URL as the component gave it, query included: if there is a token in it, it is in here.
        url: String,
    },
    /// It wrote to its standard output or standard error. Reported when the call ends, once for each of the two, cut to
    /// 64 KiB.
    Output {
        /// What it wrote, unchanged: if it prints a token, the token is in here.
        text: String,
    },
    /// How much it computed. Reported when the call ends, with
    /// [`RunnerBuilder::count_instructions`](crate::RunnerBuilder::count_instructions) only.
    Instructions {
        /// How many instructions of WebAssembly it ran, about: as wasmtime counts fuel. It is the same on every machine.
        count: u64,
    },
}

/// Receives observations.
pub(crate) type Observer = Arc<dyn Fn(Observation) + Send + Sync>;
