//! Fills the accounts with believable data: events of the catalogue's rules,
//! the logs behind them, everyday logs, and the event logs that the Security
//! account keeps.
//!
//! Knows nothing of how any of it is searched.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::account::AccountKind;
use crate::catalogue::{LogFields, RULES, Rule, background_log, guid};
use crate::document::{Log, TIME_FIELD};
use crate::event::Event;
use crate::simulator::Simulator;
use crate::time::{after, iso};

/// What to fill the accounts with. The same scenario in a new simulator of the
/// same seed gives the same data.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use logzio_simulator::{Scenario, Simulator, SimulatorOptions};
///
/// let simulator = Simulator::new(SimulatorOptions::default());
/// let end = simulator.clock().now();
/// let scenario = Scenario {
///     events_per_hour: 60.0,
///     ..Scenario::new(end - TimeDelta::hours(6), end)
/// };
/// assert_eq!(simulator.generate(&scenario).events, 360);
/// ```
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The earliest date of an event.
    pub start: DateTime<Utc>,
    /// The time that all dates lie before. It may lie in the future: events
    /// and logs become visible as the clock goes on.
    pub end: DateTime<Utc>,
    /// How many events an hour has on average.
    pub events_per_hour: f64,
    /// How many everyday logs an hour has on average.
    pub background_logs_per_hour: f64,
    /// How many logs stand behind an event.
    pub logs_per_event: RangeInclusive<u32>,
    /// The share of events that are dated exactly as the one before, 0 to 1.
    pub tied: f64,
    /// The share of events that become visible late, 0 to 1. The others are
    /// there within a minute.
    pub late: f64,
    /// The latest a late event becomes visible after its date; four minutes
    /// are the least.
    pub latest: TimeDelta,
    /// The share of events that are muted, 0 to 1.
    pub muted: f64,
}

impl Scenario {
    /// Twelve events and 120 everyday logs an hour, of the events a tenth
    /// tied, 3 in 100 late by up to ten minutes and 5 in 100 muted, each with
    /// two to eight logs.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self {
            start,
            end,
            events_per_hour: 12.0,
            background_logs_per_hour: 120.0,
            logs_per_event: 2..=8,
            tied: 0.1,
            late: 0.03,
            latest: TimeDelta::minutes(10),
            muted: 0.05,
        }
    }

    pub(crate) fn generate(&self, simulator: &Simulator) -> Generated {
        let start = self.start.timestamp_millis();
        let length = self.end.timestamp_millis().saturating_sub(start).max(1);
        let hours = length as f64 / 3_600_000.0;
        // What is there already counts in, so that doing it twice gives new
        // ids.
        let before = simulator.event_count() as u64;
        let mut rng = Rng::with_seed(simulator.seed() ^ (start as u64).rotate_left(20) ^ before.rotate_left(40));
        let mut dates: Vec<i64> = (0..count(hours, self.events_per_hour)).map(|_| start + rng.i64(0..length)).collect();
        dates.sort_unstable();
        let mut data = Data::default();
        let mut previous: Option<(i64, &Rule)> = None;
        for date in dates {
            // Rules with a group-by trigger once for each set of values, all
            // at the same moment.
            let (date, rule) = match previous {
                Some((date, rule)) if rng.f64() < self.tied => (date, rule),
                _ => (date, choose_rule(&mut rng)),
            };
            previous = Some((date, rule));
            self.add_event(&mut rng, rule, millis(date), &mut data);
        }
        for _ in 0..count(hours, self.background_logs_per_hour) {
            let time = millis(start + rng.i64(0..length));
            let fields = background_log(&mut rng);
            data.logs.push(log(&mut rng, time, fields));
        }
        let generated =
            Generated { events: data.events.len(), logs: data.logs.len(), event_logs: data.event_logs.len() };
        simulator.add_events(data.events);
        simulator.add_logs(AccountKind::Operations, data.logs);
        simulator.add_logs(AccountKind::Security, data.event_logs);
        generated
    }

    fn add_event(&self, rng: &mut Rng, rule: &Rule, date: DateTime<Utc>, data: &mut Data) {
        let id = guid(rng);
        let visible_at = if rng.f64() < self.late {
            let latest = self.latest.num_milliseconds().max(240_001);
            after(date, TimeDelta::milliseconds(rng.i64(240_000..latest)))
        } else {
            after(date, TimeDelta::milliseconds(rng.i64(2_000..60_000)))
        };
        let sample = (rule.log)(rng);
        let group_by: Vec<(&'static str, Value)> =
            sample.iter().filter(|(field, _)| rule.group_by.contains(field)).cloned().collect();
        let window_length = rule.minutes * 60_000;
        let mut times: Vec<i64> = (0..rng.u32(self.logs_per_event.clone()))
            .map(|_| date.timestamp_millis() - 5_000 - rng.i64(0..window_length - 5_000))
            .collect();
        times.sort_unstable();
        let mut ids = Vec::with_capacity(times.len());
        for time in &times {
            let mut fields = (rule.log)(rng);
            for (field, value) in &mut fields {
                if let Some((_, grouped)) = group_by.iter().find(|(name, _)| name == field) {
                    *value = grouped.clone();
                }
            }
            // Indexed before the rule that counted it fired.
            let log = log(rng, millis(*time), fields).visible_at(date);
            ids.push(log.id().to_owned());
            data.logs.push(log);
        }
        let window = match (times.first(), times.last()) {
            (Some(first), Some(last)) => (millis(*first), millis(*last)),
            _ => (after(date, TimeDelta::minutes(-rule.minutes)), date),
        };
        let groups: Vec<(String, String)> = group_by
            .iter()
            .map(|(field, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                ((*field).to_owned(), text)
            })
            .collect();
        let summary = summary(rule);
        let muted = rng.f64() < self.muted;
        data.event_logs.extend(event_logs(rng, rule, &id, date, visible_at, &groups, ids.len()));
        let mut event = Event::new(id, date)
            .visible_at(visible_at)
            .severity(rule.severity)
            .rule(rule.id, rule.name)
            .summary(summary)
            .window(window.0, window.1)
            .group_by(groups)
            .tags(rule.tags.iter().copied())
            .mitre_tags(rule.mitre_tags.iter().copied())
            .muted(muted)
            .logs(ids);
        if let Some(description) = rule.description {
            event = event.description(description);
        }
        data.events.push(event);
    }
}

