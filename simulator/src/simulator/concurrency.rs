//! How many requests of an account are served at the same time.

use http::request::Parts;

use super::Simulator;
use crate::account::AccountKind;
use crate::answer::Answer;

/// A request under way; dropping it counts it out.
pub(crate) struct Entry {
    simulator: Simulator,
    slot: Option<usize>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.simulator.state();
        if let Some(count) = self.slot.and_then(|slot| state.in_flight.get_mut(slot)) {
            *count = count.saturating_sub(1);
        }
    }
}

impl Simulator {
    /// Counts a request of an account in, unless too many are under way.
    pub(crate) fn enter(&self, request: &Parts) -> Result<Entry, Box<Answer>> {
        let mut state = self.state();
        let account = state.account(request);
        let slot = AccountKind::LOCAL.iter().position(|kind| Some(*kind) == account);
        let limit = state.behaviour.concurrent_requests;
        if let Some(count) = slot.and_then(|slot| state.in_flight.get_mut(slot)) {
            if *count >= limit {
                let message = format!("Your account is allowed to run up to {limit} concurrent queries via the API");
                return Err(Box::new(Answer::new(429, "text/plain;charset=utf-8", message)));
            }
            *count += 1;
        }
        Ok(Entry { simulator: self.clone(), slot })
    }
}
