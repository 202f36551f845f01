//! A report as JUnit XML, as CI systems read it: a suite for each group, a test case for each case.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::data::{CaseReport, Report, Verdict};
use crate::group::Group;

impl Report {
    /// The report as JUnit XML. A case that failed and is not required counts as skipped, with its failure as the reason.
    /// No character is left that XML cannot hold.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let mut report = quick_junit::Report::new("logzio:soar conformance");
        report.set_time(Duration::from_millis(self.milliseconds));
        for group in Group::ALL.into_iter().filter(|group| self.of(*group).next().is_some()) {
            let mut suite = TestSuite::new(group.as_str());
            suite.set_time(Duration::from_millis(self.of(group).map(|case| case.milliseconds).sum()));
            suite.add_test_cases(self.of(group).map(test_case));
            report.add_test_suite(suite);
        }
        // Writing to memory does not fail.
        report.to_string().unwrap_or_default()
    }
}

fn test_case(case: &CaseReport) -> TestCase {
    let status = match &case.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed(why) if case.required => {
            let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failure.set_message(legal(why)).set_description(legal(&details(case)));
            failure
        }
        Verdict::Failed(why) | Verdict::Skipped(why) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(legal(why));
            skipped
        }
    };
    let mut test_case = TestCase::new(legal(&case.name), status);
    test_case.set_classname(case.group.as_str()).set_time(Duration::from_millis(case.milliseconds));
    test_case
}

/// Quick-junit leaves out the control characters that XML cannot hold, but not these two.
fn legal(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// What a person needs to find the cause of a failure.
fn details(case: &CaseReport) -> String {
    let mut text = format!("{}\n", case.title);
    for promise in case.promised() {
        text.push_str(&format!("promise {} ({}): {}\n", promise.id, promise.wit, promise.text));
    }
    for step in &case.steps {
        text.push_str(&format!(
            "\ncall {}: {}\n{}\nanswer\n{}\n",
            step.number, step.function, step.arguments, step.answer
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_the_xml() {
        let hostile = "a<b>&\"c\"]]>\u{0}\u{1b}[31m\r\n\u{ffff}\u{1f}d";
        let case = |required, verdict| CaseReport {
            group: Group::Logs,
            name: hostile.into(),
            title: hostile.into(),
            promises: Vec::new(),
            required,
            verdict,
            milliseconds: 1,
            calls: 0,
            requests: 0,
            steps: Vec::new(),
        };
        let report = Report {
            format: 1,
            subject: hostile.into(),
            host: hostile.into(),
            seed: 1,
            milliseconds: 1_234,
            conforms: false,
            cases: vec![
                case(true, Verdict::Failed(hostile.into())),
                case(false, Verdict::Failed(hostile.into())),
                case(true, Verdict::Skipped(hostile.into())),
                case(true, Verdict::Passed),
            ],
        };
        let xml = report.to_junit();
        assert!(!xml.contains(|c: char| (c < ' ' && c != '\n') || c == '\u{ffff}'), "{xml:?}");
        let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
        let suite = &read.test_suites[0];
        assert_eq!((suite.tests, suite.failures, suite.skipped), (4, 1, 2));
        let TestCaseStatus::NonSuccess { message: Some(message), .. } = &suite.test_cases[0].status else { panic!() };
        assert!(message.as_str().starts_with("a<b>&\"c\"]]>") && message.as_str().ends_with('d'), "{message:?}");
    }
}
