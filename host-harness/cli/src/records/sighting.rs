//! What a sighting looks like when it is written out, for programs and for people, and what follows the last of them.

use std::io;

use anstyle::Style;
use logzio_soar_host::contract::{Cases, JsonForm, RejectedIndicator, Sighting};

use super::log::LogRecord;
use super::time::{milliseconds, seconds};
use crate::output::{Cell, Column, Page, Record, Table, chunked, cut, printable, wrapped};

/// From this width on, the times fit on the line of the indicator.
const WIDE: usize = 100;
/// How many names of one kind a terminal shows for a sighting.
const NAMES_SHOWN: usize = 12;
/// How many of the indicators that were not seen people see on a terminal.
const NOT_SEEN_SHOWN: usize = 100;
/// How far in details stand, and how wide their labels are.
const INDENT: usize = 4;
const LABEL: usize = 10;

pub(crate) struct SightingRecord<'a>(pub(crate) &'a Sighting);

impl SightingRecord<'_> {
    /// The identity of its indicator: the same for all spellings of it.
    pub(crate) fn identity(&self) -> (&'static str, String) {
        (self.0.kind.name(), self.0.value.to_lowercase())
    }
}

impl Record for SightingRecord<'_> {
    fn json(&self) -> String {
        self.0.to_json()
    }

    fn titles(&self) -> Vec<String> {
        [
            "value",
            "kind",
            "hits",
            "complete",
            "first_seen",
            "last_seen",
            "users",
            "hosts",
            "internal_ips",
            "external_ips",
            "host_of",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let sighting = self.0;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![vec![
            sighting.value.clone(),
            sighting.kind.name().to_owned(),
            sighting.hits.to_string(),
            sighting.complete.to_string(),
            text(&sighting.first_seen),
            text(&sighting.last_seen),
            sighting.users.join(","),
            sighting.hosts.join(","),
            sighting.internal_ips.join(","),
            sighting.external_ips.join(","),
            sighting.host_of.join(","),
        ]]
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let sighting = self.0;
        let times = [sighting.first_seen.as_deref(), sighting.last_seen.as_deref()];
        let wide = page.width.is_none_or(|width| width >= WIDE);
        let mut columns = vec![Column::new("    HITS", 8), Column::new("KIND", 9)];
        let mut cells =
            vec![Cell::styled(&format!("{:>8}", sighting.hits), palette.bad), Cell::plain(sighting.kind.name())];
        if wide {
            columns.extend([Column::new("FIRST SEEN (UTC)", 19), Column::new("LAST SEEN (UTC)", 19)]);
            cells.extend(times.map(|time| Cell::plain(&time.map_or("-".into(), seconds))));
        }
        columns.push(Column::new("INDICATOR", 0));
        cells.push(Cell::styled(&sighting.value, palette.title));
        let table = Table::new(columns, page.width);
        if first {
            table.write_titles(page.out, &palette)?;
        }
        let room = table.room_of_the_last();
        table.write_row(page.out, cells)?;
        let value = printable(&sighting.value);
        if cut(&value, room) != value {
            // Half a URL is useless.
            let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT));
            for line in chunked(&value, room) {
                writeln!(page.out, "{:INDENT$}{line}", "")?;
            }
        }
        if !wide && let [Some(from), Some(to)] = times {
            let (from, to) = (seconds(from), seconds(to));
            let text = if from == to { from } else { format!("{from} to {to}") };
            write_detail(page, "seen", &text, palette.faint)?;
        }
        for (label, names) in [
            ("users", &sighting.users),
            ("hosts", &sighting.hosts),
            ("internal", &sighting.internal_ips),
            ("external", &sighting.external_ips),
        ] {
            if !names.is_empty() {
                let names = listed(names, page.width.map(|_| NAMES_SHOWN));
                write_detail(page, label, &names, palette.faint)?;
            }
        }
        if !sighting.complete {
            let text = "not all could be read, or not all fields are known: see the warnings";
            write_detail(page, "in part", text, palette.notice)?;
        }
        let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT));
        for log in &sighting.logs {
            let log = LogRecord::new(log, &[]);
            let time = log.timestamp().map_or_else(|| "-".to_owned(), milliseconds);
            let line = cut(&printable(&format!("{time}  {}", log.message())), room);
            writeln!(page.out, "{:INDENT$}{line}", "")?;
        }
        Ok(())
    }
}

