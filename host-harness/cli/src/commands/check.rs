//! `check`: what works and what does not.

use clap::Args;

use crate::account::{self, Account, CONNECTION_HELP, ConnectionArguments, Needs, OneAccountArguments};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, OutputArguments};
use crate::records::{CheckRecord, is_failed};

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) account: OneAccountArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Runs the command.
pub(super) async fn run(arguments: CheckArguments) -> Result<(), Failure> {
    let account = Account::find(&arguments.account, &arguments.connection, Needs::Either).await?;
    let runner =
        component::build(account::runner(&arguments.connection.network, arguments.connection.config.as_deref())?)
            .await?;
    let session = runner.connect(account.connection);
    let checks = Interrupt::listen().or(session.check_connection()).await???;
    let mut output = Output::to_stdout(arguments.output.output)?;
    for check in &checks {
        output.write(&CheckRecord(check))?;
    }
    output.finish(false)?;
    if checks.iter().any(is_failed) { Err(Failure::Found) } else { Ok(()) }
}
