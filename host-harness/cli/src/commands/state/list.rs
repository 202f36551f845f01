//! `state list`: accounts and sinks.

use std::io::{self, Write};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use clap::Args;
use logzio_soar_watch::state::{AccountState, OutboxSize, State};
use serde_json::json;

use crate::failure::Failure;
use crate::output::{Cell, Column, Palette, Table, stdout_width};

#[derive(Args)]
pub(super) struct ListArguments {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(state: &State, arguments: &ListArguments) -> Result<(), Failure> {
    let (accounts, sinks) = (state.accounts().await?, state.outboxes().await?);
    let mut out = io::stdout().lock();
    if arguments.json {
        let accounts: Vec<_> = accounts.iter().map(of_account).collect();
        let sinks: Vec<_> = sinks.iter().map(of_sink).collect();
        return Ok(writeln!(out, "{}", json!({"accounts": accounts, "sinks": sinks}))?);
    }
    let (width, palette) = (stdout_width(), Palette::for_stdout());
    let columns =
        [("ACCOUNT", 24), ("INCIDENTS", 10), ("LAST SUCCESS (UTC)", 20), ("LAST POLL (UTC)", 20), ("ENDPOINT", 30)];
    let table = Table::new(columns.map(|(title, width)| Column::new(title, width)).into(), width);
    table.write_titles(&mut out, &palette)?;
    for account in &accounts {
        let AccountState { name, endpoint, polled, succeeded, incidents, .. } = account;
        let row = [
            Cell::plain(name),
            Cell::plain(&incidents.to_string()),
            Cell::plain(&shown(*succeeded)),
            Cell::plain(&shown(*polled)),
            Cell::plain(endpoint.as_deref().unwrap_or("-")),
        ];
        table.write_row(&mut out, row)?;
    }
    writeln!(out)?;
    let columns = [("SINK", 24), ("WAITING", 10), ("SINCE (UTC)", 20), ("DEAD LETTERS", 12)];
    let table = Table::new(columns.map(|(title, width)| Column::new(title, width)).into(), width);
    table.write_titles(&mut out, &palette)?;
    for OutboxSize { sink, waiting, since, dead_letters } in &sinks {
        let row = [
            Cell::plain(sink),
            Cell::plain(&waiting.to_string()),
            Cell::plain(&shown(*since)),
            Cell::plain(&dead_letters.to_string()),
        ];
        table.write_row(&mut out, row)?;
    }
    Ok(())
}

fn of_account(account: &AccountState) -> serde_json::Value {
    let AccountState { name, endpoint, cursor, polled, succeeded, incidents, .. } = account;
    json!({
        "account": name, "endpoint": endpoint, "incidents": incidents, "has_cursor": cursor.is_some(),
        "polled": polled.map(time), "succeeded": succeeded.map(time),
    })
}

fn of_sink(sink: &OutboxSize) -> serde_json::Value {
    let OutboxSize { sink, waiting, since, dead_letters } = sink;
    json!({"sink": sink, "waiting": waiting, "since": since.map(time), "dead_letters": dead_letters})
}

fn shown(moment: Option<SystemTime>) -> String {
    moment.map_or_else(|| "-".into(), |moment| DateTime::<Utc>::from(moment).format("%Y-%m-%d %H:%M:%S").to_string())
}

/// A time as the contract writes it.
pub(super) fn time(moment: SystemTime) -> String {
    DateTime::<Utc>::from(moment).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
