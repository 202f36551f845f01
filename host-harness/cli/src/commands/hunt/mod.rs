//! `hunt`: indicators of compromise in the logs of the Operations account. Long lists are split into calls, and what a call
//! could not finish in its time goes to the next one.

mod arguments;
mod findings;
mod indicators;
mod sink;
mod stix;

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};

use indicatif::ProgressBar;
use logzio_soar_accounts::Account as NamedAccount;
use logzio_soar_host::contract::{
    Error, FieldRequest, HuntReport, HuntRequest, Indicator, NoticeCode, RejectedIndicator,
};
use logzio_soar_host::{Runner, Session};

pub(super) use arguments::HuntArguments;

use arguments::HuntFormat;
use findings::{Findings, say_rejected};
use sink::Sink;

use super::several::{Tag, for_each, report};
use crate::account::{self, Account, Chosen, ConnectionArguments, Needs};
use crate::backoff::wait_after;
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{progress, say};
use crate::records::AccountsSummary;

/// How many indicators a call looks for: fewer than it may, so that there is something to show meanwhile.
const AT_A_TIME: usize = 500;
/// How many logs of an indicator are written, where logs are.
const LOGS: u32 = 100;
/// How often a call is made again in a row, once others worked.
const RETRIES: u32 = 3;

/// Runs the command.
pub(super) async fn run(arguments: HuntArguments) -> Result<(), Failure> {
    let values = indicators::read(&arguments.values, arguments.file.as_deref())?;
    let chosen = Chosen::find(&arguments.account, &arguments.connection, Needs::Operations).await?;
    let ConnectionArguments { network, config, .. } = &arguments.connection;
    let runner = component::build(account::runner(network, config.as_deref())?).await?;
    let has_logs = matches!(arguments.output, HuntFormat::Json | HuntFormat::Ndjson);
    let limit = arguments.limit.unwrap_or(if has_logs { LOGS } else { 0 });
    let kind = arguments.kind;
    let plan = Plan {
        request: HuntRequest {
            indicators: Vec::new(),
            fields: arguments.fields,
            log_types: None,
            internal_networks: arguments.internal,
            since: arguments.since,
            until: arguments.until,
            limit_per_indicator: Some(limit),
        },
        indicators: values.into_iter().map(|value| Indicator { value, kind }).collect(),
        sink: RefCell::new(Sink::new(arguments.output)?),
        interrupt: Interrupt::listen(),
    };
    match chosen {
        Chosen::One(account) => plan.one(runner.connect(account.connection)).await,
        Chosen::Several(accounts) => plan.several(&runner, &accounts, &arguments.connection).await,
    }
}

/// What is looked for, and where what was found goes.
struct Plan {
    /// The request of every call, but for the indicators.
    request: HuntRequest,
    indicators: Vec<Indicator>,
    sink: RefCell<Sink>,
    interrupt: Interrupt,
}

impl Plan {
    async fn one(&self, session: Session) -> Result<(), Failure> {
        let mut hunt = self.hunt(session, hunt_progress(self.indicators.len()), None);
        let outcome = hunt.calls().await;
        hunt.progress.finish_and_clear();
        // What was found stays readable after a failure too.
        let finished = hunt.findings.finish(outcome.is_err());
        hunt.say_open(&outcome);
        outcome?;
        finished?;
        // A script that only reads the exit code must not take them for not seen.
        if hunt.findings.rejected.is_empty() { Ok(()) } else { Err(Failure::Found) }
    }

    async fn several(
        &self,
        runner: &Runner,
        accounts: &[NamedAccount],
        connection: &ConnectionArguments,
    ) -> Result<(), Failure> {
        let progress = progress("{spinner} {bar:20} {pos} of {len} accounts ({elapsed})", Some(accounts.len()));
        // What was found stays readable after a failure too.
        let parts = RefCell::new(Vec::new());
        let outcomes = for_each(accounts, &progress, async |tag, account| {
            let account = Account::of(account, connection, Needs::Operations).await?;
            let mut hunt = self.hunt(runner.connect(account.connection), ProgressBar::hidden(), Some(tag));
            let outcome = hunt.calls().await;
            hunt.say_open(&outcome);
            parts.borrow_mut().push(hunt.findings);
            outcome
        })
        .await;
        progress.finish_and_clear();
        let mut parts = parts.into_inner();
        parts.retain(|findings| findings.calls > 0);
        parts.sort_by_key(|findings| findings.tag.map(|tag| tag.account));
        let rejected = rejected(&parts);
        let searched: Vec<(String, usize, usize)> = parts
            .iter()
            .filter_map(|findings| Some((findings.tag?.account.to_string(), findings.seen, findings.not_seen.len())))
            .collect();
        let mut sink = self.sink.borrow_mut();
        let summary = AccountsSummary { accounts: &searched, rejected: &rejected };
        let nothing = parts.is_empty();
        let finished = sink.finish(nothing, nothing, |page| summary.write(page));
        let outcomes = outcomes?;
        finished?;
        if !sink.is_for_people() {
            rejected.iter().for_each(say_rejected);
        }
        report(&outcomes)?;
        if rejected.is_empty() { Ok(()) } else { Err(Failure::Found) }
    }

