//! `get-logs-by-event-id`: the logs that made a rule raise an event, by their
//! row. It must not know of queries or ranges.

use crate::connection::Account;
use crate::contract::{Error, LogPage, Notice, NoticeCode, sentence};
use crate::logs::page_bytes::PageBytes;
use crate::logs::{checked_limit, page_token};
use crate::logzio::client::Client;
use crate::logzio::conversions;
use crate::logzio::page_size::PageSize;
use crate::logzio::paging::{self, DEEPEST_ROW, LARGEST_PAGE, PageError, Slice};
use crate::logzio::wire::{EventLogFilter, EventLogSearch, Pagination};
use crate::sealed;
use serde::{Deserialize, Serialize};

/// The logs of a page if the call names no limit.
pub const DEFAULT_EVENT_LOGS: u32 = 100;
const LONGEST_EVENT_ID: usize = 1_024;
/// The pages of an event's logs that are asked for at once.
const PAGES_AT_ONCE: u32 = 4;

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
            let offset: Offset = page_token::read(page_token::EVENT_LOGS, token)?;
            if offset.event != sealed::short_hash(&[event_id]) {
                return Err(Error::InvalidArgument(
                    "the page token is of another event: pass it with the id of the first page".into(),
                ));
            }
            offset.row
        }
    };
    client.target().require(Account::Security)?;

    let mut reading = Reading::new(start, limit);
    while !reading.is_done() {
        if let Err(error) = reading.read(client, event_id) {
            if reading.row == start {
                return Err(error);
            }
            reading.page.notices.push(Notice::new(
                NoticeCode::CutShort,
                format!("the logs end early, the next page goes on: {}", sentence(&error)),
            ));
            break;
        }
    }
    Ok(reading.finish(event_id, start))
}

/// A page on its way.
struct Reading {
    page: LogPage,
    /// The row to read next.
    row: u32,
    /// The row behind the last one that is wanted.
    end: u32,
    /// How many rows there are, once their end was seen.
    rows_there: Option<u32>,
    sizes: PageSize,
    bytes: PageBytes,
    /// Pages may be asked for side by side: one of their size was read.
    is_steady: bool,
    /// How many logs were too large to be read.
    left_out: u32,
}

impl Reading {
    fn new(start: u32, limit: u32) -> Self {
        Self {
            page: LogPage { logs: Vec::new(), total: None, next: None, notices: Vec::new() },
            row: start,
            end: start.saturating_add(limit),
            rows_there: None,
            sizes: PageSize::new(LARGEST_PAGE),
            bytes: PageBytes::new(LARGEST_PAGE, LARGEST_PAGE),
            is_steady: false,
            left_out: 0,
        }
    }

    fn is_done(&self) -> bool {
        self.row >= self.end || self.bytes.is_full() || self.rows_there.is_some_and(|rows| self.row >= rows)
    }

    /// The pages to ask for next, each behind the one before.
    fn slices(&self) -> Vec<Slice> {
        let largest = self.sizes.largest().min(self.bytes.rows());
        let first = paging::slice(self.row, self.end - self.row, largest);
        let last = self.end.div_ceil(first.size).min(first.page + PAGES_AT_ONCE - 1);
        let last = if self.is_steady && first.first() == self.row { last } else { first.page };
        (first.page..=last.max(first.page)).map(|page| Slice { page, size: first.size }).collect()
    }

    fn read(&mut self, client: &Client, event_id: &str) -> Result<(), Error> {
        let slices = self.slices();
        let searches: Vec<EventLogSearch> = slices
            .iter()
            .map(|slice| EventLogSearch {
                filter: EventLogFilter { alert_event_id: event_id },
                pagination: Pagination { page_number: slice.page, page_size: slice.size },
            })
            .collect();
        for (slice, answer) in slices.into_iter().zip(client.ask_all(&searches)) {
            let rows = match answer {
                Ok(rows) => rows,
                Err(PageError::TooLarge) => {
                    // Answers side by side share what can be read at once.
                    if !std::mem::take(&mut self.is_steady) && !self.bytes.shrink(slice.size) {
                        self.left_out += 1;
                        self.row += 1;
                    }
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            self.page.total = rows.total.and_then(|total| u32::try_from(total).ok()).or(self.page.total);
            let received = rows.received();
            let Some(placed) = self.sizes.place(slice, received) else { return Ok(()) };
            self.bytes.learn(received.rows, rows.results.iter().map(|raw| raw.get().len()).sum());
            self.is_steady = true;
            for (index, raw) in (placed.first()..).zip(rows.results) {
                if index < self.row || index >= self.end {
                    continue;
                }
                if !self.bytes.take(raw.get().len()) {
                    return Ok(());
                }
                self.page.logs.push(conversions::event_log(raw));
                self.row = index + 1;
            }
            if received.rows < placed.size {
                self.rows_there = Some(placed.first() + received.rows);
                return Ok(());
            }
            if placed != slice {
                return Ok(());
            }
        }
        Ok(())
    }

    fn finish(self, event_id: &str, start: u32) -> LogPage {
        let Self { mut page, row, rows_there, left_out, .. } = self;
        let there = rows_there.or(page.total);
        if there.is_none_or(|there| row < there) {
            let offset = Offset { event: sealed::short_hash(&[event_id]), row };
            page.next = Some(page_token::write(page_token::EVENT_LOGS, &offset));
        }
        if self.bytes.is_full() && row < self.end && page.next.is_some() {
            page.notices.push(Notice::new(
                NoticeCode::GoesOn,
                "the page holds as many bytes of logs as it may: the next page goes on",
            ));
        }
        if left_out > 0 {
            page.notices.push(Notice::new(
                NoticeCode::LogCut,
                format!("{left_out} logs of the event are too large to be read, and left out"),
            ));
        }
        if page.logs.is_empty() && start == 0 && left_out == 0 {
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
        page
    }
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
