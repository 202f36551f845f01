//! Times as numbers of seconds, in every form that clients send.

use serde_json::Value;

const SECOND: i64 = 1_000_000_000;

/// Seconds, whole or not, as a number or as its text: clients have sent all of
/// them for years. In nanoseconds.
pub(crate) fn seconds(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    // Digit by digit: a float would lose the last places of the fraction.
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) {
        let float: f64 = text.parse().ok()?;
        return float.is_finite().then_some((float * 1e9) as i64);
    }
    let fraction: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = i128::from(whole.parse::<u64>().ok()?) * i128::from(SECOND) + i128::from(fraction.parse::<u32>().ok()?);
    let nanos = i128::from(sign) * nanos;
    Some(nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::time;

    #[test]
    fn seconds_come_in_every_form_that_clients_send() {
        for (value, nanos) in [
            (r#"1585493177"#, Some(1_585_493_177_000_000_000)),
            (r#"1585493177.25"#, Some(1_585_493_177_250_000_000)),
            (r#""1585493177.1""#, Some(1_585_493_177_100_000_000)),
            (r#""1581418327.791000000""#, Some(1_581_418_327_791_000_000)),
            (r#"-1.5"#, Some(-1_500_000_000)),
            (r#"1e3"#, Some(1_000_000_000_000)),
            (r#"99999999999999999999"#, Some(i64::MAX)),
            (r#""soon""#, None),
            (r#"true"#, None),
        ] {
            assert_eq!(seconds(&serde_json::from_str(value).unwrap()), nanos, "{value}");
        }
    }

    #[test]
    fn nanoseconds_of_a_date_are_those_of_its_decimal_seconds() {
        let date = DateTime::from_timestamp_millis(1_581_418_327_791).unwrap();
        let text = Value::String(time::decimal_seconds(date));
        assert_eq!(seconds(&text), Some(time::nanos(date)));
    }
}
