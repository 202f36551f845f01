//! Arguments that many cases pass.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// Where a fetch starts: at a time.
pub(crate) fn from(time: &str) -> Value {
    json!({"case": "at", "value": time})
}

/// Where a fetch starts: where an earlier page ended.
pub(crate) fn after(page: &Value) -> Value {
    json!({"case": "after", "value": page.get("next").cloned().unwrap_or_default()})
}

/// The arguments of a fetch: of every event, muted ones too, but for what `request` says.
pub(crate) fn fetch(start: Value, request: Value) -> Value {
    let mut whole = json!({"start": start, "filter": {"include_muted": true}});
    if let (Value::Object(whole), Value::Object(request)) = (&mut whole, request) {
        whole.extend(request);
    }
    json!({"request": whole})
}

/// The arguments of a search: of every log, but for what `query` says.
pub(crate) fn search(query: Value) -> Value {
    let mut whole = json!({"lucene": "*"});
    if let (Value::Object(whole), Value::Object(query)) = (&mut whole, query) {
        whole.extend(query);
    }
    json!({"query": whole})
}

/// The arguments of a hunt for values whose kind can be told.
pub(crate) fn hunt(values: &[&str], request: Value) -> Value {
    let indicators: Vec<Value> = values.iter().map(|value| json!({"value": value})).collect();
    let mut whole = json!({"indicators": indicators});
    if let (Value::Object(whole), Value::Object(request)) = (&mut whole, request) {
        whole.extend(request);
    }
    json!({"request": whole})
}

/// A time as the contract writes it.
pub(crate) fn datetime(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
