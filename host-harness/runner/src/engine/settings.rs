//! What the calls of a runner have in common.

use std::time::Duration;

use crate::sandbox::{Now, Observer};
use crate::upstream::Upstream;

/// The settings of calls. Those of compiling a component are the builder's.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) upstream: Upstream,
    pub(super) now: Now,
    pub(super) environment: Vec<(String, String)>,
    /// In bytes.
    pub(super) memory_limit: usize,
    /// In bytes, of the body of one response.
    pub(super) answer_limit: u64,
    /// In bytes, of what one call returns.
    pub(super) result_limit: usize,
    pub(super) grace: Duration,
    pub(super) observer: Option<Observer>,
    pub(super) count_instructions: bool,
}

impl Settings {
    /// How much one call may return, in bytes: not more than it may have memory, though it need not have it in its own.
    pub(super) fn result_limit(&self) -> usize {
        self.result_limit.min(self.memory_limit)
    }

    /// A variable of the component's environment. One that is empty counts as unset.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        // The last one wins, as it does in the component.
        let set = self.environment.iter().rev().find(|(set, _)| set == name);
        set.map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
    }
}
