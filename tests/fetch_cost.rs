//! The cost of a fetch in rows, requests and calls: figures that are the same
//! on every machine.

use crate::support::native::Native;
use crate::support::scenarios::everything;
use crate::support::schedule::epoch;
use chrono::TimeDelta;
use logzio_simulator::{Clock, Event, Simulator, SimulatorOptions};
use logzio_soar::contract::{Notice, Start};

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
    notices: Vec<Notice>,
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
            notices: Vec::new(),
        }
    }

    fn fetch(&mut self) -> bool {
        self.native.simulator.clear_requests();
        let request = everything(self.start.clone());
        let page = self.native.incidents(&request).unwrap();
        let requests = self.native.simulator.requests();
        self.cost.delivered += page.incidents.len();
        self.cost.rows += requests.iter().map(|request| request.rows).sum::<usize>();
        self.cost.requests += requests.len();
        self.cost.calls += 1;
        self.cost.longest_cursor = self.cost.longest_cursor.max(page.next.len());
        self.start = Start::After(page.next);
        self.notices.extend(page.notices);
        page.more
    }

    fn drain(&mut self) -> Cost {
        while self.fetch() {}
        self.cost
    }
}

/// Drains accounts of three sizes with so many events in an hour.
fn draining_is_cheap(per_hour: usize) {
    for events in [1_000, 10_000, 100_000] {
        let mut account = Account::new(events, per_hour);
        let cost = account.drain();
        assert_eq!(cost.delivered, events);
        // A pass over the last look-back ends it, for what was indexed late.
        let look_back = events.min(per_hour * LOOK_BACK / 3_600 + 1);
        let rows = events * 12 / 10 + look_back;
        assert!(cost.rows <= rows, "{cost:?} for {events}, at most {rows}");
        // Fifty a call, and a look-back in the largest pages.
        let calls = events / 50 + 2;
        assert!(cost.calls <= calls, "{cost:?} for {events}, at most {calls}");
        assert!(cost.requests <= calls + calls / 10 + look_back / 1_000 + 2, "{cost:?} for {events}");
        assert!(cost.longest_cursor <= 65_536, "{cost:?}");
        println!(
            "{per_hour:>8} an hour, {events:>6} events: {:.3} rows and {:.3} requests an event, cursor {}",
            cost.rows as f64 / events as f64,
            cost.requests as f64 / events as f64,
            cost.longest_cursor
        );
    }
}

#[test]
fn draining_one_event_a_minute_is_cheap() {
    draining_is_cheap(60);
}

#[test]
fn draining_three_events_a_second_is_cheap() {
    draining_is_cheap(3 * 3_600);
}

#[test]
fn draining_forty_events_a_second_is_cheap() {
    draining_is_cheap(40 * 3_600);
}

#[test]
fn draining_a_thousand_events_a_second_is_cheap() {
    draining_is_cheap(1_000 * 3_600);
}

#[test]
fn draining_ten_times_as_many_costs_ten_times_as_much() {
    for per_hour in [600, 6_000, 60_000] {
        let small = Account::new(2_000, per_hour).drain();
        let large = Account::new(20_000, per_hour).drain();
        assert!(large.rows <= 11 * small.rows, "{large:?} {small:?}");
        assert!(large.requests <= 11 * small.requests, "{large:?} {small:?}");
        assert!(large.calls <= 11 * small.calls, "{large:?} {small:?}");
    }
}

#[test]
fn an_idle_fetch_is_one_request() {
    // Up to as many events in the look-back as a page holds, less one.
    for per_hour in [1, 60, 3_900] {
        let mut account = Account::new(3_000, per_hour);
        account.drain();
        for _ in 0..10 {
            account.cost = Cost::default();
            assert!(!account.fetch());
            assert_eq!((account.cost.delivered, account.cost.requests), (0, 1), "{per_hour}");
            assert!(account.cost.rows <= 2 + per_hour / 4, "{:?}", account.cost);
            account.native.clock().advance(TimeDelta::minutes(1));
        }
    }
}

#[test]
fn a_cursor_of_eight_thousand_events_in_a_look_back_is_short_enough_and_forgets_none() {
    let mut account = Account::new(8_000, 8_000 * 4);
    let cost = account.drain();
    assert!((20_000..65_536).contains(&cost.longest_cursor), "{cost:?}");
    assert_eq!(account.notices, []);
}

#[test]
fn a_cursor_that_must_forget_says_so_and_repeats_nothing() {
    let mut account = Account::new(40_000, 40_000 * 4);
    let cost = account.drain();
    assert_eq!(cost.delivered, 40_000);
    assert!(cost.longest_cursor <= 65_536, "{cost:?}");
    assert!(
        account.notices.iter().any(|notice| notice.text.contains("cannot remember more events")),
        "{:?}",
        account.notices
    );
    assert!(!account.fetch());
    assert_eq!(account.cost.delivered, 40_000);
}
