//! Incidents.

use std::io;

use anstyle::Style;
use logzio_soar_host::contract::{Incident, Severity};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::json::Json;
use super::time::seconds;
use crate::output::{Cell, Column, Page, Palette, Record, Table, cut, printable};

/// From this width on, an incident fits on one line.
const WIDE: usize = 120;

/// The name of a severity, as Logz.io writes it.
fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Unclassified => "UNCLASSIFIED",
        Severity::Info => "INFO",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Severe => "SEVERE",
    }
}

fn severity_style(palette: &Palette, severity: Severity) -> Style {
    match severity {
        Severity::Severe => palette.severe,
        Severity::High => palette.high,
        Severity::Medium => palette.medium,
        Severity::Low => palette.low,
        Severity::Info | Severity::Unclassified => palette.faint,
    }
}

#[derive(Serialize)]
pub(crate) struct IncidentRecord<'a> {
    id: &'a str,
    rule_id: Option<u32>,
    name: &'a str,
    description: Option<&'a str>,
    summary: Option<&'a str>,
    severity: &'static str,
    occurred: &'a str,
    window: Option<Window<'a>>,
    #[serde(serialize_with = "as_map")]
    group_by: &'a [(String, String)],
    tags: &'a [String],
    mitre_tags: &'a [String],
    muted: bool,
    defects: &'a [String],
    logs: Vec<Json<'a>>,
    raw: Json<'a>,
    #[serde(skip)]
    level: Severity,
}

#[derive(Serialize)]
struct Window<'a> {
    start: &'a str,
    end: &'a str,
}

fn as_map<S: Serializer>(pairs: &&[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (field, value) in *pairs {
        map.serialize_entry(field, value)?;
    }
    map.end()
}

impl<'a> From<&'a Incident> for IncidentRecord<'a> {
    fn from(incident: &'a Incident) -> Self {
        Self {
            id: &incident.id,
            rule_id: incident.rule_id,
            name: &incident.name,
            description: incident.description.as_deref(),
            summary: incident.summary.as_deref(),
            severity: severity_name(incident.severity),
            occurred: &incident.occurred,
            window: incident.window.as_ref().map(|window| Window { start: &window.start, end: &window.end }),
            group_by: &incident.group_by,
            tags: &incident.tags,
            mitre_tags: &incident.mitre_tags,
            muted: incident.muted,
            defects: &incident.defects,
            logs: incident.logs.iter().map(|log| Json(log)).collect(),
            raw: Json(&incident.raw),
            level: incident.severity,
        }
    }
}

impl IncidentRecord<'_> {
    fn groups(&self) -> String {
        let pairs = self.group_by.iter().map(|(field, value)| format!("{field}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    }
}

impl Record for IncidentRecord<'_> {
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

    fn texts(&self) -> Vec<String> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        vec![
            self.occurred.into(),
            self.severity.into(),
            self.id.into(),
            self.name.into(),
            self.rule_id.map(|id| id.to_string()).unwrap_or_default(),
            text(self.description),
            text(self.summary),
            text(self.window.as_ref().map(|window| window.start)),
            text(self.window.as_ref().map(|window| window.end)),
            self.groups(),
            self.tags.join(","),
            self.mitre_tags.join(","),
            self.muted.to_string(),
            self.defects.join("; "),
            self.raw.0.into(),
        ]
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let severity = match self.level {
            Severity::Unclassified => "-",
            _ => self.severity,
        };
        let occurred = Cell::plain(&seconds(self.occurred));
        let severity = Cell::styled(severity, severity_style(&palette, self.level));
        let name = if self.muted { format!("{} (muted)", self.name) } else { self.name.to_owned() };
        let mut columns = vec![Column::new("OCCURRED (UTC)", 19), Column::new("SEVERITY", 8)];
        if page.width.is_none_or(|width| width >= WIDE) {
            columns.push(Column::new("EVENT ID", 36));
            columns.push(Column::new("RULE", 34));
            columns.push(Column::new("GROUPED BY", 0));
            let table = Table::new(columns, page.width);
            if first {
                table.write_titles(page.out, &palette)?;
            }
            let cells = [
                occurred,
                severity,
                Cell::plain(self.id),
                Cell::plain(&name),
                Cell::styled(&self.groups(), palette.faint),
            ];
            table.write_row(page.out, cells)?;
        } else {
            columns.push(Column::new("RULE, EVENT ID, GROUPED BY", 0));
            let table = Table::new(columns, page.width);
            if first {
                table.write_titles(page.out, &palette)?;
            }
            table.write_row(page.out, [occurred, severity, Cell::plain(&name)])?;
            let details = format!("{} {}", self.id, self.groups());
            self.write_below(page, details.trim_end(), palette.faint)?;
        }
        for defect in self.defects {
            self.write_below(page, &format!("not readable: {defect}"), palette.notice)?;
        }
        match self.logs.len() {
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
            let text = shown(&IncidentRecord::from(&incident), Some(width));
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
            assert!(!text.contains('\u{1b}'));
        }
        let narrow = shown(&IncidentRecord::from(&incident), Some(80));
        assert!(narrow.contains("2026-11-22 08:00:00  HIGH      Shell in"), "{narrow}");
        assert!(narrow.contains("c459b5fd-6e15-4e3b-bd24-9a5a5b5b5d8d host=web-1"), "{narrow}");
    }

    #[test]
    fn an_incident_for_programs_has_the_words_of_the_contract() {
        let incident = incident();
        let json = serde_json::to_string(&IncidentRecord::from(&incident)).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"id":"c459b5fd-6e15-4e3b-bd24-9a5a5b5b5d8d","rule_id":1201,"#,
                r#""name":"Shell in \u001b[31mcontainer","description":null,"summary":"count > 0","#,
                r#""severity":"HIGH","occurred":"2026-11-22T08:00:00.123Z","#,
                r#""window":{"start":"2026-11-22T07:55:00.000Z","end":"2026-11-22T08:00:00.000Z"},"#,
                r#""group_by":{"host":"web-1","user":"root"},"tags":["falco"],"mitre_tags":[],"#,
                r#""muted":false,"defects":[],"logs":[{"a": 1.10}],"raw":{"alertEventId":  "c459"}}"#,
            )
        );
    }

    #[test]
    fn every_title_has_its_text() {
        let incident = incident();
        let record = IncidentRecord::from(&incident);
        assert_eq!(record.titles().len(), record.texts().len());
    }
}
