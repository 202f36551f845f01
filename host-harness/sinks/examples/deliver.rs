//! Delivers incidents to every sink that takes them: `deliver SINKS.TOML ACCOUNT < incidents.ndjson`.
//!
//! A program that must lose nothing keeps each incident until each of its sinks took it. This one only says what was not taken.

use std::error::Error;
use std::io::{BufRead, stdin};
use std::path::Path;

use logzio_soar_sinks::{Envelope, Incident, Sinks};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(settings), Some(account)) = (arguments.next(), arguments.next()) else {
        return Err("deliver SINKS.TOML ACCOUNT < incidents.ndjson".into());
    };
    let sinks = Sinks::read(Path::new(&settings))?;
    let mut envelopes = Vec::new();
    for (sequence, line) in (1..).zip(stdin().lock().lines()) {
        envelopes.push(Envelope { account: account.clone(), sequence, incident: Incident::from_json(&line?)? });
    }
    let mut undelivered = 0;
    for settings in sinks.iter() {
        let taken: Vec<Envelope> = envelopes.iter().filter(|envelope| settings.takes(envelope)).cloned().collect();
        let mut sink = settings.open().await?;
        for batch in taken.chunks(sink.most_at_once()) {
            if let Err(why) = sink.deliver(batch).await {
                eprintln!("{}: {why}", settings.name());
                undelivered += batch.len();
            }
        }
    }
    if undelivered > 0 { Err(format!("{undelivered} were not delivered").into()) } else { Ok(()) }
}
