//! What holds for the answer to every call.

use chrono::DateTime;
use serde_json::Value;

/// What holds for every answer: times are as the contract writes them, and texts for people say something.
pub(super) fn well_formed(key: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Object(members) => {
            if let (Some(Value::String(case)), Some(Value::String(text))) = (members.get("case"), members.get("value"))
                && text.trim().is_empty()
            {
                return Err(format!("the text of {case} is empty"));
            }
            members.iter().try_for_each(|(key, value)| well_formed(key, value))
        }
        Value::Array(values) => values.iter().try_for_each(|value| well_formed(key, value)),
        Value::String(text) if is_datetime(key) => {
            if text.len() == 24 && text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok() {
                Ok(())
            } else {
                Err(format!("{key} is {text:?}, which is not RFC 3339 in UTC with milliseconds"))
            }
        }
        Value::String(text) if matches!(key, "text" | "defects" | "why") && text.trim().is_empty() => {
            Err(format!("{key} holds an empty text"))
        }
        _ => Ok(()),
    }
}

fn is_datetime(key: &str) -> bool {
    matches!(key, "occurred" | "start" | "end" | "timestamp" | "first_seen" | "last_seen")
}
