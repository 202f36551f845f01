//! A page of a search as it is read: how many windows at a time, how many logs
//! of each, and what to do where Logz.io shows less than there is.

use crate::contract::{Error, LogPage, LogQuery, Notice, NoticeCode};
use crate::logs::hidden::Hidden;
use crate::logs::page_bytes::PageBytes;
use crate::logs::position::{Position, newest_first};
use crate::logzio::client::Client;
use crate::logzio::paging::PageError;
use crate::logzio::wire::{LARGEST_SEARCH, LogSearch, Total};
use crate::time;
use std::collections::BTreeMap;

/// The windows that are searched side by side, at most.
const MOST_AT_ONCE: usize = 4;
/// What is returned of a log that is too large.
const PART: [&str; 2] = ["@timestamp", "type"];

/// A page on its way.
pub(super) struct Reading {
    pub(super) page: LogPage,
    /// How many logs the page still takes.
    pub(super) left: u32,
    /// How many windows are searched side by side: more while they hold little.
    at_once: usize,
    /// At most so many: fewer once Logz.io refused requests as too many.
    most_at_once: usize,
    /// What the page holds in bytes, and the rows to ask for at once.
    pub(super) bytes: PageBytes,
    /// How many logs were too large to be returned whole.
    cut: u32,
    /// How many searches Logz.io did not finish, by reason.
    partial: BTreeMap<&'static str, u32>,
    /// A notice says that Logz.io showed fewer logs than it counted.
    short_noted: bool,
}

impl Reading {
    /// An empty page of at most `limit` logs; `rows` is how many to ask for at
    /// once, as far as an earlier page knows.
    pub(super) fn new(limit: u32, rows: u32, notices: Vec<Notice>) -> Self {
        Self {
            page: LogPage { logs: Vec::new(), total: None, next: None, notices },
            left: limit,
            at_once: 1,
            most_at_once: MOST_AT_ONCE,
            bytes: PageBytes::new(rows, LARGEST_SEARCH),
            cut: 0,
            partial: BTreeMap::new(),
            short_noted: false,
        }
    }

    /// Reads on, and asks for fewer windows at a time where Logz.io refused
    /// some as too many.
    pub(super) fn read_on(&mut self, client: &Client, query: &LogQuery, position: &mut Position) -> Result<(), Error> {
        let refused_before = client.refused_as_too_many();
        let outcome = self.read(client, query, position);
        if client.refused_as_too_many() > refused_before {
            // For the rest of the call: what was too much once will be again.
            self.most_at_once = (self.most_at_once / 2).max(1);
            self.at_once = self.at_once.min(self.most_at_once);
        }
        outcome
    }

    /// The page, with what is to be said of its searches.
    pub(super) fn finish(self) -> LogPage {
        let Self { mut page, partial, cut, .. } = self;
        page.notices.extend(partial.into_iter().map(|(why, searches)| {
            let searches = if searches == 1 { "a search".to_owned() } else { format!("{searches} searches") };
            Notice::new(
                NoticeCode::MayBeMissing,
                format!(
                    "Logz.io did not finish {searches}, since {why}: logs may be missing, so narrow the range or the \
                     query, or search again"
                ),
            )
        }));
        if cut > 0 {
            page.notices.push(Notice::new(
                NoticeCode::LogCut,
                format!(
                    "{} too large to be read: only the time and the type of {} returned; name the fields that you need",
                    if cut == 1 { "a log is".to_owned() } else { format!("{cut} logs are") },
                    if cut == 1 { "it are" } else { "them are" }
                ),
            ));
        }
        page
    }

