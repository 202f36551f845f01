//! What is known of each account and each sink at this moment, for metrics, health and a terminal. Knows no database and no
//! network.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// What is known of accounts and sinks. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Status(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    accounts: BTreeMap<String, AccountStatus>,
    sinks: BTreeMap<String, SinkStatus>,
    overdue: usize,
    state_error: Option<String>,
    configuration_error: Option<String>,
}

/// What is known of an account since the watcher started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountStatus {
    /// When the last poll that succeeded began.
    pub succeeded: Option<SystemTime>,
    /// When the last poll began that left nothing waiting at Logz.io.
    pub caught_up: Option<SystemTime>,
    /// How many incidents it brought.
    pub incidents: u64,
    /// Whether a poll is running.
    pub is_polled: bool,
    /// Why the last poll failed, and how many have failed since the last that succeeded.
    pub failure: Option<(String, u32)>,
}

/// What is known of a sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkStatus {
    /// How many incidents it has acknowledged since the watcher started.
    pub delivered: u64,
    /// How many incidents wait for it.
    pub waiting: u64,
    /// Since when the first of them waits.
    pub waiting_since: Option<SystemTime>,
    /// How many incidents it will not take.
    pub dead_letters: u64,
    /// Why the last delivery failed, and how many have failed since the last that succeeded.
    pub failure: Option<(String, u32)>,
}

impl Status {
    /// The accounts, by name.
    #[must_use]
    pub fn accounts(&self) -> BTreeMap<String, AccountStatus> {
        self.known().accounts.clone()
    }

    /// The sinks, by name.
    #[must_use]
    pub fn sinks(&self) -> BTreeMap<String, SinkStatus> {
        self.known().sinks.clone()
    }

    /// How many accounts should have been polled by now, and wait for others to end.
    #[must_use]
    pub fn overdue(&self) -> usize {
        self.known().overdue
    }

    /// Why the state could not be written the last time, if it could not.
    #[must_use]
    pub fn state_error(&self) -> Option<String> {
        self.known().state_error.clone()
    }

    /// Why the files that are there now are not in force, if they are not.
    #[must_use]
    pub fn configuration_error(&self) -> Option<String> {
        self.known().configuration_error.clone()
    }

    pub(crate) fn account(&self, name: &str, change: impl FnOnce(&mut AccountStatus)) {
        // One that was removed while it was polled does not come back.
        if let Some(account) = self.known().accounts.get_mut(name) {
            change(account);
        }
    }

    pub(crate) fn add_account(&self, name: &str, known: impl FnOnce() -> AccountStatus) {
        self.known().accounts.entry(name.to_owned()).or_insert_with(known);
    }

    pub(crate) fn remove_account(&self, name: &str) {
        self.known().accounts.remove(name);
    }

    pub(crate) fn sink(&self, name: &str, change: impl FnOnce(&mut SinkStatus)) {
        change(self.known().sinks.entry(name.to_owned()).or_default());
    }

    pub(crate) fn set_overdue(&self, overdue: usize) {
        self.known().overdue = overdue;
    }

    pub(crate) fn set_state_error(&self, error: Option<String>) {
        self.known().state_error = error;
    }

    pub(crate) fn set_configuration_error(&self, error: Option<String>) {
        self.known().configuration_error = error;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
