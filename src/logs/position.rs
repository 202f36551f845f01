//! Where a search stands between two pages: the range that is left, the logs
//! at its edge that were delivered, and the count so far. Sends nothing.

use crate::contract::{Error, Log, LogQuery, Notice, Order};
use crate::logs::page_token;
use crate::logs::range::{DAY, Range};
use crate::logzio::conversions;
use crate::logzio::wire::{Hit, LARGEST_SEARCH};
use crate::sealed;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// How far back a search goes if nothing is said, in days.
const USUAL_DAYS: i64 = 2;

/// Where a search stands. Times are epoch milliseconds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Position {
    /// Differs if the query does.
    pub(super) query: u64,
    pub(super) since: i64,
    pub(super) until: i64,
    /// The time of the last log delivered: the next page begins with it.
    pub(super) edge: Option<i64>,
    /// The logs of that time that were delivered.
    pub(super) delivered: HashSet<u64>,
    /// The logs that match in the windows counted so far; none if Logz.io did
    /// not count them all.
    pub(super) total: Option<u64>,
    /// The window under way is a part of `total`.
    pub(super) counted: bool,
    /// So are all windows behind it.
    #[serde(default)]
    rest_counted: bool,
    /// How many rows to ask for at once, so that an answer is not too large.
    #[serde(default = "all")]
    pub(super) rows: u32,
}

fn all() -> u32 {
    LARGEST_SEARCH
}

impl Position {
    /// The place before the first page.
    ///
    /// # Errors
    /// `invalid-argument` where the range is none.
    pub(super) fn first(query: &LogQuery, now: DateTime<Utc>, notices: &mut Vec<Notice>) -> Result<Self, Error> {
        let usual = TimeDelta::days(USUAL_DAYS);
        let (range, too_far) = Range::read(query.since.as_deref(), query.until.as_deref(), usual, now)?.up_to_soon(now);
        notices.extend(too_far);
        Ok(Self {
            query: fingerprint(query),
            since: range.since,
            until: range.until,
            edge: None,
            delivered: HashSet::new(),
            total: Some(0),
            counted: false,
            rest_counted: false,
            rows: all(),
        })
    }

    /// The place that a page token names.
    ///
    /// # Errors
    /// `invalid-argument` where the token is of another query.
    pub(super) fn open(token: &str, query: &LogQuery) -> Result<Self, Error> {
        let position: Self = page_token::read(page_token::SEARCH, token)?;
        if position.query != fingerprint(query) {
            return Err(Error::InvalidArgument(
                "the page token is of another query: pass it with the query, times, order and fields of the first page"
                    .into(),
            ));
        }
        Ok(position)
    }

    /// What to search next, of at most two calendar days; none at the end.
    ///
    /// Logz.io searches two calendar days and cuts longer ranges without a
    /// word. (Logz.io API, "Search logs".)
    pub(super) fn window(&self, newest_first: bool) -> Option<(i64, i64)> {
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
    pub(super) fn windows(&self, newest_first: bool, count: usize) -> Vec<(i64, i64)> {
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

    /// How many logs at the edge were delivered.
    pub(super) fn known(&self) -> u32 {
        u32::try_from(self.delivered.len()).unwrap_or(u32::MAX)
    }

    /// Whether a log at the edge was delivered before.
    pub(super) fn is_known(&self, hit: &Hit) -> bool {
        self.delivered.contains(&conversions::log_identity(hit))
    }

    /// Delivers a log unless it was delivered before.
    pub(super) fn deliver(&mut self, hit: Hit, logs: &mut Vec<Log>) -> bool {
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
    pub(super) fn leave(&mut self, window: (i64, i64), newest_first: bool) {
        if newest_first {
            self.until = window.0 - 1;
        } else {
            self.since = window.1 + 1;
        }
        self.edge = None;
        self.counted = self.rest_counted;
        self.delivered.clear();
    }

    /// Goes on behind a moment with more logs than a search can return.
    pub(super) fn skip_moment(&mut self, window: (i64, i64), newest_first: bool) {
        let Some(moment) = self.edge else { return };
        let next = if newest_first { moment - 1 } else { moment + 1 };
        if (window.0..=window.1).contains(&next) {
            self.edge = Some(next);
            self.delivered.clear();
        } else {
            self.leave(window, newest_first);
        }
    }

    /// The windows that are no part of the count yet, `most` at most; none if
    /// the count is lost.
    pub(super) fn uncounted(&self, newest_first: bool, most: usize) -> Vec<(i64, i64)> {
        if self.total.is_none() || self.rest_counted {
            return Vec::new();
        }
        let counted = usize::from(self.counted);
        self.windows(newest_first, most + counted).into_iter().skip(counted).collect()
    }

    /// Takes over how many logs match in the windows that were not counted.
    pub(super) fn count_rest(&mut self, count: u64) {
        self.total = self.total.map(|total| total + count);
        (self.counted, self.rest_counted) = (true, true);
    }

    /// How many logs match, if every window was counted.
    pub(super) fn all_counted(&self, newest_first: bool) -> Option<u64> {
        self.total.filter(|_| self.uncounted(newest_first, 1).is_empty())
    }

    /// The token of the page that begins here.
    pub(super) fn seal(&self) -> String {
        page_token::write(page_token::SEARCH, self)
    }
}

/// Whether a query is answered newest first, as it is if it says nothing.
pub(super) fn newest_first(query: &LogQuery) -> bool {
    query.order != Some(Order::OldestFirst)
}

/// Differs if the query does. Times count as they were written.
fn fingerprint(query: &LogQuery) -> u64 {
    let order = newest_first(query);
    sealed::short_hash(&[&format!("{:?}", (&query.lucene, &query.since, &query.until, order, &query.fields))])
}
