//! What came of a run, as data.

use serde::Serialize;

use crate::group::Group;
use crate::promise::{Promise, Promises};

/// What came of a run of the suite.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version of this shape, 1.
    pub format: u32,
    /// What was tested, in words.
    pub subject: String,
    /// Where calls were carried out: `in process`, or what the adapter calls itself.
    pub host: String,
    /// The seed of all random data.
    pub seed: u64,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Whether every required case passed.
    pub conforms: bool,
    /// The cases, by group.
    pub cases: Vec<CaseReport>,
}

/// What came of one case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    /// The group.
    pub group: Group,
    /// The name within the group.
    pub name: String,
    /// What is proved, in a sentence.
    pub title: String,
    /// The ids of the promises that are tested.
    pub promises: Vec<String>,
    /// A component that fails the case does not conform.
    pub required: bool,
    /// What came out.
    pub verdict: Verdict,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// How many calls were made.
    pub calls: usize,
    /// How many requests Logz.io received.
    pub requests: usize,
    /// The calls of a case that failed, the first and the last ones if there were many. No text holds a token.
    pub steps: Vec<Step>,
}

/// What came out of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "why")]
pub enum Verdict {
    /// The component did what it promises.
    Passed,
    /// It did not, and what it did instead.
    Failed(String),
    /// The case was not run, and why.
    Skipped(String),
}

/// One call of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Which call of the case it was, from 1.
    pub number: usize,
    /// The function.
    pub function: String,
    /// The arguments, as JSON, cut to a readable length.
    pub arguments: String,
    /// The answer, as JSON, cut to a readable length.
    pub answer: String,
    /// How many requests Logz.io received.
    pub requests: usize,
    /// The first of them.
    pub sent: Vec<Sent>,
    /// What the component wrote to its standard output and error.
    pub output: String,
}

/// A request that Logz.io received.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The path, and the query if there is one.
    pub path: String,
    /// The headers, without tokens.
    pub headers: Vec<(String, String)>,
    /// The body, cut to a readable length.
    pub body: String,
}

/// How many cases came to which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Cases that passed.
    pub passed: usize,
    /// Required cases that failed.
    pub failed: usize,
    /// Cases that failed and are not required.
    pub remarks: usize,
    /// Cases that were not run.
    pub skipped: usize,
}

impl Count {
    /// All of them.
    #[must_use]
    pub fn total(self) -> usize {
        self.passed + self.failed + self.remarks + self.skipped
    }
}

impl CaseReport {
    /// The name with the group, as in `--only`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    /// Whether the component does not conform because of this case.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.required && matches!(self.verdict, Verdict::Failed(_))
    }

    /// The promises that are tested, whole.
    #[must_use]
    pub fn promised(&self) -> Vec<&'static Promise> {
        self.promises.iter().filter_map(|id| Promises::get().find(id)).collect()
    }

    /// How the case counts.
    fn count(&self) -> Count {
        let one = |holds: bool| usize::from(holds);
        let failed = matches!(self.verdict, Verdict::Failed(_));
        Count {
            passed: one(self.verdict == Verdict::Passed),
            failed: one(failed && self.required),
            remarks: one(failed && !self.required),
            skipped: one(matches!(self.verdict, Verdict::Skipped(_))),
        }
    }
}

impl Report {
    /// The cases of one group.
    pub fn of(&self, group: Group) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(move |case| case.group == group)
    }

    /// How the cases of a group came out; of all groups if none is named.
    #[must_use]
    pub fn count(&self, group: Option<Group>) -> Count {
        let cases = self.cases.iter().filter(|case| group.is_none_or(|group| case.group == group));
        cases.map(CaseReport::count).fold(Count::default(), |sum, one| Count {
            passed: sum.passed + one.passed,
            failed: sum.failed + one.failed,
            remarks: sum.remarks + one.remarks,
            skipped: sum.skipped + one.skipped,
        })
    }
}
