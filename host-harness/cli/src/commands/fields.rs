//! `fields`: the log fields that hold indicators, by kind.

use clap::Args;
use logzio_soar_host::contract::FieldRequest;

use crate::account::{self, Account, CONNECTION_HELP, ConnectionArguments, Needs, OneAccountArguments};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, OutputArguments, say};
use crate::records::{FieldSummary, KindRecord};

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct FieldsArguments {
    /// Only logs at or after this time: "30 days ago", 2026-11-20 [default: seven days before the end]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// Only logs at or before this time [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) account: OneAccountArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

/// Runs the command.
pub(super) async fn run(arguments: FieldsArguments) -> Result<(), Failure> {
    let account = Account::find(&arguments.account, &arguments.connection, Needs::Operations).await?;
    let runner =
        component::build(account::runner(&arguments.connection.network, arguments.connection.config.as_deref())?)
            .await?;
    let session = runner.connect(account.connection);
    let request = FieldRequest { since: arguments.since, until: arguments.until };
    let report = Interrupt::listen().or(session.find_fields(&request)).await???;
    let mut output = Output::to_stdout(arguments.output.output)?;
    for of_kind in &report.kinds {
        output.write(&KindRecord(of_kind))?;
    }
    output.write_for_people(|page| FieldSummary::from(&report).write(page))?;
    output.finish(false)?;
    for notice in &report.notices {
        say("warning", &notice.text);
    }
    Ok(())
}
