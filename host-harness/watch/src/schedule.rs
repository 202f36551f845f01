//! When each account is polled next, and which of those that are due comes first. Knows no state and no network; times are of
//! the monotonic clock, so a clock that is set changes nothing.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The longest wait of an account that fails, unless its interval is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// How many of the calls at a time accounts that fail may take: one in so many. They may take long to fail again.
const SHARE_OF_FAILING: usize = 4;

/// When accounts are due. `K` names an account.
#[derive(Debug)]
pub(crate) struct Schedule<K> {
    calls: usize,
    sound: Queue<K>,
    failing: Queue<K>,
    known: HashMap<K, Place>,
    order: u64,
}

/// Accounts that wait, the one that is due first in front; among those due at the same time, the one that has waited longer.
#[derive(Debug)]
struct Queue<K> {
    waiting: BTreeSet<(Instant, u64, K)>,
    running: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    /// Where it stands in its queue; none while it is polled.
    waits: Option<(Instant, u64)>,
    is_failing: bool,
}

impl<K> Queue<K> {
    fn new() -> Self {
        Self { waiting: BTreeSet::new(), running: 0 }
    }
}

impl<K: Clone + Eq + Hash + Ord> Schedule<K> {
    /// With at most so many polls at a time.
    pub(crate) fn new(calls: usize) -> Self {
        Self { calls: calls.max(1), sound: Queue::new(), failing: Queue::new(), known: HashMap::new(), order: 0 }
    }

    /// Puts an account, which must not be running, where it is due at a time.
    pub(crate) fn insert(&mut self, account: K, due: Instant, is_failing: bool) {
        self.remove(&account);
        self.order += 1;
        let key = (due, self.order);
        self.queue(is_failing).waiting.insert((key.0, key.1, account.clone()));
        self.known.insert(account, Place { waits: Some(key), is_failing });
    }

    /// Takes an account out. One that is running is known no longer, but takes its place until it [ends](Self::ended).
    pub(crate) fn remove(&mut self, account: &K) {
        let Some(place) = self.known.get(account).copied() else { return };
        if let Some((due, order)) = place.waits {
            self.queue(place.is_failing).waiting.remove(&(due, order, account.clone()));
            self.known.remove(account);
        }
    }

    /// When the next account may be polled; none if all places are taken, or nothing waits.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.next().map(|(due, _)| due)
    }

    /// The account to be polled now, which counts as running from here on.
    pub(crate) fn start(&mut self, now: Instant) -> Option<K> {
        let (due, is_failing) = self.next()?;
        if due > now {
            return None;
        }
        let queue = self.queue(is_failing);
        let (_, _, account) = queue.waiting.pop_first()?;
        queue.running += 1;
        self.known.insert(account.clone(), Place { waits: None, is_failing });
        Some(account)
    }

    /// A poll has ended; the account is known no longer until it is inserted again.
    pub(crate) fn ended(&mut self, account: &K) {
        if let Some(place) = self.known.remove(account) {
            let queue = self.queue(place.is_failing);
            queue.running = queue.running.saturating_sub(1);
        }
    }

    /// How many accounts should have been polled by now, and wait for a place.
    pub(crate) fn overdue(&self, now: Instant) -> usize {
        let overdue = |queue: &Queue<K>| queue.waiting.iter().take_while(|(due, ..)| *due < now).count();
        overdue(&self.sound) + overdue(&self.failing)
    }

    fn next(&self) -> Option<(Instant, bool)> {
        if self.sound.running + self.failing.running >= self.calls {
            return None;
        }
        let due = |queue: &Queue<K>| queue.waiting.first().map(|(due, order, _)| (*due, *order));
        let sound = due(&self.sound).map(|key| (key, false));
        let most = (self.calls / SHARE_OF_FAILING).max(1);
        let failing = due(&self.failing).filter(|_| self.failing.running < most).map(|key| (key, true));
        sound.into_iter().chain(failing).min().map(|((due, _), is_failing)| (due, is_failing))
    }

    fn queue(&mut self, is_failing: bool) -> &mut Queue<K> {
        if is_failing { &mut self.failing } else { &mut self.sound }
    }
}

/// How long an account waits after the failure that follows so many others, unless Logz.io says how long.
pub(crate) fn wait_after(failures: u32, interval: Duration, asked: Option<Duration>) -> Duration {
    let doubled = interval.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    doubled.min(LONGEST_WAIT.max(interval)).max(asked.unwrap_or_default())
}

