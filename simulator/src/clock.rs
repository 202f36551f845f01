//! The simulator's clock: real, standing still, or running at a speed of its own.
//!
//! Must not know of requests or data.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that its owner can set, and that every clone shares.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use logzio_simulator::Clock;
///
/// let start = DateTime::UNIX_EPOCH;
/// let clock = Clock::at(start);
/// let same = clock.clone();
/// clock.advance(TimeDelta::minutes(3));
/// assert_eq!(same.now(), start + TimeDelta::minutes(3));
/// ```
#[derive(Clone)]
pub struct Clock {
    reading: Arc<Mutex<Reading>>,
}

/// What the clock showed at some instant, and how fast it has gone since.
struct Reading {
    shown: DateTime<Utc>,
    at: Instant,
    speed: f64,
}

impl Reading {
    fn now(&self) -> DateTime<Utc> {
        if self.speed == 0.0 {
            return self.shown;
        }
        let elapsed = self.at.elapsed().as_secs_f64() * self.speed;
        let elapsed = TimeDelta::microseconds((elapsed * 1e6) as i64);
        self.shown.checked_add_signed(elapsed).unwrap_or(self.shown)
    }
}

impl Clock {
    /// A clock that goes with the system's.
    pub fn system() -> Self {
        Self::running(Utc::now(), 1.0)
    }

    /// A clock that shows `time` until it is set or advanced.
    pub fn at(time: DateTime<Utc>) -> Self {
        Self::running(time, 0.0)
    }

    /// A clock that shows `start` now and goes `speed` times as fast as real
    /// time.
    pub fn running(start: DateTime<Utc>, speed: f64) -> Self {
        let reading = Reading { shown: start, at: Instant::now(), speed };
        Self { reading: Arc::new(Mutex::new(reading)) }
    }

    /// What the clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.with(|reading| reading.now())
    }

    /// Sets the clock, to an earlier time too. Its speed stays.
    pub fn set(&self, time: DateTime<Utc>) {
        self.with(|reading| {
            reading.shown = time;
            reading.at = Instant::now();
        });
    }

    /// Moves the clock on, or back by a negative `delta`.
    pub fn advance(&self, delta: TimeDelta) {
        self.with(|reading| {
            let now = reading.now();
            reading.shown = now.checked_add_signed(delta).unwrap_or(now);
            reading.at = Instant::now();
        });
    }

    /// Changes how many times as fast as real time the clock goes, from here
    /// on; 0 stops it.
    pub fn set_speed(&self, speed: f64) {
        self.with(|reading| {
            reading.shown = reading.now();
            reading.at = Instant::now();
            reading.speed = speed;
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Reading) -> T) -> T {
        // A clock is whole after any panic: each change is one assignment.
        act(&mut self.reading.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Clock {
    /// The system's time.
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_stands_where_it_was_set() {
        let clock = Clock::at(DateTime::UNIX_EPOCH);
        clock.advance(TimeDelta::seconds(90));
        assert_eq!(clock.now().timestamp(), 90);
        clock.set(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
    }

    #[test]
    fn a_stopped_clock_keeps_what_it_showed() {
        let clock = Clock::running(DateTime::UNIX_EPOCH, 1e6);
        clock.set_speed(0.0);
        let shown = clock.now();
        assert!(shown >= DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), shown);
    }
}
