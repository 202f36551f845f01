//! `hunt`: indicators of compromise in the logs of the Operations account. Long lists are split into calls, and what a call
//! could not finish in its time goes to the next one.

use std::collections::{HashSet, VecDeque};
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use logzio_soar_host::Session;
use logzio_soar_host::contract::{Error, HuntReport, HuntRequest, Indicator, NoticeCode, RejectedIndicator, Sighting};

use crate::account::{Account, Needs};
use crate::arguments::{Format, HuntArguments, HuntFormat};
use crate::failure::{Failure, say};
use crate::fetch::wait_after;
use crate::indicators;
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::runner;
use crate::sighting::{SightingRecord, Summary};
use crate::stix::Bundle;

/// How many indicators a call looks for: fewer than it may, so that there is something to show meanwhile.
const AT_A_TIME: usize = 500;
/// How many logs of an indicator are written, where logs are.
const LOGS: u32 = 100;
/// How often a call is made again in a row, once others worked.
const RETRIES: u32 = 3;

/// Runs the command.
pub(crate) async fn run(arguments: HuntArguments) -> Result<(), Failure> {
    let values = indicators::read(&arguments.values, arguments.file.as_deref())?;
    let account = Account::find(&arguments.connection, Needs::Operations)?;
    let builder = runner::builder(&arguments.connection.component).upstream(account.network()?);
    let runner = runner::build(builder).await?;
    let has_logs = matches!(arguments.output, HuntFormat::Json | HuntFormat::Ndjson);
    let limit = arguments.limit.unwrap_or(if has_logs { LOGS } else { 0 });
    let request = HuntRequest {
        indicators: Vec::new(),
        fields: arguments.fields,
        internal_networks: arguments.internal,
        since: arguments.since,
        until: arguments.until,
        limit_per_indicator: Some(limit),
    };
    let kind = arguments.kind;
    let indicators: Vec<Indicator> = values.into_iter().map(|value| Indicator { value, kind }).collect();
    let mut hunt = Hunt {
        session: runner.connect(account.connection),
        request,
        progress: progress(indicators.len()),
        open: indicators.chunks(AT_A_TIME).map(<[Indicator]>::to_vec).collect(),
        findings: Findings::new(arguments.output),
        interrupt: Interrupt::listen(),
    };
    let outcome = hunt.calls().await;
    hunt.progress.finish_and_clear();
    // What was found stays readable after a failure too.
    let finished = hunt.findings.finish(outcome.is_err());
    let open: usize = hunt.open.iter().map(Vec::len).sum();
    let is_told = !matches!(outcome, Ok(()) | Err(Failure::OutputClosed));
    if is_told && open > 0 && hunt.findings.calls > 0 {
        let (noun, verb) = if open == 1 { ("indicator", "was") } else { ("indicators", "were") };
        say("warning", &format!("{open} {noun} {verb} not looked for"));
    }
    outcome?;
    finished?;
    // A script that only reads the exit code must not take them for not seen.
    if hunt.findings.rejected.is_empty() { Ok(()) } else { Err(Failure::Found) }
}

struct Hunt {
    session: Session,
    /// The request of every call, but for the indicators.
    request: HuntRequest,
    /// What is still to be looked for, a call each.
    open: VecDeque<Vec<Indicator>>,
    findings: Findings,
    progress: ProgressBar,
    interrupt: Interrupt,
}

