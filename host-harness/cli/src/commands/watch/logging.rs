//! The logs of `watch`: events on standard error, beside the lines of a terminal.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::log_format::LogFormat;
use super::terminal::Lines;

/// Writes the events of this process from here on.
pub(super) fn start(format: LogFormat, verbose: bool, lines: Lines) {
    let own = if verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    // What libraries say of each connection is for those who change them.
    let levels = Targets::new().with_default(LevelFilter::WARN).with_targets(
        ["logzio_soar", "logzio_soar_watch", "logzio_soar_sinks", "logzio_soar_accounts"].map(|target| (target, own)),
    );
    let layer = tracing_subscriber::fmt::layer().with_writer(LogWriter(lines)).with_target(false);
    let layer = match format {
        LogFormat::Text => layer.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(levels)).init();
}

/// Writes whole lines, with the lines of the terminal out of the way.
struct LogWriter(Lines);

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { lines: self.0.clone(), text: Vec::new() }
    }
}

struct Line {
    lines: Lines,
    text: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        self.lines.beside(|| {
            let mut stderr = io::stderr().lock();
            // Nobody is told if standard error is closed.
            let _ = stderr.write_all(text.as_bytes());
        });
    }
}
