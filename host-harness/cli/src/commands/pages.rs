//! The pages of a query for logs, written as they come.

use std::cell::RefCell;
use std::io::{self, IsTerminal};

use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use logzio_soar_host::RunnerError;
use logzio_soar_host::contract::{ContractError, LogPage, NoticeCode};

use super::several::Tag;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, grouped, note, progress_beside_rows, say};
use crate::records::{LogRecord, OfAccount};

/// How many logs are asked for at a time when all are wanted: each page begins with one search at a time, so small ones
/// cost many.
const PAGE: u32 = 5_000;

/// From this many logs on, a search shows its progress.
const MANY: u32 = 1_000;

/// How many logs one call can return, by the contract.
const LARGEST_PAGE: u32 = 10_000;

/// Writes the pages of a query.
pub(crate) struct Pages<'a> {
    output: &'a RefCell<Output>,
    fields: &'a [String],
    /// The account of the rows, where several are asked.
    tag: Option<Tag<'a>>,
    interrupt: Interrupt,
    covered: Covered,
    written: u32,
}

/// What a walk through the pages has written.
pub(crate) struct Walked {
    written: u32,
    /// How many logs there are, as far as Logz.io counted them.
    total: Option<u32>,
    /// Whether there are more than were asked for.
    more: bool,
}

impl Walked {
    /// Says how many logs were written, where that is not plain to see.
    pub(crate) fn say(&self, tag: Option<Tag<'_>>, for_people: bool) {
        let counted = Tag::about(tag, &counted(self.written.into(), self.total));
        if self.more {
            // A part must not be mistaken for the whole.
            say("note", &format!("{counted}; --limit or --all shows more"));
        } else if self.written == 0 {
            note(&Tag::about(tag, "no logs were found"));
        } else if for_people {
            say("note", &counted);
        }
    }
}

impl<'a> Pages<'a> {
    pub(crate) fn new(
        output: &'a RefCell<Output>,
        fields: &'a [String],
        tag: Option<Tag<'a>>,
        interrupt: Interrupt,
    ) -> Self {
        Self { output, fields, tag, interrupt, covered: Covered::default(), written: 0 }
    }

    /// Takes over the time of the log that comes last, if it can be known.
    pub(crate) async fn ends_at(&mut self, end: impl Future<Output = Option<DateTime<Utc>>>) -> Result<(), Failure> {
        self.covered.end = self.interrupt.or(end).await?;
        Ok(())
    }

    /// Asks for pages and writes them, up to `limit` logs, or all of them.
    pub(crate) async fn write(
        &mut self,
        limit: Option<u32>,
        ask: impl AsyncFnMut(u32, Option<&str>) -> Result<Result<LogPage, ContractError>, RunnerError>,
    ) -> Result<(), Failure> {
        let progress = search_progress(limit);
        let outcome = self.walk(limit, ask, &progress).await;
        progress.finish_and_clear();
        // What was written stays readable after a failure too.
        let finished = self.output.borrow_mut().finish(outcome.is_err());
        let walked = outcome?;
        finished?;
        walked.say(self.tag, self.output.borrow().is_for_people());
        Ok(())
    }

    /// The same, and leaves the end of the output to the caller.
    pub(crate) async fn walk(
        &mut self,
        limit: Option<u32>,
        mut ask: impl AsyncFnMut(u32, Option<&str>) -> Result<Result<LogPage, ContractError>, RunnerError>,
        progress: &ProgressBar,
    ) -> Result<Walked, Failure> {
        let mut page = None;
        let mut total = None;
        loop {
            let size = match limit {
                // A limit of none is the component's to refuse.
                Some(limit) => limit.saturating_sub(self.written).min(LARGEST_PAGE),
                None => PAGE,
            };
            let answer = self.interrupt.or(ask(size, page.as_deref())).await?;
            let answer = answer??;
            self.write_page(&answer)?;
            let times = || answer.logs.iter().filter_map(|log| log.timestamp.as_deref());
            self.covered.extend(times().next(), times().next_back());
            self.covered.show(progress, self.written, limit);
            total = answer.total.or(total);
            let enough = limit.is_some_and(|limit| self.written >= limit);
            let goes_on = !enough && answer.next.is_some();
            for notice in answer.notices.iter().filter(|notice| !(goes_on && notice.code == NoticeCode::GoesOn)) {
                progress.suspend(|| say("warning", &Tag::about(self.tag, &notice.text)));
            }
            if enough || answer.next.is_none() {
                return Ok(Walked { written: self.written, total, more: answer.next.is_some() });
            }
            page = answer.next;
        }
    }

