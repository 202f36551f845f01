//! A random schedule of events, polls, faults and crashes, after which each event must have come once.

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, Endpoint, Event, Fault, FaultPlan, FaultRule};
use serde_json::{Value, json};

use super::pages::{MOST_PAGES, each_once, ids, more, numbered};
use crate::bench::{Answer, Bench, Broken, FETCH, Place, after, datetime, ensure, fetch, from, listed, texts};

/// What a schedule has besides events.
#[derive(Clone, Copy, Default)]
pub(super) struct Trouble {
    pub(super) faults: bool,
    pub(super) crashes: bool,
}

/// Polls while events happen, are indexed late and out of order, and drains what is left: each must come once.
///
/// In this process the clock goes with the events. Another host has a clock of its own: there all of it lies hours back,
/// and the host reads all there is at each poll, since a component may take an event that happened hours ago for one that
/// was indexed hours late.
pub(super) async fn poll(bench: &mut Bench<'_>, behaviour: Behaviour, trouble: Trouble) -> Result<(), Broken> {
    let live = bench.subject.place() == Place::Process;
    bench.site.simulator.set_behaviour(behaviour);
    let began = bench.minutes_ago(240);
    let mut random = bench.random.clone();
    let mut waiting: Vec<(i64, Event)> = Vec::new();
    let mut happening = |random: &mut fastrand::Rng, at: i64| {
        // Up to ten minutes late, or a second.
        let is_late = random.u8(..4) == 0 && (live || !(trouble.faults || trouble.crashes));
        let late = if is_late { random.i64(0..600_000) } else { random.i64(0..1_000) };
        let id = format!("e{}", waiting.len());
        waiting.push((at + late, Event::new(id, began + TimeDelta::milliseconds(at))));
    };
    let length = 5_400_000;
    for _ in 0..60 {
        let at = random.i64(0..length);
        happening(&mut random, at);
    }
    // Many at a moment, within a second, and at whole seconds.
    for (count, width, whole) in [(70, 1, false), (60, 1_000, false), (40, 30_000, true)] {
        let at = random.i64(0..length);
        for _ in 0..count {
            let at = at + random.i64(0..width);
            happening(&mut random, if whole { at.div_euclid(1_000) * 1_000 } else { at });
        }
    }
    let total = waiting.len();

    let mut start = from(&datetime(began));
    let mut delivered: Vec<String> = Vec::new();
    let (steps, quiet) = (36, 40);
    for step in 1..=quiet {
        let visible = length * step / 30;
        if live {
            bench.site.simulator.clock().set(began + TimeDelta::milliseconds(visible));
        }
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(at, _)| *at <= visible);
        waiting = later;
        bench.site.simulator.add_events(now.into_iter().map(|(_, event)| event));
        // Some hosts take all there is at each poll, some do not.
        let pages = if step > steps || !live { MOST_PAGES } else { random.usize(1..6) };
        for _ in 0..pages {
            let request = json!({"limit": if random.bool() { 50 } else { random.u32(1..50) }});
            let troubled = step <= steps;
            if trouble.faults && troubled && random.bool() {
                let rule = FaultRule {
                    endpoint: Some(Endpoint::Events),
                    from: random.u32(1..4),
                    times: Some(if random.bool() { 1 } else { 20 }),
                    fault: any_fault(&mut random),
                };
                bench.site.simulator.faults(FaultPlan { rules: vec![rule] });
            } else {
                bench.site.simulator.faults(FaultPlan::none());
            }
            let page = match bench.call(FETCH, brief(fetch(start.clone(), request), live)).await? {
                Answer::Ok(page) => page,
                Answer::Err(_) if trouble.faults && troubled => continue,
                other => return Err(Broken(format!("a fetch without trouble failed: {}", other.to_json()))),
            };
            ordered(&page)?;
            if trouble.crashes && troubled && random.u8(..3) == 0 {
                continue;
            }
            delivered.extend(ids(&page));
            start = after(&page);
            if !more(&page) {
                break;
            }
        }
    }
    each_once(&delivered, numbered("e", i64::try_from(total).unwrap_or_default()))
}

/// Time for retries costs nothing in this process, but does in another host.
fn brief(mut arguments: Value, live: bool) -> Value {
    if let (false, Value::Object(arguments)) = (live, &mut arguments) {
        arguments.insert("connection".into(), json!({"time_budget_ms": 1_500}));
    }
    arguments
}

fn ordered(page: &Value) -> Result<(), Broken> {
    let times = texts(page, "incidents", "occurred");
    ensure!(times.is_sorted(), "the incidents of a page are not oldest first: {}", listed(&times));
    Ok(())
}

fn any_fault(random: &mut fastrand::Rng) -> Fault {
    match random.u8(..10) {
        0 => Fault::status(500),
        1 => Fault::status(503),
        2 => Fault::status(400),
        3 => Fault::too_many_requests(Some("1")),
        4 => Fault::Truncate(None),
        5 => Fault::Reset(None),
        6 => Fault::Html,
        7 => Fault::InvalidJson,
        8 => Fault::Missing("results".into()),
        _ => Fault::EmptyBody,
    }
}
