//! An incident on its way to a sink.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

/// One incident on its way to a sink.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The name of the account that it is from.
    pub account: String,
    /// Its number, which rises. A sink that crashed while it wrote tells by the account, the number and the id whether it
    /// holds an incident already, so one that is sent again on purpose needs a new number.
    pub sequence: u64,
    /// The incident.
    pub incident: Incident,
}

/// An incident in the contract's JSON form, and what filters need of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Incident {
    /// The event's id.
    pub id: String,
    /// The rule's name.
    pub name: String,
    /// How serious it is.
    pub severity: Severity,
    /// When the rule was triggered: RFC 3339 in UTC with milliseconds.
    pub occurred: String,
    /// The rule's tags.
    pub tags: Vec<String>,
    /// The whole incident in the contract's JSON form, on one line.
    pub json: Box<RawValue>,
}

/// How serious a rule says its events are, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Logz.io named none, or one that is not known.
    Unclassified,
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
    /// All of them, from least to most.
    pub const ALL: [Self; 6] = [Self::Unclassified, Self::Info, Self::Low, Self::Medium, Self::High, Self::Severe];

    /// Its name in the contract, such as `high`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unclassified => "unclassified",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Severe => "severe",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Incident {
    /// Reads an incident in the contract's JSON form: a JSON object, as `fetch-incidents` returns it.
    ///
    /// # Errors
    /// If it is no JSON object on one line, or lacks a field that every incident has.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Read {
            id: String,
            name: String,
            severity: Severity,
            occurred: String,
            tags: Vec<String>,
        }
        let Read { id, name, severity, occurred, tags } = serde_json::from_str(text)?;
        let text = text.trim();
        if text.contains(['\n', '\r']) || !text.starts_with('{') {
            return Err(serde::de::Error::custom("an incident is a JSON object on one line"));
        }
        Ok(Self { id, name, severity, occurred, tags, json: RawValue::from_string(text.to_owned())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_an_object_on_one_line() {
        let whole = r#"{"id":"a","name":"n","severity":"high","occurred":"2026-11-22T08:00:00.000Z","tags":[]}"#;
        assert_eq!(Incident::from_json(&format!(" {whole}\n")).unwrap().json.get(), whole);
        for wrong in ["", "[]", r#"["a","n","high","o",[]]"#, r#"{"id":"a"}"#, &whole.replace("high", "HIGH")] {
            assert!(Incident::from_json(wrong).is_err(), "{wrong}");
        }
        assert!(Incident::from_json(&whole.replace(",\"tags\"", ",\n\"tags\"")).is_err());
    }

    #[test]
    fn severities_have_the_names_of_the_contract() {
        for severity in Severity::ALL {
            let read: Severity = serde_json::from_str(&format!("{:?}", severity.name())).unwrap();
            assert_eq!(read, severity);
        }
    }
}
