//! `search --histogram`: how many logs match a query over time. Logz.io counts what a search finds, so a bar is a search for
//! one log; where it does not count all of them, they are read.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io::{self, IsTerminal};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use logzio_soar_host::Session;
use logzio_soar_host::contract::{Error, LogPage, LogQuery, Notice, NoticeCode, Order};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::arguments::SearchArguments;
use crate::failure::{Failure, note, say};
use crate::interrupt::Interrupt;
use crate::output::{Output, Page, Record};
use crate::plot::Ink;
use crate::table::{Cell, Column, Table};

/// The most bars: they fit on a screen or two.
const MOST_BARS: i64 = 60;
/// How long a bar can be, in seconds, with its name. Beyond the last one, it is a multiple of it.
const SIZES: [(i64, &str); 8] = [
    (60, "1 MINUTE"),
    (5 * 60, "5 MINUTES"),
    (15 * 60, "15 MINUTES"),
    (HOUR, "1 HOUR"),
    (3 * HOUR, "3 HOURS"),
    (6 * HOUR, "6 HOURS"),
    (DAY, "1 DAY"),
    (WEEK, "7 DAYS"),
];
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// A Monday, at which weeks begin.
const MONDAY: i64 = 4 * DAY;
/// How many counts are asked for side by side.
const AT_ONCE: usize = 4;
/// How many logs are asked for at a time where they have to be read.
const PAGE: u32 = 10_000;
/// How wide a plot is where a line has any width.
const USUAL_WIDTH: usize = 80;

/// Runs the command.
pub(crate) async fn run(session: &Session, arguments: &SearchArguments) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen();
    let mut output = Output::to_stdout(arguments.output.output);
    let query = Query { session: session.clone(), lucene: arguments.query.clone() };
    let progress = progress();
    let counted = interrupt.or(count(&query, arguments, &progress)).await;
    progress.finish_and_clear();
    let counted = counted??;
    for notice in &counted.notices {
        say("warning", &notice.text);
    }
    if counted.bars.is_empty() {
        output.finish(false)?;
        note("no logs were found");
        return Ok(());
    }
    let most = counted.bars.iter().map(|bar| bar.count).max().unwrap_or_default();
    let total: u64 = counted.bars.iter().map(|bar| bar.count).sum();
    let plot = Plot { most, digits: total.to_string().len().max(4), size: counted.size, ink: Ink::of_this_terminal() };
    for bar in &counted.bars {
        output.write(&BarRecord::new(bar, counted.range, &plot))?;
    }
    output.write_for_people(|page| plot.write_total(page, total))?;
    output.finish(false)?;
    Ok(())
}

/// The bars of a histogram, none if nothing matches.
struct Counted {
    size: TimeDelta,
    /// From the first log until the first moment behind the last one: more was not counted.
    range: (DateTime<Utc>, DateTime<Utc>),
    bars: Vec<Bar>,
    notices: Vec<Notice>,
}

/// A part of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bar {
    start: DateTime<Utc>,
    /// The first moment that is not in it.
    end: DateTime<Utc>,
    count: u64,
}

async fn count(query: &Query, arguments: &SearchArguments, progress: &ProgressBar) -> Result<Counted, Failure> {
    let end = |order| query.end(order, arguments.since.clone(), arguments.until.clone());
    let (first, last) = tokio::join!(end(Order::OldestFirst), end(Order::NewestFirst));
    let (Some(first), Some(last)) = (first?, last?) else {
        let range = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        return Ok(Counted { size: TimeDelta::zero(), range, bars: Vec::new(), notices: Vec::new() });
    };
    // Logs may come and go between two searches.
    let (first, last) = (first.min(last), first.max(last));
    let size = size_for(first, last);
    let mut bars = bars(first, last, size);
    let mut pieces: VecDeque<(usize, DateTime<Utc>, DateTime<Utc>)> = VecDeque::new();
    for (place, bar) in bars.iter().enumerate() {
        pieces.extend(
            days(bar.start.max(first), bar.end.min(last + TimeDelta::milliseconds(1))).map(|(a, b)| (place, a, b)),
        );
    }
    progress.set_length(u64::try_from(pieces.len()).unwrap_or_default());
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    let mut notices = Notices::default();
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some((place, since, until)) = pieces.pop_front()
        {
            let query = query.clone();
            under_way.spawn(async move { query.count(since, until).await.map(|found| (place, found)) });
        }
        let Some(done) = under_way.join_next().await else { break };
        let done = done.map_err(|error| Failure::File(format!("a search could not be awaited: {error}")))?;
        let (place, (found, said)) = done?;
        *counts.entry(place).or_default() += found;
        notices.extend(said);
        progress.inc(1);
    }
    for (place, bar) in bars.iter_mut().enumerate() {
        bar.count = counts.get(&place).copied().unwrap_or_default();
    }
    let range = (first, last + TimeDelta::milliseconds(1));
    Ok(Counted { size, range, bars, notices: notices.all })
}

