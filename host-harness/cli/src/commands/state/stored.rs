//! Stored incidents: written out, delivered once more, or forgotten.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use logzio_soar_accounts::configuration_folder;
use logzio_soar_sinks::{Envelope, Incident, SinkName, SinkSettings, Sinks};
use logzio_soar_watch::state::{Selection, State, StoredIncident};

use super::back_fill::moment;
use super::unknown::{no_account, no_sink};
use crate::failure::Failure;
use crate::output::say;

/// How many incidents are read at a time.
const TOGETHER: u32 = 500;

/// Which incidents are meant.
#[derive(Args)]
pub(super) struct SelectionArguments {
    /// Only those of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only those that occurred then or later: 2026-11-20, 2026-11-20T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<String>,
    /// Only those that occurred before then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<String>,
}

impl SelectionArguments {
    fn selection(&self) -> Selection {
        let Self { account, since, until } = self;
        Selection { account: account.clone(), since: since.clone(), until: until.clone(), after: 0, limit: TOGETHER }
    }
}

#[derive(Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    selection: SelectionArguments,
}

/// Writes incidents as the NDJSON sink does.
pub(super) async fn export(state: &State, arguments: ExportArguments) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let mut selection = arguments.selection.selection();
    loop {
        let page = state.incidents(selection.clone()).await?;
        let Some(last) = page.last() else { return Ok(out.flush()?) };
        selection.after = last.sequence;
        for StoredIncident { sequence, account, json, .. } in &page {
            let fields = json.strip_prefix('{').unwrap_or(json);
            writeln!(out, "{{\"account\":{},\"sequence\":{sequence},{fields}", serde_json::json!(account))?;
        }
    }
}

#[derive(Args)]
pub(super) struct ReplayArguments {
    /// The sink
    #[arg(long, value_name = "NAME")]
    sink: SinkName,
    #[command(flatten)]
    selection: SelectionArguments,
    /// The sinks, whose filters hold here, too [default: sinks.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    sinks: Option<PathBuf>,
    /// Say how many incidents there are, and deliver none
    #[arg(long)]
    dry_run: bool,
}

/// Puts stored incidents into the outbox of a sink. A watcher delivers them.
pub(super) async fn replay(state: &State, arguments: ReplayArguments) -> Result<(), Failure> {
    let name = &arguments.sink;
    let number = state.known_sink(name.as_str()).await?.ok_or_else(|| no_sink(name.as_str()))?;
    let settings = settings(&arguments)?;
    let takes = |incident: &StoredIncident| {
        let Some(settings) = &settings else { return true };
        let Ok(read) = Incident::from_json(&incident.json) else { return true };
        settings.takes(&Envelope { account: incident.account.clone(), sequence: 0, incident: read })
    };
    let mut selection = arguments.selection.selection();
    let (mut meant, mut added) = (0, 0);
    loop {
        let page = state.incidents(selection.clone()).await?;
        let Some(last) = page.last() else { break };
        selection.after = last.sequence;
        let sequences: Vec<u64> =
            page.iter().filter(|incident| takes(incident)).map(|incident| incident.sequence).collect();
        meant += sequences.len();
        if !arguments.dry_run {
            added += state.replay(number, sequences).await?;
        }
    }
    let said = match arguments.dry_run {
        true => format!("{meant} incidents would be delivered to {name}"),
        false => format!("{added} incidents wait for {name} now; {} did so already", meant - added),
    };
    say("note", &said);
    Ok(())
}

/// The settings of the sink, if a file has them.
fn settings(arguments: &ReplayArguments) -> Result<Option<SinkSettings>, Failure> {
    let usual = || configuration_folder().map(|folder| folder.join("sinks.toml")).filter(|file| file.exists());
    let Some(file) = arguments.sinks.clone().or_else(usual) else { return Ok(None) };
    let sinks = Sinks::read(&file).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(sinks.get(&arguments.sink).cloned())
}

#[derive(Args)]
pub(super) struct ResetArguments {
    /// The account that begins anew, with its first fetch. What the state holds of it is not delivered again
    #[arg(long, value_name = "NAME", required_unless_present = "sink", conflicts_with = "sink")]
    account: Option<String>,
    /// The sink whose outbox and dead letters are emptied. It never gets them
    #[arg(long, value_name = "NAME")]
    sink: Option<String>,
}

pub(super) async fn reset(state: &State, arguments: ResetArguments) -> Result<(), Failure> {
    if let Some(account) = &arguments.account {
        if !state.set_cursor(account, None).await? {
            return Err(no_account(account));
        }
        say("note", &format!("{account} begins with its first fetch"));
    }
    if let Some(sink) = &arguments.sink {
        let number = state.known_sink(sink).await?.ok_or_else(|| no_sink(sink))?;
        let forgotten = state.empty_outbox(number).await?;
        say("note", &format!("{forgotten} incidents will not be delivered to {sink}"));
    }
    Ok(())
}
