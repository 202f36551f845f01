//! All fields of an incident, read from the contract's JSON form. What Logz.io wrote stays as it was written: it may hold numbers
//! and texts that no program can take.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::envelope::Envelope;
use crate::sink::Undelivered;

/// All fields of an incident.
#[derive(serde::Deserialize)]
pub(crate) struct Details<'a> {
    pub(crate) rule_id: Option<u32>,
    pub(crate) description: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) window: Option<Window>,
    #[serde(default)]
    pub(crate) group_by: Pairs,
    #[serde(default)]
    pub(crate) mitre_tags: Vec<String>,
    #[serde(default)]
    pub(crate) muted: bool,
    #[serde(borrow)]
    pub(crate) raw: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) logs: Vec<&'a RawValue>,
    #[serde(default)]
    pub(crate) defects: Vec<String>,
}

/// The time from the earliest to the latest log.
#[derive(serde::Deserialize)]
pub(crate) struct Window {
    pub(crate) start: String,
    pub(crate) end: String,
}

/// Pairs of texts in their order, which JSON has as an object.
#[derive(Default)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<'a> Details<'a> {
    /// Reads them from an incident.
    ///
    /// # Errors
    /// If a field is of another type than the contract has.
    pub(crate) fn of(envelope: &'a Envelope) -> Result<Self, Undelivered> {
        serde_json::from_str(envelope.incident.json.get()).map_err(|error| {
            let id = &envelope.incident.id;
            Undelivered::refused(format!("the incident {id} is not of the contract: {error}: report this"))
        })
    }
}