/// Each notice once, as they came.
#[derive(Default)]
struct Notices {
    all: Vec<Notice>,
    known: HashSet<String>,
}

impl Notices {
    fn extend(&mut self, notices: Vec<Notice>) {
        // The command goes on by itself.
        let notices = notices.into_iter().filter(|notice| notice.code != NoticeCode::GoesOn);
        self.all.extend(notices.filter(|notice| self.known.insert(notice.text.clone())));
    }
}

#[derive(Clone)]
struct Query {
    session: Session,
    lucene: String,
}

impl Query {
    /// The time of the first log in an order; none if there is no log.
    async fn end(
        &self,
        order: Order,
        since: Option<String>,
        until: Option<String>,
    ) -> Result<Option<DateTime<Utc>>, Failure> {
        let mut query = LogQuery { order: Some(order), since, until, ..self.of(1) };
        loop {
            let page = self.session.search_logs(&query).await??;
            if let Some(log) = page.logs.first() {
                let time = log.timestamp.as_ref().and_then(|time| DateTime::parse_from_rfc3339(time).ok());
                let unreadable = || {
                    let text = "a log at the end of the range has no @timestamp that can be read: narrow the range";
                    Failure::from(Error::MalformedResponse(text.into()))
                };
                return Ok(Some(time.ok_or_else(unreadable)?.to_utc()));
            }
            if page.next.is_none() {
                return Ok(None);
            }
            query.page = page.next;
        }
    }

    /// How many logs there are from one moment until before another one, and the notices.
    async fn count(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<(u64, Vec<Notice>), Failure> {
        let text = |time: DateTime<Utc>| Some(time.to_rfc3339_opts(SecondsFormat::Millis, true));
        let (since, until) = (text(since), text(until - TimeDelta::milliseconds(1)));
        let query = LogQuery { since: since.clone(), until: until.clone(), ..self.of(1) };
        let page = self.session.search_logs(&query).await??;
        if let Some(total) = page.total {
            return Ok((total.into(), page.notices));
        }
        let mut query = LogQuery { since, until, ..self.of(PAGE) };
        let mut notices = Vec::new();
        let mut count = 0;
        loop {
            let LogPage { logs, next, notices: said, .. } = self.session.search_logs(&query).await??;
            count += u64::try_from(logs.len()).unwrap_or_default();
            notices.extend(said);
            if next.is_none() {
                return Ok((count, notices));
            }
            query.page = next;
        }
    }

    fn of(&self, limit: u32) -> LogQuery {
        LogQuery {
            lucene: self.lucene.clone(),
            since: None,
            until: None,
            order: None,
            fields: vec!["@timestamp".into()],
            limit: Some(limit),
            page: None,
        }
    }
}

/// The shortest bar with which a range needs no more than [`MOST_BARS`].
fn size_for(first: DateTime<Utc>, last: DateTime<Utc>) -> TimeDelta {
    let needed = |size: i64| bar_of(last, size) - bar_of(first, size) + 1;
    let round = SIZES.iter().map(|(size, _)| *size).find(|size| needed(*size) <= MOST_BARS);
    let longer = || (2..).map(|times| times * WEEK).find(|size| needed(*size) <= MOST_BARS);
    TimeDelta::seconds(round.or_else(longer).unwrap_or(WEEK))
}

/// Which bar of its size a moment is in, counted from a Monday.
fn bar_of(time: DateTime<Utc>, size: i64) -> i64 {
    (time.timestamp() - MONDAY).div_euclid(size)
}

/// The bars from that of the first log to that of the last one.
fn bars(first: DateTime<Utc>, last: DateTime<Utc>, size: TimeDelta) -> Vec<Bar> {
    let size = size.num_seconds();
    let start = |bar: i64| DateTime::from_timestamp(MONDAY + bar * size, 0).unwrap_or_default();
    let range = bar_of(first, size)..=bar_of(last, size);
    range.map(|bar| Bar { start: start(bar), end: start(bar + 1), count: 0 }).collect()
}

/// A range in pieces that lie in a day each: of those, Logz.io counts all logs in one search.
fn days(start: DateTime<Utc>, end: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
    let midnight = move |time: DateTime<Utc>| {
        let next = (time.timestamp().div_euclid(DAY) + 1) * DAY;
        DateTime::from_timestamp(next, 0).unwrap_or(end).min(end)
    };
    std::iter::successors(Some((start, midnight(start))), move |(_, until)| Some((*until, midnight(*until))))
        .take_while(move |(since, _)| *since < end)
}

/// What all bars of a histogram share.
struct Plot {
    most: u64,
    /// How wide a count is.
    digits: usize,
    size: TimeDelta,
    ink: Ink,
}

impl Plot {
    /// Midnight goes without saying where each bar begins with it.
    fn time_format(&self) -> (&'static str, usize) {
        if self.size.num_seconds() < DAY { ("%Y-%m-%d %H:%M", 16) } else { ("%Y-%m-%d", 10) }
    }

