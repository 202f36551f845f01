//! What a simulator holds: the accounts' tokens and data, the faults to come and
//! the requests so far.

use std::collections::VecDeque;
use std::sync::Arc;

use http::request::Parts;

use crate::account::{AccountKind, Token, default_tokens};
use crate::answer::Answer;
use crate::behaviour::Behaviour;
use crate::events::{EventMemory, EventStore};
use crate::faults::FaultState;
use crate::logs::LogStore;
use crate::request_log::RequestRecord;
use crate::search::Scrolls;

/// How many requests are remembered: a simulator may be served for weeks.
const MAX_REQUESTS: usize = 100_000;

/// Sees every request before the simulator does, and may answer it.
pub(crate) type Interceptor = Arc<dyn Fn(&Parts, &[u8]) -> Option<Answer> + Send + Sync>;

pub(crate) struct State {
    pub(crate) interceptor: Option<Interceptor>,
    pub(crate) behaviour: Behaviour,
    pub(crate) tokens: Vec<(Token, AccountKind)>,
    pub(crate) events: EventStore,
    pub(crate) event_memory: EventMemory,
    pub(crate) logs: [LogStore; AccountKind::LOCAL.len()],
    pub(crate) scrolls: Scrolls,
    pub(crate) faults: FaultState,
    pub(crate) requests: VecDeque<RequestRecord>,
    pub(crate) request_count: u64,
    pub(crate) in_flight: [u32; AccountKind::LOCAL.len()],
}

impl State {
    pub(crate) fn new(behaviour: Behaviour) -> Self {
        Self {
            interceptor: None,
            behaviour,
            tokens: default_tokens(),
            events: EventStore::default(),
            event_memory: EventMemory::default(),
            logs: Default::default(),
            scrolls: Scrolls::default(),
            faults: FaultState::default(),
            requests: VecDeque::new(),
            request_count: 0,
            in_flight: [0; AccountKind::LOCAL.len()],
        }
    }

    pub(crate) fn record(&mut self, request: RequestRecord) {
        if self.requests.len() >= MAX_REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    pub(crate) fn account(&self, request: &Parts) -> Option<AccountKind> {
        let token = request.headers.get("x-api-token")?.to_str().ok()?;
        self.tokens.iter().find(|(known, _)| known.as_str() == token).map(|(_, kind)| *kind)
    }

    pub(crate) fn log_store(&mut self, account: AccountKind) -> Option<&mut LogStore> {
        let slot = AccountKind::LOCAL.iter().position(|kind| *kind == account)?;
        self.logs.get_mut(slot)
    }
}
