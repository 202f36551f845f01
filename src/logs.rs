//! What `search-logs` and `get-logs-by-event-id` mean: pages of logs over any
//! range, with tokens that go on where a page ended.

use crate::api::{DEEPEST_ROW, Hit, LARGEST_PAGE, LARGEST_SEARCH, LogHits, LogSearch, Pagination};
use crate::client::{Client, PageError};
use crate::connection::Account;
use crate::contract::{Error, Log, LogPage, LogQuery, Order, sentence};
use crate::conversions;
use crate::opaque;
use crate::paging;
use crate::time::{self, Edge};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;

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
const DAY: i64 = 86_400_000;
/// A further search is only sent with so much time left.
const TIME_FOR_A_SEARCH: Duration = Duration::from_millis(750);
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
    /// The logs that match in the windows searched so far.
    total: Option<u64>,
}

/// Carries out `search-logs`.
///
/// # Errors
/// As the contract has it.
pub fn search(client: &Client, query: &LogQuery, now: DateTime<Utc>) -> Result<LogPage, Error> {
    let limit = checked_limit(query.limit, DEFAULT_SEARCH)?;
    check_query(query)?;
    let mut position = match &query.page {
        Some(token) => open_position(token, query)?,
        None => first_position(query, now)?,
    };
    client.target().require(Account::Operations)?;
    let newest_first = newest_first(query);

    let mut page = LogPage { logs: Vec::new(), total: None, next: None, warnings: Vec::new() };
    let mut left = limit;
    let mut searched = 0;
    let mut more = true;
    while let Some(window) = position.window(newest_first) {
        if left == 0 || (searched > 0 && client.time_left() < TIME_FOR_A_SEARCH) {
            break;
        }
        searched += 1;
        let known = u32::try_from(position.delivered.len()).unwrap_or(u32::MAX);
        let size = left.saturating_add(known).min(LARGEST_SEARCH);
        let (answer, size) = match ask(client, query, window, size) {
            Ok(answer) => answer,
            Err(error) if page.logs.is_empty() => return Err(error.into()),
            Err(error) => {
                page.warnings.push(format!("the page ends early, the next one goes on: {}", sentence(&error.into())));
                break;
            }
        };
        if answer.timed_out == Some(true) {
            page.warnings
                .push("Logz.io stopped the search before it was through: narrow the range or the query".into());
        }
        if position.edge.is_none() {
            // Counted once, when a window is searched for the first time.
            position.total = position.total.zip(answer.hits.total).map(|(sum, count)| sum + count);
        }
        let length = u32::try_from(answer.hits.hits.len()).unwrap_or(u32::MAX);
        let before = left;
        let mut hits = answer.hits.hits.into_iter();
        while left > 0
            && let Some(hit) = hits.next()
        {
            left -= u32::from(position.deliver(hit, &mut page.logs));
        }
        if length < size && hits.next().is_none() {
            position.leave(window, newest_first);
        } else if left == before {
            // A whole answer of logs of one moment, all delivered before.
            position.skip_moment(window, newest_first, &mut page.warnings);
        }
    }
    if position.window(newest_first).is_none() {
        more = false;
    }
    page.total = position.all_counted(newest_first).and_then(|total| u32::try_from(total).ok());
    if more {
        if left > 0 && page.warnings.is_empty() {
            page.warnings.push("the time budget ended before the range was searched: the next page goes on".into());
        }
        page.next = Some(position.seal());
    }
    Ok(page)
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

    /// Delivers a log unless it was delivered before.
    fn deliver(&mut self, hit: Hit, logs: &mut Vec<Log>) -> bool {
        let sorted = hit.sorted_by().and_then(|text| time::parse_timestamp(&text));
        let index = hit.index.as_deref().unwrap_or_default();
        let identity = match &hit.id {
            Some(id) => format!("{index}\n{id}"),
            None => hit.source.get().to_owned(),
        };
        let mark = short_hash(&identity);
        let log = conversions::found_log(hit);
        let moment = sorted.map(|time| time.timestamp_millis()).or_else(|| {
            let text = log.timestamp.as_ref()?;
            Some(time::parse_timestamp(text)?.timestamp_millis())
        });
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
        self.delivered.clear();
    }

    /// Goes on behind a moment with more logs than a search can return.
    fn skip_moment(&mut self, window: (i64, i64), newest_first: bool, warnings: &mut Vec<String>) {
        let Some(moment) = self.edge else { return };
        warnings.push(format!(
            "more than {LARGEST_SEARCH} logs have the time {}, and Logz.io shows no more of them: narrow the query",
            time::format_millis(moment)
        ));
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
                self.edge.is_some() && reaches_the_end
            }
        };
        self.total.filter(|_| last)
    }

    fn seal(&self) -> String {
        opaque::seal(SEARCH_TOKEN, TOKEN_VERSION, &serde_json::to_vec(self).unwrap_or_default())
    }
}

