//! A place in the sequence of events, as data. Knows nothing of its text.

use super::seen::Seen;
use std::collections::BTreeSet;

/// Where a sweep stands between two fetches. Seconds and milliseconds count
/// from 1970, UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Nothing before this millisecond is ever delivered.
    pub start: i64,
    /// The second of the newest event read so far.
    pub newest: Option<i64>,
    /// Every event read at or after this second is remembered in `seen`.
    pub since: i64,
    /// Up to this second, events had to be forgotten for the cursor to stay
    /// short enough.
    pub forgotten: Option<i64>,
    /// A fingerprint of the filter that Logz.io applies: rows are only
    /// counted on while it stays the same.
    pub filter: u32,
    /// The pass under way; none between passes.
    pub pass: Option<Pass>,
    /// The events read.
    pub seen: Seen,
}

/// A pass over the events of a range, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The range ends before this second, for all pages of the pass.
    pub until: i64,
    /// The second from which Logz.io is asked for rows, and counts them.
    pub anchor: i64,
    /// The rows from there on that have been read.
    pub row: u32,
    /// The second of the last row read. Its rows are a group: Logz.io may order
    /// them as it likes, and differently each time.
    pub group: i64,
    /// The row at which the group begins.
    pub group_row: u32,
    /// How many of its rows were read, since it was last begun.
    pub group_rows: u32,
    /// The different events among them, of all times that it was begun.
    pub group_ids: BTreeSet<u64>,
    /// How many times it was begun again.
    pub rounds: u32,
    /// How many rows behind `row` will be read again.
    pub overlap: u32,
}

impl Pass {
    /// A pass over the seconds from `from` up to but not including `until`.
    #[must_use]
    pub fn new(from: i64, until: i64) -> Self {
        Self {
            until,
            anchor: from,
            row: 0,
            group: from,
            group_row: 0,
            group_rows: 0,
            group_ids: BTreeSet::new(),
            rounds: 0,
            overlap: 0,
        }
    }

    /// Counts rows from the group's second on instead, reading `overlap` of
    /// them again.
    pub fn move_anchor(&mut self, overlap: u32) {
        self.anchor = self.group;
        self.group_row = 0;
        self.begin_group_again(overlap);
    }

    /// Goes back to the first row of the group.
    pub fn begin_group_again(&mut self, overlap: u32) {
        self.row = self.group_row;
        self.group_rows = 0;
        self.overlap = overlap;
    }
}

impl Cursor {
    /// A cursor that has read nothing, and never will before `start`, in
    /// milliseconds.
    #[must_use]
    pub fn new(start: i64) -> Self {
        Self {
            start,
            newest: None,
            since: start.div_euclid(1000),
            forgotten: None,
            filter: 0,
            pass: None,
            seen: Seen::default(),
        }
    }
}
