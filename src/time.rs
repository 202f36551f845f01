//! Times as people and Logz.io write them. Knows no operation and no clock: the present is an argument, and every day is a
//! UTC day.

use crate::text::{self, LONGEST_VALUE};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};

/// Which end of a range a time expression is: `yesterday` means its first moment where a range starts, and its last where
/// one ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Where a range starts.
    Start,
    /// Where a range ends.
    End,
}

/// The last year of a time that is accepted: a later one is a typing error.
const LAST_YEAR: i32 = 2100;

/// What can be written, for errors.
const EXAMPLES: &str = "write, for example, 2026-11-22T08:00:00Z, now-15m or \"7 days ago\"";

/// Digits from here on are milliseconds: as seconds they would be in the year
/// 5138, and as milliseconds less would be before April 1973.
const FIRST_MILLIS: i64 = 100_000_000_000;

/// A larger number overflows with another digit.
const MOST_BEFORE_A_DIGIT: i64 = i64::MAX / 10 - 1;

/// How many digits the present has in milliseconds, from 2001 to 2286.
const MILLIS_DIGITS: usize = 13;

/// Fewer seconds than this, in 1973, are a number that lacks its unit.
const FIRST_SECONDS: i64 = 100_000_000;

/// Reads a time expression of the contract.
///
/// # Errors
/// A sentence that quotes the text and shows what can be written.
pub fn parse(text: &str, edge: Edge, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let trimmed = text.trim();
    let unreadable = || format!("{} is not a time: {EXAMPLES}", text::quoted(text, LONGEST_VALUE));
    let time = absolute(trimmed, edge)
        .or_else(|| relative(&trimmed.to_ascii_lowercase(), edge, now))
        .ok_or_else(unreadable)?;
    if time < DateTime::UNIX_EPOCH || time.year() > LAST_YEAR {
        return Err(format!(
            "{} is outside the years 1970 to {LAST_YEAR}: {EXAMPLES}",
            text::quoted(text, LONGEST_VALUE)
        ));
    }
    Ok(time)
}

/// Prints a time as the contract has it: RFC 3339, UTC, milliseconds.
#[must_use]
pub fn format(time: DateTime<Utc>) -> String {
    let Ok(year @ 0..=9_999) = u32::try_from(time.year()) else {
        return time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    };
    // chrono counts a leap second as a second of 2 000 milliseconds.
    let (leap, millis) = match time.timestamp_subsec_millis() {
        millis @ ..1_000 => (0, millis),
        millis => (1, millis - 1_000),
    };
    // By hand, since each log has a time, and chrono takes many times as long.
    let mut text = String::with_capacity("2026-11-22T08:00:00.000Z".len());
    let mut put = |number: u32, first_digit: u32, end: char| {
        let mut digit = first_digit;
        while digit > 0 {
            text.push(char::from_digit(number / digit % 10, 10).unwrap_or('0'));
            digit /= 10;
        }
        text.push(end);
    };
    put(year, 1_000, '-');
    put(time.month(), 10, '-');
    put(time.day(), 10, 'T');
    put(time.hour(), 10, ':');
    put(time.minute(), 10, ':');
    put(time.second() + leap, 10, '.');
    put(millis, 100, 'Z');
    text
}

/// Prints milliseconds since 1970 as the contract has it. Outside the years
/// that a date can name, the nearest that it can.
#[must_use]
pub fn format_millis(millis: i64) -> String {
    let nearest = if millis < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    format(DateTime::from_timestamp_millis(millis).unwrap_or(nearest))
}

/// Reads decimal seconds since 1970, `1581418327.791000000`, as milliseconds.
///
/// Digit by digit, since a float would move the last one. Digits beyond the
/// millisecond are cut. A number too large for seconds is taken for
/// milliseconds.
#[must_use]
pub fn millis_from_decimal(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Where the point would stand for milliseconds, counted in digits.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?.checked_add(3)?;
    if point > 40 {
        return None;
    }
    let mut millis: i64 = 0;
    let mut kept = whole.bytes().chain(fraction.bytes());
    for _ in 0..point.max(0) {
        // Not `checked_mul`: WebAssembly has no instruction for it, and each log needs this.
        if millis > MOST_BEFORE_A_DIGIT {
            return None;
        }
        millis = millis * 10 + i64::from(kept.next().unwrap_or(b'0') - b'0');
    }
    if millis / 1000 >= FIRST_MILLIS {
        millis /= 1000;
    }
    Some(if negative { -millis } else { millis })
}

