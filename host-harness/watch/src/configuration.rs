//! Which accounts and sinks are in force: read from their files, and again when those change or when someone asks. A file that
//! is wrong leaves the former settings in force.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use logzio_soar_accounts::Accounts;
use logzio_soar_sinks::Sinks;
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

use crate::metrics::Metrics;
use crate::status::Status;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The accounts and sinks in force.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// What is polled.
    pub accounts: Arc<Accounts>,
    /// Where incidents go.
    pub sinks: Arc<Sinks>,
}

/// The files of accounts and sinks.
#[derive(Clone)]
pub struct ConfigurationFiles {
    read: Arc<dyn Fn() -> Result<Configuration, String> + Send + Sync>,
    files: Vec<PathBuf>,
}

/// What tells one version of a file from another.
type Version = Option<(SystemTime, u64)>;

impl ConfigurationFiles {
    /// What reads the accounts and the sinks, with an error that says what to do; and the files that it depends on.
    pub fn new(
        files: impl IntoIterator<Item = PathBuf>,
        read: impl Fn() -> Result<Configuration, String> + Send + Sync + 'static,
    ) -> Self {
        Self { read: Arc::new(read), files: files.into_iter().collect() }
    }

    /// Reads them now.
    ///
    /// # Errors
    /// What is wrong with them, and what to do.
    pub fn read(&self) -> Result<Configuration, String> {
        (self.read)()
    }

    fn versions(&self) -> Vec<Version> {
        let version = |file: &PathBuf| {
            let found = file.metadata().ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        self.files.iter().map(version).collect()
    }

    /// Reads the files again when one of them changed, and whenever something arrives.
    pub(crate) async fn follow(
        self,
        in_force: watch::Sender<Configuration>,
        mut asked: mpsc::Receiver<()>,
        status: Status,
        metrics: Metrics,
    ) {
        let mut known = self.versions();
        let mut asked_is_open = true;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {
                    let found = self.versions();
                    if found == known {
                        continue;
                    }
                    // One that is being written would be read in part: the next look will find it at rest.
                    tokio::time::sleep(LOOK / 10).await;
                    if self.versions() != found {
                        continue;
                    }
                    known = found;
                }
                request = asked.recv(), if asked_is_open => match request {
                    Some(()) => known = self.versions(),
                    None => {
                        asked_is_open = false;
                        continue;
                    }
                },
            }
            let read = Arc::clone(&self.read);
            let read = tokio::task::spawn_blocking(move || read()).await;
            match read.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(configuration) => {
                    metrics.reload(true);
                    status.set_configuration_error(None);
                    log_warnings(&configuration);
                    info!(accounts = configuration.accounts.len(), "accounts and sinks were read again");
                    if in_force.send(configuration).is_err() {
                        return;
                    }
                }
                Err(why) => {
                    metrics.reload(false);
                    error!(%why, "the former accounts and sinks stay in force");
                    status.set_configuration_error(Some(why));
                }
            }
        }
    }
}

pub(crate) fn log_warnings(configuration: &Configuration) {
    for warning in configuration.accounts.warnings() {
        warn!("{warning}");
    }
}
