//! Runs a schedule and compares what was delivered with what happened.

use crate::native::Native;
use crate::schedule::{Crash, Fetch, Filter, Happening, Schedule, Step, epoch};
use chrono::TimeDelta;
use logzio_simulator::{Clock, Endpoint, FaultPlan, FaultRule, Simulator, SimulatorOptions};
use logzio_soar::contract::{Error, FetchRequest, IncidentPage, Start};
use std::collections::{HashMap, HashSet};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub events: usize,
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

struct Host<'s> {
    native: Native,
    schedule: &'s Schedule,
    start: Start,
    /// Delivered with a page whose cursor was stored.
    stored: HashMap<String, u32>,
    /// Delivered with a page whose cursor was not.
    orphaned: HashSet<String>,
    filters: Vec<Filter>,
    verdict: Verdict,
}

/// Runs a schedule to its end.
pub fn run(schedule: &Schedule) -> Verdict {
    let simulator = Simulator::new(SimulatorOptions {
        clock: Clock::at(epoch()),
        seed: schedule.seed,
        behaviour: schedule.behaviour.clone(),
        ..SimulatorOptions::default()
    });
    simulator.add_events(schedule.events.iter().map(Happening::event));
    let first = epoch() - TimeDelta::milliseconds(schedule.first_back);
    let mut host = Host {
        native: Native::new(simulator),
        schedule,
        start: Start::At(first.to_rfc3339()),
        stored: HashMap::new(),
        orphaned: HashSet::new(),
        filters: Vec::new(),
        verdict: Verdict { events: schedule.events.len(), ..Verdict::default() },
    };
    for step in &schedule.steps {
        match step {
            Step::Wait(time) => host.native.clock().advance(TimeDelta::from_std(*time).unwrap()),
            Step::Clock(seconds) => host.native.skew.set(TimeDelta::seconds(*seconds)),
            Step::Fetch(fetch) => {
                let _ = host.fetch(fetch);
            }
        }
    }
    host.drain();
    host.judge()
}

impl Host<'_> {
    fn fetch(&mut self, fetch: &Fetch) -> Result<bool, Error> {
        if !self.filters.contains(&fetch.filter) {
            self.filters.push(fetch.filter);
        }
        let plan = fetch.fault.iter().map(|(from, times, fault)| FaultRule {
            endpoint: Some(Endpoint::Events),
            from: *from,
            times: Some(*times),
            fault: fault.clone(),
        });
        self.native.simulator.faults(FaultPlan { rules: plan.collect() });
        self.native.simulator.clear_requests();
        let result = self.native.fetch(&FetchRequest {
            start: self.start.clone(),
            filter: fetch.filter.contract(),
            limit: Some(fetch.limit),
            look_back_minutes: Some(fetch.look_back),
            attach_logs: None,
        });
        self.verdict.calls += 1;
        let requests = self.native.simulator.requests();
        if std::env::var_os("TRACE").is_some() {
            println!(
                "{} {}",
                self.native.clock().now(),
                result.as_ref().map_or_else(
                    |e| format!("{e:?}"),
                    |p| format!("{} {} {:?}", p.incidents.len(), p.more, p.warnings)
                )
            );
            for r in &requests {
                println!("   {} {} rows {}", r.status, String::from_utf8_lossy(&r.body), r.rows);
            }
        }
        self.verdict.requests += requests.len();
        self.verdict.rows += requests.iter().map(|request| request.rows).sum::<usize>();
        let page = result?;
        self.check(&page, fetch);
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

    fn check(&mut self, page: &IncidentPage, fetch: &Fetch) {
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
        self.native.skew.set(TimeDelta::zero());
        let last = self.schedule.events.iter().map(|event| event.at + event.late).max().unwrap_or_default();
        let end = epoch() + TimeDelta::milliseconds(last) + TimeDelta::minutes(7);
        let fetch = self.schedule.last.clone();
        // What is already there comes first, then the rest as it comes. The last
        // pass must have begun when all was visible, so there is one more.
        let mut last_pass = false;
        for _ in 0..10_000 {
            let more = match self.fetch(&fetch) {
                Ok(more) => more,
                Err(error) => return self.verdict.broken.push(format!("a fetch without trouble failed: {error:?}")),
            };
            let now = self.native.clock().now();
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
            self.native.clock().advance(TimeDelta::minutes(if idle { 9 } else { 1 }));
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
