//! `sinks.toml`: all sinks, read and opened.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::document::{Keys, line_of};
use crate::envelope::Envelope;
use crate::error::{SinkError, SinksError};
use crate::file::{FileSettings, FileSink};
use crate::filter::Filter;
use crate::format::Format;
use crate::name::SinkName;
use crate::sink::Sink;
use crate::standard::StandardSink;
use crate::syslog::{SyslogSettings, SyslogSink};
use crate::webhook::{WebhookSettings, WebhookSink};

/// More than any `sinks.toml` has, in bytes.
const LARGEST: u64 = 1 << 20;

/// All sinks, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sinks(BTreeMap<SinkName, SinkSettings>);

/// What one sink is, and which incidents it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkSettings {
    name: SinkName,
    filter: Filter,
    kind: Kind,
    /// Where relative paths begin.
    folder: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    File(FileSettings),
    Standard(Format),
    Syslog(Box<SyslogSettings>),
    Webhook(Box<WebhookSettings>),
}

impl Sinks {
    /// Reads a `sinks.toml`.
    ///
    /// # Errors
    /// If the file cannot be read, or anything in it is wrong; all that is wrong is said at once. No text holds a secret.
    pub fn read(path: &Path) -> Result<Self, SinksError> {
        let failed = |source| SinksError::Read { file: path.to_owned(), source };
        let mut text = String::new();
        std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(failed)?;
        if text.len() as u64 > LARGEST {
            return Err(failed(std::io::Error::other("it is larger than 1 MiB")));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder, others_can_write(path))
            .map_err(|faults| SinksError::Invalid { file: path.to_owned(), faults })
    }

    fn parse(text: &str, folder: &Path, is_others: bool) -> Result<Self, Vec<String>> {
        let document = DeTable::parse(text).map_err(|error| {
            // The error's own text quotes the line, which may hold a secret.
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            vec![format!("line {line}: it is no TOML: a value is written as name = \"text\", and each key stands once")]
        })?;
        let mut file = Keys::of_file(text, document.get_ref(), is_others);
        let mut sinks = BTreeMap::new();
        if let Some(mut tables) = file.table("sinks") {
            for (name, mut keys) in tables.tables() {
                match name.parse::<SinkName>() {
                    Ok(name) => {
                        if let Some(settings) = SinkSettings::read(name.clone(), &mut keys, folder) {
                            sinks.insert(name, settings);
                        }
                    }
                    Err(why) => {
                        keys.fault(None, "", &why);
                        keys.ignore_rest();
                    }
                }
                file.adopt(keys);
            }
            file.adopt(tables);
        }
        let mut faults = file.finish();
        let mut files = BTreeMap::new();
        for settings in sinks.values() {
            if let Kind::File(file) = &settings.kind
                && let Some(other) = files.insert(folder.join(file.path()), &settings.name)
            {
                faults.push(format!("sinks.{}: {other} writes to the same file: name another one", settings.name));
            }
        }
        let standard: Vec<_> = sinks.values().filter(|settings| matches!(settings.kind, Kind::Standard(_))).collect();
        if let [first, second, ..] = standard.as_slice() {
            faults.push(format!("sinks.{}: {} writes to standard output already: keep one", second.name, first.name));
        }
        if faults.is_empty() && sinks.is_empty() {
            faults
                .push("line 1: it names no sink: write [sinks.NAME] and type = \"ndjson\" with path = \"FILE\"".into());
        }
        if faults.is_empty() { Ok(Self(sinks)) } else { Err(faults) }
    }

    /// The sinks of these settings. Of two with one name, the last counts.
    #[must_use]
    pub fn of(settings: impl IntoIterator<Item = SinkSettings>) -> Self {
        Self(settings.into_iter().map(|settings| (settings.name.clone(), settings)).collect())
    }

    /// The sink of a name.
    #[must_use]
    pub fn get(&self, name: &SinkName) -> Option<&SinkSettings> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &SinkSettings> {
        self.0.values()
    }
}

impl SinkSettings {
    /// Lines in a file, without rotation.
    #[must_use]
    pub fn ndjson(name: SinkName, path: impl Into<PathBuf>) -> Self {
        Self::new(name, Kind::File(FileSettings::new(path.into())))
    }

    /// Lines on standard output.
    #[must_use]
    pub fn stdout(name: SinkName) -> Self {
        Self::new(name, Kind::Standard(Format::Incident))
    }

    /// A webhook that gets each incident as a CloudEvent.
    #[must_use]
    pub fn webhook(name: SinkName, url: &str) -> Self {
        Self::new(name, Kind::Webhook(Box::new(WebhookSettings::new(url))))
    }

    fn new(name: SinkName, kind: Kind) -> Self {
        Self { name, filter: Filter::default(), kind, folder: PathBuf::new() }
    }

    fn read(name: SinkName, keys: &mut Keys<'_>, folder: &Path) -> Option<Self> {
        let filter = keys.table("filter").map(|mut table| {
            let filter = Filter::read(&mut table);
            keys.adopt(table);
            filter
        });
        let Some((line, kind)) = keys.text_and_line("type") else {
            keys.missing("type", "\"ndjson\", \"stdout\", \"syslog\" or \"webhook\"");
            keys.ignore_rest();
            return None;
        };
        let kind = match kind.as_str() {
            "ndjson" => Kind::File(FileSettings::read(keys)?),
            "stdout" => Kind::Standard(Format::read(keys)),
            "syslog" => Kind::Syslog(Box::new(SyslogSettings::read(keys)?)),
            "webhook" => Kind::Webhook(Box::new(WebhookSettings::read(keys)?)),
            _ => {
                keys.fault(Some(line), "type", "one of \"ndjson\", \"stdout\", \"syslog\", \"webhook\" is expected");
                keys.ignore_rest();
                return None;
            }
        };
        Some(Self { name, filter: filter.unwrap_or_default(), kind, folder: folder.to_owned() })
    }

    /// The sink's name.
    #[must_use]
    pub fn name(&self) -> &SinkName {
        &self.name
    }

    /// What it is: `ndjson`, `stdout`, `syslog` or `webhook`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.kind {
            Kind::File(_) => "ndjson",
            Kind::Standard(_) => "stdout",
            Kind::Syslog(_) => "syslog",
            Kind::Webhook(_) => "webhook",
        }
    }

    /// Whether an incident is for this sink.
    #[must_use]
    pub fn takes(&self, envelope: &Envelope) -> bool {
        self.filter.takes(envelope)
    }

    /// Opens the sink: reads its secrets, opens its file or checks its address. It sends nothing yet.
    ///
    /// # Errors
    /// If a file or a secret cannot be read, or something in it is wrong. It may work later.
    pub async fn open(&self) -> Result<Box<dyn Sink>, SinkError> {
        let named = |SinkError(why)| SinkError(format!("sink {}: {why}", self.name));
        Ok(match &self.kind {
            Kind::File(file) => Box::new(FileSink::open(file, &self.folder).await.map_err(named)?),
            Kind::Standard(format) => Box::new(StandardSink::open(*format).map_err(named)?),
            Kind::Syslog(syslog) => Box::new(SyslogSink::open(syslog, &self.folder).map_err(named)?),
            Kind::Webhook(webhook) => Box::new(WebhookSink::open(webhook, &self.folder).await.map_err(named)?),
        })
    }
}

/// Whether other users of this machine can change a file.
#[cfg(unix)]
fn others_can_write(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn others_can_write(_: &Path) -> bool {
    false
}
