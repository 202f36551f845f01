//! A security event, as a test or the generator makes it.
//!
//! Must not know how events are stored or searched.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::time;

/// How serious a rule says its events are, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// `INFO`.
    Info,
    /// `LOW`.
    Low,
    /// `MEDIUM`.
    Medium,
    /// `HIGH`.
    High,
    /// `SEVERE`.
    Severe,
}

impl Severity {
    /// All of them, least first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Severe];

    /// Logz.io's word, such as `SEVERE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Severe => "SEVERE",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    /// Reads Logz.io's word, in capitals as Logz.io has it.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| format!("{text} is none of INFO, LOW, MEDIUM, HIGH, SEVERE"))
    }
}

/// A security event to put into the simulated Security account.
///
/// What is searched and sorted by (id, date, severity, rule name, muted) is
/// kept apart from the JSON that is served: [`raw`](Event::raw) replaces the
/// latter by any bytes at all.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) id: String,
    pub(crate) date: DateTime<Utc>,
    pub(crate) visible_at: DateTime<Utc>,
    pub(crate) severity: Severity,
    pub(crate) rule_id: u32,
    pub(crate) rule_name: String,
    pub(crate) tags: Vec<String>,
    pub(crate) muted: bool,
    pub(crate) logs: Vec<String>,
    pub(crate) window: (DateTime<Utc>, DateTime<Utc>),
    pub(crate) description: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) group_by: Vec<(String, String)>,
    pub(crate) mitre_tags: Vec<String>,
    pub(crate) hits: u32,
    pub(crate) raw: Option<Bytes>,
}

impl Event {
    /// An event of severity `MEDIUM` of a rule called `Test rule`, visible
    /// from its date on, with no logs, whose window is the hour before.
    pub fn new(id: impl Into<String>, date: DateTime<Utc>) -> Self {
        Self {
            id: id.into(),
            date,
            visible_at: date,
            severity: Severity::Medium,
            rule_id: 1000,
            rule_name: "Test rule".to_owned(),
            tags: Vec::new(),
            muted: false,
            logs: Vec::new(),
            window: (date - TimeDelta::hours(1), date),
            description: None,
            summary: None,
            group_by: Vec::new(),
            mitre_tags: Vec::new(),
            hits: 0,
            raw: None,
        }
    }

    /// When the event can be found from, if later than its date.
    pub fn visible_at(mut self, time: DateTime<Utc>) -> Self {
        self.visible_at = time;
        self
    }

    /// The rule's severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The rule's number and name.
    pub fn rule(mut self, id: u32, name: impl Into<String>) -> Self {
        self.rule_id = id;
        self.rule_name = name.into();
        self
    }

    /// The rule's description; without one the field is absent.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The condition in words; without one the field is absent.
    pub fn summary(mut self, text: impl Into<String>) -> Self {
        self.summary = Some(text.into());
        self
    }

    /// When the earliest and the latest log involved were written.
    pub fn window(mut self, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        self.window = (start, end);
        self
    }

    /// The values that the rule grouped by; without any the field is absent.
    pub fn group_by<F, V>(mut self, values: impl IntoIterator<Item = (F, V)>) -> Self
    where
        F: Into<String>,
        V: Into<String>,
    {
        self.group_by = values.into_iter().map(|(field, value)| (field.into(), value.into())).collect();
        self
    }

    /// The rule's tags; without any the field is absent.
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// The MITRE ATT&CK ids of the rule; without any the field is absent.
    pub fn mitre_tags<T: Into<String>>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.mitre_tags = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Whether the rule's notification settings mute the event.
    pub fn muted(mut self, muted: bool) -> Self {
        self.muted = muted;
        self
    }

    /// What the event says of how many logs it counted, which is known to be
    /// wrong at times.
    pub fn hits(mut self, hits: u32) -> Self {
        self.hits = hits;
        self
    }

    /// The ids of the logs behind the event, in the Operations account.
    pub fn logs<T: Into<String>>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.logs = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Serves these bytes as the event, whatever they are: fields may lack, be
    /// null or of the wrong type, keys may be there twice, and they need not be
    /// an object, or JSON.
    pub fn raw(mut self, bytes: impl Into<Bytes>) -> Self {
        self.raw = Some(bytes.into());
        self
    }

    /// The bytes that Logz.io serves for the event.
    pub fn to_json(&self) -> Bytes {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut members = Vec::new();
        let mut member = |name: &str, value: String| members.push(format!("\"{name}\":{value}"));
        let text = |text: &str| Value::from(text).to_string();
        member("alertEventId", text(&self.id));
        member("alertId", self.rule_id.to_string());
        member("name", text(&self.rule_name));
        if let Some(description) = &self.description {
            member("description", text(description));
        }
        if let Some(summary) = &self.summary {
            member("alertSummary", text(summary));
        }
        // Declared whole, but really decimal seconds with nine digits.
        member("eventDate", time::decimal_seconds(self.date));
        member("alertWindowStartDate", time::decimal_seconds(self.window.0));
        member("alertWindowEndDate", time::decimal_seconds(self.window.1));
        member("severity", text(self.severity.as_str()));
        if !self.group_by.is_empty() {
            let values: Map<String, Value> =
                self.group_by.iter().map(|(field, value)| (field.clone(), json!(value))).collect();
            member("groupBy", Value::Object(values).to_string());
        }
        if !self.tags.is_empty() {
            member("tags", json!(self.tags).to_string());
        }
        member("hits", self.hits.to_string());
        member("isMuted", self.muted.to_string());
        if !self.mitre_tags.is_empty() {
            member("mitreTags", json!(self.mitre_tags).to_string());
        }
        Bytes::from(format!("{{{}}}", members.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_581_418_327_791).unwrap()
    }

    #[test]
    fn dates_are_decimal_seconds_with_nine_digits() {
        let json = Event::new("a", date()).to_json();
        let json = std::str::from_utf8(&json).unwrap();
        assert!(json.contains("\"eventDate\":1581418327.791000000,"), "{json}");
        assert!(json.contains("\"alertWindowStartDate\":1581414727.791000000,"), "{json}");
    }

    #[test]
    fn what_the_rule_lacks_is_absent() {
        let event: Value = serde_json::from_slice(&Event::new("a", date()).to_json()).unwrap();
        let fields: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "alertEventId",
                "alertId",
                "alertWindowEndDate",
                "alertWindowStartDate",
                "eventDate",
                "hits",
                "isMuted",
                "name",
                "severity"
            ]
        );
    }

    #[test]
    fn raw_bytes_are_served_as_they_are() {
        let event = Event::new("a", date()).raw(&b"{\"alertId\":1, \"alertId\" :null"[..]);
        assert_eq!(event.to_json(), &b"{\"alertId\":1, \"alertId\" :null"[..]);
    }
}
