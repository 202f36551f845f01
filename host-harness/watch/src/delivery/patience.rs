//! How long to wait for a sink that does not take incidents, and when one of them becomes a dead letter.

use std::time::{Duration, SystemTime};

/// The first wait; it doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait, unless the other side asks for more.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// From so many failures on, incidents are delivered one by one.
const ONE_BY_ONE: u32 = 3;

/// When an incident that a sink does not take becomes a dead letter. One that the sink refuses for good does at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After so many tries, if the sink takes the incident behind it: then the sink is there, and the incident is to blame.
    pub tries: u32,
    /// After so long in any case.
    pub age: Duration,
}

impl Default for Patience {
    /// 10 tries, or 7 days.
    fn default() -> Self {
        Self { tries: 10, age: Duration::from_secs(7 * 86_400) }
    }
}

impl Patience {
    /// Whether it is time to see whether the sink takes the next incident.
    pub(super) fn doubts(self, tries: u32) -> bool {
        tries >= self.tries
    }

    /// Whether an incident has waited too long.
    pub(super) fn is_at_an_end(self, since: SystemTime, tries: u32, now: SystemTime) -> bool {
        // It may have waited while nobody tried.
        tries > 0 && now.duration_since(since).is_ok_and(|age| age > self.age)
    }
}

/// How long to wait after so many failures in a row.
pub(super) fn wait_after(failures: u32, asked: Option<Duration>) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
    doubled.min(LONGEST_WAIT).max(asked.unwrap_or_default())
}

/// How many incidents go together after so many failures in a row.
pub(super) fn together(failures: u32, most: usize) -> usize {
    if failures >= ONE_BY_ONE { 1 } else { most.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_have_an_end() {
        let waits = (1..12).map(|failures| wait_after(failures, None).as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(wait_after(1, Some(Duration::from_secs(900))), Duration::from_secs(900));
        assert_eq!(wait_after(u32::MAX, None), LONGEST_WAIT);
    }

    #[test]
    fn an_incident_that_was_never_tried_is_not_given_up() {
        let (now, long_ago) = (SystemTime::now(), SystemTime::UNIX_EPOCH);
        assert!(!Patience::default().is_at_an_end(long_ago, 0, now));
        assert!(Patience::default().is_at_an_end(long_ago, 1, now));
        assert!(!Patience::default().is_at_an_end(now + Duration::from_secs(900), 1, now));
    }
}
