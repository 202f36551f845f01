//! The rules of [`logs`](crate::logs), broken.

use crate::contract::{Error, LogPage, LogQuery};
use crate::logs::{LIMITS, LONGEST_QUERY};
use crate::logzio::client::Client;
use crate::mutations::answer::{answered, rewritten};
use crate::mutations::mutation::{Mutation, is};
use crate::time::{self, Edge};
use chrono::{DateTime, TimeDelta, Utc};

/// See [`search`](crate::logs::search).
///
/// # Errors
/// As there, unless a mutation has another.
pub fn search(client: &Client, query: &LogQuery, now: DateTime<Utc>) -> Result<LogPage, Error> {
    let mut query = query.clone();
    query.limit = limit(query.limit);
    match Mutation::current() {
        Some(Mutation::TwoDaysOnly) => {
            let until = query.until.as_ref().and_then(|text| time::parse(text, Edge::End, now).ok());
            let since = query.since.as_ref().and_then(|text| time::parse(text, Edge::Start, now).ok());
            if since.is_some_and(|since| until.unwrap_or(now) - since > TimeDelta::days(2)) {
                query.since = None;
            }
        }
        Some(Mutation::PageTokenIgnored) => query.page = None,
        Some(Mutation::SearchLimitIgnored) => {
            query.limit = query.limit.map(|limit| if LIMITS.contains(&limit) { *LIMITS.end() } else { limit });
        }
        Some(Mutation::OrderIgnored) => query.order = None,
        Some(Mutation::FieldsIgnored) => query.fields.clear(),
        Some(Mutation::UntilIgnored) => query.until = None,
        Some(Mutation::LongQueryTaken) if query.lucene.len() > LONGEST_QUERY => query.lucene = "*".into(),
        Some(Mutation::EmptyQueryTaken) if query.lucene.trim().is_empty() => query.lucene = "*".into(),
        _ => {}
    }
    let mut page = answered(client, crate::logs::search(client, &query, now))?;
    match Mutation::current() {
        Some(Mutation::TotalIsOfThePage) => page.total = u32::try_from(page.logs.len()).ok(),
        Some(Mutation::TotalComesLast) if page.next.is_some() => page.total = None,
        Some(Mutation::LogRewritten) => page.logs.iter_mut().for_each(|log| rewritten(&mut log.source)),
        Some(Mutation::PageBordersRepeated) if page.next.is_some() => {
            // The next page starts a log earlier than this one ended.
            let fewer = query.limit.unwrap_or(crate::logs::DEFAULT_SEARCH) - 1;
            if fewer > 0 {
                let again = LogQuery { limit: Some(fewer), ..query };
                page.next = crate::logs::search(client, &again, now)?.next;
            }
        }
        _ => {}
    }
    Ok(page)
}

/// See [`by_event_id`](crate::logs::by_event_id).
///
/// # Errors
/// As there, unless a mutation has another.
pub fn by_event_id(
    client: &Client,
    event_id: &str,
    limit_given: Option<u32>,
    page: Option<&str>,
) -> Result<LogPage, Error> {
    let mut limit = limit(limit_given);
    if is(Mutation::EventLogsLimitIgnored) {
        limit = limit.filter(|limit| !LIMITS.contains(limit));
    }
    let event_id = match event_id.get(..1_000) {
        Some(start) if is(Mutation::LongEventIdTaken) => start,
        _ => event_id,
    };
    let mut page = answered(client, crate::logs::by_event_id(client, event_id, limit, page))?;
    match Mutation::current() {
        Some(Mutation::EventLogsOnOnePage) => page.next = None,
        Some(Mutation::LogRewritten) => page.logs.iter_mut().for_each(|log| rewritten(&mut log.source)),
        _ => {}
    }
    Ok(page)
}

fn limit(given: Option<u32>) -> Option<u32> {
    match Mutation::current() {
        Some(Mutation::ZeroLimitTaken) => given.filter(|limit| *limit > 0),
        Some(Mutation::ExcessLimitTaken) => given.map(|limit| limit.min(*LIMITS.end())),
        _ => given,
    }
}
