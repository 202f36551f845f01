//! `accounts remove`: an account, and the token files that were made for it.

use std::path::PathBuf;

use clap::Args;

use crate::account::accounts_file;
use crate::failure::Failure;
use crate::output::say;

#[derive(Args)]
pub(crate) struct RemoveArguments {
    /// The name of the account
    name: String,
    /// The file of accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(arguments: &RemoveArguments) -> Result<(), Failure> {
    let path = accounts_file(arguments.accounts.as_deref())?;
    let files = logzio_soar_accounts::remove(&path, &arguments.name)?;
    say("note", &format!("{} was removed from {}", arguments.name, path.display()));
    for file in files {
        say("note", &format!("its token file {} was removed, too", file.display()));
    }
    Ok(())
}