/// What is said for people behind the last sighting: what was not seen, what was not looked for, and how many there were.
pub(crate) struct Summary<'a> {
    pub(crate) seen: usize,
    pub(crate) not_seen: &'a [String],
    pub(crate) rejected: &'a [RejectedIndicator],
    /// Where was looked, a line each.
    pub(crate) searched: &'a [String],
}

impl Summary<'_> {
    pub(crate) fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let palette = page.palette;
        let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT));
        if !self.not_seen.is_empty() {
            if self.seen > 0 {
                writeln!(page.out)?;
            }
            writeln!(page.out, "{}Not seen:{:#}", palette.title, palette.title)?;
            let values = listed(self.not_seen, page.width.map(|_| NOT_SEEN_SHOWN));
            for line in wrapped(&values, room).iter().flat_map(|line| chunked(line, room)) {
                writeln!(page.out, "{:INDENT$}{line}", "")?;
            }
        }
        if !self.rejected.is_empty() {
            if self.seen + self.not_seen.len() > 0 {
                writeln!(page.out)?;
            }
            write_rejected(page, self.rejected)?;
        }
        if !self.searched.is_empty() {
            writeln!(page.out, "\n{}Searched:{:#}", palette.title, palette.title)?;
            for line in self.searched.iter().flat_map(|line| wrapped(line, room)).flat_map(|line| chunked(&line, room))
            {
                writeln!(page.out, "{:INDENT$}{line}", "")?;
            }
        }
        let mut parts = vec![format!("{} seen", self.seen), format!("{} not seen", self.not_seen.len())];
        if !self.rejected.is_empty() {
            parts.push(format!("{} not looked for", self.rejected.len()));
        }
        writeln!(page.out)?;
        writeln!(page.out, "{}", parts.join(", "))
    }
}

/// What is said for people behind the last sighting of several accounts.
pub(crate) struct AccountsSummary<'a> {
    /// Of each account that was searched: its name, how many indicators were seen, and how many not.
    pub(crate) accounts: &'a [(String, usize, usize)],
    pub(crate) rejected: &'a [RejectedIndicator],
}

impl AccountsSummary<'_> {
    pub(crate) fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        if !self.rejected.is_empty() {
            writeln!(page.out)?;
            write_rejected(page, self.rejected)?;
        }
        writeln!(page.out)?;
        for (name, seen, not_seen) in self.accounts {
            writeln!(page.out, "{name}: {seen} seen, {not_seen} not seen")?;
        }
        Ok(())
    }
}

fn write_rejected(page: &mut Page<'_>, all: &[RejectedIndicator]) -> io::Result<()> {
    let palette = page.palette;
    let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT));
    writeln!(page.out, "{}Not looked for:{:#}", palette.title, palette.title)?;
    for rejected in all {
        let text = format!("{}: {}", rejected.value, rejected.why);
        for line in wrapped(&text, room).iter().flat_map(|line| chunked(line, room)) {
            writeln!(page.out, "{:INDENT$}{}{line}{:#}", "", palette.notice, palette.notice)?;
        }
    }
    Ok(())
}

/// Names in a row, up to so many of them.
fn listed(names: &[String], most: Option<usize>) -> String {
    let shown = most.unwrap_or(usize::MAX);
    let mut text = names.iter().take(shown).map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    if let Some(left) = names.len().checked_sub(shown).filter(|left| *left > 0) {
        text.push_str(&format!(" and {left} more"));
    }
    text
}

