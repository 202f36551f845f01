//! How hits are written.

use serde_json::{Map, Value, json};

use super::hit::Hit;
use super::sort::SortValue;
use super::source::Source;
use crate::body::BodyWriter;
use crate::logs::{Log, Scalar, TIME_FIELD};
use crate::time;

/// How hits are shown.
#[derive(Debug)]
pub(crate) struct Presentation {
    source: Source,
    version: bool,
    docvalue_fields: Vec<String>,
}

impl Presentation {
    pub(crate) fn new(source: Source, version: bool, docvalue_fields: Vec<String>) -> Self {
        Self { source, version, docvalue_fields }
    }

    pub(crate) fn write(&self, hits: &[Hit], scored: bool, out: &mut BodyWriter) {
        for (at, hit) in hits.iter().enumerate() {
            if at > 0 {
                out.text(",");
            }
            let score = if scored { json!(hit.score) } else { Value::Null };
            let id = Value::from(hit.log.id.as_str());
            out.text(format!("{{\"_index\":\"{}\",\"_type\":\"doc\",\"_id\":{id},\"_score\":{score}", hit.log.index()));
            if self.version {
                out.text(",\"_version\":1");
            }
            if let Some(source) = self.source.of(&hit.log) {
                out.text(",\"_source\":");
                out.part(source);
            }
            let fields: Map<String, Value> = self
                .docvalue_fields
                .iter()
                .map(|field| (field.clone(), docvalues(&hit.log, field)))
                .filter(|(_, values)| values.as_array().is_some_and(|values| !values.is_empty()))
                .collect();
            if !fields.is_empty() {
                out.text(format!(",\"fields\":{}", Value::Object(fields)));
            }
            if !hit.keys.is_empty() {
                let keys: Vec<Value> = hit.keys.iter().map(SortValue::to_json).collect();
                out.text(format!(",\"sort\":{}", Value::Array(keys)));
            }
            out.text("}");
        }
    }
}

fn docvalues(log: &Log, field: &str) -> Value {
    if field == TIME_FIELD {
        return json!([time::iso(log.time.timestamp_millis())]);
    }
    let values = log.fields().get(field).iter().map(|value| match value {
        Scalar::Text(text) => json!(text),
        Scalar::Whole(number) => json!(number),
        Scalar::Decimal(number) => json!(number),
        Scalar::Bool(flag) => json!(flag),
    });
    Value::Array(values.collect())
}
