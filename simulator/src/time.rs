//! Times as Logz.io writes and reads them: decimal seconds, ISO 8601 in part or
//! in full, epoch numbers and date arithmetic.
//!
//! Must not know the requests they come from.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};

/// Seconds with nine decimals, as a Java `Instant` is serialised.
pub(crate) fn decimal_seconds(time: DateTime<Utc>) -> String {
    let (seconds, nanos) = (time.timestamp(), time.timestamp_subsec_nanos());
    if seconds < 0 && nanos > 0 {
        return format!("-{}.{:09}", -(seconds + 1), 1_000_000_000 - nanos);
    }
    format!("{seconds}.{nanos:09}")
}

/// Nanoseconds since 1970; times outside of what 64 bits hold are its ends.
pub(crate) fn nanos(time: DateTime<Utc>) -> i64 {
    time.timestamp_nanos_opt().unwrap_or(if time.timestamp() < 0 { i64::MIN } else { i64::MAX })
}

/// The first millisecond of the day (UTC) of `millis`.
pub(crate) fn day_start(millis: i64) -> i64 {
    millis - millis.rem_euclid(DAY)
}

/// Milliseconds in a day.
pub(crate) const DAY: i64 = 86_400_000;

/// `2026-11-22T08:00:00.000Z`, as documents have it.
pub(crate) fn iso(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis)
        .map_or_else(|| millis.to_string(), |time| time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// `Sun, 22 Nov 2026 12:00:00 GMT`, as HTTP headers have it.
pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Which formats a date may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Formats {
    iso: bool,
    millis: bool,
    seconds: bool,
}

impl Formats {
    /// What `@timestamp` is mapped with.
    pub(crate) const MAPPED: Self = Self { iso: true, millis: true, seconds: false };

    /// Reads a `format` parameter; none if it names a format that is not
    /// simulated.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut formats = Self { iso: false, millis: false, seconds: false };
        for name in text.split("||") {
            match name {
                "strict_date_optional_time"
                | "date_optional_time"
                | "strict_date_optional_time_nanos"
                | "strict_date_time"
                | "date_time" => formats.iso = true,
                "epoch_millis" => formats.millis = true,
                "epoch_second" => formats.seconds = true,
                _ => return None,
            }
        }
        Some(formats)
    }

    /// A number in one of the formats, as milliseconds.
    pub(crate) fn number(self, number: i64) -> Option<i64> {
        if self.millis {
            Some(number)
        } else if self.seconds {
            number.checked_mul(1000)
        } else {
            None
        }
    }

    /// A date or date expression in one of the formats: `2026-11-22T08:00Z`,
    /// `now-5m/m`, `2026-11-22||+1d`, `1795334400000`.
    pub(crate) fn resolve(self, text: &str, now: DateTime<Utc>) -> Option<Span> {
        let (anchor, arithmetic) = match text.strip_prefix("now") {
            Some(arithmetic) => (Span::at(now.timestamp_millis()), arithmetic),
            None => match text.split_once("||") {
                Some((date, arithmetic)) => (self.date(date)?, arithmetic),
                None => return self.date(text),
            },
        };
        anchor.calculate(arithmetic)
    }

    fn date(self, text: &str) -> Option<Span> {
        if self.iso
            && let Some(span) = iso_span(text)
        {
            return Some(span);
        }
        self.number(text.parse().ok()?).map(Span::at)
    }
}

/// The milliseconds that an expression may mean, both ends included: a day
/// means all of its milliseconds, to be rounded down or up by who compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Span {
    fn at(millis: i64) -> Self {
        Self { first: millis, last: millis }
    }

    /// Applies `-5m`, `+1d`, `/d` and so on, from left to right.
    fn calculate(self, arithmetic: &str) -> Option<Self> {
        let mut span = self;
        let mut rest = arithmetic;
        while let Some(operator) = rest.chars().next() {
            rest = rest.get(operator.len_utf8()..)?;
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = rest.get(..digits)?;
            rest = rest.get(digits..)?;
            let unit = rest.chars().next()?;
            rest = rest.get(unit.len_utf8()..)?;
            span = match operator {
                '/' if number.is_empty() => {
                    let first = floor(span.first, unit)?;
                    Self { first, last: shift(first, 1, unit)? - 1 }
                }
                '+' | '-' => {
                    let count: i64 = if number.is_empty() { 1 } else { number.parse().ok()? };
                    let count = if operator == '-' { -count } else { count };
                    Self { first: shift(span.first, count, unit)?, last: shift(span.last, count, unit)? }
                }
                _ => return None,
            };
        }
        Some(span)
    }
}

