//! `accounts list`: what is in the file, and what is missing.

use std::path::PathBuf;

use clap::Args;

use crate::account::read_accounts;
use crate::failure::Failure;
use crate::output::{Output, OutputArguments, note, say};
use crate::records::{AccountColumn, AccountRecord, OfAccount};

#[derive(Args)]
pub(crate) struct ListArguments {
    /// The file of accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
}

/// Runs the command.
pub(super) fn run(arguments: ListArguments) -> Result<(), Failure> {
    let accounts = read_accounts(arguments.accounts.as_deref())?;
    let column = AccountColumn::of(accounts.iter().map(|account| &account.name));
    let mut output = Output::to_stdout(arguments.output.output)?;
    for account in accounts.iter() {
        output.write(&OfAccount { account: &account.name, column, record: AccountRecord::new(account) })?;
    }
    output.finish(false)?;
    for warning in accounts.warnings() {
        say("warning", &warning.to_string());
    }
    if accounts.is_empty() {
        note("there is no account yet: logzio-soar accounts add NAME adds one");
    }
    Ok(())
}
