//! What a fetch costs: in rows that Logz.io sends, requests and calls, so that
//! the figures are the same on every machine.

use crate::native::Native;
use crate::schedule::{Filter, epoch};
use chrono::TimeDelta;
use logzio_simulator::{Clock, Event, Simulator, SimulatorOptions};
use logzio_soar::contract::{FetchRequest, Start};

/// The look-back of these fetches, in seconds.
const LOOK_BACK: usize = 900;

#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    delivered: usize,
    rows: usize,
    requests: usize,
    calls: usize,
    longest_cursor: usize,
}

struct Account {
    native: Native,
    start: Start,
    cost: Cost,
    warnings: Vec<String>,
}

impl Account {
    /// As many events, evenly, `per_hour` of them in an hour, all in the past.
    fn new(events: usize, per_hour: usize) -> Self {
        let simulator = Simulator::new(SimulatorOptions { clock: Clock::at(epoch()), ..SimulatorOptions::default() });
        let pause = 3_600_000_000 / i64::try_from(per_hour).unwrap();
        simulator.add_events((0..events).map(|number| {
            let date = epoch() - TimeDelta::minutes(10) - TimeDelta::microseconds(pause * (events - number) as i64);
            Event::new(format!("event-{number}"), date)
        }));
        let first = epoch() - TimeDelta::minutes(10) - TimeDelta::microseconds(pause * (events + 1) as i64);
        Self {
            native: Native::new(simulator),
            start: Start::At(first.to_rfc3339()),
            cost: Cost::default(),
            warnings: Vec::new(),
        }
    }

    fn fetch(&mut self) -> bool {
        self.native.simulator.clear_requests();
        let request = FetchRequest {
            start: self.start.clone(),
            filter: Filter::All.contract(),
            limit: None,
            look_back_minutes: None,
            attach_logs: None,
        };
        let page = self.native.incidents(&request).unwrap();
        let requests = self.native.simulator.requests();
        self.cost.delivered += page.incidents.len();
        self.cost.rows += requests.iter().map(|request| request.rows).sum::<usize>();
        self.cost.requests += requests.len();
        self.cost.calls += 1;
        self.cost.longest_cursor = self.cost.longest_cursor.max(page.next.len());
        self.start = Start::After(page.next);
        self.warnings.extend(page.warnings);
        page.more
    }

    fn drain(&mut self) -> Cost {
        while self.fetch() {}
        self.cost
    }
}

#[test]
fn figures() {
    for per_hour in [60, 3 * 3600, 40 * 3600, 1000 * 3600] {
        for events in [1_000, 10_000, 100_000] {
            let began = std::time::Instant::now();
            let mut account = Account::new(events, per_hour);
            let cost = account.drain();
            let rows = cost.rows as f64 / events as f64;
            account.cost = Cost::default();
            account.fetch();
            println!(
                "{per_hour}/h N {events}: {cost:?} rows/N {rows:.3} idle {:?} warnings {} {:?} {:?}",
                account.cost,
                account.warnings.len(),
                account.warnings.last(),
                began.elapsed()
            );
        }
    }
    let _ = LOOK_BACK;
}