fn first_position(query: &LogQuery, now: DateTime<Utc>) -> Result<Position, Error> {
    let read = |text: &Option<String>, edge| {
        text.as_ref().map(|text| time::parse(text, edge, now)).transpose().map_err(Error::InvalidArgument)
    };
    let until = read(&query.until, Edge::End)?.unwrap_or(now);
    let since = match read(&query.since, Edge::Start)? {
        Some(since) => since,
        None => until - chrono::TimeDelta::days(2),
    };
    if since > now {
        return Err(Error::InvalidArgument(format!(
            "the start {} lies in the future: give a time before {}",
            time::format(since),
            time::format(now)
        )));
    }
    if since > until {
        return Err(Error::InvalidArgument(format!(
            "the range starts at {}, after it ends at {}: exchange since and until",
            time::format(since),
            time::format(until)
        )));
    }
    Ok(Position {
        query: fingerprint(query),
        since: since.timestamp_millis(),
        until: until.timestamp_millis(),
        edge: None,
        delivered: HashSet::new(),
        total: Some(0),
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

/// Searches a window, with fewer logs if the answer is too large otherwise;
/// returns how many were asked for.
fn ask(client: &Client, query: &LogQuery, window: (i64, i64), size: u32) -> Result<(LogHits, u32), PageError> {
    let mut size = size;
    loop {
        let search = LogSearch::new(&query.lucene, window, newest_first(query), size, &query.fields);
        match client.search_logs(&search) {
            Err(PageError::TooLarge) if size > 1 => size /= 2,
            other => return other.map(|answer| (answer, size)),
        }
    }
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
    short_hash(&format!("{:?}", (&query.lucene, &query.since, &query.until, order, &query.fields)))
}

fn short_hash(text: &str) -> u64 {
    u64::try_from(opaque::hash(text.as_bytes()) & u128::from(u64::MAX)).unwrap_or_default()
}

fn open_token(kind: &str, token: &str) -> Result<Vec<u8>, Error> {
    if token.len() > LONGEST_TOKEN {
        return Err(foreign_token());
    }
    opaque::open(kind, TOKEN_VERSION, token).map(|(_, bytes)| bytes).map_err(|_| foreign_token())
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
            if offset.event != short_hash(event_id) {
                return Err(Error::InvalidArgument(
                    "the page token is of another event: pass it with the id of the first page".into(),
                ));
            }
            offset.row
        }
    };
    client.target().require(Account::Security)?;

    let mut page = LogPage { logs: Vec::new(), total: None, next: None, warnings: Vec::new() };
    let end = start.saturating_add(limit);
    let first = paging::slice(start, limit, LARGEST_PAGE);
    // The row that the next page begins with, and how many rows there are.
    let mut row = start;
    let mut rows_there = u64::MAX;
    let mut number = first.page;
    while row < end && u64::from(row) < rows_there {
        let last = end.div_ceil(first.size).min(number + if number == first.page { 0 } else { PAGES_AT_ONCE - 1 });
        let pages: Vec<(&str, Pagination)> = (number..=last.max(number))
            .map(|page_number| (event_id, Pagination { page_number, page_size: first.size }))
            .collect();
        let asked = u32::try_from(pages.len()).unwrap_or(1);
        let mut ended = false;
        for (page_number, answer) in (number..).zip(client.search_event_logs(&pages)) {
            let rows = match answer {
                Ok(rows) => rows,
                Err(error) if row == start => return Err(error.into()),
                Err(error) => {
                    page.warnings
                        .push(format!("the logs end early, the next page goes on: {}", sentence(&error.into())));
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
        let offset = Offset { event: short_hash(event_id), row };
        page.next = Some(opaque::seal(EVENT_TOKEN, TOKEN_VERSION, &serde_json::to_vec(&offset).unwrap_or_default()));
    }
    if page.logs.is_empty() && start == 0 {
        page.warnings.push(
            "Logz.io has no logs behind this event: they are older than the retention, or the id is not of an event"
                .into(),
        );
    }
    if row >= DEEPEST_ROW && page.next.is_some() {
        page.warnings.push(format!("Logz.io may show no more than {DEEPEST_ROW} logs of an event"));
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
