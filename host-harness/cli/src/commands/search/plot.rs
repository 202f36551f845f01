//! A histogram as it is written.

use std::io;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;

use super::bars::{Bar, DAY, size_name};
use crate::output::{Cell, Column, Ink, Page, Record, Table};

/// How wide a plot is where a line has any width.
const USUAL_WIDTH: usize = 80;

/// What all bars of a histogram share.
pub(super) struct Plot {
    pub(super) most: u64,
    /// How wide a count is.
    pub(super) digits: usize,
    pub(super) size: TimeDelta,
    pub(super) ink: Ink,
}

impl Plot {
    /// Midnight goes without saying where each bar begins with it.
    fn time_format(&self) -> (&'static str, usize) {
        if self.size.num_seconds() < DAY { ("%Y-%m-%d %H:%M", 16) } else { ("%Y-%m-%d", 10) }
    }

    pub(super) fn write_total(&self, page: &mut Page<'_>, total: u64) -> io::Result<()> {
        let (_, width) = self.time_format();
        let (title, digits) = (page.palette.title, self.digits);
        writeln!(page.out, "{title}{:width$}  {total:>digits$}{title:#}", "TOTAL")
    }
}

#[derive(Serialize)]
pub(super) struct BarRecord<'a> {
    start: String,
    end: String,
    count: u64,
    #[serde(skip)]
    bar: &'a Bar,
    #[serde(skip)]
    plot: &'a Plot,
}

impl<'a> BarRecord<'a> {
    /// The first and the last bar are as long as what was counted of them.
    pub(super) fn new(bar: &'a Bar, range: (DateTime<Utc>, DateTime<Utc>), plot: &'a Plot) -> Self {
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self { start: text(bar.start.max(range.0)), end: text(bar.end.min(range.1)), count: bar.count, bar, plot }
    }
}

impl Record for BarRecord<'_> {
    fn json(&self) -> String {
        // What is left to fail is a map with keys that are no strings.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn titles(&self) -> Vec<String> {
        ["start", "end", "count"].map(str::to_owned).to_vec()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![self.start.clone(), self.end.clone(), self.count.to_string()]]
    }

    fn write_for_people(&self, page: &mut Page<'_>, first: bool) -> io::Result<()> {
        let palette = page.palette;
        let plot = self.plot;
        let (format, time_width) = plot.time_format();
        let width = page.width.unwrap_or(USUAL_WIDTH);
        let columns = [time_width, plot.digits, 0].map(|width| Column::new("", width));
        let table = Table::new(columns.into(), Some(width));
        if first {
            let digits = plot.digits;
            let titles =
                ["FROM (UTC)".to_owned(), format!("{:>digits$}", "LOGS"), format!("EACH {}", size_name(plot.size))];
            table.write_row(page.out, titles.map(|title| Cell::styled(&title, palette.title)))?;
        }
        let digits = plot.digits;
        let bar = plot.ink.bar(self.bar.count, plot.most, table.room_of_the_last());
        let cells = [
            Cell::plain(&self.bar.start.format(format).to_string()),
            Cell::plain(&format!("{:>digits$}", self.bar.count)),
            Cell::styled(&bar, palette.good),
        ];
        table.write_row(page.out, cells)
    }
}

#[cfg(test)]
mod tests {
    use super::super::bars::bars;
    use super::*;
    use crate::output::Palette;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn a_bar_claims_no_more_than_was_counted() {
        let (first, last) = (at("2026-11-20T22:10:00.250Z"), at("2026-11-21T01:59:00Z"));
        let range = (first, last + TimeDelta::milliseconds(1));
        let plot = Plot { most: 1, digits: 4, size: TimeDelta::hours(1), ink: Ink::Ascii };
        let bars = bars(first, last, plot.size);
        let ends: Vec<_> = bars.iter().map(|bar| BarRecord::new(bar, range, &plot)).map(|r| (r.start, r.end)).collect();
        let of = |a: &str, b: &str| (format!("2026-11-{a}Z"), format!("2026-11-{b}Z"));
        assert_eq!(ends.first(), Some(&of("20T22:10:00.250", "20T23:00:00.000")));
        assert_eq!(ends.last(), Some(&of("21T01:00:00.000", "21T01:59:00.001")));
    }

    #[test]
    fn a_plot_fits_every_width() {
        for width in [40, 80, 200] {
            for ink in [Ink::Blocks, Ink::Ascii] {
                let plot = Plot { most: 1_234_567, digits: 7, size: TimeDelta::hours(1), ink };
                let mut out = Vec::new();
                let mut page = Page { out: &mut out, palette: Palette::default(), width: Some(width) };
                for (place, count) in [1_234_567, 617_283, 1, 0].into_iter().enumerate() {
                    let start = at("2026-11-20T22:00:00Z") + TimeDelta::hours(i64::try_from(place).unwrap());
                    let bar = Bar { start, end: start + TimeDelta::hours(1), count };
                    BarRecord::new(&bar, (bar.start, bar.end), &plot).write_for_people(&mut page, place == 0).unwrap();
                }
                plot.write_total(&mut page, 1_851_851).unwrap();
                let text = String::from_utf8(out).unwrap();
                let lines: Vec<&str> = text.lines().collect();
                let cells = |line: &str| line.chars().filter(|c| *c == '█' || *c == '#').count();
                assert_eq!(lines[1].chars().count(), width, "{text}");
                assert_eq!(cells(lines[1]), width - 16 - 7 - 4, "{text}");
                assert!(cells(lines[2]).abs_diff(cells(lines[1]) / 2) <= 1, "{text}");
                assert!(lines[3].ends_with(['▏', '#']), "{text}");
                assert_eq!(lines[4].trim_end(), "2026-11-21 01:00        0", "{text}");
                assert_eq!(lines[5], "TOTAL             1851851", "{text}");
                assert!(ink == Ink::Blocks || text.is_ascii());
            }
        }
    }
}
