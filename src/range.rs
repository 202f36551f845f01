//! Ranges of time in which logs are searched, and the windows that a search
//! can cover. Knows no query and no answer.

use crate::contract::Error;
use crate::time::{self, Edge};
use chrono::{DateTime, TimeDelta, Utc};

/// A day, in milliseconds.
pub const DAY: i64 = 86_400_000;

/// A range of time, in epoch milliseconds. Both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Where it starts.
    pub since: i64,
    /// Where it ends.
    pub until: i64,
}

impl Range {
    /// Reads the ends of a range: up to now, and over `usual`, unless they say
    /// otherwise.
    ///
    /// # Errors
    /// `invalid-argument`, with what to write.
    pub fn read(since: Option<&str>, until: Option<&str>, usual: TimeDelta, now: DateTime<Utc>) -> Result<Self, Error> {
        let read = |text: Option<&str>, edge| {
            text.map(|text| time::parse(text, edge, now)).transpose().map_err(Error::InvalidArgument)
        };
        let until = read(until, Edge::End)?.unwrap_or(now);
        let since = read(since, Edge::Start)?.unwrap_or(until - usual);
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
        Ok(Self { since: since.timestamp_millis(), until: until.timestamp_millis() })
    }

    /// The windows that make it up, the newest first, of at most two calendar
    /// days (UTC) each.
    ///
    /// Logz.io searches two calendar days and cuts longer ranges without a
    /// word. (Logz.io API, "Search logs".)
    #[must_use]
    pub fn windows(self) -> Vec<Self> {
        let mut windows = Vec::new();
        let mut until = self.until;
        while until >= self.since {
            let since = self.since.max((until.div_euclid(DAY) - 1) * DAY);
            windows.push(Self { since, until });
            until = since - 1;
        }
        windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_a_range_once_and_span_two_calendar_days_at_most() {
        for (since, until) in [(0, 0), (5, 9 * DAY + 7), (DAY - 1, DAY), (3 * DAY, 5 * DAY - 1), (DAY, 3 * DAY)] {
            let windows = Range { since, until }.windows();
            let mut expected = until;
            for window in &windows {
                assert_eq!(window.until, expected);
                assert!(window.since <= window.until);
                assert!(window.until.div_euclid(DAY) - window.since.div_euclid(DAY) <= 1);
                expected = window.since - 1;
            }
            assert_eq!(expected, since - 1);
        }
    }
}
