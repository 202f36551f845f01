//! All sinks: a courier for each that is in force.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use logzio_soar_sinks::SinkSettings;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::courier::Courier;
use super::patience::Patience;
use crate::configuration::Configuration;
use crate::metrics::Metrics;
use crate::routes::{Route, Routes};
use crate::state::{State, StateError};
use crate::status::Status;
use crate::stopping::{Stop, Stopping};

/// How often the sizes of outboxes are read, and whether another program wrote to the state.
const LOOK: Duration = Duration::from_secs(2);

/// The couriers of all sinks.
pub(crate) struct Couriers {
    pub(crate) state: State,
    pub(crate) routes: Routes,
    pub(crate) status: Status,
    pub(crate) metrics: Metrics,
    pub(crate) patience: Patience,
    running: BTreeMap<String, Running>,
}

struct Running {
    settings: SinkSettings,
    route: Route,
    stop: Stop,
    task: JoinHandle<()>,
}

impl Couriers {
    pub(crate) fn new(state: State, routes: Routes, status: Status, metrics: Metrics, patience: Patience) -> Self {
        Self { state, routes, status, metrics, patience, running: BTreeMap::new() }
    }

    /// Brings the couriers to what is in force.
    ///
    /// # Errors
    /// If the state cannot be written: then the sinks stay as they were.
    pub(crate) async fn take_over(&mut self, configuration: &Configuration) -> Result<(), StateError> {
        let mut numbers = BTreeMap::new();
        for settings in configuration.sinks.iter() {
            let name = settings.name().to_string();
            numbers.insert(name.clone(), (self.state.sink(&name).await?, settings.clone()));
        }
        let is_same = |name: &String, running: &Running| {
            numbers.get(name).is_some_and(|(_, settings)| *settings == running.settings)
        };
        let gone: Vec<String> = self
            .running
            .iter()
            .filter(|(name, running)| !is_same(name, running))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            if let Some(running) = self.running.remove(&name) {
                // Its successor must not deliver beside it.
                running.end().await;
                info!(sink = %name, "stopped");
            }
        }
        for (name, (number, settings)) in numbers {
            if self.running.contains_key(&name) {
                continue;
            }
            let wake = Arc::new(Notify::new());
            let (stop, stopping) = Stop::new();
            self.status.sink(&name, |_| {});
            let courier = Courier {
                name: name.clone(),
                number,
                settings: settings.clone(),
                state: self.state.clone(),
                wake: Arc::clone(&wake),
                stopping,
                patience: self.patience,
                status: self.status.clone(),
                metrics: self.metrics.clone(),
                sink: None,
                failures: 0,
            };
            let task = tokio::spawn(courier.run());
            let route = Route { number, settings: settings.clone(), wake };
            self.running.insert(name, Running { settings, route, stop, task });
        }
        self.routes.set(self.running.values().map(|running| running.route.clone()).collect());
        Ok(())
    }

    /// Follows what is in force until the watcher is to end. Deliveries that have begun are finished.
    pub(crate) async fn run(mut self, mut configuration: watch::Receiver<Configuration>, mut stopping: Stopping) {
        let mut changes = None;
        let mut is_behind = false;
        while !stopping.is_set() {
            tokio::select! {
                () = stopping.wait() => break,
                Ok(()) = configuration.changed() => is_behind = true,
                () = tokio::time::sleep(LOOK) => self.look(&mut changes).await,
            }
            if is_behind {
                let now = configuration.borrow_and_update().clone();
                match self.take_over(&now).await {
                    Ok(()) => is_behind = false,
                    Err(error) => warn!("the sinks stay as they were for now: {error}"),
                }
            }
        }
        let ends = std::mem::take(&mut self.running).into_values().map(Running::end);
        for end in ends.map(tokio::spawn).collect::<Vec<_>>() {
            let _ = end.await;
        }
    }

    async fn look(&self, changes: &mut Option<i64>) {
        // What is wrong with the state is said where it matters.
        if let Ok(now) = self.state.changes_of_others().await
            && changes.replace(now) != Some(now)
        {
            self.routes.wake();
        }
        let Ok(sizes) = self.state.outboxes().await else { return };
        for size in sizes {
            // The outbox of a sink that was removed is shown, too.
            self.status.sink(&size.sink, |sink| {
                sink.waiting = size.waiting;
                sink.waiting_since = size.since;
                sink.dead_letters = size.dead_letters;
            });
        }
    }
}

impl Running {
    async fn end(self) {
        self.stop.set();
        let _ = self.task.await;
    }
}
