//! Ranges of time in which logs are searched, and the windows that a search
//! can cover. Knows no query and no answer.

use crate::contract::{Error, Notice, NoticeCode};
use crate::time::{self, Edge};
use chrono::{DateTime, TimeDelta, Utc};

/// A day, in milliseconds.
pub const DAY: i64 = 86_400_000;
/// How far ahead of the present logs are looked for: clocks and time zones that
/// are wrong put them there.
const DAYS_AHEAD: i64 = 7;

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
        let given = read(since, Edge::Start)?;
        let since = given.unwrap_or(until - usual);
        if since > now && given.is_none() {
            return Err(Error::InvalidArgument(format!(
                "the end {} lies so far in the future that the range, which starts {} days before it, does too: give \
                 a start, or an end before {}",
                time::format(until),
                usual.num_days(),
                time::format(now + usual)
            )));
        }
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

    /// The same without what lies so far ahead that no log can be there, and a
    /// notice if that is a part of it: each window costs a search.
    #[must_use]
    pub fn up_to_soon(self, now: DateTime<Utc>) -> (Self, Option<Notice>) {
        let soon = now.timestamp_millis() + DAYS_AHEAD * DAY;
        if self.until <= soon {
            return (self, None);
        }
        let notice = format!(
            "the range ends at {}: it was searched up to {}, since logs are not that far in the future",
            time::format_millis(self.until),
            time::format_millis(soon)
        );
        (Self { until: soon, ..self }, Some(Notice::new(NoticeCode::RangeShortened, notice)))
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
    fn a_range_ends_soon_after_the_present() {
        let now = DateTime::from_timestamp_millis(100 * DAY).unwrap();
        let near = Range { since: 3, until: 107 * DAY };
        assert_eq!(near.up_to_soon(now), (near, None));
        let (range, notice) = Range { until: 107 * DAY + 1, ..near }.up_to_soon(now);
        assert_eq!(range, near);
        assert!(notice.unwrap().text.contains("1970-04-18"));
    }

    #[test]
    fn a_range_in_the_future_is_refused_for_the_end_that_was_given() {
        let now = DateTime::from_timestamp_millis(20_000 * DAY).unwrap();
        let read = |since, until| match Range::read(since, until, TimeDelta::days(2), now) {
            Err(Error::InvalidArgument(why)) => why,
            other => format!("{other:?}"),
        };
        let why = read(None, Some("now+5d"));
        assert!(why.starts_with("the end 2024-10-09") && why.contains("give a start"), "{why}");
        let why = read(Some("now+1d"), Some("now+5d"));
        assert!(why.starts_with("the start 2024-10-05"), "{why}");
    }

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
