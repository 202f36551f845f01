//! What several tests use.

mod components;

use std::path::Path;

use logzio_soar_conformance::{CaseReport, Report, Suite, Verdict};

pub(crate) use components::{component, of_one_interface};

pub(crate) fn suite() -> Suite {
    Suite::new().jobs(2).cache_directory(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm"))
}

pub(crate) fn run(suite: &Suite) -> Report {
    suite.run(|_| {}).unwrap()
}

pub(crate) fn failure(case: &CaseReport) -> &str {
    match &case.verdict {
        Verdict::Failed(why) => why,
        other => panic!("{} is {other:?}", case.path()),
    }
}
