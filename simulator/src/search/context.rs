//! What a search is run on.

use chrono::{DateTime, Utc};

use crate::account::AccountKind;
use crate::behaviour::Behaviour;
use crate::dsl::Setting;
use crate::logs::LogStore;

/// What a search is run on.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a mut LogStore,
    pub(crate) behaviour: &'a Behaviour,
    pub(crate) now: DateTime<Utc>,
    pub(crate) account: AccountKind,
    pub(crate) url_query: &'a str,
}

impl Context<'_> {
    /// What queries are read with.
    pub(crate) fn setting(&self) -> Setting {
        Setting { now: self.now, lenient: self.behaviour.lenient_queries }
    }
}
