//! How long to wait before a call is made again.

use std::time::Duration;

/// The wait after the first failure of `--follow`; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How long to wait after the failure that follows so many others, unless Logz.io says it.
pub(crate) fn wait_after(failures: u32, asked: Option<Duration>) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures));
    doubled.min(LONGEST_WAIT).max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_have_an_end() {
        let waits = (0..9).map(|failures| wait_after(failures, None).as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(wait_after(u32::MAX, None), LONGEST_WAIT);
    }

    #[test]
    fn logzio_is_given_the_time_it_asks_for() {
        assert_eq!(wait_after(0, Some(Duration::from_secs(42))), Duration::from_secs(42));
        assert_eq!(wait_after(3, Some(Duration::from_secs(1))), Duration::from_secs(40));
    }
}