fn shift(millis: i64, count: i64, unit: char) -> Option<i64> {
    let step = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' | 'H' => 3_600_000,
        'd' => DAY,
        'w' => 7 * DAY,
        'M' | 'y' => {
            let months = if unit == 'y' { count.checked_mul(12)? } else { count };
            let time = DateTime::from_timestamp_millis(millis)?;
            let distance = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
            let moved = if months < 0 { time.checked_sub_months(distance) } else { time.checked_add_months(distance) };
            return Some(moved?.timestamp_millis());
        }
        _ => return None,
    };
    millis.checked_add(count.checked_mul(step)?)
}

fn floor(millis: i64, unit: char) -> Option<i64> {
    let step = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' | 'H' => 3_600_000,
        'd' => DAY,
        'w' => {
            let day = DateTime::from_timestamp_millis(day_start(millis))?;
            let monday = Days::new(u64::from(day.weekday().num_days_from_monday()));
            return Some(day.checked_sub_days(monday)?.timestamp_millis());
        }
        'M' | 'y' => {
            let date = DateTime::from_timestamp_millis(millis)?.date_naive();
            let month = if unit == 'y' { 1 } else { date.month() };
            let first = NaiveDate::from_ymd_opt(date.year(), month, 1)?;
            return Some(first.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
        }
        _ => return None,
    };
    Some(millis - millis.rem_euclid(step))
}

/// ISO 8601 from the year alone to nanoseconds with an offset, which may lack
/// its colon as in logs of Log4j.
fn iso_span(text: &str) -> Option<Span> {
    let (date, clock) = match text.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let fields: Vec<&str> = date.split('-').collect();
    let (year, month, day) = match fields.as_slice() {
        [year] => (digits(year, 4)?, None, None),
        [year, month] => (digits(year, 4)?, Some(digits(month, 2)?), None),
        [year, month, day] => (digits(year, 4)?, Some(digits(month, 2)?), Some(digits(day, 2)?)),
        _ => return None,
    };
    let midnight = |month, day| -> Option<i64> {
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
    };
    let first = midnight(month.unwrap_or(1), day.unwrap_or(1))?;
    let unit = match (month, day) {
        (None, _) => 'y',
        (Some(_), None) => 'M',
        (Some(_), Some(_)) => 'd',
    };
    let Some(clock) = clock else {
        return Some(Span { first, last: shift(first, 1, unit)? - 1 });
    };
    if unit != 'd' {
        return None;
    }
    let (clock, offset) = match clock.find(['Z', '+', '-']) {
        Some(at) => (clock.get(..at)?, offset_millis(clock.get(at..)?)?),
        None => (clock, 0),
    };
    let (hms, fraction) = match clock.split_once('.') {
        Some((hms, fraction)) => (hms, Some(fraction)),
        None => (clock, None),
    };
    let fields: Vec<&str> = hms.split(':').collect();
    let (within, length) = match (fields.as_slice(), fraction) {
        ([""], None) => (0, DAY),
        ([h], None) => (clock_millis(h, "00", "00")?, 3_600_000),
        ([h, m], None) => (clock_millis(h, m, "00")?, 60_000),
        ([h, m, s], None) => (clock_millis(h, m, s)?, 1000),
        ([h, m, s], Some(fraction)) => {
            let valid = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
            if !valid {
                return None;
            }
            let millis = format!("{fraction:0<3}");
            (clock_millis(h, m, s)? + i64::from(digits(millis.get(..3)?, 3)?), 1)
        }
        _ => return None,
    };
    let first = first + within - offset;
    Some(Span { first, last: first + length - 1 })
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let valid = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok()).flatten()
}

