//! `accounts check`: the connections of several accounts, side by side, a line each.

use std::cell::RefCell;
use std::path::PathBuf;

use clap::Args;
use logzio_soar_accounts::Account as NamedAccount;

use crate::account::{NetworkArguments, read_accounts, runner};
use crate::commands::several::{Tag, for_each};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, OutputArguments, note, progress_beside_rows, say};
use crate::records::{AccountCheckRecord, OfAccount};

const CHECK_HELP: &str = "\
The exit code is 0 if every account can be reached with each of its tokens, and
1 if one cannot.";

#[derive(Args)]
#[command(after_help = CHECK_HELP)]
pub(crate) struct CheckArguments {
    /// The names of the accounts [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The file of accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Runs the command.
pub(super) async fn run(arguments: CheckArguments) -> Result<(), Failure> {
    let accounts = read_accounts(arguments.accounts.as_deref())?;
    let mut chosen: Vec<NamedAccount> = match arguments.names.as_slice() {
        [] => accounts.iter().cloned().collect(),
        names => names.iter().map(|name| accounts.named(name).cloned()).collect::<Result<_, _>>()?,
    };
    chosen.sort_by(|one, other| one.name.cmp(&other.name));
    chosen.dedup_by(|one, other| one.name == other.name);
    for warning in accounts.warnings() {
        say("warning", &warning.to_string());
    }
    let mut output = Output::to_stdout(arguments.output.output)?;
    if chosen.is_empty() {
        output.finish(false)?;
        note("there is no account yet: logzio-soar accounts add NAME adds one");
        return Ok(());
    }
    let runner = component::build(runner(&arguments.network, None)?).await?;
    let progress = progress_beside_rows("{spinner} {pos} of {len} accounts ({elapsed})");
    progress.set_length(u64::try_from(chosen.len()).unwrap_or_default());
    let interrupt = Interrupt::listen();
    let output = RefCell::new(output);
    let outcomes = for_each(&chosen, &progress, async |Tag { account: name, column }, account: &NamedAccount| {
        let checked = async {
            let session = runner.connect(account.connection().await?);
            Ok::<_, Failure>(session.check_connection().await??)
        };
        let record = AccountCheckRecord::new(interrupt.clone().or(checked).await?);
        let is_failed = record.is_failed();
        let mut output = output.borrow_mut();
        output.write(&OfAccount { account: name, column, record })?;
        output.flush()?;
        Ok(is_failed)
    })
    .await;
    progress.finish_and_clear();
    output.borrow_mut().finish(outcomes.is_err())?;
    let mut failed = 0;
    for outcome in outcomes? {
        failed += usize::from(outcome.result?);
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Found) }
}
