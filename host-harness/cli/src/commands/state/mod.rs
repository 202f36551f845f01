//! `state`: the database of `watch`, for people.

mod back_fill;
mod dead_letters;
mod import;
mod list;
mod stored;
mod unknown;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use logzio_soar_watch::state::{State, StateError};

use super::watch::sources::state_file;
use crate::failure::Failure;
use crate::output::say;
use unknown::no_account;

const STATE_HELP: &str = "\
list, export, backup, check, accept-token, back-fill, replay and dead-letters work
beside a running watcher, which notices within seconds. reset and import change
where accounts go on, so they need the watcher to be stopped.";

#[derive(Args)]
#[command(after_help = STATE_HELP)]
pub(crate) struct StateArguments {
    /// The database [default: watch.db in the user's directory for the state of logzio-soar]
    #[arg(long, value_name = "FILE", global = true)]
    state: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the accounts and the sinks, and what waits for each
    List(list::ListArguments),
    /// Write stored incidents to standard output, as one JSON object per line
    Export(stored::ExportArguments),
    /// Copy the database to a new file, as it is at one moment
    Backup {
        /// The new file
        to: PathBuf,
    },
    /// Read all of the database, and check that it is whole
    Check,
    /// Take the token that an account has now for a new one of the same account
    AcceptToken {
        /// The account
        account: String,
    },
    /// Let an account begin anew, or forget what waits for a sink
    Reset(stored::ResetArguments),
    /// Take over where a `fetch` stands, from its state file
    Import(import::ImportArguments),
    /// Fetch a range of the past, beside where the account stands, for the sinks
    BackFill(back_fill::BackFillArguments),
    /// Deliver stored incidents to a sink once more
    Replay(stored::ReplayArguments),
    /// Show what sinks did not take; replay or drop it
    DeadLetters(dead_letters::DeadLetterArguments),
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::File(error.to_string())
    }
}

/// Runs the command.
pub(super) async fn run(arguments: StateArguments) -> Result<(), Failure> {
    let file = state_file(arguments.state.as_deref())?;
    match arguments.command {
        Command::List(arguments) => list::run(&State::open_beside(file)?, &arguments).await,
        Command::Export(arguments) => stored::export(&State::open_beside(file)?, arguments).await,
        Command::Backup { to } => {
            State::open_beside(file)?.back_up(&to)?;
            say("note", &format!("the state was copied to {}", to.display()));
            Ok(())
        }
        Command::Check => check(&State::open_beside(file)?),
        Command::AcceptToken { account } => {
            if State::open_beside(file)?.accept_new_token(&account).await? {
                say("note", &format!("{account} goes on with the token that it has at its next poll"));
                Ok(())
            } else {
                Err(no_account(&account))
            }
        }
        Command::Reset(arguments) => stored::reset(&State::open(file)?, arguments).await,
        Command::Import(arguments) => import::run(&State::open(file)?, arguments).await,
        Command::BackFill(arguments) => back_fill::run(&file, arguments).await,
        Command::Replay(arguments) => stored::replay(&State::open_beside(file)?, arguments).await,
        Command::DeadLetters(arguments) => dead_letters::run(&State::open_beside(file)?, arguments).await,
    }
}

fn check(state: &State) -> Result<(), Failure> {
    let faults = state.check()?;
    if faults.is_empty() {
        say("note", "the state is whole");
        return Ok(());
    }
    faults.iter().for_each(|fault| say("error", fault));
    Err(Failure::File(format!("the state {} is damaged: put a backup in its place", state.file().display())))
}
