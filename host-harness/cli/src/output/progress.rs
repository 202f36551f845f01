//! Lines of progress on standard error, if a person is there to read them.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a line is drawn while nothing happens.
const TICK: Duration = Duration::from_millis(120);

/// A line of this template, of a known length or of none.
pub(crate) fn progress(template: &str, length: Option<usize>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let length = length.map(|length| u64::try_from(length).unwrap_or(u64::MAX));
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// The same, unless the rows of the output show how far it is: they do on a terminal.
pub(crate) fn progress_beside_rows(template: &str) -> ProgressBar {
    if io::stdout().is_terminal() { ProgressBar::hidden() } else { progress(template, None) }
}
