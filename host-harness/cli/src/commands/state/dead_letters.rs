//! `state dead-letters`: what sinks did not take.

use std::io::{self, Write};

use clap::Args;
use logzio_soar_watch::state::{DeadLetter, State};
use serde_json::json;
use serde_json::value::RawValue;

use super::list::time;
use super::unknown::no_sink;
use crate::failure::Failure;
use crate::output::{printable, say};

/// How many are read at a time.
const TOGETHER: usize = 500;

#[derive(Args)]
pub(super) struct DeadLetterArguments {
    /// Only those of this sink
    #[arg(long, value_name = "NAME")]
    sink: Option<String>,
    /// Deliver them to the sink once more
    #[arg(long, requires = "sink", conflicts_with = "drop")]
    replay: bool,
    /// Drop them for good
    #[arg(long, requires = "sink")]
    drop: bool,
    /// As one JSON object per line, with the whole incident
    #[arg(long, conflicts_with_all = ["replay", "drop"])]
    json: bool,
}

pub(super) async fn run(state: &State, arguments: DeadLetterArguments) -> Result<(), Failure> {
    if let Some(name) = arguments.sink.as_deref().filter(|_| arguments.replay || arguments.drop) {
        let sink = state.known_sink(name).await?.ok_or_else(|| no_sink(name))?;
        let said = if arguments.replay {
            format!("{} incidents wait for {name} once more", state.revive(sink).await?)
        } else {
            format!("{} dead letters of {name} were dropped", state.drop_dead_letters(sink).await?)
        };
        say("note", &said);
        return Ok(());
    }
    if let Some(name) = &arguments.sink {
        state.known_sink(name).await?.ok_or_else(|| no_sink(name))?;
    }
    let mut out = io::stdout().lock();
    let mut after = None;
    loop {
        let page = state.dead_letters(arguments.sink.clone(), after.take(), TOGETHER).await?;
        let Some(last) = page.last() else { return Ok(out.flush()?) };
        after = Some((last.incident.sequence, last.sink.clone()));
        for letter in &page {
            writeln!(out, "{}", if arguments.json { as_json(letter) } else { shown(letter) })?;
        }
        if page.len() < TOGETHER {
            return Ok(out.flush()?);
        }
    }
}

fn as_json(letter: &DeadLetter) -> String {
    let DeadLetter { incident, sink, tries, why, since } = letter;
    let whole = RawValue::from_string(incident.json.clone()).ok();
    let about = json!({
        "sink": sink, "account": incident.account, "tries": tries, "why": why, "since": time(*since),
    });
    let about = about.to_string();
    let whole = whole.as_deref().map_or("null", RawValue::get);
    format!("{},\"incident\":{whole}}}", about.trim_end_matches('}'))
}

fn shown(letter: &DeadLetter) -> String {
    #[derive(serde::Deserialize)]
    struct Named {
        id: String,
        name: String,
    }
    let DeadLetter { incident, sink, tries, why, since } = letter;
    let named: Option<Named> = serde_json::from_str(&incident.json).ok();
    let (id, name) = named.map_or_else(|| ("-".to_owned(), "-".to_owned()), |named| (named.id, named.name));
    printable(&format!("{} {sink} {} {id} {name}: {why} ({tries} tries)", time(*since), incident.account))
}