    fn hunt<'a>(&'a self, session: Session, progress: ProgressBar, tag: Option<Tag<'a>>) -> Hunt<'a> {
        Hunt {
            session,
            request: self.request.clone(),
            progress,
            open: self.indicators.chunks(AT_A_TIME).map(<[Indicator]>::to_vec).collect(),
            findings: Findings::new(&self.sink, tag),
            has_learned: false,
            interrupt: self.interrupt.clone(),
        }
    }
}

/// What was rejected of several accounts, each once: most of it is for its form, which is the same for all.
fn rejected(parts: &[Findings<'_>]) -> Vec<RejectedIndicator> {
    let mut all: Vec<RejectedIndicator> = Vec::new();
    let mut known = HashSet::new();
    for rejected in parts.iter().flat_map(|findings| &findings.rejected) {
        if known.insert((&rejected.value, &rejected.why)) {
            all.push(rejected.clone());
        }
    }
    all
}

struct Hunt<'a> {
    session: Session,
    /// The request of every call, but for the indicators.
    request: HuntRequest,
    /// What is still to be looked for, a call each.
    open: VecDeque<Vec<Indicator>>,
    findings: Findings<'a>,
    /// Whether the fields of the account were asked for.
    has_learned: bool,
    progress: ProgressBar,
    interrupt: Interrupt,
}

impl Hunt<'_> {
    /// Says what is left, unless it is plain that nothing was found.
    fn say_open(&self, outcome: &Result<(), Failure>) {
        let open: usize = self.open.iter().map(Vec::len).sum();
        let is_told = !matches!(outcome, Ok(()) | Err(Failure::OutputClosed));
        if is_told && open > 0 && self.findings.calls > 0 {
            let (noun, verb) = if open == 1 { ("indicator", "was") } else { ("indicators", "were") };
            say("warning", &Tag::about(self.findings.tag, &format!("{open} {noun} {verb} not looked for")));
        }
    }

    async fn calls(&mut self) -> Result<(), Failure> {
        let mut failures = 0;
        // Why none of a call's indicators can be looked for: others may be possible.
        let mut refused = None;
        while !self.open.is_empty() {
            self.learn().await?;
            self.request.indicators = self.open.front().cloned().unwrap_or_default();
            match self.interrupt.or(self.session.hunt_indicators(&self.request)).await?? {
                Ok(report) => {
                    failures = 0;
                    self.take(report)?;
                }
                Err(error) if matches!(error.error(), Error::InvalidArgument(_)) => {
                    self.findings.reject(self.open.pop_front().unwrap_or_default(), &error);
                    refused = refused.or(Some(error));
                }
                Err(error) => {
                    let failure = Failure::from(error);
                    if self.findings.calls == 0 || failures == RETRIES || !failure.is_transient() {
                        return Err(failure);
                    }
                    let wait = wait_after(failures, failure.wait());
                    failures += 1;
                    let why = failure.message().unwrap_or_default();
                    let text = format!("{why}\ntrying again in {} s", wait.as_secs());
                    let text = Tag::about(self.findings.tag, &text);
                    self.progress.suspend(|| say("warning", &text));
                    self.interrupt.or(tokio::time::sleep(wait)).await?;
                }
            }
        }
        match refused {
            Some(error) if self.findings.calls == 0 => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Where a hunt takes several calls, learns the fields of the account once for all of them.
    async fn learn(&mut self) -> Result<(), Failure> {
        let has_several = self.open.len() > 1 || self.findings.calls > 0;
        if !has_several || std::mem::replace(&mut self.has_learned, true) {
            return Ok(());
        }
        let range = FieldRequest { since: self.request.since.clone(), until: self.request.until.clone() };
        // What fails here fails in the hunt, too, which says it and tries again.
        if let Ok(report) = self.interrupt.or(self.session.find_fields(&range)).await?? {
            let named: Vec<_> = self.request.fields.iter().map(|(kind, _)| *kind).collect();
            self.request.fields.extend(report.fields.into_iter().filter(|(kind, _)| !named.contains(kind)));
            self.request.log_types = Some(report.sampled);
        }
        Ok(())
    }

    /// Takes over the report of the call that is at the front.
    fn take(&mut self, report: HuntReport) -> Result<(), Failure> {
        let HuntReport { sightings, rejected, unfinished, notices, searched, unknown_log_types, .. } = report;
        let asked = self.open.pop_front().map_or(0, |indicators| indicators.len());
        self.progress.inc(u64::try_from(asked.saturating_sub(unfinished.len())).unwrap_or_default());
        // That something is left is a warning to those who would leave it.
        let goes_on = !unfinished.is_empty();
        if goes_on {
            self.open.push_front(unfinished);
        }
        let findings = &mut self.findings;
        let notices =
            notices.into_iter().filter(|notice| !(goes_on && notice.code == NoticeCode::IndicatorsUnfinished));
        self.progress.suspend(|| {
            for notice in notices {
                findings.warn(notice.text);
            }
            findings.searched(searched, unknown_log_types);
            findings.add(&sightings, rejected)
        })?;
        self.progress.set_message(format!("{} seen", self.findings.seen));
        Ok(())
    }
}

/// A line on standard error that shows how far a hunt is.
fn hunt_progress(indicators: usize) -> ProgressBar {
    let template = match indicators {
        0..=AT_A_TIME => "{spinner} looking for {len} ({elapsed})",
        _ => "{spinner} {bar:20} {pos} of {len}, {msg} ({elapsed})",
    };
    let bar = progress(template, Some(indicators));
    bar.set_message("0 seen");
    bar
}