/// How long from now the polls of accounts begin, so that they are spread over their interval: each with when it was polled last.
/// An account that is due again within its interval keeps its time; all others take turns, those that waited longest first. The
/// clock may have been set since: a poll in the future counts as none.
pub(crate) fn first_waits(now: SystemTime, accounts: &[(Duration, Option<SystemTime>)]) -> Vec<Duration> {
    let wait = |(interval, polled): &(Duration, Option<SystemTime>)| {
        let since = now.duration_since((*polled)?).ok()?;
        interval.checked_sub(since).filter(|wait| !wait.is_zero())
    };
    let mut late: Vec<usize> = (0..accounts.len()).filter(|at| accounts.get(*at).and_then(wait).is_none()).collect();
    // Those that were never polled are the last: nothing of theirs is waited for yet.
    late.sort_by_key(|at| {
        let polled = accounts.get(*at).and_then(|(_, polled)| *polled).filter(|polled| *polled <= now);
        (polled.is_none(), polled)
    });
    let count = u32::try_from(late.len()).unwrap_or(u32::MAX).max(1);
    let mut waits: Vec<Duration> = accounts.iter().map(|account| wait(account).unwrap_or_default()).collect();
    for (turn, at) in late.into_iter().enumerate() {
        let (Some(slot), Some((interval, _))) = (waits.get_mut(at), accounts.get(at)) else { continue };
        *slot = interval.mul_f64(turn as f64 / f64::from(count));
    }
    waits
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn after(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn the_account_that_is_due_first_comes_first() {
        let now = Instant::now();
        let mut schedule = Schedule::new(2);
        schedule.insert("b", now + after(2), false);
        schedule.insert("a", now + after(1), false);
        assert_eq!(schedule.next_due(), Some(now + after(1)));
        assert_eq!(schedule.start(now), None);
        assert_eq!(schedule.start(now + after(5)), Some("a"));
        assert_eq!(schedule.start(now + after(5)), Some("b"));
        assert_eq!(schedule.next_due(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_with_more_waiting_lets_others_go_first() {
        let now = Instant::now();
        let mut schedule = Schedule::new(1);
        schedule.insert("full", now, false);
        schedule.insert("other", now, false);
        assert_eq!(schedule.start(now), Some("full"));
        schedule.ended(&"full");
        schedule.insert("full", now, false);
        assert_eq!(schedule.start(now), Some("other"));
    }

    #[tokio::test(start_paused = true)]
    async fn accounts_that_fail_leave_places_for_the_others() {
        let now = Instant::now();
        let mut schedule = Schedule::new(8);
        for account in 0..100 {
            schedule.insert(account, now, true);
        }
        assert_eq!((0..100).filter_map(|_| schedule.start(now)).count(), 2);
        schedule.insert(100, now, false);
        assert_eq!(schedule.start(now), Some(100));
        schedule.ended(&100);
        schedule.ended(&0);
        assert!(schedule.start(now).is_some_and(|account| account < 100));
        assert_eq!(schedule.overdue(now + after(1)), 97);
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_is_removed_is_polled_no_more() {
        let now = Instant::now();
        let mut schedule = Schedule::new(2);
        schedule.insert("a", now, false);
        schedule.remove(&"a");
        assert_eq!(schedule.start(now), None);
        schedule.insert("a", now, false);
        assert_eq!(schedule.start(now), Some("a"));
        // Its poll still takes a place.
        schedule.remove(&"a");
        assert_eq!(schedule.sound.running, 1);
        schedule.ended(&"a");
        assert_eq!((schedule.sound.running, schedule.known.len()), (0, 0));
    }

    #[test]
    fn starts_are_spread_over_the_interval() {
        let now = SystemTime::now();
        let waits = first_waits(now, &[(MINUTE, None); 4]);
        assert_eq!(waits, [after(0), after(15), after(30), after(45)]);
    }

    #[test]
    fn a_restart_keeps_the_times_that_were_due() {
        let now = SystemTime::now();
        let ago = |seconds| Some(now - after(seconds));
        let ahead = Some(now + after(3_600));
        let waits = first_waits(now, &[(MINUTE, ago(20)), (MINUTE, ago(60)), (MINUTE, ahead), (MINUTE, ago(9_000))]);
        // The clock was set back since the third was polled.
        assert_eq!(waits, [after(40), after(20), after(40), after(0)]);
    }

    #[test]
    fn waits_grow_and_have_an_end() {
        let waits = (1..6).map(|failures| wait_after(failures, MINUTE, None).as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), [120, 240, 300, 300, 300]);
        assert_eq!(wait_after(u32::MAX, after(3_600), None), after(3_600));
        assert_eq!(wait_after(0, MINUTE, Some(after(600))), after(600));
    }
}