fn write_detail(page: &mut Page<'_>, label: &str, text: &str, style: Style) -> io::Result<()> {
    let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT + LABEL));
    let mut label = label;
    for line in wrapped(text, room).iter().flat_map(|line| chunked(line, room)) {
        writeln!(page.out, "{:INDENT$}{style}{label:LABEL$}{line}{style:#}", "")?;
        label = "";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Palette;
    use logzio_soar_host::contract::{IndicatorKind, Log};
    use unicode_width::UnicodeWidthStr;

    fn sighting() -> Sighting {
        Sighting {
            value: "http://evil.example/a/\u{1b}[2J".to_owned() + &"long".repeat(60),
            kind: IndicatorKind::Url,
            hits: 4_294_967_295,
            complete: false,
            first_seen: Some("2026-11-20T08:00:00.123Z".into()),
            last_seen: Some("2026-11-22T08:00:00.123Z".into()),
            users: (0..30).map(|n| format!("user-{n}")).collect(),
            hosts: vec!["x".repeat(120), "日本".repeat(30), "\u{202e}gpj\u{9b}31m".into()],
            internal_ips: vec!["10.0.0.1".into()],
            external_ips: vec!["2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".into()],
            logs: vec![Log { id: None, timestamp: None, source: r#"{"message":"a\u001b[31m line\nand more"}"#.into() }],
            host_of: vec![],
        }
    }

    fn shown(width: Option<usize>) -> String {
        let mut out = Vec::new();
        let mut page = Page { out: &mut out, palette: Palette::default(), width };
        SightingRecord(&sighting()).write_for_people(&mut page, true).unwrap();
        let rejected = RejectedIndicator { value: "ev\u{1b}il ".repeat(20), why: "it is no domain".into() };
        let not_seen: Vec<String> = (0..300).map(|n| format!("192.0.2.{n}\u{7}")).collect();
        Summary {
            seen: 1,
            not_seen: &not_seen,
            rejected: &[rejected],
            searched: &["ip in 3 fields, of 1 log type".into()],
        }
        .write(&mut page)
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_sighting_fits_every_terminal_and_cannot_harm_it() {
        for width in [40, 60, 80, 99, 100, 200] {
            let text = shown(Some(width));
            for line in text.lines() {
                assert!(line.width() <= width, "{width}: {line}");
                assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{width}: {line:?}");
            }
            // Nothing of a value is lost, however narrow it gets.
            let joined: String = text.lines().map(str::trim).collect();
            assert!(joined.contains(&"long".repeat(60)), "{width}: {text}");
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("user-11 and 18 more"), "{width}: {text}");
            assert!(words.contains("and 200 more"), "{width}: {text}");
        }
    }

    #[test]
    fn nothing_is_left_out_in_a_pipe() {
        let text = shown(None);
        assert!(text.contains("user-29") && text.contains("192.0.2.299"), "{text}");
        assert!(text.ends_with("\n1 seen, 300 not seen, 1 not looked for\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_sighting_for_programs_is_the_form_of_the_contract() {
        let sighting = Sighting {
            value: "evil.example".into(),
            kind: IndicatorKind::FileName,
            hits: 0,
            complete: true,
            first_seen: None,
            last_seen: None,
            users: vec![],
            hosts: vec!["a".into(), "b".into()],
            internal_ips: vec![],
            external_ips: vec![],
            logs: vec![Log { id: Some("1".into()), timestamp: None, source: r#"{"n": 1.10}"#.into() }],
            host_of: vec!["https://evil.example/a".into()],
        };
        let record = SightingRecord(&sighting);
        assert_eq!(
            record.json(),
            concat!(
                r#"{"value":"evil.example","kind":"file-name","hits":0,"complete":true,"first_seen":null,"#,
                r#""last_seen":null,"users":[],"hosts":["a","b"],"internal_ips":[],"external_ips":[],"#,
                r#""logs":[{"id":"1","timestamp":null,"source":{"n": 1.10}}],"host_of":["https://evil.example/a"]}"#,
            )
        );
        assert_eq!(record.rows().iter().map(Vec::len).collect::<Vec<_>>(), [record.titles().len()]);
    }
}
