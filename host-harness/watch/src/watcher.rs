//! The watcher: polls accounts, stores what they bring, and delivers it, until it is asked to end.

use std::future::Future;
use std::time::Duration;

use logzio_soar_host::Runner;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use crate::configuration::{ConfigurationFiles, log_warnings};
use crate::delivery::{Couriers, Patience};
use crate::metrics::Metrics;
use crate::polling::{Calls, Poller};
use crate::routes::Routes;
use crate::state::{Retention, State, StateError};
use crate::status::Status;
use crate::stopping::Stop;

/// How long what is in flight may take once the watcher is to end.
const LAST_MOMENTS: Duration = Duration::from_secs(7);
/// How often what need not be kept is removed.
const CLEAN: Duration = Duration::from_secs(300);

/// What a watcher does besides what its files say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchOptions {
    /// How many accounts are polled at a time. The runner has to allow as many calls.
    pub calls: usize,
    /// How long incidents are kept after every sink has taken them.
    pub retention: Retention,
    /// When an incident that a sink does not take becomes a dead letter.
    pub patience: Patience,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self { calls: 32, retention: Retention::default(), patience: Patience::default() }
    }
}

/// Polls accounts and delivers their incidents.
pub struct Watcher {
    runner: Runner,
    state: State,
    files: ConfigurationFiles,
    options: WatchOptions,
    status: Status,
    metrics: Metrics,
    reload: (mpsc::Sender<()>, mpsc::Receiver<()>),
}

impl Watcher {
    /// A watcher of these files. The runner's component gets an environment of its own, so that no account has the tokens of
    /// another one, and the runner's observer is replaced by one that counts requests.
    #[must_use]
    pub fn new(runner: &Runner, state: State, files: ConfigurationFiles, options: WatchOptions) -> Self {
        let status = Status::default();
        let metrics = Metrics::new(&status);
        let (observed, counted, known) = (metrics.clone(), metrics.clone(), status.clone());
        let runner = runner
            .with_environment([("LOGZIO_SOAR_TRACE", "1")])
            .with_observer(move |observation| observed.observe(&observation));
        let state = state.observed(move |outcome| {
            if let Some(error) = outcome {
                counted.state_error(error.fault().name());
            }
            known.set_state_error(outcome.map(ToString::to_string));
        });
        Self { runner, state, files, options, status, metrics, reload: mpsc::channel(1) }
    }

    /// What is known of accounts and sinks while it runs.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// What it counts while it runs.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Has the files read again at once: send something. They are read anyway soon after they change.
    #[must_use]
    pub fn reload(&self) -> mpsc::Sender<()> {
        self.reload.0.clone()
    }

    /// Runs until `shutdown` completes, and then for up to eight seconds. What is not finished by then is left for the next
    /// start.
    ///
    /// # Errors
    /// What is wrong with the files or the state at the start. Later, both are waited for.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), WatchError> {
        let Self { runner, state, files, options, status, metrics, reload } = self;
        let configuration = files.read().map_err(WatchError::Configuration)?;
        log_warnings(&configuration);
        info!(accounts = configuration.accounts.len(), state = %state.file().display(), "watching");
        let salt = state.salt().await?;
        let routes = Routes::default();
        let mut couriers =
            Couriers::new(state.clone(), routes.clone(), status.clone(), metrics.clone(), options.patience);
        couriers.take_over(&configuration).await?;
        let (in_force, of_pages) = watch::channel(configuration);
        let of_sinks = in_force.subscribe();
        let (stop, stopping) = Stop::new();
        let calls =
            Calls { runner, state: state.clone(), salt, routes, metrics: metrics.clone(), stopping: stopping.clone() };
        let poller = tokio::spawn(Poller::new(calls, status.clone(), of_pages, options.calls).run());
        let couriers = tokio::spawn(couriers.run(of_sinks, stopping));
        let (keep_reload, asked) = reload;
        let following = tokio::spawn(files.follow(in_force, asked, status, metrics));
        let cleaning = tokio::spawn(clean(state, options.retention));
        shutdown.await;
        following.abort();
        cleaning.abort();
        stop.set();
        let both = async {
            let _ = poller.await;
            let _ = couriers.await;
        };
        if tokio::time::timeout(LAST_MOMENTS, both).await.is_err() {
            warn!("what is not finished is left for the next start");
        }
        info!("stopped");
        drop(keep_reload);
        Ok(())
    }
}

/// Removes what need not be kept, again and again.
async fn clean(state: State, retention: Retention) {
    loop {
        match state.retain(retention).await {
            Ok(removed) if removed.more => tokio::time::sleep(Duration::from_millis(100)).await,
            Ok(_) => tokio::time::sleep(CLEAN).await,
            Err(error) => {
                warn!("{error}");
                tokio::time::sleep(CLEAN).await;
            }
        }
    }
}

/// Why a watcher could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchError {
    /// The files of accounts or sinks are wrong. Says what to do.
    Configuration(String),
    /// The state cannot be used.
    State(StateError),
}

impl From<StateError> for WatchError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl std::fmt::Display for WatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Configuration(why) => f.write_str(why),
            Self::State(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WatchError {}
