//! Back-fills: what an account had in a range of the past, beside its live cursor.

use logzio_soar_accounts::Account;
use logzio_soar_host::Runner;
use logzio_soar_host::contract::Start;
use logzio_soar_sinks::Sinks;

use crate::polling::PollFailure;
use crate::routes::Routes;
use crate::state::{Identity, Page, State};

/// What to fetch once more.
#[derive(Clone, Debug)]
pub struct BackFill {
    /// Where it starts: a time as the contract has it.
    pub since: String,
    /// Where it ends: RFC 3339 in UTC with milliseconds, as the contract writes times. What occurred then is not part of it.
    pub until: String,
    /// Whether incidents that the state holds go to the sinks once more.
    pub again: bool,
}

/// What a back-fill brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackFilled {
    /// How many incidents the range has.
    pub incidents: u64,
    /// How many of them the state did not hold.
    pub new: u64,
}

impl BackFill {
    /// Fetches the range page by page and stores each for the sinks that take it; a watcher, now or later, delivers it. The
    /// account's own cursor stays as it is. `after` is called after each page.
    ///
    /// # Errors
    /// Why a page could not be fetched or stored. What came before is stored; the same back-fill again repeats nothing of it,
    /// unless it is asked to.
    pub async fn run(
        &self,
        runner: &Runner,
        state: &State,
        account: &Account,
        sinks: &Sinks,
        mut after: impl FnMut(BackFilled),
    ) -> Result<BackFilled, PollFailure> {
        let connection = account.connection().await?;
        let token = connection.security_token_digest(&state.salt().await?);
        let session = runner.connect(connection);
        let name = account.name.as_str();
        let identity = Identity { endpoint: session.allowed_origin().unwrap_or_default(), token };
        let known = state.account(name, identity).await?.map_err(|other| PollFailure::other_account(name, &other))?;
        let routes = Routes::of(sinks, state).await?;
        let mut start = Start::At(self.since.clone());
        let mut done = BackFilled::default();
        loop {
            let page = session.fetch_incidents(&account.request(start)).await??;
            // They come in order, so that one of them behind the end means that all of the range was seen.
            let is_over = page.incidents.iter().any(|incident| incident.occurred >= self.until);
            let within = page.incidents.iter().filter(|incident| incident.occurred < self.until);
            let incidents: Vec<_> = within.map(|incident| routes.incident(name, incident)).collect();
            done.incidents += u64::try_from(incidents.len()).unwrap_or_default();
            let stored = state.store(Page { poll: None, account: known.number, incidents, again: self.again }).await?;
            done.new += u64::try_from(stored.new.iter().filter(|new| **new).count()).unwrap_or_default();
            after(done);
            if is_over || !page.more {
                return Ok(done);
            }
            start = Start::After(page.next);
        }
    }
}
