//! The simulator itself: its accounts and their data (`state`), and the way of a
//! request through it (`answering`).
//!
//! Must not know of sockets, nor how data is generated.

mod answering;
mod compression;
mod concurrency;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::request::Parts;

pub(crate) use self::concurrency::Entry;
use self::state::State;
use crate::account::{AccountKind, Region, Token};
use crate::answer::Answer;
use crate::behaviour::Behaviour;
use crate::clock::Clock;
use crate::events::{Event, EventRecord};
use crate::faults::{FaultPlan, FaultState};
use crate::logs::Log;
use crate::request_log::RequestRecord;

/// What a simulator starts with.
#[derive(Debug, Clone, Default)]
pub struct SimulatorOptions {
    /// The clock; the system's by default.
    pub clock: Clock,
    /// The region it stands in; `us` by default.
    pub region: Region,
    /// What all that is random follows from; 0 by default.
    pub seed: u64,
    /// What nobody has documented.
    pub behaviour: Behaviour,
}

/// A Logz.io API: an Owner, an Operations and a Security account of one
/// customer, their data, and the endpoints to read it.
///
/// Cheap to clone; clones are the same simulator.
#[derive(Clone)]
pub struct Simulator {
    core: Arc<Core>,
}

struct Core {
    clock: Clock,
    region: Region,
    seed: u64,
    state: Mutex<State>,
}

impl Simulator {
    /// A simulator of empty accounts.
    pub fn new(options: SimulatorOptions) -> Self {
        let core = Core {
            clock: options.clock,
            region: options.region,
            seed: options.seed,
            state: Mutex::new(State::new(options.behaviour)),
        };
        Self { core: Arc::new(core) }
    }

    /// The clock, to set or advance.
    pub fn clock(&self) -> &Clock {
        &self.core.clock
    }

    /// The region it stands in.
    pub fn region(&self) -> &Region {
        &self.core.region
    }

    pub(crate) fn seed(&self) -> u64 {
        self.core.seed
    }

    /// A token of the Security account.
    pub fn security_token(&self) -> String {
        self.token_of(AccountKind::Security)
    }

    /// A token of the Operations account.
    pub fn operations_token(&self) -> String {
        self.token_of(AccountKind::Operations)
    }

    /// A token of the Owner account.
    pub fn owner_token(&self) -> String {
        self.token_of(AccountKind::Owner)
    }

    /// A token of an account in another region.
    pub fn foreign_token(&self) -> String {
        self.token_of(AccountKind::Foreign)
    }

    fn token_of(&self, kind: AccountKind) -> String {
        let state = self.state();
        let token = state.tokens.iter().find(|(_, of)| *of == kind);
        token.map(|(token, _)| token.as_str().to_owned()).unwrap_or_default()
    }

    /// Gives an account one more token.
    pub fn add_token(&self, account: AccountKind, token: Token) {
        self.state().tokens.push((token, account));
    }

    /// Takes all tokens from an account, as when they are deleted.
    pub fn remove_tokens(&self, account: AccountKind) {
        self.state().tokens.retain(|(_, kind)| *kind != account);
    }

    /// Puts an event into the Security account.
    pub fn add_event(&self, event: Event) {
        self.state().events.add(event);
    }

    /// Puts events into the Security account.
    pub fn add_events(&self, events: impl IntoIterator<Item = Event>) {
        let mut state = self.state();
        for event in events {
            state.events.add(event);
        }
    }

    /// Puts logs into an account. Those of an account in another region are
    /// not kept.
    pub fn add_logs(&self, account: AccountKind, logs: impl IntoIterator<Item = Log>) {
        let mut state = self.state();
        if let Some(store) = state.log_store(account) {
            for log in logs {
                store.add(log);
            }
        }
    }

    pub(crate) fn event_count(&self) -> usize {
        self.state().events.len()
    }

    /// The truth about every event, by date, those not visible yet too.
    pub fn events(&self) -> Vec<EventRecord> {
        self.state().events.records()
    }

    /// The logs of an account, by time, those not visible yet too.
    pub fn logs(&self, account: AccountKind) -> Vec<Log> {
        let mut state = self.state();
        let store = state.log_store(account);
        store.map(|store| store.sorted().iter().map(|log| Log::clone(log)).collect()).unwrap_or_default()
    }

    /// Replaces the fault plan, and starts to count requests for it.
    pub fn faults(&self, plan: FaultPlan) {
        self.state().faults = FaultState::new(plan);
    }

    /// Shows every request, headers and all, to `interceptor` before anything
    /// else. What it returns is the answer; none leaves the request to the
    /// simulator. It is called while the simulator is locked, so it must not
    /// call the simulator.
    pub fn intercept(&self, interceptor: impl Fn(&Parts, &[u8]) -> Option<Answer> + Send + Sync + 'static) {
        self.state().interceptor = Some(Arc::new(interceptor));
    }

    /// How it behaves where nothing is documented.
    pub fn behaviour(&self) -> Behaviour {
        self.state().behaviour.clone()
    }

    /// Changes how it behaves where nothing is documented.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        self.state().behaviour = behaviour;
    }

    /// The requests so far, in the order they were answered: the last 100 000,
    /// without those that were refused because too many were under way.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state().requests.iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state().requests.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panics elsewhere must not take the simulator along.
        self.core.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("region", &self.core.region)
            .field("clock", &self.core.clock)
            .field("seed", &self.core.seed)
            .finish_non_exhaustive()
    }
}