/// How much was generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generated {
    /// Events of the Security account.
    pub events: usize,
    /// Logs of the Operations account.
    pub logs: usize,
    /// Event logs of the Security account.
    pub event_logs: usize,
}

#[derive(Default)]
struct Data {
    events: Vec<Event>,
    logs: Vec<Log>,
    event_logs: Vec<Log>,
}

fn count(hours: f64, rate: f64) -> usize {
    (hours * rate).round().max(0.0) as usize
}

fn millis(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

fn choose_rule(rng: &mut Rng) -> &'static Rule {
    let mut left = rng.u32(0..RULES.iter().map(|rule| rule.share).sum());
    for rule in &RULES {
        match left.checked_sub(rule.share) {
            Some(rest) => left = rest,
            None => return rule,
        }
    }
    let [first, ..] = &RULES;
    first
}

fn summary(rule: &Rule) -> String {
    let mut summary = format!(
        "Alert if query '{}' results GREATER_THAN_OR_EQUALS {}.00 in {} minutes.",
        rule.query, rule.threshold, rule.minutes
    );
    if !rule.group_by.is_empty() {
        summary.push_str(&format!(" Count on Group By '[{}]'", rule.group_by.join(", ")));
    }
    summary
}

/// A document of these fields, with the disorder that real ones have.
fn log(rng: &mut Rng, time: DateTime<Utc>, fields: LogFields) -> Log {
    let flattened = rng.f64() < 0.25;
    let doubled = rng.f64() < 0.15;
    let mut document = Map::new();
    for (field, value) in fields {
        // An array with the same value twice, as pipelines leave behind.
        let value = match value {
            Value::String(text) if doubled && field != "message" => json!([text, text]),
            value => value,
        };
        if flattened && field.contains('.') {
            document.insert(field.to_owned(), value.clone());
        }
        nest(&mut document, field, value);
    }
    let text = iso(time.timestamp_millis());
    let text = match rng.f64() < 0.3 {
        true => text.replace('Z', "+0000"),
        false => text,
    };
    document.insert(TIME_FIELD.to_owned(), json!(text));
    document.entry("logzio_codec").or_insert_with(|| json!("json"));
    let id: String = (0..20).map(|_| rng.alphanumeric()).collect();
    let visible_at = after(time, TimeDelta::milliseconds(rng.i64(1_000..30_000)));
    Log::new(id, time, Value::Object(document).to_string()).visible_at(visible_at)
}

