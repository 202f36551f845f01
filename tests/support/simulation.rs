//! Runs a schedule and compares what was delivered with what happened.

use crate::support::delivery::{Delivery, Fetches};
use crate::support::native::Native;
use crate::support::schedule::{Crash, Fetch, Filter, Happening, Schedule, Step, epoch};
use chrono::TimeDelta;
use logzio_simulator::{Clock, Endpoint, FaultPlan, FaultRule, RequestRecord, Simulator, SimulatorOptions};
use logzio_soar::contract::{FetchRequest, Start};
use std::collections::{HashMap, HashSet};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub events: usize,
    /// How many events came with a cursor that was stored.
    pub delivered: usize,
    pub requests: usize,
    pub rows: usize,
    pub calls: usize,
    /// Events that should have been delivered and were not.
    pub lost: Vec<String>,
    /// Events delivered again though the host had stored the cursor.
    pub repeated: Vec<String>,
    /// Events that no filter of the run wanted, or from before the start.
    pub foreign: Vec<String>,
    /// Pages that were not in order, and other broken promises.
    pub broken: Vec<String>,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.lost.is_empty() && self.repeated.is_empty() && self.foreign.is_empty() && self.broken.is_empty()
    }
}

struct Host<'s, F> {
    fetches: &'s F,
    schedule: &'s Schedule,
    start: Start,
    /// Delivered with a page whose cursor was stored.
    stored: HashMap<String, u32>,
    /// Delivered with a page whose cursor was not.
    orphaned: HashSet<String>,
    filters: Vec<Filter>,
    /// The events that are not proper ones, by what Logz.io sends for them.
    odd: HashMap<&'s str, String>,
    /// Print every fetch, as the variable `TRACE` asks for.
    traced: bool,
    verdict: Verdict,
}

/// Runs a schedule to its end.
pub fn run(schedule: &Schedule) -> Verdict {
    let mut native = Native::new(simulator(schedule));
    native.compressed = schedule.seed % 16 == 1;
    run_on(&native, schedule)
}

/// The Logz.io of a schedule.
pub fn simulator(schedule: &Schedule) -> Simulator {
    let simulator = Simulator::new(SimulatorOptions {
        clock: Clock::at(epoch()),
        seed: schedule.seed,
        behaviour: schedule.behaviour.clone(),
        ..SimulatorOptions::default()
    });
    simulator.add_events(schedule.events.iter().map(Happening::event));
    simulator
}

/// Runs a schedule to its end with whatever fetches.
pub fn run_on(fetches: &impl Fetches, schedule: &Schedule) -> Verdict {
    let first = epoch() - TimeDelta::milliseconds(schedule.first_back);
    let mut host = Host {
        fetches,
        schedule,
        start: Start::At(first.to_rfc3339()),
        stored: HashMap::new(),
        orphaned: HashSet::new(),
        filters: Vec::new(),
        odd: schedule.events.iter().filter_map(|event| Some((event.raw.as_deref()?, event.id()))).collect(),
        traced: std::env::var_os("TRACE").is_some(),
        verdict: Verdict { events: schedule.events.len(), ..Verdict::default() },
    };
    for step in &schedule.steps {
        match step {
            Step::Wait(time) => fetches.simulator().clock().advance(TimeDelta::from_std(*time).unwrap()),
            Step::Clock(seconds) => fetches.set_skew(TimeDelta::seconds(*seconds)),
            Step::Fetch(fetch) => {
                let _ = host.fetch(fetch);
            }
        }
    }
    host.drain();
    host.judge()
}

