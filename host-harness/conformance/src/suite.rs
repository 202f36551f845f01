//! A run of the suite: which cases, how many at a time, and what came of each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use logzio_soar_host::EMBEDDED_COMPONENT;

use crate::bench::{Bench, Broken, Place, Site, Subject};
use crate::case::{Case, Kind};
use crate::component_file::ComponentFile;
use crate::report::{CaseReport, Report, Verdict};
use crate::suite_error::SuiteError;

/// What a run of the suite is made of.
#[derive(Clone)]
#[must_use]
pub struct Suite {
    component: Option<Vec<u8>>,
    name: String,
    cache: Option<PathBuf>,
    adapter: Option<String>,
    only: Vec<String>,
    jobs: usize,
    seed: u64,
    variables: Vec<(String, String)>,
    until_failure: bool,
}

impl Default for Suite {
    fn default() -> Self {
        Self::new()
    }
}

impl Suite {
    /// All cases on the embedded component, one at a time, with the seed 1.
    pub fn new() -> Self {
        Self {
            component: None,
            name: "the embedded component".into(),
            cache: None,
            adapter: None,
            only: Vec::new(),
            jobs: 1,
            seed: 1,
            variables: Vec::new(),
            until_failure: false,
        }
    }

    /// Tests this component, the bytes of a `.wasm`; `name` is what the report calls it.
    pub fn component(mut self, name: impl Into<String>, wasm: Vec<u8>) -> Self {
        self.component = Some(wasm);
        self.name = name.into();
        self
    }

    /// Keeps the compiled component in this directory, as [`RunnerBuilder::cache_directory`](logzio_soar_host::RunnerBuilder::cache_directory).
    pub fn cache_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Calls the component through another host: a command that speaks the adapter protocol, started by the shell. The
    /// simulated Logz.io is served on ports of this machine then, and time is real.
    pub fn adapter(mut self, command: impl Into<String>) -> Self {
        self.adapter = Some(command.into());
        self
    }

    /// Runs only the cases that this pattern means, and those of other patterns: a group, or the beginning of
    /// `GROUP/CASE`, with `*` for any text.
    pub fn only(mut self, pattern: impl Into<String>) -> Self {
        self.only.push(pattern.into());
        self
    }

    /// Runs only the cases that these patterns mean, whatever was named before.
    pub(crate) fn only_these<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        self.only = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// Runs so many cases at a time, from 1.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// The seed of all random data.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// A variable in the component's environment in every case.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Runs no further case once one that is required has failed.
    pub fn until_failure(mut self) -> Self {
        self.until_failure = true;
        self
    }

    /// The cases that will be run.
    ///
    /// # Errors
    /// A pattern that means none, with what there is.
    pub fn cases(&self) -> Result<Vec<Case>, SuiteError> {
        let all = Case::all()?;
        for pattern in &self.only {
            if !all.iter().any(|case| case.is_meant_by(pattern)) {
                let why = format!("there is no case {pattern:?}: name a group or a case, as the list shows them");
                return Err(why.into());
            }
        }
        let meant = |case: &Case| self.only.is_empty() || self.only.iter().any(|pattern| case.is_meant_by(pattern));
        Ok(all.into_iter().filter(meant).collect())
    }

