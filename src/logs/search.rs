//! `search-logs`: logs that match a query, over any range. It must not know
//! how a place in the range is kept, nor how a page is filled.

use crate::connection::Account;
use crate::contract::{Error, LogPage, LogQuery, Notice, NoticeCode, sentence};
use crate::logs::checked_limit;
use crate::logs::position::{Position, newest_first};
use crate::logs::reading::Reading;
use crate::logs::rest;
use crate::logzio::client::Client;
use crate::lucene;
use chrono::{DateTime, Utc};

/// The logs of a page if the query names no limit.
pub const DEFAULT_SEARCH: u32 = 1_000;
/// The longest query, in bytes.
pub const LONGEST_QUERY: usize = 32_768;
const MOST_FIELDS: usize = 1_000;

/// Carries out `search-logs`.
///
/// # Errors
/// As the contract has it.
pub fn search(client: &Client, query: &LogQuery, now: DateTime<Utc>) -> Result<LogPage, Error> {
    let limit = checked_limit(query.limit, DEFAULT_SEARCH)?;
    check_query(query)?;
    let mut notices = Vec::new();
    let mut position = match &query.page {
        Some(token) => Position::open(token, query)?,
        None => {
            notices.extend(lucene::hints(&query.lucene).into_iter().map(as_notice));
            Position::first(query, now, &mut notices)?
        }
    };
    client.target().require(Account::Operations)?;
    let newest_first = newest_first(query);

    let begins = position.window(newest_first);
    let mut reading = Reading::new(limit, position.rows, notices);
    let mut asked = false;
    while !reading.is_full() && position.window(newest_first).is_some() {
        if asked && let Some(why) = client.why_enough() {
            reading.page.notices.push(goes_on(why));
            break;
        }
        asked = true;
        let outcome = reading.read_on(client, query, &mut position);
        if let Err(error) = outcome {
            // Windows that held nothing are progress too: without them, a
            // search that takes longer than a call would never end.
            let moved = position.window(newest_first) != begins;
            if reading.page.logs.is_empty() && !(moved && may_pass(&error)) {
                return Err(error);
            }
            reading.page.notices.push(match &error {
                Error::TimedOut(_) => goes_on("the time budget ended"),
                _ => Notice::new(
                    NoticeCode::CutShort,
                    format!("the page ends early, the next one goes on: {}", sentence(&error)),
                ),
            });
            break;
        }
    }
    position.rows = reading.bytes.rows();
    if reading.left > 0 && reading.bytes.is_full() && position.window(newest_first).is_some() {
        reading.page.notices.push(goes_on("the page holds as many bytes of logs as it may"));
    }
    if reading.is_full() && client.why_enough().is_none() {
        rest::count(client, query, &mut position);
    }
    let mut page = reading.finish();
    page.total = position.all_counted(newest_first).and_then(|total| u32::try_from(total).ok());
    page.next = position.window(newest_first).is_some().then(|| position.seal());
    Ok(page)
}

fn as_notice(hint: lucene::Hint) -> Notice {
    Notice::new(NoticeCode::QueryHint, format!("the query may not mean what it should: {hint}"))
}

/// Says that a page ends before the range does.
fn goes_on(why: &str) -> Notice {
    Notice::new(NoticeCode::GoesOn, format!("{why} within the range: the next page goes on"))
}

/// Whether the same search may work in a while.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::RateLimited(_) | Error::TimedOut(_) | Error::Unreachable(_) => true,
        Error::Server(error) => error.status >= 500,
        _ => false,
    }
}

fn check_query(query: &LogQuery) -> Result<(), Error> {
    if query.lucene.trim().is_empty() {
        return Err(Error::InvalidArgument("the query is empty: write * to match every log".into()));
    }
    if query.lucene.len() > LONGEST_QUERY {
        return Err(Error::InvalidArgument(format!(
            "the query is {} bytes long: shorten it to {LONGEST_QUERY}, or split it into several",
            query.lucene.len()
        )));
    }
    lucene::check(&query.lucene).map_err(|problem| {
        // Often the reason: the author took something for quotes.
        let hints: String = lucene::hints(&query.lucene).iter().map(|hint| format!("; {hint}")).collect();
        Error::QueryRejected(format!("Logz.io would refuse the query, so it was not sent: {problem}{hints}"))
    })?;
    if query.fields.len() > MOST_FIELDS || query.fields.iter().any(|field| field.trim().is_empty()) {
        return Err(Error::InvalidArgument(format!(
            "the fields are not names, or more than {MOST_FIELDS}: name the fields of the logs, such as message"
        )));
    }
    Ok(())
}
