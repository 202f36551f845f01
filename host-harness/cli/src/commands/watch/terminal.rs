//! A line for each account and each sink on a terminal, kept up to date. Elsewhere there is none, and the log says it all.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use logzio_soar_watch::{AccountStatus, SinkStatus, Status};

use super::log_format::LogFormat;
use crate::output::{cut, printable};

/// How often the lines are brought up to date.
const EVERY: Duration = Duration::from_millis(500);
/// How many lines there are at most. Those that fail come first.
const MOST: usize = 20;
/// How long a line may be.
const WIDTH: usize = 100;

/// The lines of a terminal, or none. Clones share them.
#[derive(Clone)]
pub(super) struct Lines(Option<Arc<Shown>>);

struct Shown {
    all: MultiProgress,
    bars: Mutex<Vec<ProgressBar>>,
}

impl Lines {
    pub(super) fn new(format: LogFormat) -> Self {
        if format != LogFormat::Text || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self(Some(Arc::new(Shown { all, bars: Mutex::default() })))
    }

    /// Writes something else, with the lines out of the way.
    pub(super) fn beside(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(shown) => shown.all.suspend(write),
            None => write(),
        }
    }

    /// Keeps the lines up to date.
    pub(super) fn follow(&self, status: Status) {
        let Some(shown) = self.0.clone() else { return };
        tokio::spawn(async move {
            loop {
                shown.show(&lines(&status, SystemTime::now()));
                tokio::time::sleep(EVERY).await;
            }
        });
    }

    /// Removes the lines.
    pub(super) fn end(&self) {
        if let Some(shown) = &self.0 {
            let _ = shown.all.clear();
        }
    }
}

impl Shown {
    fn show(&self, lines: &[String]) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        while bars.len() < lines.len() {
            let bar = self.all.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            bars.push(bar);
        }
        while bars.len() > lines.len() {
            if let Some(bar) = bars.pop() {
                bar.finish_and_clear();
                self.all.remove(&bar);
            }
        }
        for (bar, line) in bars.iter().zip(lines) {
            bar.set_message(line.clone());
        }
    }
}

fn lines(status: &Status, now: SystemTime) -> Vec<String> {
    let (accounts, sinks) = (status.accounts(), status.sinks());
    let mut sorted: Vec<_> = accounts.iter().collect();
    sorted.sort_by_key(|(_, account)| account.failure.is_none());
    let hidden = sorted.len().saturating_sub(MOST);
    let mut lines: Vec<String> =
        sorted.into_iter().take(MOST).map(|(name, account)| of_account(name, account, now)).collect();
    if hidden > 0 {
        lines.push(format!("  and {hidden} more accounts"));
    }
    lines.extend(sinks.iter().map(|(name, sink)| of_sink(name, sink)));
    lines
}

fn of_account(name: &str, account: &AccountStatus, now: SystemTime) -> String {
    let AccountStatus { succeeded, incidents, is_polled, failure, .. } = account;
    let mark = match (failure, is_polled) {
        (Some(_), _) => '!',
        (None, true) => '>',
        (None, false) => ' ',
    };
    let since = succeeded.and_then(|then| now.duration_since(then).ok());
    let since = since.map_or_else(|| "never".into(), |since| format!("{} s ago", since.as_secs()));
    let failure = failure.as_ref().map(|(why, count)| format!("  failed {count} times: {why}")).unwrap_or_default();
    line(&format!("{mark} {name:<20} {incidents:>6} incidents  polled {since}{failure}"))
}

fn of_sink(name: &str, sink: &SinkStatus) -> String {
    let SinkStatus { delivered, waiting, dead_letters, failure, .. } = sink;
    let mark = if failure.is_some() { '!' } else { ' ' };
    let dead = if *dead_letters > 0 { format!("  {dead_letters} dead letters") } else { String::new() };
    let failure = failure.as_ref().map(|(why, _)| format!("  {why}")).unwrap_or_default();
    line(&format!("{mark} to {name:<17} {delivered:>6} delivered  {waiting} waiting{dead}{failure}"))
}

fn line(text: &str) -> String {
    cut(&printable(text), WIDTH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_an_account_and_a_sink_do() {
        let now = SystemTime::now();
        let succeeded = Some(now - Duration::from_secs(12));
        let account = AccountStatus { succeeded, incidents: 3, ..AccountStatus::default() };
        assert_eq!(of_account("acme", &account, now), "  acme                      3 incidents  polled 12 s ago");
        let failing = AccountStatus { failure: Some(("no\u{1b}[2J".into(), 2)), ..account };
        let line = of_account("acme", &failing, now);
        assert!(line.starts_with('!') && line.contains("failed 2 times: no") && !line.contains('\u{1b}'), "{line}");
        let sink = SinkStatus { delivered: 5, waiting: 1, dead_letters: 2, ..SinkStatus::default() };
        assert_eq!(of_sink("soar", &sink), "  to soar                   5 delivered  1 waiting  2 dead letters");
    }
}