    fn size_name(&self) -> String {
        let seconds = self.size.num_seconds();
        let round = SIZES.iter().find(|(size, _)| *size == seconds);
        round.map_or_else(|| format!("{} DAYS", seconds / DAY), |(_, name)| (*name).to_owned())
    }

    fn write_total(&self, page: &mut Page<'_>, total: u64) -> io::Result<()> {
        let (_, width) = self.time_format();
        let (title, digits) = (page.palette.title, self.digits);
        writeln!(page.out, "{title}{:width$}  {total:>digits$}{title:#}", "TOTAL")
    }
}

#[derive(Serialize)]
struct BarRecord<'a> {
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
    fn new(bar: &'a Bar, range: (DateTime<Utc>, DateTime<Utc>), plot: &'a Plot) -> Self {
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self { start: text(bar.start.max(range.0)), end: text(bar.end.min(range.1)), count: bar.count, bar, plot }
    }
}

impl Record for BarRecord<'_> {
    fn titles(&self) -> Vec<String> {
        ["start", "end", "count"].map(str::to_owned).to_vec()
    }

    fn texts(&self) -> Vec<String> {
        vec![self.start.clone(), self.end.clone(), self.count.to_string()]
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
                ["FROM (UTC)".to_owned(), format!("{:>digits$}", "LOGS"), format!("EACH {}", plot.size_name())];
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

/// A line on standard error that tells how much is counted, if someone is there to read it.
fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos} of {len} counts ({elapsed})") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::Palette;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn bars_are_round_and_never_too_many() {
        let last = at("2026-11-22T08:07:31.500Z");
        for (minutes, size) in [
            (0, 60),
            (58, 60),
            (60, 300),
            (4 * 60, 300),
            (14 * 60, 900),
            (24 * 60, HOUR),
            (48 * 60, HOUR),
            (7 * 24 * 60, 3 * HOUR),
            (14 * 24 * 60, 6 * HOUR),
            (58 * 24 * 60, DAY),
            (400 * 24 * 60, WEEK),
            (5 * 365 * 24 * 60, 5 * WEEK),
        ] {
            let first = last - TimeDelta::minutes(minutes);
            let found = size_for(first, last);
            assert_eq!(found.num_seconds(), size, "{minutes}");
            let bars = bars(first, last, found);
            assert!(bars.len() <= 60, "{minutes}");
            let plot = Plot { most: 0, digits: 4, size: found, ink: Ink::Ascii };
            assert_eq!(plot.size_name() == "35 DAYS", size == 5 * WEEK, "{}", plot.size_name());
            assert!(bars[0].start <= first && first < bars[0].end, "{minutes}");
            let end = bars.last().unwrap();
            assert!(end.start <= last && last < end.end, "{minutes}");
            assert!(bars.windows(2).all(|two| two[0].end == two[1].start), "{minutes}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        let bars = bars(at("2026-11-18T00:00:00Z"), at("2026-11-22T23:59:59.999Z"), TimeDelta::weeks(1));
        assert_eq!(bars.len(), 1);
        assert_eq!(bars[0].start, at("2026-11-16T00:00:00Z"));
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
    fn a_range_is_counted_day_by_day_without_gaps() {
        let (start, end) = (at("2026-11-20T22:00:00.001Z"), at("2026-11-23T00:00:00.001Z"));
        let pieces: Vec<_> = days(start, end).collect();
        let midnight = |day: u32| at(&format!("2026-11-{day}T00:00:00Z"));
        let expected =
            [(start, midnight(21)), (midnight(21), midnight(22)), (midnight(22), midnight(23)), (midnight(23), end)];
        assert_eq!(pieces, expected);
        let hour = (at("2026-11-20T22:00:00Z"), at("2026-11-20T23:00:00Z"));
        assert_eq!(days(hour.0, hour.1).collect::<Vec<_>>(), [hour]);
        assert_eq!(days(start, start).count(), 0);
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
