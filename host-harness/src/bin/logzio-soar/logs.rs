//! `logs`: the logs that made a rule raise a security event. Also walks the pages for `search`, whose answers are alike.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use logzio_soar_host::RunnerError;
use logzio_soar_host::contract::{Error, LogPage};

use crate::account::{Account, Needs};
use crate::arguments::LogsArguments;
use crate::failure::{Failure, note, say};
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::record::LogRecord;
use crate::runner;

/// How many logs are asked for at a time when all are wanted.
const PAGE: u32 = 1_000;
/// How many logs one call can return, by the contract.
const LARGEST_PAGE: u32 = 10_000;

/// Runs the command.
pub(crate) async fn run(arguments: LogsArguments) -> Result<(), Failure> {
    let account = Account::find(&arguments.connection, Needs::Security)?;
    let builder = runner::builder(&arguments.connection.component).upstream(account.network()?);
    let runner = runner::build(builder).await?;
    let session = runner.connect(account.connection);
    let mut pages = Pages::new(Output::to_stdout(arguments.output.output), &[]);
    let limit = (!arguments.all).then_some(arguments.limit);
    pages
        .write(limit, async |limit, page| session.get_logs_by_event_id(&arguments.event_id, Some(limit), page).await)
        .await
}

/// Writes the pages of a query.
pub(crate) struct Pages<'a> {
    output: Output,
    fields: &'a [String],
    interrupt: Interrupt,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(output: Output, fields: &'a [String]) -> Self {
        Self { output, fields, interrupt: Interrupt::listen() }
    }

    /// Asks for pages and writes them, up to `limit` logs, or all of them.
    pub(crate) async fn write(
        &mut self,
        limit: Option<u32>,
        ask: impl AsyncFnMut(u32, Option<&str>) -> Result<Result<LogPage, Error>, RunnerError>,
    ) -> Result<(), Failure> {
        let progress = progress(limit);
        let outcome = self.walk(limit, ask, &progress).await;
        progress.finish_and_clear();
        // What was written stays readable after a failure too.
        let finished = self.output.finish(outcome.is_err());
        let (total, more) = outcome?;
        finished?;
        if more {
            let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
            note(&format!("{}{of} logs; --limit or --all shows more", self.output.written()));
        } else if self.output.written() == 0 {
            note("no logs were found");
        }
        Ok(())
    }

    async fn walk(
        &mut self,
        limit: Option<u32>,
        mut ask: impl AsyncFnMut(u32, Option<&str>) -> Result<Result<LogPage, Error>, RunnerError>,
        progress: &ProgressBar,
    ) -> Result<(Option<u32>, bool), Failure> {
        let mut page = None;
        loop {
            let written = u32::try_from(self.output.written()).unwrap_or(u32::MAX);
            let size = match limit {
                // A limit of none is the component's to refuse.
                Some(limit) => limit.saturating_sub(written).min(LARGEST_PAGE),
                None => PAGE,
            };
            let answer = self.interrupt.or(ask(size, page.as_deref())).await?;
            let answer = answer??;
            for log in &answer.logs {
                self.output.write(&LogRecord::new(log, self.fields))?;
            }
            self.output.flush()?;
            for warning in &answer.warnings {
                progress.suspend(|| say("warning", warning));
            }
            progress.set_message(format!("{} logs", self.output.written()));
            let written = u32::try_from(self.output.written()).unwrap_or(u32::MAX);
            let enough = limit.is_some_and(|limit| written >= limit);
            if enough || answer.next.is_none() {
                return Ok((answer.total, answer.next.is_some()));
            }
            page = answer.next;
        }
    }
}

/// A line on standard error that tells how far a long search is, if its rows go elsewhere.
fn progress(limit: Option<u32>) -> ProgressBar {
    let long = limit.is_none_or(|limit| limit > PAGE);
    if !long || io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.set_message("searching");
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
