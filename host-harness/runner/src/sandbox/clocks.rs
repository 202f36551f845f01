//! The clocks that a component sees.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock};

/// Returns the time of day.
pub(crate) type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The time of day that a component sees.
pub(super) struct TimeOfDay(pub(super) Now);

impl HostWallClock for TimeOfDay {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let since = (self.0)().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default()
    }
}

/// The clock of the component's timers: tokio's, so that a test can pause it.
pub(super) struct Monotonic(pub(super) Instant);

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
