//! `check`: what works and what does not.

use crate::account::{Account, Needs};
use crate::arguments::CheckArguments;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::record::{CheckRecord, is_failed};
use crate::runner;

/// Runs the command.
pub(crate) async fn run(arguments: CheckArguments) -> Result<(), Failure> {
    let account = Account::find(&arguments.connection, Needs::Either)?;
    let builder = runner::builder(&arguments.connection.component).upstream(account.network()?);
    let runner = runner::build(builder).await?;
    let session = runner.connect(account.connection);
    let checks = Interrupt::listen().or(session.check_connection()).await???;
    let mut output = Output::to_stdout(arguments.output.output);
    for check in &checks {
        output.write(&CheckRecord::from(check))?;
    }
    output.finish(false)?;
    if checks.iter().any(is_failed) { Err(Failure::Found) } else { Ok(()) }
}
