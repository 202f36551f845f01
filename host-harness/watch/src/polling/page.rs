//! One page of one account: the call, and what it brought into the state. The cursor moves with the incidents, or not at all.

use std::time::{Duration, SystemTime};

use logzio_soar_accounts::Account;
use logzio_soar_host::contract::{Cases, IncidentPage, Start};
use logzio_soar_host::{Connection, Runner, Session};
use tokio::time::Instant;
use tracing::warn;

use super::failure::PollFailure;
use crate::metrics::Metrics;
use crate::routes::Routes;
use crate::state::{AccountNumber, Identity, Page, Polled, State};
use crate::stopping::Stopping;

/// How long tokens are kept before they are looked up again. After a failure they are looked up at once.
const TOKENS: Duration = Duration::from_secs(300);
/// How old the stored cursor of an account without news may be. A fetch from an older one returns the same.
const CURSOR: Duration = Duration::from_secs(300);

/// What polls share.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) runner: Runner,
    pub(crate) state: State,
    pub(crate) salt: Vec<u8>,
    pub(crate) routes: Routes,
    pub(crate) metrics: Metrics,
    pub(crate) stopping: Stopping,
}

/// An account, as far as it was polled.
pub(crate) struct PageOf {
    pub(crate) account: Account,
    connected: Option<Connected>,
    known: Option<Known>,
    pub(crate) failures: u32,
}

/// A connection with the tokens of a moment.
struct Connected {
    connection: Connection,
    session: Session,
    at: Instant,
}

/// Where the account is in the state.
struct Known {
    number: AccountNumber,
    cursor: Option<String>,
    /// When the cursor was stored.
    stored: Option<Instant>,
}

/// What became of a poll.
pub(crate) enum Outcome {
    /// A page was fetched, and its incidents are stored.
    Fetched {
        incidents: u64,
        /// More waits at Logz.io.
        more: bool,
        /// What may be written down later: a page without incidents.
        polled: Option<Polled>,
    },
    Failed {
        why: PollFailure,
        polled: Option<Polled>,
    },
    /// The watcher is to end.
    Stopped,
}

impl PageOf {
    pub(crate) fn new(account: Account) -> Self {
        Self { account, connected: None, known: None, failures: 0 }
    }

    /// The same place with other settings.
    pub(crate) fn with(self, account: Account) -> Self {
        Self { account, connected: None, ..self }
    }

    /// Fetches a page and stores what it brought.
    pub(crate) async fn poll(&mut self, calls: &Calls) -> Outcome {
        let at = SystemTime::now();
        match self.fetch_and_store(calls, at).await {
            Ok(Some(fetched)) => {
                self.failures = 0;
                fetched
            }
            Ok(None) => Outcome::Stopped,
            Err(why) => {
                self.failures = self.failures.saturating_add(1);
                let number = self.known.as_ref().map(|known| known.number);
                let polled = number.map(|account| Polled { account, at, succeeded: false, cursor: None });
                Outcome::Failed { why, polled }
            }
        }
    }

    async fn fetch_and_store(&mut self, calls: &Calls, at: SystemTime) -> Result<Option<Outcome>, PollFailure> {
        let mut stopping = calls.stopping.clone();
        let Some(connected) = stopping.or(self.connect(calls)).await else { return Ok(None) };
        connected?;
        let Some(page) = stopping.or(self.fetch()).await else { return Ok(None) };
        let page = page?;
        // From here on, nothing is dropped.
        self.store(calls, at, page).await.map(Some)
    }

    /// Gets the tokens, and makes sure that the state means this account by its name.
    async fn connect(&mut self, calls: &Calls) -> Result<(), PollFailure> {
        let is_fresh = |connected: &Connected| self.failures == 0 && connected.at.elapsed() < TOKENS;
        if self.known.is_some() && self.connected.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        let connection = self.account.connection().await?;
        let at = Instant::now();
        if let (Some(connected), Some(_)) = (&mut self.connected, &self.known)
            && connected.connection == connection
        {
            connected.at = at;
            return Ok(());
        }
        let session = calls.runner.connect(connection.clone());
        let identity = Identity {
            endpoint: session.allowed_origin().unwrap_or_default(),
            token: connection.security_token_digest(&calls.salt),
        };
        let name = self.account.name.as_str();
        let known =
            calls.state.account(name, identity).await?.map_err(|other| PollFailure::other_account(name, &other))?;
        // A cursor that is not stored yet is newer than the one that is.
        let cursor = self.known.take().and_then(|known| known.cursor).or(known.cursor);
        self.known = Some(Known { number: known.number, cursor, stored: None });
        self.connected = Some(Connected { connection, session, at });
        Ok(())
    }

    async fn fetch(&self) -> Result<IncidentPage, PollFailure> {
        let (Some(connected), Some(known)) = (&self.connected, &self.known) else {
            return Err(PollFailure::panicked());
        };
        let start = match &known.cursor {
            Some(cursor) => Start::After(cursor.clone()),
            None => Start::At(self.account.first_fetch().to_owned()),
        };
        Ok(connected.session.fetch_incidents(&self.account.request(start)).await??)
    }

    async fn store(&mut self, calls: &Calls, at: SystemTime, page: IncidentPage) -> Result<Outcome, PollFailure> {
        let Some(known) = &mut self.known else { return Err(PollFailure::panicked()) };
        let name = self.account.name.as_str();
        for notice in &page.notices {
            warn!(account = name, code = notice.code.name(), "{}", notice.text);
        }
        let more = page.more;
        let count = u64::try_from(page.incidents.len()).unwrap_or_default();
        let is_old = known.stored.is_none_or(|stored| stored.elapsed() > CURSOR);
        let mut polled = Polled { account: known.number, at, succeeded: true, cursor: None };
        if page.incidents.is_empty() && known.cursor.is_some() {
            if is_old {
                polled.cursor = Some(page.next.clone());
                known.stored = Some(Instant::now());
            }
            known.cursor = Some(page.next);
            return Ok(Outcome::Fetched { incidents: 0, more, polled: Some(polled) });
        }
        // The first page counts without incidents, too: its cursor says from when on nothing may be missed.
        polled.cursor = Some(page.next.clone());
        let severities: Vec<&'static str> = page.incidents.iter().map(|incident| incident.severity.name()).collect();
        let incidents = page.incidents.iter().map(|incident| calls.routes.incident(name, incident)).collect();
        let account = known.number;
        let stored = calls.state.store(Page { poll: Some(polled), account, incidents, again: false }).await?;
        known.cursor = Some(page.next);
        known.stored = Some(Instant::now());
        for (severity, _) in severities.into_iter().zip(stored.new).filter(|(_, is_new)| *is_new) {
            calls.metrics.incident(name, severity);
        }
        if count > 0 {
            calls.routes.wake();
        }
        Ok(Outcome::Fetched { incidents: count, more, polled: None })
    }
}
