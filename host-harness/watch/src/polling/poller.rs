//! All accounts: which is polled when, and what follows from what became of it.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use logzio_soar_accounts::{Account, Accounts};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{debug, info, warn};

use super::failure::PollFailure;
use super::page::{Calls, Outcome, PageOf};
use crate::configuration::Configuration;
use crate::schedule::{Schedule, first_waits, wait_after};
use crate::state::Polled;
use crate::status::{AccountStatus, Status};

/// How often polls without incidents are written down, in one transaction.
const WRITE_DOWN: Duration = Duration::from_secs(5);
/// A failure that goes on is logged again after so many.
const SAY_AGAIN: u32 = 10;

/// Polls accounts until it is to stop.
pub(crate) struct Poller {
    calls: Calls,
    status: Status,
    configuration: watch::Receiver<Configuration>,
    schedule: Schedule<String>,
    /// The accounts that wait.
    waiting: BTreeMap<String, PageOf>,
    /// The settings of all accounts, those that are being polled too.
    settings: BTreeMap<String, Account>,
    running: JoinSet<(PageOf, Outcome)>,
    /// What runs for which account, and since when.
    begun: HashMap<Id, (String, Instant, SystemTime)>,
    polled: Vec<Polled>,
    last_failures: BTreeMap<String, &'static str>,
}

impl Poller {
    pub(crate) fn new(
        calls: Calls,
        status: Status,
        configuration: watch::Receiver<Configuration>,
        at_a_time: usize,
    ) -> Self {
        Self {
            calls,
            status,
            configuration,
            schedule: Schedule::new(at_a_time),
            waiting: BTreeMap::new(),
            settings: BTreeMap::new(),
            running: JoinSet::new(),
            begun: HashMap::new(),
            polled: Vec::new(),
            last_failures: BTreeMap::new(),
        }
    }

    /// Polls until the watcher is to end. What runs then is stopped where nothing is lost, and what it had done is stored.
    pub(crate) async fn run(mut self) {
        let mut stopping = self.calls.stopping.clone();
        self.take_over().await;
        let mut write_down = tokio::time::interval(WRITE_DOWN);
        write_down.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !stopping.is_set() {
            let now = Instant::now();
            while let Some(name) = self.schedule.start(now) {
                self.start(name);
            }
            self.status.set_overdue(self.schedule.overdue(now));
            let next = self.schedule.next_due();
            tokio::select! {
                () = stopping.wait() => {}
                Some(ended) = self.running.join_next_with_id() => self.ended(ended),
                Ok(()) = self.configuration.changed() => self.take_over().await,
                () = sleep_until(next) => {}
                _ = write_down.tick() => self.write_down().await,
            }
        }
        while let Some(ended) = self.running.join_next_with_id().await {
            self.ended(ended);
        }
        self.write_down().await;
    }

    /// Takes over the accounts that are in force by now.
    async fn take_over(&mut self) {
        let accounts = self.configuration.borrow_and_update().accounts.clone();
        let gone: Vec<String> =
            self.settings.keys().filter(|name| accounts.get(name.as_str()).is_none()).cloned().collect();
        for name in gone {
            info!(account = %name, "polled no more");
            self.settings.remove(&name);
            self.waiting.remove(&name);
            self.schedule.remove(&name);
            self.last_failures.remove(&name);
            self.status.remove_account(&name);
        }
        for account in accounts.iter() {
            let name = account.name.as_str();
            let Some(before) = self.settings.insert(name.to_owned(), account.clone()) else {
                // One that was removed and is there again may be in the middle of a poll.
                if self.begun.values().any(|(running, ..)| running == name) {
                    self.status.add_account(name, AccountStatus::default);
                }
                continue;
            };
            if before == *account {
                continue;
            }
            // One that is being polled gets its settings when that ends.
            if let Some(page) = self.waiting.remove(name) {
                let page = page.with(account.clone());
                self.schedule.insert(name.to_owned(), Instant::now(), page.failures > 0);
                self.waiting.insert(name.to_owned(), page);
            }
        }
        self.add(&accounts).await;
    }

