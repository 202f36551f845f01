//! What templates see of incidents.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::envelope::Envelope;
use crate::format::Details;
use crate::sink::Undelivered;
use crate::webhook::message;

/// What a template sees.
#[derive(Serialize)]
pub(super) struct View<'a> {
    /// The incident, if there is one in each request.
    #[serde(flatten)]
    one: Option<&'a Item<'a>>,
    /// All incidents of the request.
    items: &'a [Item<'a>],
    /// What the settings have in `values`.
    values: &'a BTreeMap<String, String>,
}

/// The incidents of a request, as templates see them.
pub(super) struct Items<'a>(Vec<Item<'a>>);

/// An incident and where it is from.
#[derive(Serialize)]
struct Item<'a> {
    account: &'a str,
    sequence: u64,
    /// The same for the same incident of the same account, and different for others: 36 characters.
    key: String,
    incident: IncidentView<'a>,
}

/// The fields of the contract.
#[derive(Serialize)]
struct IncidentView<'a> {
    id: &'a str,
    rule_id: Option<u32>,
    name: &'a str,
    description: Option<String>,
    summary: Option<String>,
    severity: &'static str,
    occurred: &'a str,
    window: Option<BTreeMap<&'static str, String>>,
    group_by: Vec<Pair>,
    tags: &'a [String],
    mitre_tags: Vec<String>,
    muted: bool,
    raw: Value,
    logs: Vec<Value>,
    defects: Vec<String>,
}

/// A field and its value, in the order of the incident.
#[derive(Serialize)]
struct Pair {
    field: String,
    value: String,
}

impl<'a> Items<'a> {
    pub(super) fn of(batch: &'a [Envelope]) -> Result<Self, Undelivered> {
        batch.iter().map(Item::of).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn view(&'a self, is_list: bool, values: &'a BTreeMap<String, String>) -> View<'a> {
        let one = if is_list { None } else { self.0.first() };
        View { one, items: &self.0, values }
    }
}

impl<'a> Item<'a> {
    fn of(envelope: &'a Envelope) -> Result<Self, Undelivered> {
        let Envelope { account, sequence, incident } = envelope;
        let Details { rule_id, description, summary, window, group_by, mitre_tags, muted, raw, logs, defects } =
            Details::of(envelope)?;
        let incident = IncidentView {
            id: &incident.id,
            rule_id,
            name: &incident.name,
            description,
            summary,
            severity: incident.severity.name(),
            occurred: &incident.occurred,
            window: window.map(|window| BTreeMap::from([("start", window.start), ("end", window.end)])),
            group_by: group_by.0.into_iter().map(|(field, value)| Pair { field, value }).collect(),
            tags: &incident.tags,
            mitre_tags,
            muted,
            raw: raw.map_or(Value::Null, |raw| parsed(raw.get())),
            logs: logs.iter().map(|log| parsed(log.get())).collect(),
            defects,
        };
        Ok(Self { account, sequence: *sequence, key: message::id(std::slice::from_ref(envelope)), incident })
    }
}

/// JSON of Logz.io's. What no program can take, such as `1e400`, is a text.
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| json.into())
}
