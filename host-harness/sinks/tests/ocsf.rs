//! Detection Findings of OCSF. That they are of the published schema is what `host-harness/sinks/check` proves.

use serde_json::{Value, json};

use crate::support::{Folder, of, whole};

async fn finding(incident: &Value) -> Value {
    let folder = Folder::with("[sinks.it]\ntype = \"ndjson\"\npath = \"soc.ndjson\"\nformat = \"ocsf\"");
    folder.open().await.deliver(&[of(7, incident)]).await.unwrap();
    let text = std::fs::read_to_string(folder.path().join("soc.ndjson")).unwrap();
    assert_eq!(text.lines().count(), 1);
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn an_incident_is_a_detection_finding() {
    let expected = json!({
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2004, "class_name": "Detection Finding",
        "activity_id": 1, "activity_name": "Create",
        "type_uid": 200_401, "type_name": "Detection Finding: Create",
        "time": 1_795_334_400_250_i64, "start_time": 1_795_334_100_000_i64, "end_time": 1_795_334_400_000_i64,
        "severity_id": 4, "severity": "High", "status_id": 1, "status": "New", "is_alert": true,
        "message": "count > 5",
        "metadata": {
            "version": "1.8.0", "product": {"name": "Cloud SIEM", "vendor_name": "Logz.io"}, "uid": "5a", "tenant_uid": "acme",
            "sequence": 7, "original_time": "2026-11-22T08:00:00.250Z", "labels": ["Auth", "linux"],
        },
        "finding_info": {
            "uid": "5a", "title": "Brute force", "desc": "Many failed logins",
            "created_time": 1_795_334_400_250_i64,
            "first_seen_time": 1_795_334_100_000_i64, "last_seen_time": 1_795_334_400_000_i64,
            "analytic": {"type_id": 1, "type": "Rule", "name": "Brute force", "uid": "4711"},
            "attacks": [{"technique": {"uid": "T1110"}}, {"tactic": {"uid": "TA0006"}}],
        },
        "observables": [
            {"name": "source.ip", "value": "203.0.113.9", "type_id": 2, "type": "IP Address"},
            {"name": "user.name", "value": "ada", "type_id": 4, "type": "User Name"},
        ],
        "evidences": [{"data": {"message": "Failed password"}}],
        "raw_data": whole("5a", "")["raw"].to_string(),
    });
    assert_eq!(finding(&whole("5a", "Brute force")).await, expected);
}

#[tokio::test]
async fn what_an_incident_lacks_is_left_out() {
    let least = json!({
        "id": "a", "rule_id": null, "name": "n", "description": null, "summary": null, "severity": "severe",
        "occurred": "2026-11-22T08:00:00.000Z", "window": null, "group_by": {}, "tags": [], "mitre_tags": ["x"], "muted": true,
        "raw": {}, "logs": [], "defects": ["no window"],
    });
    let finding = finding(&least).await;
    for absent in ["start_time", "end_time", "observables", "evidences"] {
        assert_eq!(finding.get(absent), None, "{absent}");
    }
    assert_eq!(finding["metadata"].get("labels"), None);
    let info = json!({"uid": "a", "title": "n", "created_time": 1_795_334_400_000_i64,
        "analytic": {"type_id": 1, "type": "Rule", "name": "n"}});
    assert_eq!(finding["finding_info"], info);
    assert_eq!((&finding["severity_id"], &finding["severity"]), (&json!(5), &json!("Critical")));
    assert_eq!((&finding["status"], &finding["is_alert"]), (&json!("Suppressed"), &json!(false)));
    assert_eq!(finding["unmapped"], json!({"defects": ["no window"]}));
}
