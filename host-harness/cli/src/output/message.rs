//! Lines for people on standard error: errors, warnings, notes.

use std::io::{self, IsTerminal, Write};

use super::colour::Palette;
use super::text::printable;

/// Writes a line for people to standard error, such as a warning.
pub(crate) fn say(kind: &str, text: &str) {
    let palette = Palette::for_stderr();
    let style = if kind == "error" { palette.bad } else { palette.notice };
    // The text may quote what Logz.io sent.
    let text: Vec<String> = text.lines().map(printable).collect();
    let text = text.join("\n");
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{style}{kind}:{style:#} {text}");
}

/// Writes a line of progress to standard error, if a person is there to read it.
pub(crate) fn note(text: &str) {
    if io::stderr().is_terminal() {
        say("note", text);
    }
}
