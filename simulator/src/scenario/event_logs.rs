//! What the Security account keeps of an event.

use chrono::{DateTime, Utc};
use fastrand::Rng;
use serde_json::{Value, json};

use super::catalogue::Rule;
use crate::logs::Log;
use crate::time::iso;

pub(crate) fn summary(rule: &Rule) -> String {
    let mut summary = format!(
        "Alert if query '{}' results GREATER_THAN_OR_EQUALS {}.00 in {} minutes.",
        rule.query, rule.threshold, rule.minutes
    );
    if !rule.group_by.is_empty() {
        summary.push_str(&format!(" Count on Group By '[{}]'", rule.group_by.join(", ")));
    }
    summary
}

/// What the Security account keeps of an event.
pub(crate) fn event_logs(
    rng: &mut Rng,
    rule: &Rule,
    event_id: &str,
    date: DateTime<Utc>,
    visible_at: DateTime<Utc>,
    groups: &[(String, String)],
    hits: usize,
) -> Vec<Log> {
    let parts = if rule.correlated { 2 } else { 1 };
    (1..=parts)
        .map(|part| {
            let mut document = json!({
                "@timestamp": iso(date.timestamp_millis()),
                "type": "logzio-alerts",
                "sub-type": "security_rule",
                "logzio-alert-event-id": event_id,
                "logzio-alert-definition-id": rule.id.to_string(),
                "logzio-alert-title": match rule.correlated {
                    true => format!("{} ({part}/{parts})", rule.name),
                    false => rule.name.to_owned(),
                },
                "logzio-alert-triggered-severity": rule.severity.as_str(),
                "logzio-hits": hits,
                "logzio-investigate": "Investigate",
                "condition": summary(rule),
                "tags": rule.tags,
            });
            if let Value::Object(document) = &mut document {
                for (field, value) in groups {
                    document.insert(field.clone(), json!(value));
                }
                if rule.correlated {
                    let values: Vec<&str> = groups.iter().map(|(_, value)| value.as_str()).collect();
                    document.insert("logzio-alert-join-values".to_owned(), json!(values.join(", ")));
                }
            }
            let id: String = (0..20).map(|_| rng.alphanumeric()).collect();
            Log::new(id, date, document.to_string()).visible_at(visible_at)
        })
        .collect()
}
