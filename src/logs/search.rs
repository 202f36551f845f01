//! What `search-logs` and `get-logs-by-event-id` mean: pages of logs over any
//! range, with tokens that go on where a page ended.

use crate::connection::Account;
use crate::contract::{Error, Log, LogPage, LogQuery, Notice, NoticeCode, Order, sentence};
use crate::logs::range::{DAY, Range};
use crate::logzio::client::Client;
use crate::logzio::conversions;
use crate::logzio::paging::{self, DEEPEST_ROW, LARGEST_PAGE, PageError};
use crate::logzio::wire::{EventLogFilter, EventLogSearch, Hit, LARGEST_SEARCH, LogSearch, Pagination, Total};
use crate::lucene;
use crate::sealed;
use crate::time;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// The limits of a page of logs, and what they are if none is given.
pub const LIMITS: std::ops::RangeInclusive<u32> = 1..=10_000;
/// See [`LIMITS`].
pub const DEFAULT_SEARCH: u32 = 1_000;
/// See [`LIMITS`].
pub const DEFAULT_EVENT_LOGS: u32 = 100;
/// The longest query, in bytes.
pub const LONGEST_QUERY: usize = 32_768;
const MOST_FIELDS: usize = 1_000;
const LONGEST_EVENT_ID: usize = 1_024;
/// How far back a search goes if nothing is said.
const USUAL_DAYS: i64 = 2;
/// The windows that are searched side by side, at most.
const MOST_AT_ONCE: usize = 4;
/// The pages of an event's logs that are asked for at once.
const PAGES_AT_ONCE: u32 = 4;
/// What page tokens begin with, their version and the longest, in characters.
const SEARCH_TOKEN: &str = "logzio-soar-search-";
const EVENT_TOKEN: &str = "logzio-soar-event-logs-";
const TOKEN_VERSION: u32 = 1;
const LONGEST_TOKEN: usize = 1 << 20;

/// Where a search stands. Times are epoch milliseconds.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    /// Differs if the query does.
    query: u64,
    since: i64,
    until: i64,
    /// The time of the last log delivered: the next page begins with it.
    edge: Option<i64>,
    /// The logs of that time that were delivered.
    delivered: HashSet<u64>,
    /// The logs that match in the windows searched so far; none if Logz.io did
    /// not count them all.
    total: Option<u64>,
    /// The window under way is a part of `total`.
    counted: bool,
}

/// Carries out `search-logs`.
///
/// # Errors
/// As the contract has it.
pub fn search(client: &Client, query: &LogQuery, now: DateTime<Utc>) -> Result<LogPage, Error> {
    let limit = checked_limit(query.limit, DEFAULT_SEARCH)?;
    check_query(query)?;
    let mut notices = Vec::new();
    let mut position = match &query.page {
        Some(token) => open_position(token, query)?,
        None => first_position(query, now, &mut notices)?,
    };
    client.target().require(Account::Operations)?;
    let newest_first = newest_first(query);

    let begins = position.window(newest_first);
    let mut reading = Reading {
        page: LogPage { logs: Vec::new(), total: None, next: None, notices },
        left: limit,
        at_once: 1,
        most_at_once: MOST_AT_ONCE,
        largest: LARGEST_SEARCH,
        partial: BTreeMap::new(),
        told_short: false,
    };
    let mut asked = false;
    while reading.left > 0 && position.window(newest_first).is_some() {
        if asked && let Some(why) = client.why_enough() {
            reading.page.notices.push(goes_on(why));
            break;
        }
        asked = true;
        let refused_before = client.refused_as_too_many();
        let outcome = reading.read(client, query, &mut position);
        if client.refused_as_too_many() > refused_before {
            // For the rest of the call: what was too much once will be again.
            reading.most_at_once = (reading.most_at_once / 2).max(1);
            reading.at_once = reading.at_once.min(reading.most_at_once);
        }
        if let Err(error) = outcome {
            // Windows that held nothing are progress too: without them, a
            // search that takes longer than a call would never end.
            let moved = position.window(newest_first) != begins;
            if reading.page.logs.is_empty() && !(moved && may_pass(&error)) {
                return Err(error);
            }
            reading.page.notices.push(match &error {
                Error::TimedOut(_) => goes_on("the time budget ended"),
                _ => Notice::new(
                    NoticeCode::CutShort,
                    format!("the page ends early, the next one goes on: {}", sentence(&error)),
                ),
            });
            break;
        }
    }
    let Reading { mut page, partial, .. } = reading;
    page.notices.extend(partial.into_iter().map(|(why, searches)| {
        let searches = if searches == 1 { "a search".to_owned() } else { format!("{searches} searches") };
        Notice::new(NoticeCode::MayBeMissing, format!(
            "Logz.io did not finish {searches}, since {why}: logs may be missing, so narrow the range or the query, or \
             search again"
        ))
    }));
    page.total = position.all_counted(newest_first).and_then(|total| u32::try_from(total).ok());
    page.next = position.window(newest_first).is_some().then(|| position.seal());
    Ok(page)
}

