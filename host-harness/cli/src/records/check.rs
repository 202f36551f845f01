//! Checks of a connection.

use std::io;

use logzio_soar_host::contract::{Check, ContractError, JsonForm, Outcome};

use crate::output::{Page, Record, printable, wrapped};

pub(crate) struct CheckRecord<'a>(pub(crate) &'a Check);

impl CheckRecord<'_> {
    /// What was found, or why not.
    pub(crate) fn detail(&self) -> String {
        self.outcome().1
    }

    /// The name of the outcome, and what was found, or why not.
    fn outcome(&self) -> (&'static str, String) {
        match &self.0.outcome {
            Outcome::Passed(found) => ("passed", found.clone()),
            Outcome::Failed(error) => ("failed", ContractError::from(error.clone()).to_string()),
            Outcome::Skipped(why) => ("skipped", why.clone()),
        }
    }
}

impl Record for CheckRecord<'_> {
    fn json(&self) -> String {
        self.0.to_json()
    }

    fn titles(&self) -> Vec<String> {
        ["name", "outcome", "detail", "elapsed_ms"].map(str::to_owned).to_vec()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let (outcome, detail) = self.outcome();
        vec![vec![self.0.name.clone(), outcome.to_owned(), detail, self.0.elapsed_ms.to_string()]]
    }

    fn write_for_people(&self, page: &mut Page<'_>, _first: bool) -> io::Result<()> {
        let palette = page.palette;
        let (mark, style) = match self.0.outcome {
            Outcome::Passed(_) => ("ok", palette.good),
            Outcome::Failed(_) => ("FAILED", palette.bad),
            Outcome::Skipped(_) => ("skipped", palette.faint),
        };
        let name = printable(&self.0.name);
        writeln!(page.out, "{style}{mark:<7}{style:#}  {name:<36}  {:>6} ms", self.0.elapsed_ms)?;
        let room = page.width.unwrap_or(100).saturating_sub(9);
        for line in wrapped(&self.detail(), room) {
            writeln!(page.out, "{:9}{}{line}{:#}", "", palette.faint, palette.faint)?;
        }
        Ok(())
    }
}

/// Whether a check found something wrong.
pub(crate) fn is_failed(check: &Check) -> bool {
    matches!(check.outcome, Outcome::Failed(_))
}
