//! `conformance`: tests whether a component, or another host, conforms to the contract.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use logzio_soar_conformance::{CaseReport, Count, Group, MutantReport, Mutants, Report, Suite, SuiteError, Verdict};

use crate::directories;
use crate::failure::Failure;
use crate::output::{Palette, StandardOutput, printable, progress, stdout_width, wrapped};

/// The narrowest and the widest that the command writes.
const WIDTHS: (usize, usize) = (40, 110);
/// How far a run is, and what ended last.
const PROGRESS: &str = "{pos}/{len} {wide_msg}";

#[derive(Args)]
pub(crate) struct ConformanceArguments {
    /// The component to test instead of the embedded one
    pub(crate) component: Option<PathBuf>,
    /// List the cases without running them
    #[arg(long)]
    pub(crate) list: bool,
    /// Run only these cases: a group, or the beginning of GROUP/CASE, with * for any text (may be repeated)
    #[arg(long, value_name = "CASES")]
    pub(crate) only: Vec<String>,
    /// How many cases to run at a time [default: the number of processors]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: Option<u8>,
    /// The seed of all random data
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Test another host: a command, run by the shell, that speaks the adapter protocol
    ///
    /// The command finds the path of the component in LOGZIO_SOAR_COMPONENT. The simulated Logz.io is served on a local port,
    /// in real time instead of virtual time, so a run takes minutes.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) adapter: Option<String>,
    /// Test the suite itself with a component that breaks a rule on demand: once for each rule
    #[arg(long, value_name = "FILE", conflicts_with_all = ["component", "adapter", "only", "junit", "json", "html"])]
    pub(crate) mutants: Option<PathBuf>,
    /// Show every case, not only those that failed
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Write a report as JUnit XML, for CI
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write a report as JSON, for programs
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a report as an HTML page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// Runs the command.
pub(super) async fn run(arguments: ConformanceArguments) -> Result<(), Failure> {
    let work = tokio::task::spawn_blocking(move || test(&arguments)).await;
    work.map_err(|error| Failure::File(format!("the suite broke off: {error}")))?
}

fn test(arguments: &ConformanceArguments) -> Result<(), Failure> {
    let suite = suite(arguments)?;
    let width = stdout_width().unwrap_or(100).clamp(WIDTHS.0, WIDTHS.1);
    let mut out = io::LineWriter::new(StandardOutput::open()?);
    if arguments.list {
        return list(&mut out, &suite, width);
    }
    if let Some(file) = &arguments.mutants {
        let component = read(file)?;
        return mutants(&mut out, &suite.component(file.display().to_string(), component), width);
    }
    let cases = suite.cases().map_err(usage)?.len();
    let progress = progress(PROGRESS, Some(cases));
    let report = suite.run(|case| {
        progress.set_message(case.path());
        progress.inc(1);
    });
    progress.finish_and_clear();
    let report = report.map_err(usage)?;
    save(arguments, &report)?;
    write_report(&mut out, &report, arguments.verbose, width)?;
    if report.conforms { Ok(()) } else { Err(Failure::Found) }
}

fn usage(error: SuiteError) -> Failure {
    Failure::Usage(error.to_string())
}

fn suite(arguments: &ConformanceArguments) -> Result<Suite, Failure> {
    let mut suite = Suite::new().seed(arguments.seed);
    if let Some(file) = &arguments.component {
        suite = suite.component(file.display().to_string(), read(file)?);
    }
    if let Some(directory) = directories::cache() {
        suite = suite.cache_directory(directory);
    }
    if let Some(command) = &arguments.adapter {
        suite = suite.adapter(command);
    }
    let jobs = arguments.jobs.map(usize::from);
    suite = suite.jobs(jobs.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1));
    for pattern in &arguments.only {
        suite = suite.only(pattern);
    }
    // A pattern that matches nothing is reported before anything is compiled.
    suite.cases().map_err(usage)?;
    Ok(suite)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::file("the component cannot be read,", file, &error))
}

fn save(arguments: &ConformanceArguments, report: &Report) -> Result<(), Failure> {
    let files = [
        (&arguments.junit, Report::to_junit as fn(&Report) -> String),
        (&arguments.json, Report::to_json),
        (&arguments.html, Report::to_html),
    ];
    for (file, write) in files {
        if let Some(file) = file {
            fs::write(file, write(report))
                .map_err(|error| Failure::file("the report cannot be written to", file, &error))?;
        }
    }
    Ok(())
}

