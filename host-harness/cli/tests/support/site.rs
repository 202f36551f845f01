//! A simulator on a port, and the command that is pointed at it.

use std::fs;
use std::process::{Command, Output, Stdio};

use chrono::{TimeDelta, Utc};
use logzio_simulator::{AccountKind, Clock, Log, Scenario, Simulator, SimulatorOptions};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{COMMAND, cache};

/// A simulator on a port, and a directory for the files of a command.
pub(crate) struct Site {
    pub(crate) simulator: Simulator,
    url: String,
    pub(crate) files: TempDir,
    _runtime: Runtime,
}

impl Site {
    /// A site with this many events in the last day.
    pub(crate) fn with_events(events: u32) -> Self {
        let site = Self::new();
        // All of them are visible: the command's clock is the system's.
        let end = Utc::now() - TimeDelta::hours(1);
        site.simulator.generate(&Scenario {
            events_per_hour: f64::from(events) / 20.0,
            background_logs_per_hour: 1.0,
            muted: 0.0,
            ..Scenario::new(end - TimeDelta::hours(20), end)
        });
        site
    }

    /// A site with these logs in the Operations account.
    pub(crate) fn with_logs(logs: impl IntoIterator<Item = Log>) -> Self {
        let site = Self::new();
        site.simulator.add_logs(AccountKind::Operations, logs);
        site
    }

    /// A site with empty accounts.
    fn new() -> Self {
        let simulator = Simulator::new(SimulatorOptions { clock: Clock::system(), ..SimulatorOptions::default() });
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = simulator.clone();
        runtime.spawn(async move { served.serve(listener, std::future::pending()).await });
        Self { simulator, url, files: tempfile::tempdir().unwrap(), _runtime: runtime }
    }

    /// The command with an environment of nothing but the connection.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(COMMAND);
        command
            .args(line.split_whitespace())
            .current_dir(self.files.path())
            .env_clear()
            .env("HOME", self.files.path())
            // One compiled component for all tests.
            .env("XDG_CACHE_HOME", cache())
            .env("LOGZIO_URL", &self.url)
            .env("LOGZIO_SECURITY_TOKEN", self.simulator.security_token())
            .env("LOGZIO_OPERATIONS_TOKEN", self.simulator.operations_token())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.files.path().join(name), content).unwrap();
    }
}
