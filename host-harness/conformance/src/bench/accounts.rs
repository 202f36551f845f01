//! What many cases put into the accounts of the simulated Logz.io.

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{AccountKind, Event, Log, Severity};
use serde_json::{Value, json};

use super::arguments::datetime;
use super::calls::Bench;

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
