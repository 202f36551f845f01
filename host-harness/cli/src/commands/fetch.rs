//! `fetch`: incidents from where the last run ended, page by page. What is delivered when is the matter of `delivery`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use logzio_soar_host::Session;
use logzio_soar_host::contract::{EventFilter, FetchRequest, Severity, Start};

use crate::account::{self, Account, CONNECTION_HELP, ConnectionArguments, Needs, OneAccountArguments};
use crate::backoff::wait_after;
use crate::component;
use crate::delivery::Delivery;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Format, Output, OutputArguments, note, progress_beside_rows, say, standard_output};
use crate::records::{IncidentRecord, seconds};
use crate::state::StateFile;

/// What one call returns at most, by the contract.
const PAGE: u32 = 50;

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct FetchArguments {
    /// Keep the position in this file between runs, so that each event is fetched once
    ///
    /// The file is updated after the incidents of a page were delivered: written to a terminal, synced to a file, read from a
    /// pipe by whoever stands behind it. What that program does with them cannot be known; if it ended too early, the exit
    /// code is 7, and the page is fetched again. An interrupted run repeats at most one page, and loses nothing; one that
    /// appends to a file repeats nothing.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Append the incidents to this file, as one JSON object per line
    ///
    /// The file and the state agree after any crash, power loss or full disk: each incident is in it once, and each line is
    /// whole. The file may be renamed between runs or during one, as log rotation does; a new one is made then. Use a file for
    /// each state. Rotation that copies and empties the file (copytruncate) may lose a page.
    #[arg(long, value_name = "FILE", requires = "state")]
    pub(crate) append: Option<PathBuf>,
    /// Continue from a state that was written with another token of the same account
    #[arg(long, requires = "state")]
    pub(crate) renewed_token: bool,
    /// Where the first fetch starts: "7 days ago", 2026-11-20, 2026-11-20T08:00:00Z. Ignored when a state exists
    #[arg(long, value_name = "TIME", default_value = "1 hour ago", allow_hyphen_values = true)]
    pub(crate) since: String,
    /// At most this many incidents [default: 50]
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["all", "follow"])]
    pub(crate) limit: Option<u32>,
    /// Fetch until nothing is left
    #[arg(long)]
    pub(crate) all: bool,
    /// Fetch all, then poll at each interval, until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,
    /// The time between polls, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "follow",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) interval: u64,
    /// Only events of rules whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) rule_name: Option<String>,
    /// Only events of these severities: info, low, medium, high, severe, unclassified (may be repeated)
    #[arg(long, value_name = "SEVERITY", value_delimiter = ',', value_parser = severity)]
    pub(crate) severity: Vec<Severity>,
    /// Only events with at least one of these tags (may be repeated)
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) tag: Vec<String>,
    /// Also fetch events that the notification settings of their rule mute
    #[arg(long)]
    pub(crate) include_muted: bool,
    /// How far before the newest event to search for events indexed late, in minutes, 0 to 1440 [default: 15]
    #[arg(long, value_name = "MINUTES")]
    pub(crate) look_back: Option<u32>,
    /// Attach up to this many logs to each incident, 100 at most
    #[arg(long, value_name = "COUNT")]
    pub(crate) attach_logs: Option<u32>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) account: OneAccountArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

fn severity(text: &str) -> Result<Severity, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "info" => Ok(Severity::Info),
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "severe" => Ok(Severity::Severe),
        "unclassified" => Ok(Severity::Unclassified),
        _ => Err("is one of info, low, medium, high, severe, unclassified".into()),
    }
}

/// Runs the command.
pub(super) async fn run(arguments: FetchArguments) -> Result<(), Failure> {
    if arguments.follow && arguments.output.output == Format::Json {
        return Err(Failure::Usage(
            "--follow never ends, so it cannot write one JSON array: use --output ndjson".into(),
        ));
    }
    let format = match (&arguments.append, arguments.output.output) {
        (Some(_), Format::Table | Format::Ndjson) => Format::Ndjson,
        (Some(_), Format::Json | Format::Csv) => {
            return Err(Failure::Usage("--append writes one JSON object per line: leave --output out".into()));
        }
        (None, format) => format,
    };
    // Before anything is asked for that could not be written.
    let standard = if arguments.append.is_none() { Some(standard_output(format)?) } else { None };
    let account = Account::find(&arguments.account, &arguments.connection, Needs::Security).await?;
    let runner =
        component::build(account::runner(&arguments.connection.network, arguments.connection.config.as_deref())?)
            .await?;
    let session = runner.connect(account.connection.clone());
    let state = match &arguments.state {
        Some(path) => {
            let endpoint = session.allowed_origin().unwrap_or_default();
            let renewed = arguments.renewed_token;
            Some(StateFile::open(path, &endpoint, account.security_token(), renewed)?)
        }
        None => None,
    };
    let delivery = match (standard, &arguments.append, state) {
        (Some(standard), _, state) => Delivery::to_stdout(standard, state),
        (None, Some(path), Some(state)) => Delivery::to_file(path, state)?,
        (None, ..) => return Err(Failure::Usage("--append needs --state".into())),
    };
    let mut fetch = Fetch {
        start: match delivery.cursor() {
            Some(cursor) => Start::After(cursor.to_owned()),
            None => Start::At(arguments.since.clone()),
        },
        progress: progress(&arguments),
        output: Output::to_be_taken(format),
        delivery,
        interrupt: Interrupt::listen(),
        session,
        arguments,
    };
    let outcome = fetch.pages().await;
    fetch.progress.finish_and_clear();
    if outcome.is_ok() && fetch.output.written() == 0 {
        note("nothing new");
    }
    // What was written stays readable after a failure too.
    match fetch.finish(outcome.is_err()) {
        Err(failure) if outcome.is_ok() => Err(failure),
        _ => outcome,
    }
}

struct Fetch {
    arguments: FetchArguments,
    session: Session,
    start: Start,
    delivery: Delivery,
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
            self.output.write(&IncidentRecord(incident))?;
        }
        self.delivery.deliver(&self.output.take(), &page.next)?;
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

    /// Writes what belongs behind the last page.
    fn finish(&mut self, failed: bool) -> Result<(), Failure> {
        self.output.finish(failed)?;
        self.delivery.end(&self.output.take())
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

/// A line on standard error that shows how far a long fetch is, if its rows go elsewhere.
fn progress(arguments: &FetchArguments) -> ProgressBar {
    let long = arguments.all || arguments.follow || arguments.limit.is_some_and(|limit| limit > PAGE);
    if !long {
        return ProgressBar::hidden();
    }
    let bar = progress_beside_rows("{spinner} {msg} ({elapsed})");
    bar.set_message("fetching");
    bar
}
