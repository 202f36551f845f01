//! Incidents.

use std::io;

use anstyle::Style;
use logzio_soar_host::contract::{Cases, Incident, JsonForm, Severity};

use super::time::seconds;
use crate::output::{Cell, Column, Page, Palette, Record, Table, cut, printable};

/// From this width on, an incident fits on one line.
const WIDE: usize = 120;

fn severity_style(palette: &Palette, severity: Severity) -> Style {
    match severity {
        Severity::Severe => palette.severe,
        Severity::High => palette.high,
        Severity::Medium => palette.medium,
        Severity::Low => palette.low,
        Severity::Info | Severity::Unclassified => palette.faint,
    }
}

pub(crate) struct IncidentRecord<'a>(pub(crate) &'a Incident);

impl IncidentRecord<'_> {
    fn groups(&self) -> String {
        let pairs = self.0.group_by.iter().map(|(field, value)| format!("{field}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    }
}

impl Record for IncidentRecord<'_> {
    fn json(&self) -> String {
        self.0.to_json()
    }

    fn titles(&self) -> Vec<String> {
        [
            "occurred",
            "severity",
            "id",
            "name",
            "rule_id",
            "description",
            "summary",
            "window_start",
            "window_end",
            "group_by",
            "tags",
            "mitre_tags",
            "muted",
            "defects",
            "raw",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let Incident { id, name, description, summary, occurred, window, raw, .. } = self.0;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (start, end) = window.as_ref().map(|window| (window.start.clone(), window.end.clone())).unwrap_or_default();
        vec![vec![
            occurred.clone(),
            self.0.severity.name().to_owned(),
            id.clone(),
            name.clone(),
            self.0.rule_id.map(|id| id.to_string()).unwrap_or_default(),
            text(description),
            text(summary),
            start,
            end,
            self.groups(),
            self.0.tags.join(","),
            self.0.mitre_tags.join(","),
            self.0.muted.to_string(),
            self.0.defects.join("; "),
            raw.clone(),
        ]]
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let Incident { id, name, severity, muted, defects, logs, .. } = self.0;
        // As Logz.io writes it.
        let written = match severity {
            Severity::Unclassified => "-".to_owned(),
            severity => severity.name().to_uppercase(),
        };
        let occurred = Cell::plain(&seconds(&self.0.occurred));
        let severity = Cell::styled(&written, severity_style(&palette, *severity));
        let name = if *muted { format!("{name} (muted)") } else { name.clone() };
        let mut columns = vec![Column::new("OCCURRED (UTC)", 19), Column::new("SEVERITY", 8)];
        if page.width.is_none_or(|width| width >= WIDE) {
            columns.push(Column::new("EVENT ID", 36));
            columns.push(Column::new("RULE", 34));
            columns.push(Column::new("GROUPED BY", 0));
            let table = Table::new(columns, page.width);
            if first {
                table.write_titles(page.out, &palette)?;
            }
            let cells =
                [occurred, severity, Cell::plain(id), Cell::plain(&name), Cell::styled(&self.groups(), palette.faint)];
            table.write_row(page.out, cells)?;
        } else {
            columns.push(Column::new("RULE, EVENT ID, GROUPED BY", 0));
            let table = Table::new(columns, page.width);
            if first {
                table.write_titles(page.out, &palette)?;
            }
            table.write_row(page.out, [occurred, severity, Cell::plain(&name)])?;
            let details = format!("{id} {}", self.groups());
            self.write_below(page, details.trim_end(), palette.faint)?;
        }
        for defect in defects {
            self.write_below(page, &format!("not readable: {defect}"), palette.notice)?;
        }
        match logs.len() {
            0 => Ok(()),
            1 => self.write_below(page, "1 log attached", palette.faint),
            count => self.write_below(page, &format!("{count} logs attached"), palette.faint),
        }
    }
}

impl IncidentRecord<'_> {
    fn write_below(&self, page: &mut Page<'_>, text: &str, style: Style) -> io::Result<()> {
        let indent = if page.width.is_none_or(|width| width >= WIDE) { 21 } else { 4 };
        let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(indent));
        writeln!(page.out, "{:indent$}{style}{}{style:#}", "", cut(&printable(text), room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logzio_soar_host::contract::TimeWindow;

    fn incident() -> Incident {
        Incident {
            id: "c459b5fd-6e15-4e3b-bd24-9a5a5b5b5d8d".into(),
            rule_id: Some(1201),
            name: "Shell in \u{1b}[31mcontainer".into(),
            description: None,
            summary: Some("count > 0".into()),
            severity: Severity::High,
            occurred: "2026-11-22T08:00:00.123Z".into(),
            window: Some(TimeWindow {
                start: "2026-11-22T07:55:00.000Z".into(),
                end: "2026-11-22T08:00:00.000Z".into(),
            }),
            group_by: vec![("host".into(), "web-1".into()), ("user".into(), "root".into())],
            tags: vec!["falco".into()],
            mitre_tags: vec![],
            muted: false,
            raw: r#"{"alertEventId":  "c459"}"#.into(),
            logs: vec![r#"{"a": 1.10}"#.into()],
            defects: vec![],
        }
    }

    fn shown(record: &impl Record, width: Option<usize>) -> String {
        let mut out = Vec::new();
        let mut page = Page { out: &mut out, palette: Palette::default(), width };
        record.write_for_people(&mut page, true).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_incident_fits_narrow_and_wide_terminals() {
        let incident = incident();
        for width in [40, 80, 119, 120, 200] {
            let text = shown(&IncidentRecord(&incident), Some(width));
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
            assert!(!text.contains('\u{1b}'));
        }
        let narrow = shown(&IncidentRecord(&incident), Some(80));
        assert!(narrow.contains("2026-11-22 08:00:00  HIGH      Shell in"), "{narrow}");
        assert!(narrow.contains("c459b5fd-6e15-4e3b-bd24-9a5a5b5b5d8d host=web-1"), "{narrow}");
    }

    #[test]
    fn an_incident_for_programs_is_the_form_of_the_contract() {
        let incident = incident();
        let json = IncidentRecord(&incident).json();
        assert_eq!(
            json,
            concat!(
                r#"{"id":"c459b5fd-6e15-4e3b-bd24-9a5a5b5b5d8d","rule_id":1201,"#,
                r#""name":"Shell in \u001b[31mcontainer","description":null,"summary":"count > 0","#,
                r#""severity":"high","occurred":"2026-11-22T08:00:00.123Z","#,
                r#""window":{"start":"2026-11-22T07:55:00.000Z","end":"2026-11-22T08:00:00.000Z"},"#,
                r#""group_by":{"host":"web-1","user":"root"},"tags":["falco"],"mitre_tags":[],"#,
                r#""muted":false,"raw":{"alertEventId":  "c459"},"logs":[{"a": 1.10}],"defects":[]}"#,
            )
        );
        assert_eq!(Incident::from_json(&json), Ok(incident));
    }

    #[test]
    fn every_title_has_its_text() {
        let incident = incident();
        let record = IncidentRecord(&incident);
        assert_eq!(record.rows().iter().map(Vec::len).collect::<Vec<_>>(), [record.titles().len()]);
    }
}
