//! What a search is run on.

use chrono::{DateTime, Utc};

use crate::account::AccountKind;
use crate::behaviour::Behaviour;
use crate::logs::LogStore;

/// What a search is run on.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a mut LogStore,
    pub(crate) behaviour: &'a Behaviour,
    pub(crate) now: DateTime<Utc>,
    pub(crate) account: AccountKind,
    pub(crate) url_query: &'a str,
}
