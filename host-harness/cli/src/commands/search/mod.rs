//! `search`: logs of the Operations account that match a query.

mod arguments;
mod bars;
mod histogram;
mod plot;

use chrono::{DateTime, Utc};
use logzio_soar_host::Session;
use logzio_soar_host::contract::{LogQuery, Order};

pub(super) use arguments::SearchArguments;

use super::pages::{Pages, is_watched};
use arguments::OrderArgument;

use crate::account::{Account, Needs};
use crate::component;
use crate::failure::Failure;
use crate::output::Output;

/// Runs the command.
pub(super) async fn run(arguments: SearchArguments) -> Result<(), Failure> {
    let account = Account::find(&arguments.connection, Needs::Operations)?;
    let runner = component::build(account.runner(&arguments.connection)?).await?;
    let session = runner.connect(account.connection);
    if arguments.histogram {
        return histogram::run(&session, &arguments).await;
    }
    let limit = (!arguments.all).then_some(arguments.limit);
    let mut pages = Pages::new(Output::to_stdout(arguments.output.output)?, &arguments.fields);
    if is_watched(limit) {
        pages.ends_at(far_end(&session, &arguments)).await?;
    }
    pages
        .write(limit, async |limit, page| {
            let query = LogQuery {
                limit: Some(limit),
                page: page.map(str::to_owned),
                fields: arguments.fields.clone(),
                ..query(&arguments, arguments.order)
            };
            session.search_logs(&query).await
        })
        .await
}

/// The time of the log that comes last, to tell how far a search is. Only the component knows what times mean, so it is
/// asked; without an answer, the search goes on all the same.
async fn far_end(session: &Session, arguments: &SearchArguments) -> Option<DateTime<Utc>> {
    let other = match arguments.order {
        OrderArgument::NewestFirst => OrderArgument::OldestFirst,
        OrderArgument::OldestFirst => OrderArgument::NewestFirst,
    };
    let query = LogQuery { limit: Some(1), fields: vec!["@timestamp".into()], ..query(arguments, other) };
    let page = session.search_logs(&query).await.ok()?.ok()?;
    let time = page.logs.first()?.timestamp.as_ref()?;
    Some(DateTime::parse_from_rfc3339(time).ok()?.to_utc())
}

fn query(arguments: &SearchArguments, order: OrderArgument) -> LogQuery {
    LogQuery {
        lucene: arguments.query.clone(),
        since: arguments.since.clone(),
        until: arguments.until.clone(),
        order: Some(Order::from(order)),
        fields: Vec::new(),
        limit: None,
        page: None,
    }
}