impl Hunt {
    async fn calls(&mut self) -> Result<(), Failure> {
        let mut failures = 0;
        // Why none of a call's indicators can be looked for: others may be possible.
        let mut refused = None;
        while let Some(indicators) = self.open.front() {
            self.request.indicators.clone_from(indicators);
            match self.interrupt.or(self.session.hunt_indicators(&self.request)).await?? {
                Ok(report) => {
                    failures = 0;
                    self.take(report)?;
                }
                Err(error @ Error::InvalidArgument(_)) => {
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

    /// Takes over the report of the call that is at the front.
    fn take(&mut self, report: HuntReport) -> Result<(), Failure> {
        let HuntReport { sightings, rejected, unfinished, notices, .. } = report;
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
            findings.add(&sightings, rejected)
        })?;
        self.progress.set_message(format!("{} seen", self.findings.seen));
        Ok(())
    }
}

/// What was found so far, and where it goes.
struct Findings {
    sink: Sink,
    /// The calls that were answered.
    calls: usize,
    seen: usize,
    /// The values that no log holds, for people.
    not_seen: Vec<String>,
    rejected: Vec<RejectedIndicator>,
    /// What was written, and what was warned of: calls know nothing of each other.
    known: HashSet<(&'static str, String)>,
    warned: HashSet<String>,
}

enum Sink {
    Rows { output: Output, for_people: bool },
    Bundle(Bundle),
}

impl Findings {
    fn new(format: HuntFormat) -> Self {
        let rows = |format| Sink::Rows { output: Output::to_stdout(format), for_people: format == Format::Table };
        Self {
            sink: match format {
                HuntFormat::Table => rows(Format::Table),
                HuntFormat::Json => rows(Format::Json),
                HuntFormat::Ndjson => rows(Format::Ndjson),
                HuntFormat::Csv => rows(Format::Csv),
                HuntFormat::Stix => Sink::Bundle(Bundle::new()),
            },
            calls: 0,
            seen: 0,
            not_seen: Vec::new(),
            rejected: Vec::new(),
            known: HashSet::new(),
            warned: HashSet::new(),
        }
    }

    fn warn(&mut self, warning: String) {
        if !self.warned.contains(&warning) {
            say("warning", &warning);
            self.warned.insert(warning);
        }
    }

    fn add(&mut self, sightings: &[Sighting], rejected: Vec<RejectedIndicator>) -> Result<(), Failure> {
        self.calls += 1;
        self.rejected.extend(rejected);
        for sighting in sightings {
            let record = SightingRecord::from(sighting);
            if !self.known.insert(record.identity()) {
                continue;
            }
            let seen = sighting.hits > 0;
            self.seen += usize::from(seen);
            match &mut self.sink {
                Sink::Rows { for_people: true, .. } if !seen => self.not_seen.push(sighting.value.clone()),
                Sink::Rows { output, .. } => output.write(&record)?,
                Sink::Bundle(bundle) => bundle.add(sighting),
            }
        }
        if let Sink::Rows { output, .. } = &mut self.sink {
            output.flush()?;
        }
        Ok(())
    }

    /// All of a call's indicators cannot be looked for, for the reason that the component gives.
    fn reject(&mut self, indicators: Vec<Indicator>, error: &Error) {
        let why = crate::failure::contract_message(error);
        let others = indicators.len().saturating_sub(1);
        if let Some(first) = indicators.into_iter().next() {
            let others = if others > 0 { format!(" and the {others} behind it") } else { String::new() };
            let value: String = first.value.chars().take(60).collect();
            self.rejected.push(RejectedIndicator { value: format!("{value}{others}"), why });
        }
    }

    /// Writes what belongs at the end.
    fn finish(&mut self, failed: bool) -> Result<(), Failure> {
        let nothing = failed && self.calls == 0;
        match &mut self.sink {
            Sink::Rows { output, for_people: true } => {
                if !nothing {
                    let summary = Summary { seen: self.seen, not_seen: &self.not_seen, rejected: &self.rejected };
                    output.write_for_people(|page| summary.write(page))?;
                }
                output.finish(failed)?;
                return Ok(());
            }
            Sink::Rows { output, .. } => output.finish(nothing)?,
            Sink::Bundle(_) if nothing => {}
            Sink::Bundle(bundle) => bundle.write(io::stdout().lock())?,
        }
        if !nothing {
            for rejected in &self.rejected {
                say("warning", &format!("{} was not looked for: {}", rejected.value, rejected.why));
            }
        }
        Ok(())
    }
}

/// A line on standard error that tells how far a hunt is, if someone is there to read it.
fn progress(indicators: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(indicators).unwrap_or(u64::MAX));
    let template = match indicators {
        0..=AT_A_TIME => "{spinner} looking for {len} ({elapsed})",
        _ => "{spinner} {bar:20} {pos} of {len}, {msg} ({elapsed})",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message("0 seen");
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
