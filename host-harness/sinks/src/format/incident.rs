//! The incident as it is: the contract's JSON form, with the account and the number in front.

use serde_json::json;

use crate::envelope::Envelope;

/// Appends `{"account":…,"sequence":…,` and then the incident's own fields, byte for byte.
pub(super) fn write(envelope: &Envelope, into: &mut Vec<u8>) {
    let whole = envelope.incident.json.get();
    let fields = whole.strip_prefix('{').unwrap_or(whole);
    into.extend_from_slice(b"{\"account\":");
    into.extend_from_slice(json!(envelope.account).to_string().as_bytes());
    into.extend_from_slice(format!(",\"sequence\":{},", envelope.sequence).as_bytes());
    into.extend_from_slice(fields.as_bytes());
}
