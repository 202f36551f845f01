//! `accounts`: the named accounts in accounts.toml.

mod add;
mod check;
mod list;
mod remove;

use clap::{Args, Subcommand};

use crate::failure::Failure;

const ACCOUNTS_HELP: &str = "\
accounts.toml, in the user's directory for logzio-soar or named by --accounts:

  [defaults]                # what an account does not set itself
  interval = \"60s\"

  [accounts.acme]
  region = \"eu\"             # or url = \"https://...\"
  security-token = { file = \"acme.token\" }
  operations-token = { command = [\"pass\", \"soc/acme\"] }

A token comes from one of
  { file = \"NAME\" }         from the folder of accounts.toml on, with mode 600
  { environment = \"NAME\" }
  { command = [\"PROGRAM\", \"ARGUMENT\"] }
                            the first line that it prints within 30 seconds; no
                            shell is involved
  { credential = \"NAME\" }   of a systemd service (LoadCredential)
and is got anew for each command. docs/accounts.md has every setting.

The names are for --account of the other commands.";

#[derive(Args)]
#[command(arg_required_else_help = true, subcommand_required = true, after_help = ACCOUNTS_HELP)]
pub(crate) struct AccountsArguments {
    #[command(subcommand)]
    command: AccountsCommand,
}

#[derive(Subcommand)]
enum AccountsCommand {
    /// List the accounts, and what is missing of their tokens; nothing is sent
    List(list::ListArguments),
    /// Add an account, after a check of its connection
    Add(Box<add::AddArguments>),
    /// Remove an account, and the token files that `accounts add` made for it
    Remove(remove::RemoveArguments),
    /// Check the connections of all accounts, or of some
    Check(check::CheckArguments),
}

/// Runs the command.
pub(super) async fn run(arguments: AccountsArguments) -> Result<(), Failure> {
    match arguments.command {
        AccountsCommand::List(arguments) => list::run(arguments),
        AccountsCommand::Add(arguments) => add::run(*arguments).await,
        AccountsCommand::Remove(arguments) => remove::run(&arguments),
        AccountsCommand::Check(arguments) => check::run(arguments).await,
    }
}
