//! Runs random schedules: `SEEDS` of them, or as many as `SECONDS` allow; one
//! minute by default. Fails if an event was lost or repeated, and prints the
//! seed and the smallest schedule that shows it. `SEED` runs one schedule
//! alone, and `TRACE` prints each of its fetches.

#![allow(unreachable_pub, missing_docs, reason = "a test has no users")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail on the spot")]

/// The part of the tests' support that random schedules need.
mod support {
    pub mod delivery;
    pub mod native;
    #[allow(dead_code, reason = "the other test program uses all of it")]
    pub mod schedule;
    pub mod simulation;
}

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::schedule::Schedule;
use support::simulation;

/// How many seconds to go on if nothing says how many, or how many seeds.
const MINUTE: u64 = 60;

#[derive(Default)]
struct Sum {
    schedules: usize,
    events: usize,
    lost: usize,
    repeated: usize,
    other: usize,
    calls: usize,
    requests: usize,
    rows: usize,
    failed: Vec<u64>,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn main() -> ExitCode {
    // Test runners ask for the list of tests; this is one.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    if let Some(seed) = number("SEED") {
        let schedule = Schedule::new(seed);
        let verdict = simulation::run(&schedule);
        println!("seed {seed}: {verdict:#?}");
        if verdict.is_good() {
            return ExitCode::SUCCESS;
        }
        let smallest = simulation::shrink(&schedule);
        println!("{smallest}{:?}", simulation::run(&smallest));
        return ExitCode::FAILURE;
    }
    let seeds = number("SEEDS");
    let time = Duration::from_secs(number("SECONDS").unwrap_or(MINUTE));
    let began = Instant::now();
    let next = AtomicU64::new(1);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let enough = seeds.map_or_else(|| began.elapsed() > time, |seeds| seed > seeds);
                    if enough {
                        break;
                    }
                    let verdict = simulation::run(&Schedule::new(seed));
                    let mut sum = sum.lock().unwrap();
                    sum.schedules += 1;
                    sum.events += verdict.events;
                    sum.lost += verdict.lost.len();
                    sum.repeated += verdict.repeated.len();
                    sum.other += verdict.foreign.len() + verdict.broken.len();
                    sum.calls += verdict.calls;
                    sum.requests += verdict.requests;
                    sum.rows += verdict.rows;
                    if !verdict.is_good() {
                        sum.failed.push(seed);
                    }
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap();
    let per_event = |count: usize| count as f64 / sum.events.max(1) as f64;
    println!("schedules            {}", sum.schedules);
    println!("events               {}", sum.events);
    println!("lost                 {}", sum.lost);
    println!("repeated             {}", sum.repeated);
    println!("otherwise wrong      {}", sum.other);
    println!("calls                {}", sum.calls);
    println!("requests per event   {:.2}", per_event(sum.requests));
    println!("rows per event       {:.2}", per_event(sum.rows));
    let mut failed = sum.failed;
    failed.sort_unstable();
    if let Some(seed) = failed.first() {
        let smallest = simulation::shrink(&Schedule::new(*seed));
        println!("failed seeds: {failed:?}\nseed {seed}, as small as it gets:");
        println!("{smallest}{:?}", simulation::run(&smallest));
    }
    println!("{} passed, {} failed", sum.schedules - failed.len(), failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