/// Says that a page ends before the range does.
fn goes_on(why: &str) -> Notice {
    Notice::new(NoticeCode::GoesOn, format!("{why} within the range: the next page goes on"))
}

/// Whether the same search may work in a while.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::RateLimited(_) | Error::TimedOut(_) | Error::Unreachable(_) => true,
        Error::Server(error) => error.status >= 500,
        _ => false,
    }
}

/// A page on its way.
struct Reading {
    page: LogPage,
    /// How many logs the page still takes.
    left: u32,
    /// How many windows are searched side by side: more while they hold little.
    at_once: usize,
    /// At most so many: fewer once Logz.io refused requests as too many.
    most_at_once: usize,
    /// The largest search whose answer is not too large.
    largest: u32,
    /// How many searches Logz.io did not finish, by reason.
    partial: BTreeMap<&'static str, u32>,
    /// That Logz.io showed fewer logs than it counted was told.
    told_short: bool,
}

impl Reading {
    /// Searches the next windows side by side, and reads the answers in order
    /// as far as they follow each other without a gap.
    fn read(&mut self, client: &Client, query: &LogQuery, position: &mut Position) -> Result<(), Error> {
        let newest_first = newest_first(query);
        let known = u32::try_from(position.delivered.len()).unwrap_or(u32::MAX);
        let wanted = self.left.saturating_add(known).min(LARGEST_SEARCH);
        let size = wanted.min(self.largest);
        let windows = position.windows(newest_first, self.at_once);
        let searches: Vec<LogSearch> = windows
            .iter()
            .map(|window| LogSearch::new(&query.lucene, *window, newest_first, size, &query.fields))
            .collect();
        let before = self.left;
        for (window, answer) in windows.into_iter().zip(client.ask_all(&searches)) {
            let answer = match answer {
                Ok(answer) => answer,
                Err(PageError::TooLarge) if size > 1 => {
                    self.largest = size / 2;
                    self.at_once = 1;
                    return Ok(());
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
            let short = answer.is_short(size).then_some(answer.hits.total).flatten();
            let left = self.left;
            let mut hits = answer.hits.hits.into_iter();
            while self.left > 0
                && let Some(hit) = hits.next()
            {
                self.left -= u32::from(position.deliver(hit, &mut self.page.logs));
            }
            let read_all = hits.next().is_none();
            if length < size && read_all && short.is_none() {
                position.leave(window, newest_first);
                continue;
            }
            // There is more in this window, so those behind it must wait.
            if read_all && self.left == left && left > 0 {
                if size < wanted {
                    return Err(PageError::TooLarge.into());
                }
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

    /// Goes on behind what no search shows: a whole answer held only logs that
    /// were delivered before.
    fn pass(&mut self, client: &Client, query: &LogQuery, position: &mut Position, window: (i64, i64)) {
        let known = u32::try_from(position.delivered.len()).unwrap_or(u32::MAX);
        if let Some(moment) = position.edge {
            let hidden = Hidden::count(client, query, moment, known).to_string();
            self.page.notices.push(Notice::new(NoticeCode::OutOfReach, hidden));
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
        if !self.told_short {
            self.told_short = true;
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

impl Position {
    /// What to search next, of at most two calendar days; none at the end.
    ///
    /// Logz.io searches two calendar days and cuts longer ranges without a
    /// word. (Logz.io API, "Search logs".)
    fn window(&self, newest_first: bool) -> Option<(i64, i64)> {
        if self.since > self.until {
            return None;
        }
        // The days count from an end of the range and not from the edge, so
        // that the windows stay the same from page to page.
        let (mut gte, mut lte) = (self.since, self.until);
        if newest_first {
            gte = gte.max((lte.div_euclid(DAY) - 1) * DAY);
            lte = self.edge.unwrap_or(lte);
        } else {
            lte = lte.min((gte.div_euclid(DAY) + 2) * DAY - 1);
            gte = self.edge.unwrap_or(gte);
        }
        Some((gte, lte))
    }

    /// The next windows, each behind the one before.
    fn windows(&self, newest_first: bool, count: usize) -> Vec<(i64, i64)> {
        let mut ahead = Self { delivered: HashSet::new(), ..*self };
        let mut windows = Vec::new();
        while windows.len() < count
            && let Some(window) = ahead.window(newest_first)
        {
            windows.push(window);
            ahead.leave(window, newest_first);
        }
        windows
    }

    /// Delivers a log unless it was delivered before.
    fn deliver(&mut self, hit: Hit, logs: &mut Vec<Log>) -> bool {
        let mark = conversions::log_identity(&hit);
        let (log, time) = conversions::found_log(hit);
        let moment = time.map(|time| time.timestamp_millis());
        if let Some(moment) = moment
            && self.edge != Some(moment)
        {
            self.edge = Some(moment);
            self.delivered.clear();
        }
        let new = self.delivered.insert(mark);
        if new {
            logs.push(log);
        }
        new
    }

    /// Goes on behind a window that was read to its end.
    fn leave(&mut self, window: (i64, i64), newest_first: bool) {
        if newest_first {
            self.until = window.0 - 1;
        } else {
            self.since = window.1 + 1;
        }
        self.edge = None;
        self.counted = false;
        self.delivered.clear();
    }

    /// Goes on behind a moment with more logs than a search can return.
    fn skip_moment(&mut self, window: (i64, i64), newest_first: bool) {
        let Some(moment) = self.edge else { return };
        let next = if newest_first { moment - 1 } else { moment + 1 };
        if (window.0..=window.1).contains(&next) {
            self.edge = Some(next);
            self.delivered.clear();
        } else {
            self.leave(window, newest_first);
        }
    }

    /// How many logs match, if every window was searched.
    fn all_counted(&self, newest_first: bool) -> Option<u64> {
        let last = match self.window(newest_first) {
            None => true,
            Some(window) => {
                let reaches_the_end = if newest_first { window.0 == self.since } else { window.1 == self.until };
                self.counted && reaches_the_end
            }
        };
        self.total.filter(|_| last)
    }

    fn seal(&self) -> String {
        sealed::seal(SEARCH_TOKEN, TOKEN_VERSION, &serde_json::to_vec(self).unwrap_or_default())
    }
}

/// The logs of a moment that no search shows, since it has too many.
struct Hidden {
    moment: i64,
    delivered: u32,
    total: Option<Total>,
}

impl Hidden {
    fn count(client: &Client, query: &LogQuery, moment: i64, delivered: u32) -> Self {
        let search = LogSearch::new(&query.lucene, (moment, moment), true, 1, &query.fields);
        // The count is for the notice, which is due with or without it.
        let answer = client.search_logs(&search).ok();
        Self { moment, delivered, total: answer.and_then(|answer| answer.hits.total) }
    }
}

impl fmt::Display for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let moment = time::format_millis(self.moment);
        let delivered = self.delivered;
        match self.total.and_then(Total::exact) {
            Some(total) => {
                let hidden = total.saturating_sub(u64::from(delivered));
                write!(
                    formatter,
                    "{total} logs have the time {moment}, and Logz.io shows {delivered} of them: {hidden}"
                )?;
            }
            None => {
                write!(
                    formatter,
                    "more than {delivered} logs have the time {moment}: those beyond, as many as there are,"
                )?;
            }
        }
        formatter.write_str(" cannot be reached unless the query is narrowed")
    }
}

fn first_position(query: &LogQuery, now: DateTime<Utc>, notices: &mut Vec<Notice>) -> Result<Position, Error> {
    let usual = TimeDelta::days(USUAL_DAYS);
    let (range, too_far) = Range::read(query.since.as_deref(), query.until.as_deref(), usual, now)?.up_to_soon(now);
    notices.extend(too_far);
    Ok(Position {
        query: fingerprint(query),
        since: range.since,
        until: range.until,
        edge: None,
        delivered: HashSet::new(),
        total: Some(0),
        counted: false,
    })
}

fn open_position(token: &str, query: &LogQuery) -> Result<Position, Error> {
    let bytes = open_token(SEARCH_TOKEN, token)?;
    let position: Position = serde_json::from_slice(&bytes).map_err(|_| foreign_token())?;
    if position.query != fingerprint(query) {
        return Err(Error::InvalidArgument(
            "the page token is of another query: pass it with the query, times, order and fields of the first page"
                .into(),
        ));
    }
    Ok(position)
}

fn newest_first(query: &LogQuery) -> bool {
    query.order != Some(Order::OldestFirst)
}

fn check_query(query: &LogQuery) -> Result<(), Error> {
    if query.lucene.trim().is_empty() {
        return Err(Error::InvalidArgument("the query is empty: write * to match every log".into()));
    }
    if query.lucene.len() > LONGEST_QUERY {
        return Err(Error::InvalidArgument(format!(
            "the query is {} bytes long: shorten it to {LONGEST_QUERY}, or split it into several",
            query.lucene.len()
        )));
    }
    lucene::check(&query.lucene).map_err(|problem| {
        Error::QueryRejected(format!("Logz.io would refuse the query, so it was not sent: {problem}"))
    })?;
    if query.fields.len() > MOST_FIELDS || query.fields.iter().any(|field| field.trim().is_empty()) {
        return Err(Error::InvalidArgument(format!(
            "the fields are not names, or more than {MOST_FIELDS}: name the fields of the logs, such as message"
        )));
    }
    Ok(())
}

fn checked_limit(limit: Option<u32>, default: u32) -> Result<u32, Error> {
    let limit = limit.unwrap_or(default);
    if LIMITS.contains(&limit) {
        return Ok(limit);
    }
    Err(Error::InvalidArgument(format!(
        "a limit of {limit} is not possible: give {} to {}, and page for more",
        LIMITS.start(),
        LIMITS.end()
    )))
}

/// Differs if the query does. Times count as they were written.
fn fingerprint(query: &LogQuery) -> u64 {
    let order = newest_first(query);
    sealed::short_hash(format!("{:?}", (&query.lucene, &query.since, &query.until, order, &query.fields)).as_bytes())
}

fn open_token(kind: &str, token: &str) -> Result<Vec<u8>, Error> {
    if token.len() > LONGEST_TOKEN {
        return Err(foreign_token());
    }
    sealed::open(kind, TOKEN_VERSION, token).map(|(_, bytes)| bytes).map_err(|_| foreign_token())
}

fn foreign_token() -> Error {
    Error::InvalidArgument(
        "this is not a page token of this operation, or it is damaged: pass the last page's `next` unchanged, or none"
            .into(),
    )
}

/// Where a further page of an event's logs starts.
#[derive(Debug, Serialize, Deserialize)]
struct Offset {
    event: u64,
    row: u32,
}

/// Carries out `get-logs-by-event-id`.
///
/// # Errors
/// As the contract has it.
pub fn by_event_id(client: &Client, event_id: &str, limit: Option<u32>, page: Option<&str>) -> Result<LogPage, Error> {
    let limit = checked_limit(limit, DEFAULT_EVENT_LOGS)?;
    check_event_id(event_id)?;
    let start = match page {
        None => 0,
        Some(token) => {
            let bytes = open_token(EVENT_TOKEN, token)?;
            let offset: Offset = serde_json::from_slice(&bytes).map_err(|_| foreign_token())?;
            if offset.event != sealed::short_hash(event_id.as_bytes()) {
                return Err(Error::InvalidArgument(
                    "the page token is of another event: pass it with the id of the first page".into(),
                ));
            }
            offset.row
        }
    };
    client.target().require(Account::Security)?;

    let mut page = LogPage { logs: Vec::new(), total: None, next: None, notices: Vec::new() };
    let end = start.saturating_add(limit);
    let first = paging::slice(start, limit, LARGEST_PAGE);
    // The row that the next page begins with, and how many rows there are.
    let mut row = start;
    let mut rows_there = u64::MAX;
    let mut number = first.page;
    while row < end && u64::from(row) < rows_there {
        let last = end.div_ceil(first.size).min(number + if number == first.page { 0 } else { PAGES_AT_ONCE - 1 });
        let pages: Vec<EventLogSearch> = (number..=last.max(number))
            .map(|page_number| EventLogSearch {
                filter: EventLogFilter { alert_event_id: event_id },
                pagination: Pagination { page_number, page_size: first.size },
            })
            .collect();
        let asked = u32::try_from(pages.len()).unwrap_or(1);
        let mut ended = false;
        for (page_number, answer) in (number..).zip(client.ask_all(&pages)) {
            let rows = match answer {
                Ok(rows) => rows,
                Err(error) if row == start => return Err(error.into()),
                Err(error) => {
                    page.notices.push(Notice::new(
                        NoticeCode::CutShort,
                        format!("the logs end early, the next page goes on: {}", sentence(&error.into())),
                    ));
                    ended = true;
                    break;
                }
            };
            page.total = rows.total.and_then(|total| u32::try_from(total).ok()).or(page.total);
            let begins = page_number.saturating_sub(1).saturating_mul(first.size);
            let length = u32::try_from(rows.results.len()).unwrap_or(u32::MAX);
            for (index, raw) in (begins..).zip(rows.results) {
                if index >= row && row < end {
                    page.logs.push(conversions::event_log(raw));
                    row += 1;
                }
            }
            if length < first.size {
                rows_there = u64::from(begins + length);
                break;
            }
        }
        if ended {
            break;
        }
        number += asked;
    }
    let known = page.total.map_or(rows_there, |total| rows_there.min(u64::from(total)));
    let more = if rows_there == u64::MAX {
        page.total.is_none() || u64::from(row) < known
    } else {
        u64::from(row) < rows_there
    };
    if more {
        let offset = Offset { event: sealed::short_hash(event_id.as_bytes()), row };
        page.next = Some(sealed::seal(EVENT_TOKEN, TOKEN_VERSION, &serde_json::to_vec(&offset).unwrap_or_default()));
    }
    if page.logs.is_empty() && start == 0 {
        page.notices.push(Notice::new(
            NoticeCode::NoLogs,
            "Logz.io has no logs behind this event: they are older than the retention, or the id is not of an event",
        ));
    }
    if row >= DEEPEST_ROW && page.next.is_some() {
        page.notices.push(Notice::new(
            NoticeCode::OutOfReach,
            format!("Logz.io may show no more than {DEEPEST_ROW} logs of an event"),
        ));
    }
    Ok(page)
}

fn check_event_id(id: &str) -> Result<(), Error> {
    let why = if id.trim().is_empty() {
        "is empty"
    } else if id.len() > LONGEST_EVENT_ID {
        "is too long"
    } else if id.contains(char::is_control) {
        "holds a control character"
    } else if conversions::is_derived_id(id) {
        "was derived from the event's content, since Logz.io gave it none, so its logs cannot be asked for"
    } else {
        return Ok(());
    };
    Err(Error::InvalidArgument(format!("the event id {why}: pass the id of an incident")))
}
