//! Arguments that many cases use, and the data that goes with them.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use logzio_simulator::{AccountKind, Event, Log, Severity};
use serde_json::{Value, json};

use crate::bench::Bench;

/// Where a fetch starts: at a time.
pub(crate) fn from(time: &str) -> Value {
    json!({"case": "at", "value": time})
}

/// Where a fetch starts: where an earlier page ended.
pub(crate) fn after(page: &Value) -> Value {
    json!({"case": "after", "value": page.get("next").cloned().unwrap_or_default()})
}

/// The arguments of a fetch: of every event, muted ones too, but for what `request` says.
pub(crate) fn fetch(start: Value, request: Value) -> Value {
    let mut whole = json!({
        "start": start,
        "filter": {"rule_name": null, "severities": [], "tags": [], "include_muted": true},
    });
    if let (Value::Object(whole), Value::Object(request)) = (&mut whole, request) {
        whole.extend(request);
    }
    json!({"request": whole})
}

/// The arguments of a search: of every log, but for what `query` says.
pub(crate) fn search(query: Value) -> Value {
    let mut whole = json!({"lucene": "*", "fields": []});
    if let (Value::Object(whole), Value::Object(query)) = (&mut whole, query) {
        whole.extend(query);
    }
    json!({"query": whole})
}

/// The arguments of a hunt for values whose kind can be told.
pub(crate) fn hunt(values: &[&str], request: Value) -> Value {
    let indicators: Vec<Value> = values.iter().map(|value| json!({"value": value})).collect();
    let mut whole = json!({"indicators": indicators, "fields": [], "internal_networks": []});
    if let (Value::Object(whole), Value::Object(request)) = (&mut whole, request) {
        whole.extend(request);
    }
    json!({"request": whole})
}

/// A time as the contract writes it.
pub(crate) fn datetime(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A log with these members and its `@timestamp`.
pub(crate) fn log(id: impl Into<String>, time: DateTime<Utc>, members: Value) -> Log {
    let mut document = json!({"@timestamp": datetime(time)});
    if let (Value::Object(document), Value::Object(members)) = (&mut document, members) {
        document.extend(members);
    }
    Log::new(id, time, document.to_string())
}

impl Bench<'_> {
    /// So many minutes before the case began.
    pub(crate) fn minutes_ago(&self, minutes: i64) -> DateTime<Utc> {
        self.site.now - TimeDelta::minutes(minutes)
    }

    /// Puts logs into the Operations account.
    pub(crate) fn add_logs(&self, logs: impl IntoIterator<Item = Log>) {
        self.site.simulator.add_logs(AccountKind::Operations, logs);
    }

    /// Five events an hour ago, `e0` to `e4`, and thirty logs before them, `l0` to `l29`.
    pub(crate) fn fill_small(&self) {
        for number in 0..5 {
            let event = Event::new(format!("e{number}"), self.minutes_ago(60 - number)).severity(Severity::High);
            self.site.simulator.add_event(event);
        }
        let began = self.minutes_ago(90);
        self.add_logs((0..30).map(|number| {
            log(format!("l{number}"), began + TimeDelta::seconds(number), json!({"type": "falco", "number": number}))
        }));
    }
}
