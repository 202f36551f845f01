//! The events that a fetch has read, in few bits each, so that none is
//! delivered twice. Knows nothing of how it is written into a cursor.

use crate::sealed;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// The bits of an event's id that are remembered. An event is taken for
/// another one with a probability of n in 2^46, where n are the events that
/// are remembered: with 8 000 of them, one in 8 800 million.
pub(super) const MARK_BITS: u32 = 46;
/// The same in cursors of version 1, compared within one second only.
pub(super) const NARROW_BITS: u32 = 38;
/// How many events without a date are remembered.
const UNDATED: usize = 2_000;

/// The events that were read, by second, as the low bits of a hash of their
/// ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub(super) by_second: BTreeMap<i64, BTreeSet<u64>>,
    /// How many seconds have a mark: an event may be shown with another date.
    seconds: HashMap<u64, u32>,
    pub(super) undated: VecDeque<u64>,
    /// The marks of a cursor of version 1, until they are seen again.
    pub(super) narrow: BTreeMap<i64, BTreeSet<u64>>,
}

impl Seen {
    /// What is remembered of an id.
    #[must_use]
    pub fn mark(id: &str) -> u64 {
        let low = sealed::hash(&[id]) & ((1 << MARK_BITS) - 1);
        u64::try_from(low).unwrap_or_default()
    }

    /// Whether an event was read, of this second or with another date.
    #[must_use]
    pub fn contains(&self, second: i64, mark: u64) -> bool {
        self.contains_at_any_time(mark) || self.narrow.get(&second).is_some_and(|marks| marks.contains(&narrow(mark)))
    }

    /// Whether an event was read with any date.
    #[must_use]
    pub fn contains_at_any_time(&self, mark: u64) -> bool {
        self.seconds.contains_key(&mark)
    }

    /// Remembers an event of this second.
    pub fn insert(&mut self, second: i64, mark: u64) {
        if self.by_second.entry(second).or_default().insert(mark) {
            *self.seconds.entry(mark).or_default() += 1;
        }
        if let Some(marks) = self.narrow.get_mut(&second) {
            marks.remove(&narrow(mark));
        }
    }

    /// Whether an event without a date was read.
    #[must_use]
    pub fn contains_undated(&self, mark: u64) -> bool {
        self.undated.contains(&mark) || self.undated.contains(&(narrow(mark) | NARROW_UNDATED))
    }

    /// Remembers an event without a date, and forgets the first of too many.
    pub fn insert_undated(&mut self, mark: u64) {
        self.undated.push_back(mark);
        if self.undated.len() > UNDATED {
            self.undated.pop_front();
        }
    }

    /// How many events are remembered from this second on.
    #[must_use]
    pub fn count_from(&self, second: i64) -> usize {
        let count = |marks: &BTreeMap<i64, BTreeSet<u64>>| -> usize {
            marks.range(second..).map(|(_, marks)| marks.len()).sum()
        };
        count(&self.by_second) + count(&self.narrow)
    }

    /// Forgets what lies before a second.
    pub fn forget_before(&mut self, second: i64) {
        let kept = self.by_second.split_off(&second);
        for mark in std::mem::replace(&mut self.by_second, kept).into_values().flatten() {
            if let Some(seconds) = self.seconds.get_mut(&mark) {
                *seconds -= 1;
                if *seconds == 0 {
                    self.seconds.remove(&mark);
                }
            }
        }
        self.narrow = self.narrow.split_off(&second);
    }
}

/// A bit above all marks: an event without a date, of a cursor of version 1.
pub(super) const NARROW_UNDATED: u64 = 1 << 60;

fn narrow(mark: u64) -> u64 {
    mark & ((1 << NARROW_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_with_two_dates_is_known_until_both_are_forgotten() {
        let mut seen = Seen::default();
        let mark = Seen::mark("a");
        seen.insert(10, mark);
        seen.insert(20, mark);
        seen.insert(20, mark);
        assert!(seen.contains(15, mark) && seen.contains_at_any_time(mark));
        seen.forget_before(11);
        assert!(seen.contains(15, mark));
        seen.forget_before(21);
        assert!(!seen.contains(15, mark) && !seen.contains_at_any_time(mark));
    }

    #[test]
    fn marks_of_an_earlier_version_count_within_their_second() {
        let mut seen = Seen::default();
        let mark = Seen::mark("a");
        seen.narrow.entry(10).or_default().insert(narrow(mark));
        assert!(seen.contains(10, mark) && !seen.contains(11, mark));
        seen.insert(10, mark);
        assert_eq!(seen.count_from(0), 1, "it is counted once");
        assert!(seen.contains(11, mark));
    }
}
