//! Generates the events and logs of a scenario.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::Value;

use super::catalogue::{RULES, Rule, background_log};
use super::document::log;
use super::event_logs::{event_logs, summary};
use super::random::guid;
use super::settings::Scenario;
use crate::events::Event;
use crate::logs::Log;
use crate::time::after;

/// What the accounts get.
#[derive(Default)]
pub(crate) struct Data {
    pub(crate) events: Vec<Event>,
    pub(crate) logs: Vec<Log>,
    pub(crate) event_logs: Vec<Log>,
}

/// A scenario that is being made into data.
pub(crate) struct Generator<'a> {
    scenario: &'a Scenario,
    random: Rng,
    data: Data,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(scenario: &'a Scenario, random: Rng) -> Self {
        Self { scenario, random, data: Data::default() }
    }

    pub(crate) fn generate(mut self) -> Data {
        let scenario = self.scenario;
        let start = scenario.start.timestamp_millis();
        let length = scenario.end.timestamp_millis().saturating_sub(start).max(1);
        let hours = length as f64 / 3_600_000.0;
        let events = count(hours, scenario.events_per_hour);
        let mut dates: Vec<i64> = (0..events).map(|_| start + self.random.i64(0..length)).collect();
        dates.sort_unstable();
        let mut previous: Option<(i64, &Rule)> = None;
        for date in dates {
            // Rules with a group-by trigger once for each set of values, all
            // at the same moment.
            let (date, rule) = match previous {
                Some((date, rule)) if self.random.f64() < scenario.tied => (date, rule),
                _ => (date, choose_rule(&mut self.random)),
            };
            previous = Some((date, rule));
            self.add_event(rule, millis(date));
        }
        for _ in 0..count(hours, scenario.background_logs_per_hour) {
            let time = millis(start + self.random.i64(0..length));
            let fields = background_log(&mut self.random);
            self.data.logs.push(log(&mut self.random, time, fields));
        }
        self.data
    }

    fn add_event(&mut self, rule: &Rule, date: DateTime<Utc>) {
        let (scenario, rng, data) = (self.scenario, &mut self.random, &mut self.data);
        let id = guid(rng);
        let visible_at = if rng.f64() < scenario.late {
            let latest = scenario.latest.num_milliseconds().max(240_001);
            after(date, TimeDelta::milliseconds(rng.i64(240_000..latest)))
        } else {
            after(date, TimeDelta::milliseconds(rng.i64(2_000..60_000)))
        };
        let sample = (rule.log)(rng);
        let group_by: Vec<(&'static str, Value)> =
            sample.iter().filter(|(field, _)| rule.group_by.contains(field)).cloned().collect();
        let window_length = rule.minutes * 60_000;
        let mut times: Vec<i64> = (0..rng.u32(scenario.logs_per_event.clone()))
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
        let muted = rng.f64() < scenario.muted;
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
