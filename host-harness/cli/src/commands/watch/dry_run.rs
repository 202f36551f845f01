//! `watch --dry-run`: what a start would bring, without changing anything.

use std::path::Path;
use std::sync::Arc;

use logzio_soar_accounts::Account;
use logzio_soar_host::Runner;
use logzio_soar_host::contract::{IncidentPage, JsonForm, Start};
use logzio_soar_sinks::{Envelope, Incident};
use logzio_soar_watch::Configuration;
use logzio_soar_watch::state::State;
use tokio::sync::Semaphore;

use crate::failure::Failure;
use crate::output::printable;

/// Fetches a page of each account from where it stands, and says what each sink would get.
pub(super) async fn run(
    runner: &Runner,
    configuration: &Configuration,
    state_file: &Path,
    calls: usize,
) -> Result<(), Failure> {
    let unusable = |error: logzio_soar_watch::state::StateError| Failure::File(error.to_string());
    let known = if state_file.exists() {
        State::open_beside(state_file).map_err(unusable)?.accounts().await.map_err(unusable)?
    } else {
        Vec::new()
    };
    let places = Arc::new(Semaphore::new(calls));
    let fetches = configuration.accounts.iter().map(|account| {
        let known = known.iter().find(|known| known.name == account.name.as_str());
        let start = match known.and_then(|known| known.cursor.clone()) {
            Some(cursor) => Start::After(cursor),
            None => Start::At(account.first_fetch().to_owned()),
        };
        let (runner, account, places) = (runner.clone(), account.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            let _place = places.acquire().await;
            let page = page(&runner, &account, start).await;
            (account, page)
        })
    });
    let mut failed = 0;
    for fetch in fetches.collect::<Vec<_>>() {
        let (account, page) = fetch.await.map_err(|error| Failure::File(error.to_string()))?;
        match page {
            Ok(page) => println!("{}", summary(&account, &page, configuration)),
            Err(why) => {
                failed += 1;
                println!("{}: {}", account.name, printable(&why));
            }
        }
    }
    if failed > 0 { Err(Failure::Found) } else { Ok(()) }
}

async fn page(runner: &Runner, account: &Account, start: Start) -> Result<IncidentPage, String> {
    let connection = account.connection().await.map_err(|error| error.to_string())?;
    let page = runner.connect(connection).fetch_incidents(&account.request(start)).await;
    page.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

fn summary(account: &Account, page: &IncidentPage, configuration: &Configuration) -> String {
    let envelopes: Vec<Envelope> = page
        .incidents
        .iter()
        .filter_map(|incident| Incident::from_json(&incident.to_json()).ok())
        .map(|incident| Envelope { account: account.name.to_string(), sequence: 0, incident })
        .collect();
    let sinks = configuration.sinks.iter().map(|sink| {
        let takes = envelopes.iter().filter(|envelope| sink.takes(envelope)).count();
        format!("{takes} to {}", sink.name())
    });
    let more = if page.more { " and more behind them" } else { "" };
    let sinks = sinks.collect::<Vec<_>>().join(", ");
    format!("{}: {} incidents{more}: {sinks}", account.name, page.incidents.len())
}