fn nest(document: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            document.insert(path.to_owned(), value);
        }
        Some((outer, inner)) => {
            let object = document.entry(outer).or_insert_with(|| json!({}));
            if let Value::Object(object) = object {
                nest(object, inner, value);
            }
        }
    }
}

/// What the Security account keeps of an event.
fn event_logs(
    rng: &mut Rng,
    rule: &Rule,
    event_id: &str,
    date: DateTime<Utc>,
    visible_at: DateTime<Utc>,
    groups: &[(String, String)],
    hits: usize,
) -> Vec<Log> {
    let parts = if rule.correlated { 2 } else { 1 };
    (1..=parts)
        .map(|part| {
            let mut document = json!({
                "@timestamp": iso(date.timestamp_millis()),
                "type": "logzio-alerts",
                "sub-type": "security_rule",
                "logzio-alert-event-id": event_id,
                "logzio-alert-definition-id": rule.id.to_string(),
                "logzio-alert-title": match rule.correlated {
                    true => format!("{} ({part}/{parts})", rule.name),
                    false => rule.name.to_owned(),
                },
                "logzio-alert-triggered-severity": rule.severity.as_str(),
                "logzio-hits": hits,
                "logzio-investigate": "Investigate",
                "condition": summary(rule),
                "tags": rule.tags,
            });
            if let Value::Object(document) = &mut document {
                for (field, value) in groups {
                    document.insert(field.clone(), json!(value));
                }
                if rule.correlated {
                    let values: Vec<&str> = groups.iter().map(|(_, value)| value.as_str()).collect();
                    document.insert("logzio-alert-join-values".to_owned(), json!(values.join(", ")));
                }
            }
            let id: String = (0..20).map(|_| rng.alphanumeric()).collect();
            Log::new(id, date, document.to_string()).visible_at(visible_at)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::client::*;
    use crate::fault::Endpoint;

    fn scenario() -> Scenario {
        Scenario { events_per_hour: 40.0, ..Scenario::new(time("2026-11-21T06:00:00Z"), time("2026-11-22T11:00:00Z")) }
    }

    #[test]
    fn the_logs_of_an_event_match_its_window_and_values() {
        let simulator = simulator();
        simulator.generate(&scenario());
        let mut with_values = 0;
        for event in simulator.events() {
            let mut clauses = vec![json!({"range": {"@timestamp": {
                "from": event.window.0.timestamp_millis(),
                "to": event.window.1.timestamp_millis(),
            }}})];
            let values: Vec<String> =
                event.group_by.iter().map(|(field, value)| format!("{field}:\"{value}\"")).collect();
            if !values.is_empty() {
                with_values += 1;
                clauses.push(json!({"query_string": {"query": values.join(" AND ")}}));
            }
            let body = json!({"query": {"bool": {"must": clauses}}, "size": 1000}).to_string();
            let answer = ask_json(&simulator, Endpoint::Search, &body);
            let found: HashSet<&str> =
                answer["hits"]["hits"].as_array().unwrap().iter().map(|hit| hit["_id"].as_str().unwrap()).collect();
            assert!((2..=8).contains(&event.logs.len()));
            for log in &event.logs {
                assert!(found.contains(log.as_str()), "{event:?}");
            }
            let body = json!({"filter": {"alertEventId": event.id}}).to_string();
            let logs = ask_json(&simulator, Endpoint::EventLogs, &body);
            assert_eq!(logs["total"], event.logs.len(), "{event:?}");
        }
        assert!(with_values > 100);
    }

    #[test]
    fn the_logs_of_an_event_match_the_query_of_its_rule() {
        let simulator = simulator();
        simulator.generate(&scenario());
        for event in simulator.events() {
            let rule = RULES.iter().find(|rule| rule.id == event.rule_id).unwrap();
            let body = json!({
                "query": {"bool": {"must": [
                    {"query_string": {"query": rule.query}},
                    {"ids": {"values": event.logs}},
                    {"range": {"@timestamp": {"gte": event.window.0.to_rfc3339(), "lte": event.window.1.to_rfc3339()}}},
                ]}},
                "size": 0,
            });
            let answer = ask_json(&simulator, Endpoint::Search, &body.to_string());
            assert_eq!(answer["hits"]["total"], event.logs.len(), "{}: {event:?}", rule.query);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_data_and_twice_is_not_the_same() {
        let (one, other) = (simulator(), simulator());
        let generated = one.generate(&scenario());
        assert_eq!(other.generate(&scenario()), generated);
        assert_eq!(one.events(), other.events());
        assert_eq!(generated.events, 1160);
        one.generate(&scenario());
        let ids: HashSet<String> = one.events().into_iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), 2320);
    }

    #[test]
    fn there_are_ties_late_and_muted_events_and_every_rule() {
        let simulator = simulator();
        simulator.generate(&scenario());
        let events = simulator.events();
        let mut by_date: HashMap<_, HashSet<u32>> = HashMap::new();
        for event in &events {
            by_date.entry(event.date).or_default().insert(event.rule_id);
        }
        assert!(events.len() - by_date.len() > 60);
        assert!(by_date.values().all(|rules| rules.len() == 1));
        let late = |event: &&crate::EventRecord| event.visible_at - event.date > TimeDelta::minutes(3);
        let late: Vec<_> = events.iter().filter(late).collect();
        assert!((15..80).contains(&late.len()), "{}", late.len());
        assert!(late.iter().all(|event| event.visible_at - event.date <= TimeDelta::minutes(10)));
        assert!((25..100).contains(&events.iter().filter(|event| event.muted).count()));
        let rules: HashSet<u32> = events.iter().map(|event| event.rule_id).collect();
        assert_eq!(rules.len(), RULES.len());
        assert!(events.iter().all(|event| (scenario().start..scenario().end).contains(&event.date)));
    }

    #[test]
    fn logs_are_as_untidy_as_real_ones() {
        let simulator = simulator();
        simulator.generate(&scenario());
        let logs = simulator.logs(AccountKind::Operations);
        let texts: Vec<&str> = logs.iter().map(|log| std::str::from_utf8(log.document()).unwrap()).collect();
        let holding = |part: &str| texts.iter().filter(|text| text.contains(part)).count();
        assert!(holding("+0000\"") > 100, "offsets without a colon");
        assert!(holding("\"winlog.computer_name\"") > 10, "flattened doubles");
        assert!(holding("\"type\":[\"auth\",\"auth\"]") > 10, "arrays with doubled values");
    }

    #[test]
    fn every_event_has_its_logs_in_the_security_account() {
        let simulator = simulator();
        simulator.generate(&scenario());
        let mut logs: HashMap<String, usize> = HashMap::new();
        for log in simulator.logs(AccountKind::Security) {
            let log: Value = serde_json::from_slice(log.document()).unwrap();
            assert_eq!((&log["type"], &log["sub-type"]), (&json!("logzio-alerts"), &json!("security_rule")));
            *logs.entry(log["logzio-alert-event-id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        for event in simulator.events() {
            let correlated = RULES.iter().any(|rule| rule.id == event.rule_id && rule.correlated);
            assert_eq!(logs.get(&event.id), Some(&(1 + usize::from(correlated))));
        }
    }

    #[test]
    fn what_lies_ahead_appears_as_the_clock_goes_on() {
        let simulator = simulator();
        let now = simulator.clock().now();
        simulator.generate(&Scenario { events_per_hour: 600.0, ..Scenario::new(now, now + TimeDelta::hours(1)) });
        let total =
            || ask_json(&simulator, Endpoint::Events, r#"{"filter":{"includeMutedEvents":true}}"#)["total"].clone();
        assert_eq!(total(), 0);
        simulator.clock().advance(TimeDelta::minutes(30));
        let half = total().as_u64().unwrap();
        assert!((200..400).contains(&half), "{half}");
        simulator.clock().advance(TimeDelta::hours(1));
        assert_eq!(total(), 600);
    }
}
