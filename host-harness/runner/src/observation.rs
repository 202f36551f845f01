//! What a sandbox sees of a component besides its answers.

use std::sync::Arc;

/// Something that a component did during a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observation {
    /// It tried to reach something other than its origin, and was denied.
    Denied {
        /// What it asked for, as it asked: what it puts into a query is in here.
        url: String,
    },
    /// It wrote to its standard output or standard error. Told when the call ends, once for each of the two, cut to 64 KiB.
    Output {
        /// What it wrote, as it wrote it: if it prints a token, the token is in here.
        text: String,
    },
}

/// Who is told.
pub(crate) type Observer = Arc<dyn Fn(Observation) + Send + Sync>;