impl<F: Fetches> Host<'_, F> {
    fn fetch(&mut self, fetch: &Fetch) -> Result<bool, String> {
        if !self.filters.contains(&fetch.filter) {
            self.filters.push(fetch.filter);
        }
        let plan = fetch.fault.iter().map(|(from, times, fault)| FaultRule {
            endpoint: Some(Endpoint::Events),
            from: *from,
            times: Some(*times),
            fault: fault.clone(),
        });
        self.fetches.simulator().faults(FaultPlan { rules: plan.collect() });
        self.fetches.simulator().clear_requests();
        let result = self.fetches.fetch(&FetchRequest {
            start: self.start.clone(),
            filter: fetch.filter.contract(),
            limit: Some(fetch.limit),
            look_back_minutes: Some(fetch.look_back),
            attach_logs: None,
        });
        self.verdict.calls += 1;
        let requests = self.fetches.simulator().requests();
        if self.traced {
            self.trace(&result, &requests);
        }
        self.verdict.requests += requests.len();
        self.verdict.rows += requests.iter().map(|request| request.rows).sum::<usize>();
        let mut page = result?;
        self.check(&page, fetch);
        for incident in &mut page.incidents {
            if let Some(id) = self.odd.get(incident.raw.as_str()) {
                incident.id.clone_from(id);
            }
        }
        match fetch.crash {
            Crash::BeforeAnything => {}
            Crash::BeforeStoring => self.orphaned.extend(page.incidents.into_iter().map(|incident| incident.id)),
            Crash::No => {
                for incident in page.incidents {
                    *self.stored.entry(incident.id).or_default() += 1;
                }
                self.start = Start::After(page.next);
            }
        }
        Ok(page.more)
    }

    fn trace(&self, result: &Result<Delivery, String>, requests: &[RequestRecord]) {
        let now = self.fetches.simulator().clock().now();
        match result {
            Ok(page) => {
                println!("{now} {} incidents, more {}, {:?}", page.incidents.len(), page.more, page.notices);
            }
            Err(error) => println!("{now} {error}"),
        }
        for request in requests {
            println!("   {} {} rows {}", request.status, String::from_utf8_lossy(&request.body), request.rows);
        }
    }

    fn check(&mut self, page: &Delivery, fetch: &Fetch) {
        let limit = usize::try_from(fetch.limit.min(50)).unwrap();
        if page.incidents.len() > limit {
            self.verdict.broken.push(format!("{} incidents for a limit of {limit}", page.incidents.len()));
        }
        if !page.incidents.is_sorted_by_key(|incident| &incident.occurred) {
            self.verdict.broken.push("a page is not in order".into());
        }
        if page.next.len() > 65_536 {
            self.verdict.broken.push(format!("a cursor of {} characters", page.next.len()));
        }
        let ids: HashSet<&str> = page.incidents.iter().map(|incident| incident.id.as_str()).collect();
        if ids.len() < page.incidents.len() {
            self.verdict.broken.push("an incident stands twice in a page".into());
        }
    }

    /// Fetches every minute, without trouble, until nothing can be left.
    fn drain(&mut self) {
        self.fetches.set_skew(TimeDelta::zero());
        let last = self.schedule.events.iter().map(|event| event.at + event.late).max().unwrap_or_default();
        let end = epoch() + TimeDelta::milliseconds(last) + TimeDelta::minutes(7);
        let fetch = self.schedule.last.clone();
        // What is already there comes first, then the rest as it comes. The last
        // pass must have begun when all was visible, so there is one more.
        let mut last_pass = false;
        let enough = 2_000 + 10 * self.schedule.events.len();
        while self.verdict.requests < enough {
            let more = match self.fetch(&fetch) {
                Ok(more) => more,
                Err(error) => return self.verdict.broken.push(format!("a fetch without trouble failed: {error}")),
            };
            let now = self.fetches.simulator().clock().now();
            if more {
                continue;
            }
            if last_pass {
                return;
            }
            last_pass = now > end;
            let idle = !self.schedule.events.iter().any(|event| {
                let visible = epoch() + TimeDelta::milliseconds(event.at + event.late);
                (now - TimeDelta::minutes(5)..now + TimeDelta::minutes(10)).contains(&visible)
            });
            self.fetches.simulator().clock().advance(TimeDelta::minutes(if idle { 9 } else { 1 }));
        }
        self.verdict.broken.push("it did not come to an end".into());
    }

    fn judge(mut self) -> Verdict {
        let filters = if self.filters.is_empty() { vec![self.schedule.last.filter] } else { self.filters };
        let first = -self.schedule.first_back;
        let known: HashMap<String, &Happening> = self.schedule.events.iter().map(|event| (event.id(), event)).collect();
        for event in known.values() {
            let due = event.at >= first && filters.iter().all(|filter| filter.wants(event));
            if due && !self.stored.contains_key(&event.id()) {
                self.verdict.lost.push(event.id());
            }
        }
        for (id, times) in &self.stored {
            if *times > 1 {
                self.verdict.repeated.push(id.clone());
            }
        }
        for id in self.stored.keys().chain(&self.orphaned) {
            let fits = |event: &&Happening| event.at >= first && filters.iter().any(|filter| filter.wants(event));
            if !known.get(id).is_some_and(fits) {
                self.verdict.foreign.push(id.clone());
            }
        }
        self.verdict.delivered = self.stored.len();
        self.verdict.lost.sort();
        self.verdict.repeated.sort();
        self.verdict
    }
}

/// The smallest schedule found that fails as this one does.
pub fn shrink(schedule: &Schedule) -> Schedule {
    let mut smallest = schedule.clone();
    for _ in 0..400 {
        let Some(smaller) = smallest.smaller().into_iter().find(|smaller| !run(smaller).is_good()) else { break };
        smallest = smaller;
    }
    smallest
}