fn list(out: &mut impl Write, suite: &Suite, width: usize) -> Result<(), Failure> {
    let Palette { faint, title, .. } = Palette::for_stdout();
    for case in suite.cases().map_err(usage)? {
        let required = if case.required() { "" } else { " (recommended)" };
        writeln!(out, "{title}{}{title:#}{faint}{required}{faint:#}", case.path())?;
        for line in wrapped(&case.title, width.saturating_sub(4)) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn write_report(out: &mut impl Write, report: &Report, verbose: bool, width: usize) -> Result<(), Failure> {
    let palette = Palette::for_stdout();
    let Palette { title, faint, good, bad, notice, .. } = palette;
    writeln!(out, "{title}{}{title:#}, {}", printable(&report.subject), printable(&report.host))?;
    for group in Group::ALL {
        let count = report.count(Some(group));
        if count.total() == 0 {
            continue;
        }
        let style = if count.failed > 0 {
            bad
        } else if count.passed > 0 {
            good
        } else {
            notice
        };
        writeln!(out, "{:<14}{style}{}{style:#}", group.as_str(), words(count))?;
        for case in report.of(group) {
            let (style, word, why) = match &case.verdict {
                Verdict::Passed | Verdict::Skipped(_) if !verbose => continue,
                Verdict::Passed => (good, "passed", None),
                Verdict::Skipped(why) => (faint, "skipped", Some(why)),
                Verdict::Failed(why) if case.required => (bad, "FAILED", Some(why)),
                Verdict::Failed(why) => (notice, "remark", Some(why)),
            };
            writeln!(out, "  {style}{word:<8}{style:#}{}", case.name)?;
            if let Some(why) = why {
                write_failure(out, case, why, width)?;
            }
        }
    }
    let count = report.count(None);
    let (style, word) = if report.conforms { (good, "conforms") } else { (bad, "does not conform") };
    writeln!(
        out,
        "\n{style}{word}{style:#}  {} in {:.1} s, seed {}",
        words(count),
        report.milliseconds as f64 / 1e3,
        report.seed
    )?;
    out.flush()?;
    Ok(())
}

fn write_failure(out: &mut impl Write, case: &CaseReport, why: &str, width: usize) -> Result<(), Failure> {
    let Palette { faint, .. } = Palette::for_stdout();
    let room = width.saturating_sub(10);
    for line in wrapped(&printable(why), room) {
        writeln!(out, "          {line}")?;
    }
    if matches!(case.verdict, Verdict::Failed(_)) {
        for promise in case.promised() {
            for line in wrapped(&format!("{}: {}", promise.wit, promise.text), room) {
                writeln!(out, "          {faint}{line}{faint:#}")?;
            }
        }
    }
    Ok(())
}

fn words(count: Count) -> String {
    let parts = [
        (count.passed, "passed"),
        (count.failed, "failed"),
        (count.remarks, if count.remarks == 1 { "remark" } else { "remarks" }),
        (count.skipped, "skipped"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    parts.join(", ")
}

fn mutants(out: &mut impl Write, suite: &Suite, width: usize) -> Result<(), Failure> {
    let Palette { title, faint, good, bad, .. } = Palette::for_stdout();
    let all = Mutants::all().map_err(usage)?;
    let progress = progress(PROGRESS, Some(all.len() + 1));
    let outcome = Mutants::run(suite, &all, |mutant: &MutantReport| {
        progress.set_message(mutant.name.clone());
        progress.inc(1);
    });
    progress.finish_and_clear();
    let outcome = outcome.map_err(usage)?;
    if let Some(case) = &outcome.unbroken {
        writeln!(out, "{bad}unbroken, the component fails {case}{bad:#}: no mutant can be judged by it")?;
    }
    for mutant in &outcome.mutants {
        let (style, word) = if mutant.caught_by.is_empty() { (bad, "SURVIVED") } else { (good, "caught") };
        writeln!(out, "{style}{word:<9}{style:#}{title}{}{title:#}", mutant.name)?;
        for line in wrapped(&mutant.rule, width.saturating_sub(9)) {
            writeln!(out, "         {line}")?;
        }
        if !mutant.caught_by.is_empty() {
            for line in wrapped(&format!("by {}", mutant.caught_by.join(", ")), width.saturating_sub(9)) {
                writeln!(out, "         {faint}{line}{faint:#}")?;
            }
        }
    }
    let caught = outcome.mutants.iter().filter(|mutant| !mutant.caught_by.is_empty()).count();
    writeln!(
        out,
        "\n{caught} of {} mutants caught in {:.1} s",
        outcome.mutants.len(),
        outcome.milliseconds as f64 / 1e3
    )?;
    out.flush()?;
    if outcome.is_good() { Ok(()) } else { Err(Failure::Found) }
}
