//! The rules of [`incidents`](crate::incidents), broken.

use crate::connection::{Account, Token};
use crate::contract::{Error, FetchRequest, IncidentPage, Start};
use crate::incidents::{LONGEST_LOOK_BACK, fetch_by};
use crate::logzio::client::Client;
use crate::mutations::answer::{answered, rewritten};
use crate::mutations::mutation::{Mutation, is};
use crate::mutations::sweep::sweep;
use chrono::{DateTime, Utc};

/// What a cursor and a token are held together by.
const GLUE: char = '#';

/// See [`fetch`](crate::incidents::fetch).
///
/// # Errors
/// As there, unless a mutation has another.
pub fn fetch(client: &Client, request: &FetchRequest, now: DateTime<Utc>) -> Result<IncidentPage, Error> {
    let mut request = request.clone();
    match Mutation::current() {
        Some(Mutation::FetchLimitIgnored) => request.limit = request.limit.filter(|limit| *limit == 0),
        Some(Mutation::ZeroLimitTaken) => request.limit = request.limit.filter(|limit| *limit > 0),
        Some(Mutation::SeverityFilterIgnored) => request.filter.severities.clear(),
        Some(Mutation::TagFilterIgnored) => request.filter.tags.clear(),
        Some(Mutation::RuleNameFilterIgnored) => request.filter.rule_name = None,
        Some(Mutation::MutedEventsReturned) => request.filter.include_muted = true,
        Some(Mutation::AttachedLogsForgotten) => request.attach_logs = None,
        Some(Mutation::LongLookBackTaken) => {
            request.look_back_minutes = request.look_back_minutes.map(|minutes| minutes.min(LONGEST_LOOK_BACK));
        }
        Some(Mutation::TokenInCursor) => {
            if let Start::After(cursor) = &mut request.start
                && let Some((own, _)) = cursor.split_once(GLUE)
            {
                *cursor = own.to_owned();
            }
        }
        _ => {}
    }
    let mut answer = fetch_by(sweep, client, &request, now);
    if is(Mutation::ForeignCursorTaken)
        && matches!((&answer, &request.start), (Err(Error::InvalidArgument(_)), Start::After(_)))
    {
        request.start = Start::At("-1h".into());
        answer = fetch_by(sweep, client, &request, now);
    }
    let mut page = answered(client, answer)?;
    match Mutation::current() {
        Some(Mutation::NewestIncidentFirst) => page.incidents.reverse(),
        Some(Mutation::EventRewritten) => {
            page.incidents.iter_mut().for_each(|incident| rewritten(&mut incident.raw));
        }
        Some(Mutation::AlwaysMore) => page.more = true,
        Some(Mutation::TokenInCursor) => {
            let accounts = [Account::Security, Account::Operations].into_iter();
            let tokens = accounts.filter_map(|account| client.target().token(account)).map(Token::expose);
            page.next = tokens.fold(page.next, |next, token| format!("{next}{GLUE}{token}"));
        }
        _ => {}
    }
    Ok(page)
}
