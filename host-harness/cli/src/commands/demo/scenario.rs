//! The simulated account of the demo.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use logzio_simulator::{Clock, Event, Region, Scenario, Severity, Simulator, SimulatorOptions};

/// How far back the demo goes.
pub(super) const DAYS: i64 = 3;

/// A moment that no clock of this machine knows, so that each demo is alike.
pub(super) fn start_of_demo() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).single().unwrap_or_default()
}

pub(super) fn simulated(seed: u64, now: DateTime<Utc>) -> (Simulator, Clock) {
    let clock = Clock::at(now);
    let simulator = Simulator::new(SimulatorOptions {
        clock: clock.clone(),
        region: Region::from_code("eu"),
        seed,
        ..SimulatorOptions::default()
    });
    simulator.generate(&Scenario {
        events_per_hour: 6.0,
        background_logs_per_hour: 60.0,
        ..Scenario::new(now - TimeDelta::days(7), now)
    });
    // The live part: some new events, two of them at the same moment, and one that Logz.io indexes only after later ones.
    let at = |seconds| now + TimeDelta::seconds(seconds);
    let event = |id: u32, seconds, severity, rule: &str| {
        Event::new(format!("5a1e7b2c-0d3f-4e6a-8b9c-{id:012}"), at(seconds))
            .visible_at(at(seconds + 20))
            .severity(severity)
            .rule(9_000 + id, rule)
    };
    simulator.add_events([
        event(1, 65, Severity::Medium, "Okta: impossible travel").group_by([("user", "ada")]),
        event(2, 100, Severity::Severe, "Malware found by endpoint protection")
            .group_by([("host", "hq-laptop-17")])
            .visible_at(at(500)),
        event(3, 140, Severity::High, "Brute force: many failed SSH logins").group_by([("source.ip", "203.0.113.9")]),
        event(4, 140, Severity::High, "Brute force: many failed SSH logins").group_by([("source.ip", "203.0.113.77")]),
        event(5, 320, Severity::Low, "Firewall: port scan").group_by([("source.ip", "198.51.100.4")]),
    ]);
    (simulator, clock)
}
