//! CPU and memory of this process.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// What one time of a job took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Of this process, in all its threads, in microseconds.
    pub(crate) cpu_us: f64,
    /// In microseconds.
    pub(crate) wall_us: f64,
    /// The most memory that the process had so far, in bytes.
    pub(crate) peak: u64,
    /// What came: incidents, logs or sightings.
    pub(crate) items: usize,
    /// Requests of all times; counted by the simulator.
    #[serde(default)]
    pub(crate) requests: usize,
}

/// Does a job once, and then so many times for the figures.
pub(crate) fn times(count: u32, mut job: impl FnMut() -> Outcome<usize>) -> Outcome<Measured> {
    let mut items = job()?;
    let (cpu, wall) = (cpu_us(), Instant::now());
    for _ in 0..count {
        items = job()?;
    }
    let count = f64::from(count.max(1));
    Ok(Measured {
        cpu_us: (cpu_us() - cpu) / count,
        wall_us: wall.elapsed().as_secs_f64() * 1e6 / count,
        peak: peak(),
        items,
        requests: 0,
    })
}

#[allow(clippy::cast_precision_loss, reason = "a process runs for minutes")]
fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// The most memory that this process had, in bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1_024
}
