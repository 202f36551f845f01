//! Placeholders in the data of a case: `${time now-2h}`, `${token security}`, `${answer 0 /ok/next}`. A text that is one
//! placeholder becomes its value, whatever type that has; within a text, placeholders become text.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

/// What placeholders stand for.
pub(crate) struct Surroundings<'a> {
    /// The time that the case began, without a fraction.
    pub(crate) now: DateTime<Utc>,
    /// Names and values without an argument: `url`, `token security` and so on.
    pub(crate) names: &'a [(&'static str, String)],
    /// The answers to the calls before, in their JSON form.
    pub(crate) answers: &'a [Value],
    /// The value that a repeated step is at.
    pub(crate) each: &'a Value,
}

impl Surroundings<'_> {
    /// A value with all placeholders filled in.
    ///
    /// Fails for a placeholder that there is not.
    pub(crate) fn fill(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.text(text)?,
            Value::Array(values) => {
                Value::Array(values.iter().map(|value| self.fill(value)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let filled = members.iter().map(|(key, value)| Ok((key.clone(), self.fill(value)?)));
                Value::Object(filled.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    fn text(&self, text: &str) -> Result<Value, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (placeholder, after) = after.split_once('}').ok_or_else(|| format!("{text:?} has no closing brace"))?;
            let value = self.value(placeholder).ok_or_else(|| format!("there is no placeholder ${{{placeholder}}}"))?;
            if before.is_empty() && after.is_empty() && filled.is_empty() {
                return Ok(value);
            }
            filled.push_str(before);
            match value {
                Value::String(text) => filled.push_str(&text),
                other => filled.push_str(&other.to_string()),
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(Value::String(filled))
    }

    fn value(&self, placeholder: &str) -> Option<Value> {
        if let Some((_, value)) = self.names.iter().find(|(name, _)| *name == placeholder) {
            return Some(value.clone().into());
        }
        if placeholder == "each" {
            return Some(self.each.clone());
        }
        let (kind, argument) = placeholder.split_once(' ')?;
        let time = || moment(self.now, argument);
        Some(match kind {
            "time" => time()?.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
            "date" => time()?.format("%Y-%m-%d").to_string().into(),
            "http-date" => time()?.format("%a, %d %b %Y %H:%M:%S GMT").to_string().into(),
            "seconds" => time()?.timestamp().into(),
            "millis" => time()?.timestamp_millis().into(),
            // A text of this many characters.
            "long" => "x".repeat(argument.parse().ok()?).into(),
            "each" => self.each.pointer(argument)?.clone(),
            "answer" => {
                let (number, pointer) = argument.split_once(' ')?;
                self.answers.get(number.parse::<usize>().ok()?)?.pointer(pointer)?.clone()
            }
            _ => return None,
        })
    }
}

/// A time such as `now-2h+500ms`, or `day-1d`, which counts from the first moment of the day.
fn moment(now: DateTime<Utc>, text: &str) -> Option<DateTime<Utc>> {
    let split = text.find(['+', '-']).unwrap_or(text.len());
    let (base, mut steps) = text.split_at_checked(split)?;
    let mut time = match base {
        "now" => now,
        "day" => now.date_naive().and_hms_opt(0, 0, 0)?.and_utc(),
        _ => return None,
    };
    while let Some(sign) = steps.chars().next() {
        let rest = steps.get(1..)?;
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        let (step, later) = rest.split_at_checked(end)?;
        let digits = step.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = step.split_at_checked(digits)?;
        let count: i64 = count.parse().ok()?;
        let length = match unit {
            "ms" => TimeDelta::try_milliseconds(count)?,
            "s" => TimeDelta::try_seconds(count)?,
            "m" => TimeDelta::try_minutes(count)?,
            "h" => TimeDelta::try_hours(count)?,
            "d" => TimeDelta::try_days(count)?,
            _ => return None,
        };
        time = if sign == '-' { time - length } else { time + length };
        steps = later;
    }
    Some(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(value: Value) -> Result<Value, String> {
        let names = [("url", "https://logz.test".to_owned())];
        let answers = [json!({"ok": {"next": "cursor", "total": 3}})];
        let now = "2026-11-22T08:30:00Z".parse().unwrap();
        let each = json!({"limit": 5});
        Surroundings { now, names: &names, answers: &answers, each: &each }.fill(&value)
    }

    #[test]
    fn a_placeholder_alone_keeps_its_type() {
        assert_eq!(fill(json!(["${seconds now-1h}"])), Ok(json!([1_795_332_600])));
        assert_eq!(fill(json!({"a": "${answer 0 /ok/total}"})), Ok(json!({"a": 3})));
        assert_eq!(fill(json!("${answer 0 /ok/total} of ${url}")), Ok(json!("3 of https://logz.test")));
        assert_eq!(fill(json!("${each /limit}")), Ok(json!(5)));
        assert_eq!(fill(json!("${long 3}")), Ok(json!("xxx")));
    }

    #[test]
    fn times_are_counted_from_now_or_from_the_day() {
        assert_eq!(fill(json!("${time now-2h+500ms}")), Ok(json!("2026-11-22T06:30:00.500Z")));
        assert_eq!(fill(json!("${time day-1d}")), Ok(json!("2026-11-21T00:00:00.000Z")));
        assert_eq!(fill(json!("${date now}")), Ok(json!("2026-11-22")));
        assert_eq!(fill(json!("${http-date now-30m}")), Ok(json!("Sun, 22 Nov 2026 08:00:00 GMT")));
    }

    #[test]
    fn a_placeholder_that_there_is_not_is_named() {
        for text in ["${nothing}", "${time soon}", "${answer 4 /ok}", "${time now-2x}", "${url"] {
            assert!(fill(json!(text)).is_err(), "{text}");
        }
    }
}
