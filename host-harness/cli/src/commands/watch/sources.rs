//! Where `watch` finds its accounts, its sinks and its state.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use logzio_soar_accounts::Accounts;
use logzio_soar_sinks::{SinkName, SinkSettings, Sinks};
use logzio_soar_watch::{Configuration, ConfigurationFiles};

use crate::account::accounts_file;
use crate::directories;
use crate::failure::Failure;

#[derive(Args, Clone)]
pub(crate) struct SourceArguments {
    /// The accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    /// The sinks [default: sinks.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    pub(crate) sinks: Option<PathBuf>,
    /// Also write incidents to standard output, as one JSON object per line
    #[arg(long)]
    pub(crate) stdout: bool,
    /// Also append incidents to this file, as one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub(crate) ndjson: Option<PathBuf>,
    /// Also send incidents to this URL, as CloudEvents. Other users can read it on the command line: one with a secret belongs
    /// into sinks.toml
    #[arg(long, value_name = "URL")]
    pub(crate) webhook: Option<String>,
    /// The shortest interval that accounts may have. For tests
    #[arg(long, value_name = "TIME", default_value = "30s", hide = true, value_parser = humantime::parse_duration)]
    pub(crate) least_interval: Duration,
}

impl SourceArguments {
    /// The files, to be read now and later.
    pub(crate) fn files(&self) -> Result<ConfigurationFiles, Failure> {
        let accounts_file = accounts_file(self.accounts.as_deref())?;
        let short = self.short_forms();
        let usual = || logzio_soar_accounts::configuration_folder().map(|folder| folder.join("sinks.toml"));
        let is_named = self.sinks.is_some();
        let sinks = self.sinks.clone().or_else(usual);
        let least = self.least_interval;
        let files = [Some(accounts_file.clone()), sinks.clone()].into_iter().flatten().collect::<Vec<_>>();
        Ok(ConfigurationFiles::new(files, move || {
            let accounts = Accounts::read(&accounts_file, least).map_err(|error| error.to_string())?.for_incidents();
            // An emptied file, such as one that is being written, must not end all polls without a word.
            if accounts.iter().next().is_none() {
                return Err(format!(
                    "{} has no account with a security-token: add one with `logzio-soar accounts add NAME`",
                    accounts_file.display()
                ));
            }
            let named = match &sinks {
                // The usual file may be made later; until then, the short forms are enough.
                Some(file) if is_named || file.exists() => Sinks::read(file).map_err(|error| error.to_string())?,
                _ => Sinks::default(),
            };
            let all = Sinks::of(named.iter().cloned().chain(short.iter().cloned()));
            if all.iter().next().is_none() {
                return Err(
                    "there is no sink: add one to sinks.toml, or say --stdout, --ndjson FILE or --webhook URL".into()
                );
            }
            Ok(Configuration { accounts: Arc::new(accounts), sinks: Arc::new(all) })
        }))
    }

    fn short_forms(&self) -> Vec<SinkSettings> {
        let named = |name: &str| name.parse::<SinkName>().ok();
        let mut sinks = Vec::new();
        if self.stdout {
            sinks.extend(named("stdout").map(SinkSettings::stdout));
        }
        if let Some(file) = &self.ndjson {
            sinks.extend(named("ndjson").map(|name| SinkSettings::ndjson(name, file)));
        }
        if let Some(url) = &self.webhook {
            sinks.extend(named("webhook").map(|name| SinkSettings::webhook(name, url)));
        }
        sinks
    }
}

/// The state that was named, or the usual one.
pub(crate) fn state_file(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let usual = || directories::state().map(|folder| folder.join("watch.db"));
    named.map(Path::to_owned).or_else(usual).ok_or_else(|| Failure::Usage("name the state with --state".into()))
}
