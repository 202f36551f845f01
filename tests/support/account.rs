//! An account without data, at the present of the tests.

use logzio_simulator::{Clock, Simulator, SimulatorOptions};

/// The present of the tests.
pub fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-11-22T08:30:00Z".parse().unwrap()
}

/// A simulator without data.
pub fn simulator() -> Simulator {
    Simulator::new(SimulatorOptions { clock: Clock::at(now()), ..SimulatorOptions::default() })
}
