//! How the demo is written: at a pace that can be read, if a person is there to read it.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::ProgressBar;

use crate::failure::Failure;
use crate::output::{Page, Palette, Record, progress, stdout_width, wrapped};

/// The narrowest and the widest that the demo writes.
const WIDTHS: (usize, usize) = (60, 100);

/// Writes the demo, at a pace that can be read if someone is there to read it.
pub(super) struct Stage {
    out: Box<dyn Write>,
    palette: Palette,
    width: usize,
    hurry: bool,
    pub(super) failed: bool,
    titled: bool,
}

impl Stage {
    pub(super) fn new(hurry: bool) -> Self {
        let width = stdout_width().unwrap_or(80).clamp(WIDTHS.0, WIDTHS.1);
        Self {
            out: Box::new(io::stdout()),
            palette: Palette::for_stdout(),
            width,
            hurry: hurry || !io::stdout().is_terminal(),
            failed: false,
            titled: false,
        }
    }

    pub(super) fn title(&mut self, text: &str) -> Result<(), Failure> {
        let style = self.palette.title;
        if std::mem::replace(&mut self.titled, true) {
            writeln!(self.out)?;
        }
        writeln!(self.out, "{style}== {text}{style:#}")?;
        Ok(())
    }

    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        for line in wrapped(text, self.width) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    pub(super) fn faint(&mut self, text: &str) -> Result<(), Failure> {
        let style = self.palette.faint;
        writeln!(self.out, "{style}{text}{style:#}")?;
        Ok(())
    }

    pub(super) fn notice(&mut self, text: &str) -> Result<(), Failure> {
        let style = self.palette.notice;
        for line in wrapped(text, self.width.saturating_sub(4)) {
            writeln!(self.out, "    {style}{line}{style:#}")?;
        }
        Ok(())
    }

    pub(super) fn verdict(&mut self, good: bool, text: &str) -> Result<(), Failure> {
        let (mark, style) = if good { ("ok", self.palette.good) } else { ("WRONG", self.palette.bad) };
        self.failed |= !good;
        writeln!(self.out, "{style}{mark}{style:#}  {text}")?;
        Ok(())
    }

    pub(super) fn record(&mut self, record: &impl Record) -> Result<(), Failure> {
        let (palette, width) = (self.palette, Some(self.width));
        record.write_for_people(&mut Page { out: &mut *self.out, palette, width }, false)?;
        Ok(())
    }

    pub(super) fn progress(&self, message: &str) -> ProgressBar {
        if self.hurry {
            return ProgressBar::hidden();
        }
        let bar = progress("{spinner} {msg}", None);
        bar.set_message(message.to_owned());
        bar
    }

    pub(super) async fn pause(&self, milliseconds: u64) {
        if !self.hurry {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
    }
}
