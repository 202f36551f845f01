//! What a field that holds indicators looks like when it is written out, for programs and for people.

use std::io;

use logzio_soar_host::contract::{Cases, FieldReport, FoundField, JsonForm, KindFields};

use crate::output::{Cell, Column, Page, Record, Table, wrapped};

/// How a log without a type is shown.
const NO_TYPE: &str = "(none)";

/// The fields that hold indicators of one kind: for programs all of them, for people and spreadsheets a row each.
pub(crate) struct KindRecord<'a>(pub(crate) &'a KindFields);

impl Record for KindRecord<'_> {
    fn json(&self) -> String {
        self.0.to_json()
    }

    fn titles(&self) -> Vec<String> {
        ["kind", "field", "share", "log_types"].map(str::to_owned).to_vec()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let kind = self.0.kind.name().to_owned();
        let row = |field: &FoundField| {
            vec![kind.clone(), field.name.clone(), field.share.to_string(), field.log_types.join(",")]
        };
        self.0.fields.iter().map(row).collect()
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let columns = vec![
            Column::new("KIND", 12),
            Column::new("% OF LOGS", 9),
            Column::new("FIELD", 40),
            Column::new("LOG TYPES", 0),
        ];
        let table = Table::new(columns, page.width);
        if first {
            table.write_titles(page.out, &palette)?;
        }
        for field in &self.0.fields {
            let cells = vec![
                Cell::plain(self.0.kind.name()),
                Cell::plain(&format!("{:>9}", field.share)),
                Cell::styled(&field.name, palette.title),
                Cell::styled(&names(&field.log_types), palette.faint),
            ];
            table.write_row(page.out, cells)?;
        }
        Ok(())
    }
}

/// What is said for people behind the last field: the kinds of which none was found, and how many log types were sampled.
pub(crate) struct FieldSummary<'a> {
    without: Vec<&'static str>,
    sampled: &'a [String],
}

impl<'a> From<&'a FieldReport> for FieldSummary<'a> {
    fn from(report: &'a FieldReport) -> Self {
        let without = report.kinds.iter().filter(|of_kind| of_kind.fields.is_empty());
        Self { without: without.map(|of_kind| of_kind.kind.name()).collect(), sampled: &report.sampled }
    }
}

impl FieldSummary<'_> {
    pub(crate) fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let room = page.width.unwrap_or(usize::MAX);
        writeln!(page.out)?;
        if !self.without.is_empty() {
            for line in wrapped(&format!("In no field: {}", self.without.join(", ")), room) {
                writeln!(page.out, "{line}")?;
            }
        }
        let types = match self.sampled {
            [] => "No log type was sampled".to_owned(),
            [only] => format!("1 log type was sampled: {}", names(std::slice::from_ref(only))),
            several => format!("{} log types were sampled: {}", several.len(), names(several)),
        };
        for line in wrapped(&types, room) {
            writeln!(page.out, "{line}")?;
        }
        Ok(())
    }
}

fn names(log_types: &[String]) -> String {
    let shown = |name: &String| if name.is_empty() { NO_TYPE.to_owned() } else { name.clone() };
    log_types.iter().map(shown).collect::<Vec<_>>().join(", ")
}
