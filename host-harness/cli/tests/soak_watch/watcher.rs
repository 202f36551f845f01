//! The command, as a process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The longest that a process took to end after SIGTERM.
pub(crate) static SLOWEST_STOP: Mutex<Duration> = Mutex::new(Duration::ZERO);

/// A process of `logzio-soar watch`.
pub(crate) struct Watcher {
    process: Child,
    folder: PathBuf,
    log_before: u64,
}

/// What a process takes, in kB.
pub(crate) struct Size {
    pub(crate) memory: u64,
    pub(crate) state: u64,
}

impl Watcher {
    pub(crate) fn start(folder: &Path) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("watch.log")).unwrap();
        let log_before = log.metadata().unwrap().len();
        let process = Command::new(command())
            .args("watch --accounts accounts.toml --sinks sinks.toml --state state/watch.db".split(' '))
            .args("--least-interval 1s --keep 20s --give-up-tries 1000".split(' '))
            .current_dir(folder)
            .env_clear()
            .env("HOME", folder)
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process, folder: folder.to_owned(), log_before }
    }

    /// Whether it has begun to watch, so that it minds signals.
    pub(crate) fn is_up(&self) -> bool {
        self.log().get(usize::try_from(self.log_before).unwrap()..).is_some_and(|log| log.contains("watching"))
    }

    /// Ends it at once, whatever it does.
    pub(crate) fn kill(mut self) {
        assert!(self.process.try_wait().unwrap().is_none(), "it ended by itself: {}", self.last_words());
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn stop(mut self) {
        let asked = Instant::now();
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let ended = loop {
            if let Some(ended) = self.process.try_wait().unwrap() {
                break ended;
            }
            assert!(asked.elapsed() < Duration::from_secs(20), "it does not end: {}", self.last_words());
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(ended.success(), "{ended}: {}", self.last_words());
        let mut slowest = SLOWEST_STOP.lock().unwrap();
        *slowest = asked.elapsed().max(*slowest);
    }

    pub(crate) fn size(&self) -> Size {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default();
        let files = fs::read_dir(self.folder.join("state")).into_iter().flatten().flatten();
        let state: u64 = files.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum();
        Size { memory, state: state / 1_024 }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("watch.log")).unwrap_or_default()
    }

    /// The last lines of the log, which say why it ended.
    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// The command that was built for this test, or the one that the variable `COMMAND` names, such as a release build.
fn command() -> PathBuf {
    std::env::var_os("COMMAND").map_or_else(|| env!("CARGO_BIN_EXE_logzio-soar").into(), PathBuf::from)
}
