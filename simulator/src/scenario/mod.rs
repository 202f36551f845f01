//! Fills the accounts with believable data: events of the `catalogue`'s rules,
//! the logs behind them, everyday logs, and the event logs that the Security
//! account keeps.
//!
//! Must not know how any of it is searched.

mod catalogue;
mod document;
mod event_logs;
mod generator;
mod random;
mod settings;

use fastrand::Rng;

use self::generator::Generator;
pub use self::settings::Scenario;
use crate::account::AccountKind;
use crate::simulator::Simulator;

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

impl Simulator {
    /// Fills the accounts with believable events and logs.
    pub fn generate(&self, scenario: &Scenario) -> Generated {
        // What is there already counts in, so that doing it twice gives new
        // ids.
        let before = self.event_count() as u64;
        let start = scenario.start.timestamp_millis() as u64;
        let random = Rng::with_seed(self.seed() ^ start.rotate_left(20) ^ before.rotate_left(40));
        let data = Generator::new(scenario, random).generate();
        let generated =
            Generated { events: data.events.len(), logs: data.logs.len(), event_logs: data.event_logs.len() };
        self.add_events(data.events);
        self.add_logs(AccountKind::Operations, data.logs);
        self.add_logs(AccountKind::Security, data.event_logs);
        generated
    }
}
