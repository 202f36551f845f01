//! The bars of a histogram: how long each is, where it begins, and which parts of it Logz.io counts at once.

use chrono::{DateTime, TimeDelta, Utc};

/// The most bars: they fit on a screen or two.
const MOST_BARS: i64 = 60;
/// How long a bar can be, in seconds, with its name. Beyond the last one, it is a multiple of it.
const SIZES: [(i64, &str); 8] = [
    (60, "1 MINUTE"),
    (5 * 60, "5 MINUTES"),
    (15 * 60, "15 MINUTES"),
    (HOUR, "1 HOUR"),
    (3 * HOUR, "3 HOURS"),
    (6 * HOUR, "6 HOURS"),
    (DAY, "1 DAY"),
    (WEEK, "7 DAYS"),
];
const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// A Monday, at which weeks begin.
const MONDAY: i64 = 4 * DAY;

/// A part of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) start: DateTime<Utc>,
    /// The first moment that is not in it.
    pub(super) end: DateTime<Utc>,
    pub(super) count: u64,
}

/// The shortest bar with which a range needs no more than [`MOST_BARS`].
pub(super) fn size_for(first: DateTime<Utc>, last: DateTime<Utc>) -> TimeDelta {
    let needed = |size: i64| bar_of(last, size) - bar_of(first, size) + 1;
    let round = SIZES.iter().map(|(size, _)| *size).find(|size| needed(*size) <= MOST_BARS);
    let longer = || (2..).map(|times| times * WEEK).find(|size| needed(*size) <= MOST_BARS);
    TimeDelta::seconds(round.or_else(longer).unwrap_or(WEEK))
}

/// Which bar of its size a moment is in, counted from a Monday.
fn bar_of(time: DateTime<Utc>, size: i64) -> i64 {
    (time.timestamp() - MONDAY).div_euclid(size)
}

/// The bars from that of the first log to that of the last one.
pub(super) fn bars(first: DateTime<Utc>, last: DateTime<Utc>, size: TimeDelta) -> Vec<Bar> {
    let size = size.num_seconds();
    let start = |bar: i64| DateTime::from_timestamp(MONDAY + bar * size, 0).unwrap_or_default();
    let range = bar_of(first, size)..=bar_of(last, size);
    range.map(|bar| Bar { start: start(bar), end: start(bar + 1), count: 0 }).collect()
}

/// A range in pieces that lie in a day each: of those, Logz.io counts all logs in one search.
pub(super) fn days(start: DateTime<Utc>, end: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
    let midnight = move |time: DateTime<Utc>| {
        let next = (time.timestamp().div_euclid(DAY) + 1) * DAY;
        DateTime::from_timestamp(next, 0).unwrap_or(end).min(end)
    };
    std::iter::successors(Some((start, midnight(start))), move |(_, until)| Some((*until, midnight(*until))))
        .take_while(move |(since, _)| *since < end)
}

/// The name of a size, for a title.
pub(super) fn size_name(size: TimeDelta) -> String {
    let seconds = size.num_seconds();
    let round = SIZES.iter().find(|(size, _)| *size == seconds);
    round.map_or_else(|| format!("{} DAYS", seconds / DAY), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn bars_are_round_and_never_too_many() {
        let last = at("2026-11-22T08:07:31.500Z");
        for (minutes, size) in [
            (0, 60),
            (58, 60),
            (60, 300),
            (4 * 60, 300),
            (14 * 60, 900),
            (24 * 60, HOUR),
            (48 * 60, HOUR),
            (7 * 24 * 60, 3 * HOUR),
            (14 * 24 * 60, 6 * HOUR),
            (58 * 24 * 60, DAY),
            (400 * 24 * 60, WEEK),
            (5 * 365 * 24 * 60, 5 * WEEK),
        ] {
            let first = last - TimeDelta::minutes(minutes);
            let found = size_for(first, last);
            assert_eq!(found.num_seconds(), size, "{minutes}");
            let bars = bars(first, last, found);
            assert!(bars.len() <= 60, "{minutes}");
            assert_eq!(size_name(found) == "35 DAYS", size == 5 * WEEK, "{}", size_name(found));
            assert!(bars[0].start <= first && first < bars[0].end, "{minutes}");
            let end = bars.last().unwrap();
            assert!(end.start <= last && last < end.end, "{minutes}");
            assert!(bars.windows(2).all(|two| two[0].end == two[1].start), "{minutes}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        let bars = bars(at("2026-11-18T00:00:00Z"), at("2026-11-22T23:59:59.999Z"), TimeDelta::weeks(1));
        assert_eq!(bars.len(), 1);
        assert_eq!(bars[0].start, at("2026-11-16T00:00:00Z"));
    }

    #[test]
    fn a_range_is_counted_day_by_day_without_gaps() {
        let (start, end) = (at("2026-11-20T22:00:00.001Z"), at("2026-11-23T00:00:00.001Z"));
        let pieces: Vec<_> = days(start, end).collect();
        let midnight = |day: u32| at(&format!("2026-11-{day}T00:00:00Z"));
        let expected =
            [(start, midnight(21)), (midnight(21), midnight(22)), (midnight(22), midnight(23)), (midnight(23), end)];
        assert_eq!(pieces, expected);
        let hour = (at("2026-11-20T22:00:00Z"), at("2026-11-20T23:00:00Z"));
        assert_eq!(days(hour.0, hour.1).collect::<Vec<_>>(), [hour]);
        assert_eq!(days(start, start).count(), 0);
    }
}
