//! `state import`: an account goes on where a `fetch --state` ended.

use std::path::PathBuf;

use clap::Args;
use logzio_soar_watch::state::State;

use crate::account::read_accounts;
use crate::failure::Failure;
use crate::output::say;
use crate::state::StateFile;

#[derive(Args)]
pub(super) struct ImportArguments {
    /// The state file of `fetch`, which stays as it is
    file: PathBuf,
    /// The account of accounts.toml that it is of
    #[arg(long, value_name = "NAME")]
    account: String,
    /// The accounts [default: accounts.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// The file was written with another token of the same account
    #[arg(long)]
    renewed_token: bool,
    /// Take the place of the file although the database has one of this account
    #[arg(long)]
    replace: bool,
}

pub(super) async fn run(state: &State, arguments: ImportArguments) -> Result<(), Failure> {
    let ImportArguments { file, account: name, .. } = &arguments;
    let accounts = read_accounts(arguments.accounts.as_deref())?;
    let account = accounts.named(name)?;
    let endpoint = account.endpoint().origin().unwrap_or_default();
    let token = account.tokens().await?.security;
    let token = token.as_ref().map(|token| token.expose()).unwrap_or_default();
    // It checks that the file is of this account; its lock keeps a fetch from going on meanwhile.
    let found = StateFile::open(file, &endpoint, token, arguments.renewed_token)?;
    let Some(cursor) = found.cursor() else {
        return Err(Failure::Usage(format!("{} has no place yet: let the account begin by itself", file.display())));
    };
    let is_taken = state.add_account(name, &endpoint, cursor.to_owned()).await?
        || (arguments.replace && state.set_cursor(name, Some(cursor.to_owned())).await?);
    if !is_taken {
        return Err(Failure::Usage(format!(
            "the state has a place of {name} already: say --replace to take the one of the file instead"
        )));
    }
    say("note", &format!("{name} goes on where {} ended; end that fetch for good", file.display()));
    Ok(())
}