/// Reads the `@timestamp` of a log, in the forms that occur: RFC 3339, with or
/// without the colon of the offset, or epoch seconds or milliseconds.
#[must_use]
pub fn parse_timestamp(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    // The form of each log that a search sorts, and that no other form has.
    if text.len() == MILLIS_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return DateTime::from_timestamp_millis(text.parse().ok()?);
    }
    with_offset(text)
        .or_else(|| without_offset(text).map(|time| time.and_utc()))
        .or_else(|| DateTime::from_timestamp_millis(millis_from_decimal(text)?))
}

fn absolute(text: &str, edge: Edge) -> Option<DateTime<Utc>> {
    if text.starts_with(|c: char| c.is_ascii_digit())
        && let Some(millis) = millis_from_decimal(text)
    {
        return DateTime::from_timestamp_millis(millis).filter(|_| millis / 1000 >= FIRST_SECONDS);
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return at_edge(day, edge);
    }
    with_offset(text).or_else(|| without_offset(text).map(|time| time.and_utc()))
}

fn with_offset(text: &str) -> Option<DateTime<Utc>> {
    let zone = |format| DateTime::parse_from_str(text, format).ok();
    DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| zone("%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|| zone("%Y-%m-%d %H:%M:%S%.f%#z"))
        .or_else(|| zone("%Y-%m-%dT%H:%M%#z"))
        .map(|time| time.with_timezone(&Utc))
}

fn without_offset(text: &str) -> Option<NaiveDateTime> {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

fn at_edge(day: NaiveDate, edge: Edge) -> Option<DateTime<Utc>> {
    let start = day.and_time(NaiveTime::MIN).and_utc();
    match edge {
        Edge::Start => Some(start),
        Edge::End => start.checked_add_days(Days::new(1))?.checked_sub_signed(TimeDelta::milliseconds(1)),
    }
}

fn relative(text: &str, edge: Edge, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match text {
        "now" => return Some(now),
        "today" => return at_edge(now.date_naive(), edge),
        "yesterday" => return at_edge(now.date_naive().checked_sub_days(Days::new(1))?, edge),
        _ => {}
    }
    if let Some(shift) = text.strip_prefix("now").or(Some(text)).filter(|t| t.starts_with(['-', '+'])) {
        let (sign, span) = shift.split_at_checked(1)?;
        return moved(span, sign == "-", now);
    }
    // `24 hours ago`, and `3 days` as the Cortex XSOAR packs write it.
    moved(text.strip_suffix("ago").unwrap_or(text), true, now)
}

fn moved(span: &str, back: bool, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let span = span.trim();
    let (count, unit) = if let Some(unit) = span.strip_prefix("an ").or_else(|| span.strip_prefix("a ")) {
        (1, unit)
    } else {
        let digits = span.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = span.split_at_checked(digits)?;
        (count.parse::<u32>().ok()?, unit)
    };
    let seconds = match unit.trim() {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        "month" | "months" => return by_months(now, count, back),
        "y" | "year" | "years" => return by_months(now, count.checked_mul(12)?, back),
        _ => return None,
    };
    let span = TimeDelta::seconds(i64::from(count).checked_mul(seconds)?);
    if back { now.checked_sub_signed(span) } else { now.checked_add_signed(span) }
}

fn by_months(now: DateTime<Utc>, count: u32, back: bool) -> Option<DateTime<Utc>> {
    let months = Months::new(count);
    if back { now.checked_sub_months(months) } else { now.checked_add_months(months) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    #[test]
    fn every_documented_form_is_read() {
        let now = at("2026-11-22T08:30:15.250Z");
        for (text, start, end) in [
            ("now", "2026-11-22T08:30:15.250Z", None),
            (" now-15m ", "2026-11-22T08:15:15.250Z", None),
            ("NOW-2h", "2026-11-22T06:30:15.250Z", None),
            ("-7d", "2026-11-15T08:30:15.250Z", None),
            ("24 hours ago", "2026-11-21T08:30:15.250Z", None),
            ("7 days ago", "2026-11-15T08:30:15.250Z", None),
            ("1 hour", "2026-11-22T07:30:15.250Z", None),
            ("a week ago", "2026-11-15T08:30:15.250Z", None),
            ("3 months ago", "2026-08-22T08:30:15.250Z", None),
            ("1 year ago", "2025-11-22T08:30:15.250Z", None),
            ("today", "2026-11-22T00:00:00.000Z", Some("2026-11-22T23:59:59.999Z")),
            ("Yesterday", "2026-11-21T00:00:00.000Z", Some("2026-11-21T23:59:59.999Z")),
            ("2026-11-20", "2026-11-20T00:00:00.000Z", Some("2026-11-20T23:59:59.999Z")),
            ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00.000Z", None),
            ("2026-11-20T10:00:00.123Z", "2026-11-20T10:00:00.123Z", None),
            ("2026-11-20T10:00:00", "2026-11-20T10:00:00.000Z", None),
            ("2026-11-20 10:00", "2026-11-20T10:00:00.000Z", None),
            ("1581261159", "2020-02-09T15:12:39.000Z", None),
            ("1581261159.5", "2020-02-09T15:12:39.500Z", None),
            ("1581261159123", "2020-02-09T15:12:39.123Z", None),
        ] {
            assert_eq!(parse(text, Edge::Start, now), Ok(at(start)), "{text}");
            assert_eq!(parse(text, Edge::End, now), Ok(at(end.unwrap_or(start))), "{text}");
        }
    }

    #[test]
    fn anything_else_is_quoted_in_the_error_with_examples() {
        let now = at("2026-11-22T08:30:15.250Z");
        for text in
            ["", "banana", "7", "-", "now-", "ago", "99999999999999999999", "5 lightyears ago", "2026-13-01", "1e40"]
        {
            let error = parse(text, Edge::Start, now).err().unwrap_or_else(|| panic!("{text:?} was read"));
            assert!(error.contains(&format!("{text:?}")) && error.contains("now-15m"), "{error}");
        }
        for text in ["2101-01-01", "-900000h"] {
            let error = parse(text, Edge::Start, now).unwrap_err();
            assert!(error.contains("2026-") && error.contains("now-15m") && error.contains("7 days ago"), "{error}");
        }
        assert!(parse(&"x".repeat(5000), Edge::Start, now).unwrap_err().len() < 250);
    }

    #[test]
    fn decimal_seconds_keep_their_last_millisecond() {
        for (text, millis) in [
            ("1581418327.791000000", 1_581_418_327_791),
            ("1581418327.7919", 1_581_418_327_791),
            ("1581418327", 1_581_418_327_000),
            ("1.581418327791E9", 1_581_418_327_791),
            ("1581418327791", 1_581_418_327_791),
            ("0", 0),
            ("-1.5", -1_500),
        ] {
            assert_eq!(millis_from_decimal(text), Some(millis), "{text}");
        }
        for text in ["", ".", "-", "1.2.3", "1e99", "NaN", " 1", "0x10"] {
            assert_eq!(millis_from_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_printed_as_chrono_prints_them() {
        let as_chrono = |time: DateTime<Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let mut random = fastrand::Rng::with_seed(1);
        let years = -200_000 * 31_557_600_000..200_000 * 31_557_600_000_i64;
        let ordinary = 0..4_102_444_800_000;
        for range in [years, ordinary] {
            for _ in 0..20_000 {
                let time = DateTime::from_timestamp_millis(random.i64(range.clone())).unwrap();
                assert_eq!(format(time), as_chrono(time));
            }
        }
        for text in
            ["2016-12-31T23:59:60.999Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2024-02-29T01:02:03.004Z"]
        {
            assert_eq!(format(at(text)), as_chrono(at(text)), "{text}");
        }
        for time in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(format(time), as_chrono(time));
        }
    }

    #[test]
    fn timestamps_of_logs_are_read_in_the_forms_that_occur() {
        for text in ["2020-05-06T00:01:04.441+0000", "2020-05-06T00:01:04.441Z", "1588723264441"] {
            assert_eq!(parse_timestamp(text), Some(at("2020-05-06T00:01:04.441Z")), "{text}");
        }
        assert_eq!(parse_timestamp("yesterday"), None);
    }
}
