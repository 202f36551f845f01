//! An incident as a Detection Finding of OCSF, the Open Cybersecurity Schema Framework. The table in `docs/sinks.md` says which
//! field becomes which attribute.

use std::net::IpAddr;

use chrono::DateTime;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::details::Details;
use crate::envelope::{Envelope, Severity};

/// The version of the schema.
const VERSION: &str = "1.8.0";

/// Appends a Detection Finding (class 2004) with the activity Create. The same incident gives the same text.
pub(super) fn write(envelope: &Envelope, details: &Details<'_>, into: &mut Vec<u8>) {
    // It is written into memory, and has only keys that are texts: it cannot fail.
    let _ = serde_json::to_writer(into, &Finding::of(envelope, details));
}

#[derive(Serialize)]
struct Finding<'a> {
    category_uid: u32,
    category_name: &'static str,
    class_uid: u32,
    class_name: &'static str,
    activity_id: u32,
    activity_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    severity_id: u32,
    severity: &'static str,
    status_id: u32,
    status: &'static str,
    is_alert: bool,
    message: &'a str,
    metadata: Value,
    finding_info: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observables: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidences: Vec<Evidence<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unmapped: Option<Value>,
}

/// One of the logs behind the event, as Logz.io wrote it.
#[derive(Serialize)]
struct Evidence<'a> {
    data: &'a RawValue,
}

impl<'a> Finding<'a> {
    fn of(Envelope { account, sequence, incident }: &'a Envelope, details: &'a Details<'a>) -> Self {
        let (severity_id, severity) = severity(incident.severity);
        let (status_id, status) = if details.muted { (3, "Suppressed") } else { (1, "New") };
        let (start_time, end_time) = match &details.window {
            Some(window) => (milliseconds(&window.start), milliseconds(&window.end)),
            None => (None, None),
        };
        let time = milliseconds(&incident.occurred).unwrap_or_default();
        let metadata = json!({
            "version": VERSION,
            "product": {"name": "Cloud SIEM", "vendor_name": "Logz.io"},
            "uid": incident.id,
            "tenant_uid": account,
            "sequence": sequence,
            "original_time": incident.occurred,
            "labels": incident.tags,
        });
        let info = json!({
            "uid": incident.id,
            "title": incident.name,
            "desc": details.description,
            "created_time": time,
            "first_seen_time": start_time,
            "last_seen_time": end_time,
            "analytic": analytic(&incident.name, details.rule_id),
            "attacks": details.mitre_tags.iter().filter_map(|tag| attack(tag)).collect::<Vec<_>>(),
        });
        Self {
            category_uid: 2,
            category_name: "Findings",
            class_uid: 2004,
            class_name: "Detection Finding",
            activity_id: 1,
            activity_name: "Create",
            type_uid: 2004 * 100 + 1,
            type_name: "Detection Finding: Create",
            time,
            start_time,
            end_time,
            severity_id,
            severity,
            status_id,
            status,
            is_alert: !details.muted,
            message: details.summary.as_deref().unwrap_or(&incident.name),
            metadata: without_empty(metadata),
            finding_info: without_empty(info),
            observables: details.group_by.0.iter().map(|(field, value)| observable(field, value)).collect(),
            evidences: details.logs.iter().map(|log| Evidence { data: log }).collect(),
            raw_data: details.raw.map(RawValue::get),
            unmapped: (!details.defects.is_empty()).then(|| json!({"defects": details.defects})),
        }
    }
}

/// The id and the caption of a severity.
fn severity(severity: Severity) -> (u32, &'static str) {
    match severity {
        Severity::Unclassified => (0, "Unknown"),
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Severe => (5, "Critical"),
    }
}

/// Milliseconds since 1970.
fn milliseconds(time: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(time).ok().map(|time| time.timestamp_millis())
}

/// The rule.
fn analytic(name: &str, id: Option<u32>) -> Value {
    without_empty(json!({"type_id": 1, "type": "Rule", "name": name, "uid": id.map(|id| id.to_string())}))
}

/// What an id of MITRE ATT&CK names: a tactic (`TA0006`), a technique (`T1110`) or a sub-technique (`T1110.001`). None for
/// what is no such id.
fn attack(tag: &str) -> Option<Value> {
    let tag = tag.trim().to_uppercase();
    let is_number = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if tag.strip_prefix("TA").is_some_and(|number| is_number(number, 4)) {
        return Some(json!({"tactic": {"uid": tag}}));
    }
    let number = tag.strip_prefix('T')?;
    match number.split_once('.') {
        None if is_number(number, 4) => Some(json!({"technique": {"uid": tag}})),
        Some((technique, sub)) if is_number(technique, 4) && is_number(sub, 3) => {
            Some(json!({"technique": {"uid": format!("T{technique}")}, "sub_technique": {"uid": tag}}))
        }
        _ => None,
    }
}

/// A value that the rule grouped by.
fn observable(field: &str, value: &str) -> Value {
    let parts: Vec<String> = field.split(['.', '_', '-']).map(str::to_lowercase).collect();
    let is = |name: &str| parts.iter().any(|part| part == name);
    let (type_id, caption) = if value.parse::<IpAddr>().is_ok() {
        (2, "IP Address")
    } else if is("user") || is("username") {
        (4, "User Name")
    } else if is("host") || is("hostname") {
        (1, "Hostname")
    } else {
        (99, "Other")
    };
    json!({"name": field, "value": value, "type_id": type_id, "type": caption})
}

/// An object without what is null or an empty list.
fn without_empty(mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_attack_is_a_tactic_a_technique_or_a_sub_technique() {
        assert_eq!(attack("TA0006"), Some(json!({"tactic": {"uid": "TA0006"}})));
        assert_eq!(attack(" t1110 "), Some(json!({"technique": {"uid": "T1110"}})));
        let sub = json!({"technique": {"uid": "T1110"}, "sub_technique": {"uid": "T1110.001"}});
        assert_eq!(attack("T1110.001"), Some(sub));
        for other in ["", "T", "T11", "T1110.1", "TA006", "attack", "T１１１０"] {
            assert_eq!(attack(other), None, "{other}");
        }
    }

    #[test]
    fn an_observable_has_the_kind_of_its_value_or_of_its_field() {
        for (field, value, kind) in [
            ("source.ip", "203.0.113.9", 2),
            ("user.name", "2001:db8::1", 2),
            ("user.name", "ada", 4),
            ("host.hostname", "hq-1", 1),
            ("rule.name", "x", 99),
            ("superuser", "x", 99),
        ] {
            assert_eq!(observable(field, value)["type_id"], kind, "{field}");
        }
    }
}
