//! The documents of generated logs, with the disorder that real ones have.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::catalogue::LogFields;
use crate::logs::{Log, TIME_FIELD};
use crate::time::{after, iso};

/// A document of these fields, with the disorder that real ones have.
pub(crate) fn log(rng: &mut Rng, time: DateTime<Utc>, fields: LogFields) -> Log {
    let flattened = rng.f64() < 0.25;
    let doubled = rng.f64() < 0.15;
    let mut document = Map::new();
    for (field, value) in fields {
        // An array with the same value twice, as pipelines leave behind.
        let value = match value {
            Value::String(text) if doubled && field != "message" => json!([text, text]),
            value => value,
        };
        if flattened && field.contains('.') {
            document.insert(field.to_owned(), value.clone());
        }
        nest(&mut document, field, value);
    }
    let text = iso(time.timestamp_millis());
    let text = match rng.f64() < 0.3 {
        true => text.replace('Z', "+0000"),
        false => text,
    };
    document.insert(TIME_FIELD.to_owned(), json!(text));
    document.entry("logzio_codec").or_insert_with(|| json!("json"));
    let id: String = (0..20).map(|_| rng.alphanumeric()).collect();
    let visible_at = after(time, TimeDelta::milliseconds(rng.i64(1_000..30_000)));
    Log::new(id, time, Value::Object(document).to_string()).visible_at(visible_at)
}

fn nest(document: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            document.insert(path.to_owned(), value);
        }
        Some((outer, inner)) => {
            let object = document.entry(outer).or_insert_with(|| json!({}));
            if let Value::Object(object) = object {
                nest(object, inner, value);
            }
        }
    }
}
