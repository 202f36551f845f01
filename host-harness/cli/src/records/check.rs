//! Checks of a connection.

use std::io;

use logzio_soar_host::contract::{Check, Outcome};
use serde::Serialize;

use crate::failure::contract_message;
use crate::output::{Page, Record, printable, wrapped};

#[derive(Serialize)]
pub(crate) struct CheckRecord<'a> {
    name: &'a str,
    outcome: &'static str,
    detail: String,
    elapsed_ms: u32,
}

impl<'a> From<&'a Check> for CheckRecord<'a> {
    fn from(check: &'a Check) -> Self {
        let (outcome, detail) = match &check.outcome {
            Outcome::Passed(found) => ("passed", found.clone()),
            Outcome::Failed(error) => ("failed", contract_message(error)),
            Outcome::Skipped(why) => ("skipped", why.clone()),
        };
        Self { name: &check.name, outcome, detail, elapsed_ms: check.elapsed_ms }
    }
}

impl Record for CheckRecord<'_> {
    fn titles(&self) -> Vec<String> {
        ["name", "outcome", "detail", "elapsed_ms"].map(str::to_owned).to_vec()
    }

    fn texts(&self) -> Vec<String> {
        vec![self.name.into(), self.outcome.into(), self.detail.clone(), self.elapsed_ms.to_string()]
    }

    fn write_for_people(&self, page: &mut Page<'_>, _first: bool) -> io::Result<()> {
        let palette = page.palette;
        let (mark, style) = match self.outcome {
            "passed" => ("ok", palette.good),
            "failed" => ("FAILED", palette.bad),
            _ => ("skipped", palette.faint),
        };
        let name = printable(self.name);
        writeln!(page.out, "{style}{mark:<7}{style:#}  {name:<36}  {:>6} ms", self.elapsed_ms)?;
        let room = page.width.unwrap_or(100).saturating_sub(9);
        for line in wrapped(&self.detail, room) {
            writeln!(page.out, "{:9}{}{line}{:#}", "", palette.faint, palette.faint)?;
        }
        Ok(())
    }
}

/// Whether a check found something wrong.
pub(crate) fn is_failed(check: &Check) -> bool {
    matches!(check.outcome, Outcome::Failed(_))
}
