//! `state back-fill`: a range of the past, for the sinks.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use clap::Args;
use logzio_soar_watch::BackFill;
use logzio_soar_watch::state::State;

use super::super::watch::runner;
use super::super::watch::sources::SourceArguments;
use crate::account::NetworkArguments;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{progress, say};

#[derive(Args)]
pub(super) struct BackFillArguments {
    /// The account; may be repeated; "all" for all of accounts.toml
    #[arg(long = "account", value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Where the range starts: "7 days ago", 2026-11-20, 2026-11-20T08:00:00Z
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: String,
    /// Where it ends: 2026-11-21, 2026-11-21T08:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<String>,
    /// Also deliver incidents that the state holds already
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    sources: SourceArguments,
    #[command(flatten)]
    network: NetworkArguments,
}

pub(super) async fn run(file: &Path, arguments: BackFillArguments) -> Result<(), Failure> {
    // How often an account is polled does not matter here.
    let sources = SourceArguments { least_interval: Duration::ZERO, ..arguments.sources.clone() };
    let configuration = sources.files()?.read().map_err(Failure::Usage)?;
    let accounts = &configuration.accounts;
    let meant = if arguments.names.iter().any(|name| name == "all") {
        accounts.iter().collect()
    } else {
        let named = arguments.names.iter().map(|name| accounts.named(name));
        named.collect::<Result<Vec<_>, _>>()?
    };
    let state = State::open_beside(file)?;
    let runner = runner(&arguments.network, 1).await?;
    let until = arguments.until.clone();
    let until = until.unwrap_or_else(|| Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true));
    let back_fill = BackFill { since: arguments.since.clone(), until, again: arguments.again };
    let mut interrupt = Interrupt::listen();
    let mut failed = false;
    for account in meant {
        let name = &account.name;
        let bar = progress("{spinner} {msg} ({elapsed})", None);
        let show =
            |done: logzio_soar_watch::BackFilled| bar.set_message(format!("{name}: {} incidents", done.incidents));
        let run = back_fill.run(&runner, &state, account, &configuration.sinks, show);
        let outcome = interrupt.or(run).await?;
        bar.finish_and_clear();
        match outcome {
            Ok(done) => say("note", &format!("{name}: {} incidents, {} of them new", done.incidents, done.new)),
            // The others are not to blame.
            Err(why) => {
                failed = true;
                say("error", &format!("{name}: {why}"));
            }
        }
    }
    if failed { Err(Failure::Found) } else { Ok(()) }
}

/// A moment as the contract writes it, from a date or a time of RFC 3339.
pub(super) fn moment(text: &str) -> Result<String, String> {
    let text = text.trim();
    let day = text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let time = || DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let moment = day.or_else(|_| time()).map_err(|_| "is a date or a time such as 2026-11-20T08:00:00Z".to_owned())?;
    Ok(moment.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_incidents_have_it() {
        assert_eq!(moment("2026-11-20").unwrap(), "2026-11-20T00:00:00.000Z");
        assert_eq!(moment("2026-11-20T09:00:00+01:00").unwrap(), "2026-11-20T08:00:00.000Z");
        assert!(moment("yesterday").is_err());
    }
}
