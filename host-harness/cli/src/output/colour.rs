//! Colours, or none: only on a terminal, and never against the wish of `NO_COLOR`.

use std::env;
use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Style};

/// What the parts of an output look like. Printed as `{style}text{style:#}`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Palette {
    pub(crate) title: Style,
    pub(crate) faint: Style,
    pub(crate) good: Style,
    pub(crate) bad: Style,
    pub(crate) notice: Style,
    pub(crate) severe: Style,
    pub(crate) high: Style,
    pub(crate) medium: Style,
    pub(crate) low: Style,
}

impl Palette {
    pub(crate) fn for_stdout() -> Self {
        Self::chosen(io::stdout().is_terminal())
    }

    pub(crate) fn for_stderr() -> Self {
        Self::chosen(io::stderr().is_terminal())
    }

    fn chosen(is_terminal: bool) -> Self {
        let refused = |name: &str, value: Option<&str>| {
            env::var_os(name).is_some_and(|set| value.map_or(!set.is_empty(), |value| set == value))
        };
        if is_terminal && !refused("NO_COLOR", None) && !refused("TERM", Some("dumb")) {
            Self::coloured()
        } else {
            Self::default()
        }
    }

    fn coloured() -> Self {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        Self {
            title: Style::new().bold(),
            faint: Style::new().dimmed(),
            good: colour(AnsiColor::Green),
            bad: colour(AnsiColor::Red).bold(),
            notice: colour(AnsiColor::Yellow),
            severe: colour(AnsiColor::Magenta).bold(),
            high: colour(AnsiColor::Red),
            medium: colour(AnsiColor::Yellow),
            low: colour(AnsiColor::Cyan),
        }
    }
}
