//! `search`: logs of the Operations account that match a query.

mod arguments;
mod bars;
mod histogram;
mod plot;

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;
use logzio_soar_accounts::Account as NamedAccount;
use logzio_soar_host::contract::{LogQuery, Order};
use logzio_soar_host::{Runner, Session};

pub(super) use arguments::SearchArguments;

use super::pages::{Pages, is_watched};
use super::several::{for_each, report};
use arguments::OrderArgument;

use crate::account::{self, Account, Chosen, ConnectionArguments, Needs};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, progress_beside_rows};

/// Runs the command.
pub(super) async fn run(arguments: SearchArguments) -> Result<(), Failure> {
    let chosen = Chosen::find(&arguments.account, &arguments.connection, Needs::Operations).await?;
    let ConnectionArguments { network, config, .. } = &arguments.connection;
    let runner = component::build(account::runner(network, config.as_deref())?).await?;
    match chosen {
        Chosen::Several(_) if arguments.histogram => {
            Err(Failure::Usage("--histogram shows one account: name one with --account".into()))
        }
        Chosen::Several(accounts) => several(&runner, &accounts, &arguments).await,
        Chosen::One(account) => one(&runner.connect(account.connection), &arguments).await,
    }
}

async fn one(session: &Session, arguments: &SearchArguments) -> Result<(), Failure> {
    if arguments.histogram {
        return histogram::run(session, arguments).await;
    }
    let limit = limit(arguments);
    let output = RefCell::new(Output::to_stdout(arguments.output.output)?);
    let mut pages = Pages::new(&output, &arguments.fields, None, Interrupt::listen());
    if is_watched(limit) {
        pages.ends_at(far_end(session, arguments)).await?;
    }
    pages.write(limit, async |limit, page| session.search_logs(&page_of(arguments, limit, page)).await).await
}

async fn several(runner: &Runner, accounts: &[NamedAccount], arguments: &SearchArguments) -> Result<(), Failure> {
    let output = RefCell::new(Output::to_stdout(arguments.output.output)?);
    let interrupt = Interrupt::listen();
    let progress = progress_beside_rows("{spinner} {pos} of {len} accounts ({elapsed})");
    progress.set_length(u64::try_from(accounts.len()).unwrap_or_default());
    let outcomes = for_each(accounts, &progress, async |tag, account| {
        let account = Account::of(account, &arguments.connection, Needs::Operations).await?;
        let session = runner.connect(account.connection);
        let mut pages = Pages::new(&output, &arguments.fields, Some(tag), interrupt.clone());
        let ask = async |limit, page: Option<&str>| session.search_logs(&page_of(arguments, limit, page)).await;
        Ok((tag, pages.walk(limit(arguments), ask, &ProgressBar::hidden()).await?))
    })
    .await;
    progress.finish_and_clear();
    // What was written stays readable after a failure too.
    let failed = outcomes.as_ref().map_or(true, |outcomes| outcomes.iter().all(|outcome| outcome.result.is_err()));
    let finished = output.borrow_mut().finish(failed);
    let outcomes = outcomes?;
    finished?;
    let for_people = output.borrow().is_for_people();
    for (tag, walked) in outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok()) {
        walked.say(Some(*tag), for_people);
    }
    report(&outcomes)
}

fn limit(arguments: &SearchArguments) -> Option<u32> {
    (!arguments.all).then_some(arguments.limit)
}

/// The query for a page.
fn page_of(arguments: &SearchArguments, limit: u32, page: Option<&str>) -> LogQuery {
    LogQuery {
        limit: Some(limit),
        page: page.map(str::to_owned),
        fields: arguments.fields.clone(),
        ..query(arguments, arguments.order)
    }
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
