//! `fetch`: incidents from where the last run ended, page by page. The order in it is what makes runs repeatable: a page is
//! written and flushed, and only then is its cursor kept.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use logzio_soar_host::Session;
use logzio_soar_host::contract::{EventFilter, FetchRequest, Start};

use crate::account::{Account, Needs};
use crate::arguments::{FetchArguments, Format};
use crate::failure::{Failure, note, say};
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::record::{IncidentRecord, seconds};
use crate::runner;
use crate::state::StateFile;

/// What one call returns at most, by the contract.
const PAGE: u32 = 50;
/// The wait after the first failure of `--follow`; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Runs the command.
pub(crate) async fn run(arguments: FetchArguments) -> Result<(), Failure> {
    if arguments.follow && arguments.output.output == Format::Json {
        return Err(Failure::Usage(
            "--follow never ends, so it cannot write one JSON array: use --output ndjson".into(),
        ));
    }
    let account = Account::find(&arguments.connection, Needs::Security)?;
    let builder = runner::builder(&arguments.connection.component).upstream(account.network()?);
    let runner = runner::build(builder).await?;
    let session = runner.connect(account.connection.clone());
    let state = match &arguments.state {
        Some(path) => {
            let endpoint = session.allowed_origin().unwrap_or_default();
            let renewed = arguments.renewed_token;
            Some(StateFile::open(path, &endpoint, account.security_token(), renewed)?)
        }
        None => None,
    };
    let mut fetch = Fetch {
        start: match state.as_ref().and_then(StateFile::cursor) {
            Some(cursor) => Start::After(cursor.to_owned()),
            None => Start::At(arguments.since.clone()),
        },
        progress: progress(&arguments),
        output: Output::to_stdout(arguments.output.output),
        interrupt: Interrupt::listen(),
        session,
        state,
        arguments,
    };
    let outcome = fetch.pages().await;
    fetch.progress.finish_and_clear();
    if outcome.is_ok() && fetch.output.written() == 0 {
        note("nothing new");
    }
    // What was written stays readable after a failure too.
    match fetch.output.finish(outcome.is_err()) {
        Err(error) if outcome.is_ok() => Err(error.into()),
        _ => outcome,
    }
}

struct Fetch {
    arguments: FetchArguments,
    session: Session,
    start: Start,
    state: Option<StateFile>,
    output: Output,
    progress: ProgressBar,
    interrupt: Interrupt,
}

impl Fetch {
    async fn pages(&mut self) -> Result<(), Failure> {
        let mut failures = 0;
        let mut left = self.arguments.limit.unwrap_or(PAGE);
        let endless = self.arguments.all || self.arguments.follow;
        loop {
            let limit = if endless { PAGE } else { left };
            let more = match self.page(limit).await {
                Ok((count, more)) => {
                    failures = 0;
                    left = left.saturating_sub(count);
                    more
                }
                Err(Failure::Interrupted) if self.arguments.follow => return Ok(()),
                Err(failure) if self.arguments.follow && failure.is_transient() => {
                    let wait = wait_after(failures, failure.wait());
                    failures = failures.saturating_add(1);
                    let why = failure.message().unwrap_or_default();
                    self.progress.suspend(|| {
                        say("warning", &format!("{why}\ntrying again in {} s", wait.as_secs()));
                    });
                    if self.rest(wait).await {
                        return Ok(());
                    }
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            if more && (endless || left > 0) {
                continue;
            }
            if !self.arguments.follow {
                return Ok(());
            }
            if self.rest(Duration::from_secs(self.arguments.interval)).await {
                return Ok(());
            }
        }
    }

    /// Fetches, writes and keeps one page. Returns how many incidents it had, and whether more are waiting.
    async fn page(&mut self, limit: u32) -> Result<(u32, bool), Failure> {
        // A call that is dropped has changed nothing; from its answer on, nothing is dropped any more.
        let request = self.request(limit);
        let answer = self.interrupt.or(self.session.fetch_incidents(&request)).await?;
        let page = answer??;
        for incident in &page.incidents {
            self.output.write(&IncidentRecord::from(incident))?;
        }
        self.output.flush()?;
        if let Some(state) = &mut self.state {
            state.store(&page.next)?;
        }
        self.start = Start::After(page.next);
        for notice in &page.notices {
            self.progress.suspend(|| say("warning", &notice.text));
        }
        if let Some(newest) = page.incidents.last() {
            let written = self.output.written();
            let message = format!("{written} incidents, up to {}", seconds(&newest.occurred));
            self.progress.set_message(message);
        }
        if self.interrupt.is_set() && page.more {
            return Err(Failure::Interrupted);
        }
        Ok((u32::try_from(page.incidents.len()).unwrap_or(u32::MAX), page.more))
    }

    fn request(&self, limit: u32) -> FetchRequest {
        let arguments = &self.arguments;
        FetchRequest {
            start: self.start.clone(),
            filter: EventFilter {
                rule_name: arguments.rule_name.clone(),
                severities: arguments.severity.clone(),
                tags: arguments.tag.clone(),
                include_muted: arguments.include_muted,
            },
            limit: Some(limit),
            look_back_minutes: arguments.look_back,
            attach_logs: arguments.attach_logs,
        }
    }

    /// Waits. True if the command was asked to end meanwhile.
    async fn rest(&mut self, time: Duration) -> bool {
        self.interrupt.or(tokio::time::sleep(time)).await.is_err()
    }
}

/// How long to wait after the failure that follows so many others, unless Logz.io says it.
pub(crate) fn wait_after(failures: u32, asked: Option<Duration>) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures));
    doubled.min(LONGEST_WAIT).max(asked.unwrap_or_default())
}

/// A line on standard error that tells how far a long fetch is, if its rows go elsewhere.
fn progress(arguments: &FetchArguments) -> ProgressBar {
    let long = arguments.all || arguments.follow || arguments.limit.is_some_and(|limit| limit > PAGE);
    if !long || io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.set_message("fetching");
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_have_an_end() {
        let waits = (0..9).map(|failures| wait_after(failures, None).as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(wait_after(u32::MAX, None), LONGEST_WAIT);
    }

    #[test]
    fn logzio_is_given_the_time_it_asks_for() {
        assert_eq!(wait_after(0, Some(Duration::from_secs(42))), Duration::from_secs(42));
        assert_eq!(wait_after(3, Some(Duration::from_secs(1))), Duration::from_secs(40));
    }
}
