//! One sink: what waits for it, delivered in order.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use logzio_soar_sinks::{Envelope, Incident, Sink, SinkSettings, Undelivered};
use tokio::sync::Notify;
use tracing::{debug, info, warn};

use super::patience::{Patience, together, wait_after};
use crate::metrics::Metrics;
use crate::state::{SinkNumber, State, Waiting};
use crate::status::Status;
use crate::stopping::Stopping;

/// How long one delivery may take, whatever limits the sink has itself.
const LONGEST_DELIVERY: Duration = Duration::from_secs(120);
/// How much one delivery holds, in bytes of incidents, about.
const LARGEST_DELIVERY: usize = 8 << 20;
/// A failure that goes on is logged again after so many.
const SAY_AGAIN: u32 = 10;

/// Delivers to one sink until it is to stop.
pub(super) struct Courier {
    pub(super) name: String,
    pub(super) number: SinkNumber,
    pub(super) settings: SinkSettings,
    pub(super) state: State,
    pub(super) wake: Arc<Notify>,
    pub(super) stopping: Stopping,
    pub(super) patience: Patience,
    pub(super) status: Status,
    pub(super) metrics: Metrics,
    pub(super) sink: Option<Box<dyn Sink>>,
    /// Failures since the last success.
    pub(super) failures: u32,
}

/// How a round ended.
enum Round {
    /// Something was delivered or given up: there may be more.
    On,
    /// Nothing waits.
    Empty,
    /// It failed: wait for so long.
    Wait(Duration),
}

impl Courier {
    /// A delivery that has begun is finished before this ends.
    pub(super) async fn run(mut self) {
        // What is wrong with the sink shows at the start, and not at the first incident at night.
        if let Err(why) = self.open().await {
            self.failed("unavailable", &why, None);
        }
        while !self.stopping.is_set() {
            let wait = match self.round().await {
                Round::On => continue,
                Round::Empty => None,
                Round::Wait(time) => Some(time),
            };
            let wake = Arc::clone(&self.wake);
            let rest = async {
                match wait {
                    Some(time) => tokio::time::sleep(time).await,
                    None => wake.notified().await,
                }
            };
            tokio::select! {
                () = self.stopping.wait() => {}
                () = rest => {}
            }
        }
    }

    async fn round(&mut self) -> Round {
        if let Err(why) = self.open().await {
            return self.failed("unavailable", &why, None);
        }
        let most = self.sink.as_ref().map_or(1, |sink| sink.most_at_once());
        let waiting = self.state.waiting(self.number, together(self.failures, most), LARGEST_DELIVERY).await;
        let waiting = match waiting {
            Ok(waiting) => waiting,
            Err(error) => return self.failed("state", &error.to_string(), None),
        };
        let Some(first) = waiting.first() else { return Round::Empty };
        let first = (first.delivery, first.tries, first.since);
        match self.deliver(&waiting).await {
            Ok(()) => self.delivered(&waiting).await,
            Err(Undelivered::Refused { .. }) if waiting.len() > 1 => self.one_by_one(&waiting).await,
            Err(Undelivered::Refused { why }) => self.bury(first.0, &why).await,
            Err(Undelivered::Later { why, after }) => {
                if let Err(error) = self.state.tried(first.0).await {
                    return self.failed("state", &error.to_string(), None);
                }
                let tries = first.1.saturating_add(1);
                let wait = self.failed("later", &why, after);
                // What is wrong may be outside of the incidents, such as a secret that was renewed.
                self.sink = None;
                if self.patience.is_at_an_end(first.2, tries, SystemTime::now())
                    || (self.patience.doubts(tries) && self.takes_the_next().await)
                {
                    return self.bury(first.0, &why).await;
                }
                wait
            }
        }
    }

    /// Delivers each alone, since one of them is refused.
    async fn one_by_one(&mut self, waiting: &[Waiting]) -> Round {
        for one in waiting {
            if self.stopping.is_set() {
                break;
            }
            let one = std::slice::from_ref(one);
            let round = match (self.deliver(one).await, one) {
                (Ok(()), _) => self.delivered(one).await,
                (Err(Undelivered::Refused { why }), [refused]) => self.bury(refused.delivery, &why).await,
                // The next round deals with it.
                _ => return Round::On,
            };
            if let Round::Wait(_) = round {
                return round;
            }
        }
        Round::On
    }

