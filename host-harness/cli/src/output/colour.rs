//! Colours, or none: only on a terminal that has them, and as `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE` say.

use std::io;

use anstream::{AutoStream, ColorChoice};
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
        Self::chosen(AutoStream::choice(&io::stdout()))
    }

    pub(crate) fn for_stderr() -> Self {
        Self::chosen(AutoStream::choice(&io::stderr()))
    }

    fn chosen(choice: ColorChoice) -> Self {
        if choice == ColorChoice::Never { Self::default() } else { Self::coloured() }
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
