//! What to fill the accounts with.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};

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
}