    /// Whether the sink takes the incident behind the first, which it does not take: then the first is to blame.
    async fn takes_the_next(&mut self) -> bool {
        let Ok(waiting) = self.state.waiting(self.number, 2, usize::MAX).await else { return false };
        let [_, next] = waiting.as_slice() else { return false };
        let next = std::slice::from_ref(next);
        if self.open().await.is_err() || self.deliver(next).await.is_err() {
            return false;
        }
        self.delivered(next).await;
        true
    }

    async fn open(&mut self) -> Result<(), String> {
        if self.sink.is_none() {
            let opened = tokio::time::timeout(LONGEST_DELIVERY, self.settings.open()).await;
            let opened = opened.map_err(|_| "it could not be opened in time".to_owned())?;
            self.sink = Some(opened.map_err(|error| error.to_string())?);
        }
        Ok(())
    }

    async fn deliver(&mut self, waiting: &[Waiting]) -> Result<(), Undelivered> {
        let mut batch = Vec::with_capacity(waiting.len());
        for Waiting { delivery, incident, .. } in waiting {
            let read = Incident::from_json(&incident.json).map_err(|error| Undelivered::Refused {
                why: format!("what is stored of the incident cannot be read: {error}; report it"),
            })?;
            batch.push(Envelope { account: incident.account.clone(), sequence: *delivery, incident: read });
        }
        let Some(sink) = &mut self.sink else {
            return Err(Undelivered::Later { why: "it is not open".into(), after: None });
        };
        match tokio::time::timeout(LONGEST_DELIVERY, sink.deliver(&batch)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.sink = None;
                let why = format!("no answer within {} s: see whether it is there", LONGEST_DELIVERY.as_secs());
                Err(Undelivered::Later { why, after: None })
            }
        }
    }

    /// Notes what was acknowledged. It is not delivered again while that cannot be written.
    async fn delivered(&mut self, waiting: &[Waiting]) -> Round {
        let deliveries: Vec<u64> = waiting.iter().map(|waiting| waiting.delivery).collect();
        let mut failures = 0;
        while let Err(error) = self.state.acknowledged(deliveries.clone()).await {
            failures += 1;
            warn!(sink = %self.name, "{error}");
            if !self.rest(wait_after(failures, None)).await {
                return Round::On;
            }
        }
        self.metrics.delivered(&self.name, waiting.len());
        debug!(sink = %self.name, incidents = waiting.len(), "delivered");
        if self.failures > 0 {
            info!(sink = %self.name, "it takes incidents again");
        }
        self.failures = 0;
        let delivered = u64::try_from(waiting.len()).unwrap_or_default();
        self.status.sink(&self.name, |sink| {
            sink.delivered += delivered;
            sink.failure = None;
        });
        Round::On
    }

    async fn bury(&mut self, delivery: u64, why: &str) -> Round {
        self.metrics.delivery_failure(&self.name, "refused");
        match self.state.bury(delivery, why.to_owned()).await {
            Ok(()) => {
                warn!(
                    sink = %self.name,
                    "{why}; the incident is a dead letter now: see `logzio-soar state dead-letters`"
                );
                self.metrics.buried(&self.name);
                Round::On
            }
            Err(error) => self.failed("state", &error.to_string(), None),
        }
    }

    fn failed(&mut self, outcome: &'static str, why: &str, after: Option<Duration>) -> Round {
        self.failures = self.failures.saturating_add(1);
        let (failures, wait) = (self.failures, wait_after(self.failures, after));
        self.metrics.delivery_failure(&self.name, outcome);
        self.status.sink(&self.name, |sink| sink.failure = Some((why.to_owned(), failures)));
        if failures == 1 || failures.is_multiple_of(SAY_AGAIN) {
            warn!(sink = %self.name, failures, next = format!("{} s", wait.as_secs()), "{why}");
        }
        Round::Wait(wait)
    }

    /// Waits. False if the watcher is to end meanwhile.
    async fn rest(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = self.stopping.wait() => false,
            () = tokio::time::sleep(time) => true,
        }
    }
}
