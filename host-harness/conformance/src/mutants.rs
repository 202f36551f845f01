//! The test of the suite itself: a component that breaks one rule on demand, and the cases that notice.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::report::{CaseReport, Verdict};
use crate::suite::Suite;
use crate::suite_error::SuiteError;

/// The variable that names the rule to break, which only a component built for this reads.
const VARIABLE: &str = "LOGZIO_SOAR_MUTATION";
const LIST: &str = include_str!("../mutants.json");

/// A rule that can be broken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// The name, in kebab-case.
    pub name: String,
    /// The rule that is broken.
    pub rule: String,
    /// The cases that prove the rule, a pattern as of `--only`: one of them has to notice.
    pub cases: String,
}

/// What became of one mutant.
#[derive(Clone, Debug, Serialize)]
pub struct MutantReport {
    /// The name.
    pub name: String,
    /// The rule that was broken.
    pub rule: String,
    /// Which of the rule's cases noticed; the others are not run once one did. Empty if it survived.
    pub caught_by: Vec<String>,
}

/// What came of all mutants.
#[derive(Clone, Debug, Serialize)]
pub struct MutantsReport {
    /// A required case that fails with no rule broken: the mutants say nothing then.
    pub unbroken: Option<String>,
    /// Each mutant.
    pub mutants: Vec<MutantReport>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

impl MutantsReport {
    /// Whether the component passes as it is, and every mutant of it was caught.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.unbroken.is_none() && self.mutants.iter().all(|mutant| !mutant.caught_by.is_empty())
    }
}

/// All mutants of a component.
#[derive(Debug)]
pub struct Mutants;

impl Mutants {
    /// The rules that the component of the feature `mutations` can break.
    ///
    /// # Errors
    /// Why the list cannot be read.
    pub fn all() -> Result<Vec<Mutant>, SuiteError> {
        serde_json::from_str(LIST).map_err(|error| format!("the list of mutants cannot be read: {error}").into())
    }

    /// Runs a suite without a mutation, and then the cases of each mutant's rule with it, until one that is required fails.
    /// A failure of any other case does not count. `done` is called with each mutant.
    ///
    /// # Errors
    /// As [`Suite::run`].
    pub fn run(
        suite: &Suite,
        mutants: &[Mutant],
        mut done: impl FnMut(&MutantReport),
    ) -> Result<MutantsReport, SuiteError> {
        let started = Instant::now();
        let unbroken = suite.run(|_| {})?;
        let unbroken = unbroken.cases.iter().find(|case| case.breaks()).map(CaseReport::path);
        let mut reports = Vec::new();
        for mutant in mutants {
            let suite = suite.clone().only_these([&mutant.cases]).variable(VARIABLE, &mutant.name).until_failure();
            let run = suite.run(|_| {})?;
            let noticed = run.cases.iter().filter(|case| case.breaks() && matches!(case.verdict, Verdict::Failed(_)));
            let report = MutantReport {
                name: mutant.name.clone(),
                rule: mutant.rule.clone(),
                caught_by: noticed.map(CaseReport::path).collect(),
            };
            done(&report);
            reports.push(report);
        }
        Ok(MutantsReport { unbroken, mutants: reports, milliseconds: crate::suite::milliseconds(started) })
    }
}
