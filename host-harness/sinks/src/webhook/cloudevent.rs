//! CloudEvents 1.0 in JSON.

use serde_json::json;

use crate::envelope::Envelope;

/// What a request with one event holds.
pub(super) const ONE: &str = "application/cloudevents+json; charset=utf-8";
/// What a request with a list of events holds.
pub(super) const LIST: &str = "application/cloudevents-batch+json; charset=utf-8";

/// Appends an event whose `data` is the incident in the contract's JSON form, byte for byte. `source` and `id` together are
/// unique, as the specification asks.
pub(super) fn write(envelope: &Envelope, into: &mut Vec<u8>) {
    let Envelope { account, sequence, incident } = envelope;
    let attributes = json!({
        "specversion": "1.0",
        "type": "io.logz.siem.incident",
        "source": format!("/logzio-soar/accounts/{}", percent_encoded(account)),
        "id": incident.id,
        "time": incident.occurred,
        "datacontenttype": "application/json",
        // Extensions. This one is of the CloudEvents project; its values are compared as texts.
        "sequence": format!("{sequence:020}"),
        "account": account,
        "severity": incident.severity.name(),
    });
    let attributes = attributes.to_string();
    into.extend_from_slice(attributes.trim_end_matches('}').as_bytes());
    into.extend_from_slice(b",\"data\":");
    into.extend_from_slice(incident.json.get().as_bytes());
    into.push(b'}');
}

/// What is no letter or digit, `.`, `_` or `-`, as a URI has it.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
