//! Some random schedules run by the real component in the real sandbox, with
//! the same deliveries as the native run.

use crate::sandbox::{builder, connection};
use crate::support::delivery::{Delivered, Delivery, Fetches};
use crate::support::schedule::Schedule;
use crate::support::simulation;
use chrono::TimeDelta;
use logzio_simulator::Simulator;
use logzio_soar::contract as native;
use logzio_soar_host::Session;
use logzio_soar_host::contract::{EventFilter, FetchRequest, Severity, Start};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;
use tokio::runtime::Runtime;

/// How many schedules; an instance of the component lives for each fetch.
const SEEDS: u64 = 40;

/// The component in its sandbox. Its timers, and the simulator's delays, are
/// those of a paused clock.
struct Sandboxed {
    simulator: Simulator,
    session: Session,
    skew: Arc<AtomicI64>,
    runtime: Runtime,
}

impl Sandboxed {
    fn new(simulator: Simulator) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let skew = Arc::new(AtomicI64::new(0));
        let (clock, ahead) = (simulator.clock().clone(), Arc::clone(&skew));
        let runner = builder(&simulator)
            .clock(move || SystemTime::from(clock.now() + TimeDelta::seconds(ahead.load(Ordering::Relaxed))))
            .build()
            .unwrap();
        Self { session: runner.connect(connection(&simulator)), simulator, skew, runtime }
    }
}

impl Fetches for Sandboxed {
    fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    fn set_skew(&self, skew: TimeDelta) {
        self.skew.store(skew.num_seconds(), Ordering::Relaxed);
    }

    fn fetch(&self, request: &native::FetchRequest) -> Result<Delivery, String> {
        let severity = |severity: &native::Severity| match severity {
            native::Severity::Unclassified => Severity::Unclassified,
            native::Severity::Info => Severity::Info,
            native::Severity::Low => Severity::Low,
            native::Severity::Medium => Severity::Medium,
            native::Severity::High => Severity::High,
            native::Severity::Severe => Severity::Severe,
        };
        let filter = &request.filter;
        let request = FetchRequest {
            start: match &request.start {
                native::Start::At(time) => Start::At(time.clone()),
                native::Start::After(cursor) => Start::After(cursor.clone()),
            },
            filter: EventFilter {
                rule_name: filter.rule_name.clone(),
                severities: filter.severities.iter().map(severity).collect(),
                tags: filter.tags.clone(),
                include_muted: filter.include_muted,
            },
            limit: request.limit,
            look_back_minutes: request.look_back_minutes,
            attach_logs: request.attach_logs,
        };
        let (page, took) = self.runtime.block_on(async {
            let began = tokio::time::Instant::now();
            (self.session.fetch_incidents(&request).await, began.elapsed())
        });
        // What the component waited for has passed for Logz.io too.
        self.simulator.clock().advance(TimeDelta::from_std(took).unwrap());
        let page = page.unwrap_or_else(|error| panic!("the component was stopped: {error}"));
        let page = page.map_err(|error| format!("{error:?}"))?;
        let incidents = page.incidents.into_iter();
        Ok(Delivery {
            incidents: incidents.map(|i| Delivered { id: i.id, occurred: i.occurred, raw: i.raw }).collect(),
            next: page.next,
            more: page.more,
            notices: page.notices.into_iter().map(|notice| notice.text).collect(),
        })
    }
}

#[test]
fn the_component_in_its_sandbox_comes_to_what_the_native_run_comes_to() {
    for seed in 1..=SEEDS {
        let schedule = Schedule::new(seed);
        let native = simulation::run(&schedule);
        let sandboxed = simulation::run_on(&Sandboxed::new(simulation::simulator(&schedule)), &schedule);
        assert!(native.is_good() && sandboxed.is_good(), "seed {seed}: {native:?}\n{sandboxed:?}");
        assert_eq!(native.delivered, sandboxed.delivered, "seed {seed}");
    }
}