    /// Runs the cases. `done` is called with each one as it ends, on the thread that ran it.
    ///
    /// # Errors
    /// What is wrong with the request: a pattern that means nothing, or a file that cannot be read. A component that is
    /// broken is no error, but the report.
    pub fn run(&self, done: impl Fn(&CaseReport) + Sync) -> Result<Report, SuiteError> {
        let cases = self.cases()?;
        let started = Instant::now();
        let file = ComponentFile::load(self.component.as_deref(), self.cache.clone());
        let wasm = self.component.as_deref().unwrap_or(EMBEDDED_COMPONENT);
        let subject = match &self.adapter {
            Some(command) => Subject::adapter(command, wasm),
            None => file.runner.clone().map(Subject::runner),
        };
        let host = match &subject {
            Ok(subject) => subject.host(),
            Err(_) => "not run".into(),
        };

        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let reports = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.min(cases.len()) {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(case) = cases.get(number) else { break };
                        let report = self.one(case, &file, &subject);
                        if report.breaks() && self.until_failure {
                            stop.store(true, Ordering::Relaxed);
                        }
                        done(&report);
                        reports.lock().unwrap_or_else(PoisonError::into_inner).push((number, report));
                    }
                });
            }
        });
        let mut reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
        reports.sort_by_key(|(number, _)| *number);
        let cases: Vec<CaseReport> = reports.into_iter().map(|(_, report)| report).collect();
        Ok(Report {
            format: 1,
            subject: self.name.clone(),
            host,
            seed: self.seed,
            milliseconds: milliseconds(started),
            conforms: !cases.iter().any(CaseReport::breaks),
            cases,
        })
    }

    fn one(&self, case: &Case, file: &ComponentFile, subject: &Result<Subject, String>) -> CaseReport {
        let started = Instant::now();
        let mut report = CaseReport {
            group: case.group,
            name: case.name.clone(),
            title: case.title.clone(),
            promises: case.promises.clone(),
            required: case.required(),
            verdict: Verdict::Passed,
            milliseconds: 0,
            calls: 0,
            requests: 0,
            steps: Vec::new(),
        };
        let ran = catch_unwind(AssertUnwindSafe(|| match (&case.kind, subject) {
            (Kind::File(check), _) => verdict(check(file)),
            // A component that cannot be loaded fails the cases of its file; a host that cannot be started has no other.
            (_, Err(why)) if self.adapter.is_some() => Verdict::Failed(format!("nothing can be called: {why}")),
            (_, Err(why)) => Verdict::Skipped(format!("nothing can be called: {why}")),
            (_, Ok(subject)) => self.called(case, subject, &mut report),
        }));
        report.verdict =
            ran.unwrap_or_else(|_| Verdict::Failed("the case itself broke off: this is a fault of the suite".into()));
        report.milliseconds = milliseconds(started);
        if report.verdict == Verdict::Passed {
            report.steps.clear();
        }
        report
    }

    /// Runs a case that makes calls, on a runtime of its own: its time is its own.
    fn called(&self, case: &Case, subject: &Subject, report: &mut CaseReport) -> Verdict {
        let place = subject.place();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all();
        if place == Place::Process {
            runtime.start_paused(true);
        }
        let runtime = match runtime.build() {
            Ok(runtime) => runtime,
            Err(error) => return Verdict::Skipped(format!("no thread can be had for it: {error}")),
        };
        // Each case has a seed of its own, whichever others are run.
        let seed = case.path().bytes().fold(self.seed, |seed, byte| seed.rotate_left(5) ^ u64::from(byte));
        runtime.block_on(async {
            let site = match Site::new(place, seed).await {
                Ok(site) => site,
                Err(why) => return Verdict::Skipped(why),
            };
            let mut bench = Bench::new(subject, site, seed);
            for (name, value) in &self.variables {
                bench.set_variable(name, value);
            }
            let outcome = match &case.kind {
                Kind::Data(data) => data.run(&mut bench).await,
                Kind::Code(run) => run(&mut bench).await,
                Kind::Process(run) if place == Place::Process => run(&mut bench).await,
                Kind::Process(_) => {
                    return Verdict::Skipped(
                        "it needs virtual time or another host name, which only the runner in this process has".into(),
                    );
                }
                Kind::File(_) => Ok(()),
            };
            // What a case says of an answer may quote it.
            let outcome = outcome.map_err(|Broken(why)| Broken(bench.site.redact(&why)));
            report.calls = bench.calls();
            report.requests = bench.site.request_count();
            report.steps = bench.into_steps();
            verdict(outcome)
        })
    }
}

fn verdict(outcome: Result<(), Broken>) -> Verdict {
    match outcome {
        Ok(()) => Verdict::Passed,
        Err(Broken(why)) => Verdict::Failed(why),
    }
}

pub(crate) fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
