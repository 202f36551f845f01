//! A search of a hunt that is still to be made: for which indicators, in which
//! window of time, and how far it was read. Must not know how it is sent.

use crate::logs::range::Range;
use std::collections::HashSet;

/// How many logs of a window are read at once.
const ROWS: u32 = 2_000;
/// How many logs of a window are read where some do not hold the indicator, and how often it is read on.
const MOST_ROWS: u32 = 10_000;
const MOST_READS: u32 = 100;
/// How many of the earliest logs are asked for first.
const EARLIEST_ROWS: u32 = 100;

/// A search that is still to be made.
pub struct Job {
    /// The indicators, by their place.
    pub members: Vec<usize>,
    /// The range that it covers.
    pub window: Range,
    /// The logs that it asks for.
    pub rows: u32,
    /// Asks for the time of one log, which is too large to be read.
    pub only_time: bool,
    /// Looks for the earliest log only.
    pub oldest_first: bool,
    /// How often the window was read on.
    reads: u32,
    /// The logs that were read of it so far.
    pub known: HashSet<u64>,
    /// Some of them hold no indicator.
    pub has_strays: bool,
}

impl Job {
    /// A search for the newest logs that hold one of them.
    #[must_use]
    pub fn new(members: Vec<usize>, window: Range) -> Self {
        Self {
            members,
            window,
            rows: ROWS,
            only_time: false,
            oldest_first: false,
            reads: 0,
            known: HashSet::new(),
            has_strays: false,
        }
    }

    /// Goes on behind the last log that was read, if it can be told where that is. Of that log's millisecond there may be
    /// more. False if it was read on as often as it may be.
    pub fn go_on(&mut self, last: Option<i64>) -> bool {
        self.reads += 1;
        let window = self.window;
        match last {
            Some(last) if self.oldest_first => self.window.since = last,
            Some(last) => self.window.until = last,
            None => {}
        }
        if self.oldest_first && self.rows == EARLIEST_ROWS {
            self.rows = ROWS;
        }
        self.window != window && self.reads < MOST_READS && self.reads * self.rows < MOST_ROWS
    }

    /// Goes on behind the millisecond of a log that cannot be read. False if there is nothing behind it, or as [`Self::go_on`].
    pub fn go_past(&mut self, time: i64) -> bool {
        self.only_time = false;
        self.reads += 1;
        if self.oldest_first {
            self.window.since = time.saturating_add(1);
        } else {
            self.window.until = time.saturating_sub(1);
        }
        self.window.since <= self.window.until && self.reads < MOST_READS
    }

    /// Whether it asks for fewer logs at a time, since they are large, and has not read as many as others yet.
    #[must_use]
    pub fn reads_on(&self) -> bool {
        !self.oldest_first && (self.reads + 1) * self.rows < ROWS
    }

    /// A search for the earliest log that holds one indicator.
    #[must_use]
    pub fn for_the_earliest(place: usize, window: Range) -> Self {
        Self { rows: EARLIEST_ROWS, oldest_first: true, ..Self::new(vec![place], window) }
    }

    /// The same in two halves. What was read of it was read for both.
    #[must_use]
    pub fn halves(mut self) -> [Self; 2] {
        let behind = self.members.split_off(self.members.len() / 2);
        self.reads = 0;
        let other = Self { rows: self.rows, known: self.known.clone(), ..Self::new(behind, self.window) };
        [self, other]
    }
}