fn clock_millis(hour: &str, minute: &str, second: &str) -> Option<i64> {
    let (hour, minute, second) = (digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?);
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then(|| (i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)) * 1000)
}

fn offset_millis(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let rest = rest.replace(':', "");
    let minutes = match rest.len() {
        2 => digits(&rest, 2)? * 60,
        4 => digits(rest.get(..2)?, 2)? * 60 + digits(rest.get(2..)?, 2)?,
        _ => return None,
    };
    Some(sign * i64::from(minutes) * 60_000)
}

/// A clock time that is `delta` after `time`, or `time` where that overflows.
pub(crate) fn after(time: DateTime<Utc>, delta: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(delta).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    fn resolve(text: &str) -> Option<(String, String)> {
        let now = DateTime::parse_from_rfc3339("2026-11-22T10:20:30.400Z").unwrap().to_utc();
        let span = Formats::MAPPED.resolve(text, now)?;
        Some((iso(span.first), iso(span.last)))
    }

    #[test]
    fn an_expression_means_every_millisecond_it_leaves_open() {
        for (text, first, last) in [
            ("2026-11-22", "2026-11-22T00:00:00.000Z", "2026-11-22T23:59:59.999Z"),
            ("2026-11", "2026-11-01T00:00:00.000Z", "2026-11-30T23:59:59.999Z"),
            ("2026", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"),
            ("2026-11-22T08", "2026-11-22T08:00:00.000Z", "2026-11-22T08:59:59.999Z"),
            ("2026-11-22T08:15:16", "2026-11-22T08:15:16.000Z", "2026-11-22T08:15:16.999Z"),
            ("2026-11-22T08:15:16.2Z", "2026-11-22T08:15:16.200Z", "2026-11-22T08:15:16.200Z"),
            ("2026-11-22T08:15:16.234567891+0100", "2026-11-22T07:15:16.234Z", "2026-11-22T07:15:16.234Z"),
            ("2026-11-22T08:15:16-02:30", "2026-11-22T10:45:16.000Z", "2026-11-22T10:45:16.999Z"),
            ("1795335316000", "2026-11-22T08:15:16.000Z", "2026-11-22T08:15:16.000Z"),
            ("now", "2026-11-22T10:20:30.400Z", "2026-11-22T10:20:30.400Z"),
            ("now-5m", "2026-11-22T10:15:30.400Z", "2026-11-22T10:15:30.400Z"),
            ("now-1d/d", "2026-11-21T00:00:00.000Z", "2026-11-21T23:59:59.999Z"),
            ("now/w", "2026-11-16T00:00:00.000Z", "2026-11-22T23:59:59.999Z"),
            ("now/M", "2026-11-01T00:00:00.000Z", "2026-11-30T23:59:59.999Z"),
            ("2026-11-22||-1M", "2026-10-22T00:00:00.000Z", "2026-10-22T23:59:59.999Z"),
        ] {
            assert_eq!(resolve(text), Some((first.into(), last.into())), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in
            ["", "yesterday", "2026-13-01", "2026-11-22 08:00", "26-11-22", "now-5", "now*2d", "2026-11T08", "now-5q"]
        {
            assert_eq!(resolve(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_are_read_only_where_the_format_says_so() {
        let now = DateTime::UNIX_EPOCH;
        let seconds = Formats::parse("epoch_second").unwrap();
        assert_eq!(seconds.resolve("1795335316", now).unwrap().first, millis("2026-11-22T08:15:16Z"));
        assert_eq!(Formats::parse("yyyy/MM/dd"), None);
    }

    #[test]
    fn decimal_seconds_hold_times_before_1970_too() {
        let time = |millis| decimal_seconds(DateTime::from_timestamp_millis(millis).unwrap());
        assert_eq!(time(1_581_418_327_791), "1581418327.791000000");
        assert_eq!(time(-500), "-0.500000000");
        assert_eq!(time(-1500), "-1.500000000");
    }
}
