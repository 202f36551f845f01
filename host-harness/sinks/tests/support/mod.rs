//! Incidents, sinks of a folder, and servers.

mod authority;
mod server;

use std::path::Path;

use logzio_soar_sinks::{Envelope, Incident, Sink, SinkError, SinkSettings, Sinks};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use authority::Authority;
pub(crate) use server::{Received, Reply, Server};

/// An incident with everything that the contract has.
pub(crate) fn whole(id: &str, name: &str) -> Value {
    json!({
        "id": id, "rule_id": 4711, "name": name, "description": "Many failed logins", "summary": "count > 5",
        "severity": "high", "occurred": "2026-11-22T08:00:00.250Z",
        "window": {"start": "2026-11-22T07:55:00.000Z", "end": "2026-11-22T08:00:00.000Z"},
        "group_by": {"source.ip": "203.0.113.9", "user.name": "ada"},
        "tags": ["Auth", "linux"], "mitre_tags": ["T1110", "TA0006"], "muted": false,
        "raw": {"alertEventId": id, "alertWindowEndDate": 1e9}, "logs": [{"message": "Failed password"}], "defects": [],
    })
}

/// An incident of the account `acme`.
pub(crate) fn envelope(sequence: u64) -> Envelope {
    named(sequence, "Brute force: many failed SSH logins")
}

pub(crate) fn named(sequence: u64, name: &str) -> Envelope {
    of(sequence, &whole(&format!("5a1e7b2c-{sequence}"), name))
}

pub(crate) fn of(sequence: u64, incident: &Value) -> Envelope {
    Envelope { account: "acme".into(), sequence, incident: Incident::from_json(&incident.to_string()).unwrap() }
}

pub(crate) fn envelopes(numbers: std::ops::RangeInclusive<u64>) -> Vec<Envelope> {
    numbers.map(envelope).collect()
}

/// A folder with a `sinks.toml`.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("sinks.toml", text);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn sinks(&self) -> Result<Sinks, String> {
        Sinks::read(&self.path().join("sinks.toml")).map_err(|error| error.to_string())
    }

    /// The settings of the sink `it`.
    pub(crate) fn settings(&self) -> SinkSettings {
        self.sinks().unwrap().get(&"it".parse().unwrap()).unwrap().clone()
    }

    pub(crate) async fn try_open(&self) -> Result<Box<dyn Sink>, SinkError> {
        self.settings().open().await
    }

    pub(crate) async fn open(&self) -> Box<dyn Sink> {
        self.try_open().await.unwrap()
    }
}
