//! A message of RFC 5424. It knows bytes and limits, and no connection.

use crate::envelope::{Envelope, Severity};
use crate::format::Format;
use crate::sink::Undelivered;

/// How many characters of a value stand in the structured data.
const LONGEST_VALUE: usize = 256;

/// What every message has.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) facility: u8,
    pub(super) hostname: String,
    pub(super) enterprise: usize,
    pub(super) format: Format,
    /// How many bytes a message has at most.
    pub(super) largest: usize,
}

impl Header {
    /// Appends a message with its length in front, as RFC 5425 frames it.
    pub(super) fn write(&self, envelope: &Envelope, into: &mut Vec<u8>) -> Result<(), Undelivered> {
        let message = self.message(envelope)?;
        into.extend_from_slice(format!("{} ", message.len()).as_bytes());
        into.extend_from_slice(message.as_bytes());
        Ok(())
    }

    /// A message. One that is too long loses the logs and the raw event first, and then its end; the structured data says so.
    fn message(&self, envelope: &Envelope) -> Result<String, Undelivered> {
        let mut json = Vec::new();
        self.format.write(envelope, &mut json)?;
        let whole = String::from_utf8_lossy(&json);
        let message = self.with(envelope, &[], &whole);
        if message.len() <= self.largest {
            return Ok(message);
        }
        let bytes = whole.len().to_string();
        let short = self.format.without_large_fields(&whole);
        let message = self.with(envelope, &[("left-out", self.format.large_fields()), ("bytes", &bytes)], &short);
        if message.len() <= self.largest {
            return Ok(message);
        }
        let mut message = self.with(envelope, &[("cut", "true"), ("bytes", &bytes)], &whole);
        let mark = "…";
        let mut end = self.largest.saturating_sub(mark.len()).min(message.len());
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push_str(mark);
        Ok(message)
    }

    fn with(&self, Envelope { account, sequence, incident }: &Envelope, more: &[(&str, &str)], text: &str) -> String {
        let priority = u32::from(self.facility) * 8 + severity(incident.severity);
        let sequence = sequence.to_string();
        let values = [
            ("account", account.as_str()),
            ("id", &incident.id),
            ("sequence", &sequence),
            ("severity", incident.severity.name()),
            ("rule", &incident.name),
        ];
        let data: String =
            values.iter().chain(more).map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
        format!(
            "<{priority}>1 {} {} logzio-soar - incident [logzio-soar@{}{data}] \u{feff}{text}",
            incident.occurred, self.hostname, self.enterprise,
        )
    }
}

/// The severity of RFC 5424.
fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Severe => 2,
        Severity::High => 3,
        Severity::Medium => 4,
        Severity::Low | Severity::Unclassified => 5,
        Severity::Info => 6,
    }
}

/// A value in structured data: on one line, and not longer than a server takes.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for char in value.chars().take(LONGEST_VALUE) {
        if matches!(char, '"' | '\\' | ']') {
            escaped.push('\\');
        }
        escaped.push(if char.is_control() { ' ' } else { char });
    }
    escaped
}

/// A name of a machine as messages have it: printable ASCII without spaces.
pub(super) fn hostname(name: &str) -> String {
    let name: String = name.trim().chars().filter(char::is_ascii_graphic).take(255).collect();
    if name.is_empty() { "-".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Incident;

    fn header(largest: usize) -> Header {
        Header { facility: 16, hostname: hostname("soc 1\n"), enterprise: 32_473, format: Format::Incident, largest }
    }

    fn envelope(name: &str, raw: &str) -> Envelope {
        let json = serde_json::json!({
            "id": "a]\"\\", "name": name, "severity": "high", "occurred": "2026-11-22T08:00:00.250Z", "tags": [],
            "raw": {"text": raw}, "logs": [raw], "defects": [],
        });
        Envelope { account: "acme".into(), sequence: 7, incident: Incident::from_json(&json.to_string()).unwrap() }
    }

    #[test]
    fn values_cannot_end_the_structured_data() {
        let message = header(8192).message(&envelope("x\"] evil\n\\é", "r")).unwrap();
        let start = "<131>1 2026-11-22T08:00:00.250Z soc1 logzio-soar - incident [logzio-soar@32473 account=\"acme\" \
                     id=\"a\\]\\\"\\\\\" sequence=\"7\" severity=\"high\" rule=\"x\\\"\\] evil \\\\é\"] \u{feff}{\"account\":\"acme\",";
        assert!(message.starts_with(start), "{message}\n{start}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn a_message_that_is_too_long_says_what_it_lacks() {
        let message = header(2048).message(&envelope("n", &"é".repeat(3_000))).unwrap();
        assert!(message.len() <= 2048 && message.contains(" left-out=\"raw logs\" bytes=\""), "{message}");
        let json = message.split_once('\u{feff}').unwrap().1;
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!((json["defects"].is_array(), json.get("raw"), json.get("logs")), (true, None, None));

        let message = header(2048).message(&envelope(&"é".repeat(3_001), "r")).unwrap();
        assert!((2044..=2048).contains(&message.len()) && message.ends_with('…'), "{message}");
        assert!(message.contains(" cut=\"true\" bytes=\""), "{message}");
    }

    #[test]
    fn a_frame_begins_with_the_bytes_of_its_message() {
        let mut frames = Vec::new();
        header(8192).write(&envelope("日本", "r"), &mut frames).unwrap();
        let text = String::from_utf8(frames).unwrap();
        let (length, message) = text.split_once(' ').unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), message.len());
    }
}