    fn write_page(&mut self, page: &LogPage) -> Result<(), Failure> {
        let mut output = self.output.borrow_mut();
        for log in &page.logs {
            let record = LogRecord::new(log, self.fields);
            match self.tag {
                Some(Tag { account, column }) => output.write(&OfAccount { account, column, record })?,
                None => output.write(&record)?,
            }
        }
        output.flush()?;
        self.written = self.written.saturating_add(u32::try_from(page.logs.len()).unwrap_or(u32::MAX));
        Ok(())
    }
}

/// How many logs were written, and of how many, as far as Logz.io counted them: "5 of 1 843 logs".
fn counted(written: u64, total: Option<u32>) -> String {
    // Fewer than were written, if some came since they were counted.
    let total = total.map(u64::from).filter(|total| *total > written);
    let of = total.map(|total| format!(" of {}", grouped(total))).unwrap_or_default();
    let logs = if total.unwrap_or(written) == 1 { "log" } else { "logs" };
    format!("{}{of} {logs}", grouped(written))
}

/// The part of a range that a walk has covered.
#[derive(Default)]
struct Covered {
    start: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    /// The time of the log that comes last.
    end: Option<DateTime<Utc>>,
}

impl Covered {
    /// Takes over the times of the first and the last log of a page.
    fn extend(&mut self, first: Option<&str>, last: Option<&str>) {
        let read = |time: Option<&str>| Some(DateTime::parse_from_rfc3339(time?).ok()?.to_utc());
        self.start = self.start.or(read(first));
        self.last = read(last).or(self.last);
    }

    /// The share of the range that was covered, in thousandths; none if its ends are not known.
    fn thousandths(&self) -> Option<u64> {
        let start = self.start?;
        let whole = (self.end? - start).num_milliseconds().unsigned_abs();
        let done = (self.last? - start).num_milliseconds().unsigned_abs();
        Some((u128::from(done) * 1_000).checked_div(whole.into()).map_or(1_000, |share| share.min(1_000) as u64))
    }

    /// Shows how far a walk is: by time, or by the number of logs if that is nearer to its end.
    fn show(&self, progress: &ProgressBar, written: u32, limit: Option<u32>) {
        let by_count = limit.and_then(|limit| (u64::from(written) * 1_000).checked_div(limit.into()));
        match self.thousandths() {
            Some(by_time) => {
                if progress.length().is_none() {
                    progress.set_length(1_000);
                    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {msg} ({elapsed})") {
                        progress.set_style(style);
                    }
                }
                progress.set_position(by_time.max(by_count.unwrap_or_default()));
                let day = self.last.map(|last| last.format("%Y-%m-%d %H:%M")).map(|day| day.to_string());
                progress.set_message(format!("{}, at {}", counted(written.into(), None), day.unwrap_or_default()));
            }
            None => progress.set_message(counted(written.into(), None)),
        }
    }
}

/// Whether a search shows its progress: if it is long, its rows go elsewhere, and standard error is a terminal.
pub(crate) fn is_watched(limit: Option<u32>) -> bool {
    let long = limit.is_none_or(|limit| limit > MANY);
    long && !io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// A line on standard error that shows how far a long search is, if its rows go elsewhere.
fn search_progress(limit: Option<u32>) -> ProgressBar {
    if !is_watched(limit) {
        return ProgressBar::hidden();
    }
    let bar = progress_beside_rows("{spinner} {msg} ({elapsed})");
    bar.set_message("searching");
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_counted_in_words() {
        for (written, total, words) in [
            (1, None, "1 log"),
            (1, Some(1), "1 log"),
            (0, Some(1), "0 of 1 log"),
            (1, Some(2), "1 of 2 logs"),
            (5, None, "5 logs"),
            (5, Some(1_843), "5 of 1 843 logs"),
            (12_000, Some(11_999), "12 000 logs"),
        ] {
            assert_eq!(counted(written, total), words);
        }
    }

    #[test]
    fn a_walk_is_as_far_as_the_time_it_covered() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let mut covered = Covered::default();
        covered.extend(Some("2026-11-22T12:00:00.000Z"), Some("2026-11-22T09:00:00.000Z"));
        assert_eq!(covered.thousandths(), None);
        covered.end = Some(at("2026-11-22T00:00:00.000Z"));
        assert_eq!(covered.thousandths(), Some(250));
        covered.extend(Some("2026-11-22T09:00:00.000Z"), Some("2026-11-22T06:00:00.000Z"));
        assert_eq!(covered.thousandths(), Some(500));
        covered.extend(None, None);
        assert_eq!(covered.thousandths(), Some(500));
        // Logs that came since then lie behind the end.
        covered.extend(None, Some("2026-11-21T06:00:00.000Z"));
        assert_eq!(covered.thousandths(), Some(1_000));
        let same = at("2026-11-22T12:00:00.000Z");
        let moment = Covered { start: Some(same), last: Some(same), end: Some(same) };
        assert_eq!(moment.thousandths(), Some(1_000));
    }
}
