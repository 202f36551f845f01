//! `logs`: the logs that triggered a security event.

use std::cell::RefCell;

use clap::Args;

use super::pages::Pages;
use crate::account::{self, Account, CONNECTION_HELP, ConnectionArguments, Needs, OneAccountArguments};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, OutputArguments};

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct LogsArguments {
    /// The id of the event, as `fetch` shows it
    pub(crate) event_id: String,
    /// At most this many logs
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: u32,
    /// Every log of the event
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) account: OneAccountArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

/// Runs the command.
pub(super) async fn run(arguments: LogsArguments) -> Result<(), Failure> {
    let account = Account::find(&arguments.account, &arguments.connection, Needs::Security).await?;
    let runner =
        component::build(account::runner(&arguments.connection.network, arguments.connection.config.as_deref())?)
            .await?;
    let session = runner.connect(account.connection);
    let output = RefCell::new(Output::to_stdout(arguments.output.output)?);
    let mut pages = Pages::new(&output, &[], None, Interrupt::listen());
    let limit = (!arguments.all).then_some(arguments.limit);
    pages
        .write(limit, async |limit, page| session.get_logs_by_event_id(&arguments.event_id, Some(limit), page).await)
        .await
}