    /// Adds the accounts that are new, each at its time.
    async fn add(&mut self, accounts: &Accounts) {
        let is_running = |name: &str| self.begun.values().any(|(running, ..)| running == name);
        let new: Vec<&Account> = accounts
            .iter()
            .filter(|account| !self.waiting.contains_key(account.name.as_str()) && !is_running(account.name.as_str()))
            .collect();
        if new.is_empty() {
            return;
        }
        let known = match self.calls.state.accounts().await {
            Ok(known) => known.into_iter().map(|account| (account.name.clone(), account)).collect(),
            // Then they are polled as if they were new; their cursors are read before.
            Err(_) => HashMap::new(),
        };
        let times: Vec<_> = new
            .iter()
            .map(|account| (account.interval(), known.get(account.name.as_str()).and_then(|known| known.polled)))
            .collect();
        let now = Instant::now();
        for (account, wait) in new.into_iter().zip(first_waits(SystemTime::now(), &times)) {
            let name = account.name.as_str().to_owned();
            let succeeded = known.get(&name).and_then(|known| known.succeeded);
            self.status.add_account(&name, || AccountStatus {
                succeeded,
                caught_up: succeeded,
                ..AccountStatus::default()
            });
            self.waiting.insert(name.clone(), PageOf::new(account.clone()));
            self.schedule.insert(name, now + wait, false);
        }
    }

    fn start(&mut self, name: String) {
        let Some(mut page) = self.waiting.remove(&name) else {
            self.schedule.ended(&name);
            return;
        };
        self.status.account(&name, |account| account.is_polled = true);
        let calls = self.calls.clone();
        let task = self.running.spawn(async move {
            let outcome = page.poll(&calls).await;
            (page, outcome)
        });
        self.begun.insert(task.id(), (name, Instant::now(), SystemTime::now()));
    }

    fn ended(&mut self, ended: Result<(Id, (PageOf, Outcome)), JoinError>) {
        let (id, done) = match ended {
            Ok((id, done)) => (id, Some(done)),
            Err(error) => (error.id(), None),
        };
        let Some((name, began, began_at)) = self.begun.remove(&id) else { return };
        self.schedule.ended(&name);
        // It may have been removed, or got other settings, meanwhile.
        let Some(account) = self.settings.get(&name).cloned() else { return };
        // Or have been removed and added again.
        self.status.add_account(&name, AccountStatus::default);
        let (page, outcome) = done.unwrap_or_else(|| {
            let why = PollFailure::panicked();
            (PageOf::new(account.clone()), Outcome::Failed { why, polled: None })
        });
        let page = if page.account == account { page } else { page.with(account) };
        let interval = page.account.interval();
        let (due, polled) = match outcome {
            Outcome::Stopped => {
                self.status.account(&name, |account| account.is_polled = false);
                return;
            }
            Outcome::Fetched { incidents, more, polled } => {
                self.succeeded(&name, incidents, more, began_at);
                (if more { Instant::now() } else { (began + interval).max(Instant::now()) }, polled)
            }
            Outcome::Failed { why, polled } => {
                // Where the state is to blame, the account is polled as soon as that may be right again.
                let failures = if why.is_of_state() { 0 } else { page.failures };
                let wait = wait_after(failures, interval, why.after());
                self.failed(&name, &why, page.failures, wait);
                (Instant::now() + wait, polled)
            }
        };
        self.polled.extend(polled);
        self.schedule.insert(name.clone(), due, page.failures > 0);
        self.waiting.insert(name, page);
    }

    fn succeeded(&mut self, name: &str, incidents: u64, more: bool, began_at: SystemTime) {
        self.calls.metrics.poll(name, "ok");
        if self.last_failures.remove(name).is_some() {
            info!(account = name, "polls succeed again");
        }
        if incidents > 0 {
            info!(account = name, incidents, more, "incidents stored");
        } else {
            debug!(account = name, "nothing new");
        }
        self.status.account(name, |account| {
            account.is_polled = false;
            account.succeeded = Some(began_at);
            account.incidents += incidents;
            account.failure = None;
            if !more {
                account.caught_up = Some(began_at);
            }
        });
    }

    fn failed(&mut self, name: &str, why: &PollFailure, failures: u32, wait: Duration) {
        self.calls.metrics.poll(name, why.outcome());
        let is_other = self.last_failures.insert(name.to_owned(), why.outcome()) != Some(why.outcome());
        if is_other || failures.is_multiple_of(SAY_AGAIN) {
            let wait = format!("{} s", wait.as_secs());
            warn!(account = name, outcome = why.outcome(), failures, next = wait, "{why}");
        }
        self.status.account(name, |account| {
            account.is_polled = false;
            account.failure = Some((why.to_string(), failures));
        });
    }

    /// Writes down the polls that brought nothing.
    async fn write_down(&mut self) {
        if self.polled.is_empty() {
            return;
        }
        if let Err(error) = self.calls.state.polled(std::mem::take(&mut self.polled)).await {
            warn!("{error}");
        }
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
