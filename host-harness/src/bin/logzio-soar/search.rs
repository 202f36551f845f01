//! `search`: logs of the Operations account that match a query.

use logzio_soar_host::contract::LogQuery;

use crate::account::{Account, Needs};
use crate::arguments::SearchArguments;
use crate::failure::Failure;
use crate::logs::Pages;
use crate::output::Output;
use crate::runner;

/// Runs the command.
pub(crate) async fn run(arguments: SearchArguments) -> Result<(), Failure> {
    let account = Account::find(&arguments.connection, Needs::Operations)?;
    let builder = runner::builder(&arguments.connection.component).upstream(account.network()?);
    let runner = runner::build(builder).await?;
    let session = runner.connect(account.connection);
    let mut pages = Pages::new(Output::to_stdout(arguments.output.output), &arguments.fields);
    let limit = (!arguments.all).then_some(arguments.limit);
    pages
        .write(limit, async |limit, page| {
            let query = LogQuery {
                lucene: arguments.query.clone(),
                since: arguments.since.clone(),
                until: arguments.until.clone(),
                order: Some(arguments.order.into()),
                fields: arguments.fields.clone(),
                limit: Some(limit),
                page: page.map(str::to_owned),
            };
            session.search_logs(&query).await
        })
        .await
}
