//! What incidents, logs and checks look like when they are written out, for programs and for people.

use std::io;

use anstyle::Style;
use logzio_soar_host::contract::{Check, Incident, Log, Outcome, Severity};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::contract_message;
use crate::output::{Page, Record};
use crate::table::{Cell, Column, Table, cut, printable, wrapped};

/// From this width on, an incident fits on one line.
const WIDE: usize = 120;

/// JSON that is passed on as it is.
pub(crate) struct Json<'a>(pub(crate) &'a str);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(self.0) {
            Ok(raw) => raw.serialize(serializer),
            // Another component may pass on what is no JSON. The output stays JSON all the same.
            Err(_) => serializer.serialize_str(self.0),
        }
    }
}

/// The name of a severity, as Logz.io writes it.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Unclassified => "UNCLASSIFIED",
        Severity::Info => "INFO",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Severe => "SEVERE",
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
        let severity = Cell::styled(severity, palette.severity(self.level));
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

#[derive(Serialize)]
pub(crate) struct LogRecord<'a> {
    id: Option<&'a str>,
    timestamp: Option<&'a str>,
    source: Json<'a>,
    #[serde(skip)]
    fields: &'a [String],
}

impl<'a> LogRecord<'a> {
    /// A log, of which people see these fields; its message if there are none.
    pub(crate) fn new(log: &'a Log, fields: &'a [String]) -> Self {
        Self { id: log.id.as_deref(), timestamp: log.timestamp.as_deref(), source: Json(&log.source), fields }
    }

    fn values(&self) -> Vec<String> {
        // To look at only: what is passed on is the text itself.
        let source = serde_json::from_str::<Value>(self.source.0).unwrap_or(Value::Null);
        self.fields.iter().map(|field| field_of(&source, field).unwrap_or_default()).collect()
    }

    pub(crate) fn timestamp(&self) -> Option<&str> {
        self.timestamp
    }

    /// The log's message, or all of it if it has none.
    pub(crate) fn message(&self) -> String {
        let source = serde_json::from_str::<Value>(self.source.0).unwrap_or(Value::Null);
        field_of(&source, "message").unwrap_or_else(|| self.source.0.to_owned())
    }
}

/// The value of a field with dots in its name, whether it is written flat or nested.
pub(crate) fn field_of(source: &Value, field: &str) -> Option<String> {
    if let Some(value) = source.get(field) {
        return match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
    }
    let dots = field.match_indices('.').map(|(at, _)| at);
    dots.filter_map(|at| field.split_at_checked(at))
        .find_map(|(outer, inner)| field_of(source.get(outer)?, inner.get(1..)?))
}

impl Record for LogRecord<'_> {
    fn titles(&self) -> Vec<String> {
        let mut titles = vec!["id".to_owned(), "timestamp".to_owned()];
        if self.fields.is_empty() {
            titles.push("source".to_owned());
        }
        titles.extend(self.fields.iter().cloned());
        titles
    }

    fn texts(&self) -> Vec<String> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut texts = vec![text(self.id), text(self.timestamp)];
        if self.fields.is_empty() {
            texts.push(self.source.0.to_owned());
        }
        texts.extend(self.values());
        texts
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let timestamp = Cell::plain(&self.timestamp.map_or_else(|| "-".to_owned(), milliseconds));
        // The fields share the line, as the titles of a table must be known while it is compiled.
        let title = if self.fields.is_empty() { "LOG" } else { "FIELDS" };
        let columns = vec![Column::new("TIMESTAMP (UTC)", 23), Column::new(title, 0)];
        let table = Table::new(columns, page.width);
        if first {
            table.write_titles(page.out, &palette)?;
        }
        let text = if self.fields.is_empty() {
            self.message()
        } else {
            let pairs = self.fields.iter().zip(self.values());
            let pairs = pairs.map(|(field, value)| format!("{field}={value}"));
            pairs.collect::<Vec<_>>().join("  ")
        };
        table.write_row(page.out, [timestamp, Cell::plain(&text)])
    }
}

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

/// A time of the contract for people, to the second.
pub(crate) fn seconds(datetime: &str) -> String {
    shortened(datetime, 19)
}

/// A time of the contract for people, to the millisecond.
pub(crate) fn milliseconds(datetime: &str) -> String {
    shortened(datetime, 23)
}

fn shortened(datetime: &str, length: usize) -> String {
    match datetime.get(..length) {
        Some(time) if datetime.ends_with('Z') => time.replacen('T', " ", 1),
        _ => datetime.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::Palette;
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
        let log = Log { id: None, timestamp: None, source: "{}".into() };
        let fields = ["a".to_owned(), "b.c".to_owned()];
        for fields in [&fields[..0], &fields[..]] {
            let record = LogRecord::new(&log, fields);
            assert_eq!(record.titles().len(), record.texts().len());
        }
    }

    #[test]
    fn fields_are_found_flat_and_nested() {
        let source = serde_json::json!({
            "a.b": 1, "a": {"b": 2, "c.d": {"e": "three"}}, "n": null
        });
        assert_eq!(field_of(&source, "a.b").as_deref(), Some("1"));
        assert_eq!(field_of(&source, "a.c.d.e").as_deref(), Some("three"));
        for missing in ["n", "a.x", "x", "", ".", "a."] {
            assert_eq!(field_of(&source, missing), None, "{missing}");
        }
    }

    #[test]
    fn what_is_no_json_becomes_a_text() {
        assert_eq!(serde_json::to_string(&Json("{broken")).unwrap(), r#""{broken""#);
    }
}