    /// The page takes no further log.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0 || self.bytes.is_full()
    }

    /// Searches the next windows side by side, and reads the answers in order
    /// as far as they follow each other without a gap.
    fn read(&mut self, client: &Client, query: &LogQuery, position: &mut Position) -> Result<(), Error> {
        let newest_first = newest_first(query);
        let known = position.known();
        if known >= LARGEST_SEARCH
            && let Some(window) = position.window(newest_first)
        {
            self.pass(client, query, position, window);
            return Ok(());
        }
        let rows = self.bytes.rows();
        // At the edge, those that were delivered come first. Where they alone
        // are as many as can be read at once, they are left out by number.
        let skip = if known < rows { 0 } else { known };
        let wanted = if skip == 0 { self.left.saturating_add(known) } else { self.left };
        let size = wanted.min(rows).min(LARGEST_SEARCH - skip);
        let windows = position.windows(newest_first, if skip == 0 { self.at_once } else { 1 });
        let searches: Vec<LogSearch> = windows
            .iter()
            .map(|window| {
                let search = LogSearch::new(&query.lucene, *window, newest_first, size, &query.fields);
                LogSearch { from: skip, ..search }
            })
            .collect();
        let before = self.left;
        let side_by_side = searches.len() > 1;
        for (window, answer) in windows.into_iter().zip(client.ask_all(&searches)) {
            let answer = match answer {
                Ok(answer) => answer,
                // Answers side by side share what can be read at once.
                Err(PageError::TooLarge) if side_by_side => {
                    self.at_once = 1;
                    return Ok(());
                }
                Err(PageError::TooLarge) => {
                    self.at_once = 1;
                    if self.bytes.shrink(size) {
                        return Ok(());
                    }
                    return self.deliver_in_part(client, query, position, window, skip);
                }
                // The windows before were read; the next try is a smaller one.
                Err(error) if self.at_once > 1 => {
                    self.at_once = 1;
                    return if matches!(error, PageError::Failed(Error::RateLimited(_))) {
                        Ok(())
                    } else {
                        Err(error.into())
                    };
                }
                Err(error) => return Err(error.into()),
            };
            let why_partial = answer.why_partial();
            if let Some(why) = why_partial {
                *self.partial.entry(why).or_default() += 1;
                position.total = None;
            }
            if !position.counted {
                // Counted once, when a window is searched for the first time.
                position.counted = true;
                let counted = answer.hits.total.and_then(Total::exact);
                position.total = position.total.zip(counted).map(|(sum, count)| sum + count);
            }
            let length = u32::try_from(answer.hits.hits.len()).unwrap_or(u32::MAX);
            // Fewer than there are, although more were asked for.
            let short = answer.hits.total.filter(|total| length < size && total.value > u64::from(skip + length));
            self.bytes.learn(length, answer.hits.hits.iter().map(|hit| hit.source.get().len()).sum());
            let left = self.left;
            let mut hits = answer.hits.hits.into_iter().peekable();
            while self.left > 0
                && let Some(hit) = hits.peek()
            {
                if !position.is_known(hit) && !self.bytes.take(hit.source.get().len()) {
                    break;
                }
                self.left -= u32::from(hits.next().is_some_and(|hit| position.deliver(hit, &mut self.page.logs)));
            }
            let read_all = hits.next().is_none();
            if length < size && read_all && short.is_none() {
                position.leave(window, newest_first);
                continue;
            }
            // There is more in this window, so those behind it must wait.
            if read_all && self.left == left && left > 0 {
                match short {
                    None => self.pass(client, query, position, window),
                    Some(total) => self.pass_short(position, window, newest_first, length, total),
                }
            }
            self.at_once = 1;
            return Ok(());
        }
        if before - self.left <= self.left / 4 {
            self.at_once = (self.at_once * 2).min(self.most_at_once);
        }
        Ok(())
    }

    /// Delivers the time and the type of a log that is too large by itself.
    fn deliver_in_part(
        &mut self,
        client: &Client,
        query: &LogQuery,
        position: &mut Position,
        window: (i64, i64),
        skip: u32,
    ) -> Result<(), Error> {
        let fields = PART.map(str::to_owned);
        let search = LogSearch::new(&query.lucene, window, newest_first(query), 1, &fields);
        let answer = client.search_logs(&LogSearch { from: skip, ..search })?;
        let Some(hit) = answer.hits.hits.into_iter().next() else {
            return Err(PageError::TooLarge.into());
        };
        if !position.deliver(hit, &mut self.page.logs) {
            return Err(PageError::TooLarge.into());
        }
        self.left -= 1;
        self.cut += 1;
        Ok(())
    }

    /// Goes on behind what no search shows: a whole answer held only logs that
    /// were delivered before.
    fn pass(&mut self, client: &Client, query: &LogQuery, position: &mut Position, window: (i64, i64)) {
        let known = u32::try_from(position.delivered.len()).unwrap_or(u32::MAX);
        if let Some(moment) = position.edge {
            let hidden = Hidden::count(client, query, moment, known);
            if !hidden.is_none() {
                self.page.notices.push(Notice::new(NoticeCode::OutOfReach, hidden.to_string()));
            }
            position.skip_moment(window, newest_first(query));
        } else {
            self.page.notices.push(Notice::new(
                NoticeCode::OutOfReach,
                format!(
                    "{known} logs from {} to {} have no time that can be read, so those behind them cannot be reached \
                 unless the query is narrowed",
                    time::format_millis(window.0),
                    time::format_millis(window.1)
                ),
            ));
            position.leave(window, newest_first(query));
        }
    }

    /// The same where Logz.io showed fewer logs than it counted, although more
    /// were asked for.
    fn pass_short(
        &mut self,
        position: &mut Position,
        window: (i64, i64),
        newest_first: bool,
        shown: u32,
        total: Total,
    ) {
        position.total = None;
        if !self.short_noted {
            self.short_noted = true;
            self.page.notices.push(Notice::new(NoticeCode::MayBeMissing, format!(
                "Logz.io counted {} logs from {} to {}, and showed {shown} of them however many were asked for: some \
                 may be missing, so narrow the range or the query",
                total.value,
                time::format_millis(window.0),
                time::format_millis(window.1)
            )));
        }
        if shown > 0 && position.edge.is_some() {
            position.skip_moment(window, newest_first);
        } else {
            position.leave(window, newest_first);
        }
    }
}
