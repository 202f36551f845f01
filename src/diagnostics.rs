//! What `check-connection` means: one check for the endpoint and, for each token, one for what it is and one for what it
//! serves. It must not know how a request is sent.

use crate::connection::Account;
use crate::contract::{Check, Error, Outcome};
use crate::logzio::client::Client;
use crate::logzio::conversions;
use crate::logzio::wire::{self, EventSearch, EventSearchFilter, LogSearch, Pagination, TimeRange, Total};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The range that checks look at, in seconds.
const LAST_DAY: i64 = 86_400;

/// Carries out `check-connection`.
///
/// # Errors
/// `invalid-connection` if there is no token at all.
pub fn check(client: &Client, now: DateTime<Utc>) -> Result<Vec<Check>, Error> {
    let accounts = [Account::Security, Account::Operations];
    if accounts.iter().all(|account| client.target().token(*account).is_none()) {
        for account in accounts.into_iter().filter(|account| client.target().why_without(*account).is_some()) {
            client.target().require(account)?;
        }
        return Err(Error::InvalidConnection(
            "there is no token to check: set security-token, operations-token or both".into(),
        ));
    }
    let mut checks = Vec::new();
    let mut reachable = None;
    for account in accounts {
        let word = account.name().to_lowercase();
        if client.target().token(account).is_none() {
            checks.push(Check {
                name: format!("{word} token"),
                outcome: Outcome::Skipped(match client.target().why_without(account) {
                    Some(why) => format!("{why}, so {}", without(account)),
                    None => format!("{} is not set, so {}", account.field(), without(account)),
                }),
                elapsed_ms: 0,
            });
            continue;
        }
        if reachable == Some(false) {
            checks.push(skipped(&word, "account", "the endpoint cannot be reached"));
            checks.push(skipped(&word, serves(account), "the endpoint cannot be reached"));
            continue;
        }
        let began = client.elapsed();
        let who = client.whoami(account);
        if reachable.is_none() {
            let check = endpoint(client, &who, began, now);
            reachable = Some(matches!(check.outcome, Outcome::Passed(_)));
            checks.insert(0, check);
        }
        if reachable == Some(false) {
            checks.push(skipped(&word, "account", "the endpoint cannot be reached"));
            checks.push(skipped(&word, serves(account), "the endpoint cannot be reached"));
            continue;
        }
        let who = match who {
            Ok(who) => who,
            Err(error) => {
                checks.push(Check {
                    name: format!("{word} token: account"),
                    outcome: Outcome::Failed(error),
                    elapsed_ms: since(client, began),
                });
                checks.push(skipped(&word, serves(account), "the token is not accepted"));
                continue;
            }
        };
        let kind = client.account_kind(&who, account);
        let of_kind =
            kind.as_ref().map(|kind| format!(", {}", conversions::account_kind_in_words(kind))).unwrap_or_default();
        checks.push(Check {
            name: format!("{word} token: account"),
            outcome: Outcome::Passed(format!("{}{of_kind}", conversions::account_in_words(&who))),
            elapsed_ms: since(client, began),
        });
        let began = client.elapsed();
        let outcome = match account {
            Account::Security => events(client, now),
            // A Security account answers a search too, with its own events.
            Account::Operations if kind.as_deref() == Some(wire::SECURITY_ACCOUNT) => {
                Outcome::Failed(Error::WrongAccount(format!(
                    "operations-token is of {}, a security account, where a search finds events and not logs: create \
                     the token in the Operations account",
                    conversions::account_in_words(&who)
                )))
            }
            Account::Operations => logs(client, now),
        };
        checks.push(Check {
            name: format!("{word} token: {}", serves(account)),
            outcome,
            elapsed_ms: since(client, began),
        });
    }
    Ok(checks)
}

/// What a token is for, in the name of its check.
fn serves(account: Account) -> &'static str {
    match account {
        Account::Security => "events",
        Account::Operations => "log search",
    }
}

fn without(account: Account) -> &'static str {
    match account {
        Account::Security => "incidents and their logs cannot be fetched",
        Account::Operations => "logs cannot be searched",
    }
}

fn skipped(word: &str, what: &str, why: &str) -> Check {
    Check { name: format!("{word} token: {what}"), outcome: Outcome::Skipped(why.into()), elapsed_ms: 0 }
}

/// Whether anything answers at all, judged by the first request.
fn endpoint<T>(client: &Client, first: &Result<T, Error>, began: Duration, now: DateTime<Utc>) -> Check {
    let outcome = match first {
        Err(
            error @ (Error::Unreachable(_)
            | Error::TimedOut(_)
            | Error::MalformedResponse(_)
            | Error::Server(_)
            | Error::RateLimited(_)),
        ) => Outcome::Failed(error.clone()),
        _ => {
            let clock = client.server_date().map(|date| now.timestamp() - date).unwrap_or_default();
            Outcome::Passed(if clock.abs() > 60 {
                format!(
                    "it answers, but the clock here is {} s {} its own: set it right",
                    clock.abs(),
                    if clock > 0 { "ahead of" } else { "behind" }
                )
            } else {
                "it answers".into()
            })
        }
    };
    Check { name: format!("endpoint {}", client.target().authority), outcome, elapsed_ms: since(client, began) }
}

fn events(client: &Client, now: DateTime<Utc>) -> Outcome {
    let filter = EventSearchFilter {
        time_range: TimeRange { from_date: now.timestamp() - LAST_DAY, to_date: now.timestamp() },
        include_muted_events: true,
        ..EventSearchFilter::default()
    };
    let search = EventSearch::new(filter, true, Pagination { page_number: 1, page_size: 1 });
    match client.search_events(&search) {
        Ok(rows) => Outcome::Passed(format!(
            "{} in the last 24 hours",
            counted(rows.total.map(|value| Total { value, is_exact: true }), "event")
        )),
        Err(error) => Outcome::Failed(error.into()),
    }
}

fn logs(client: &Client, now: DateTime<Utc>) -> Outcome {
    let until = now.timestamp_millis();
    let search = LogSearch::new("*", (until - LAST_DAY * 1000, until), true, 1, &[]);
    match client.search_logs(&search) {
        Ok(answer) => Outcome::Passed(format!("{} in the last 24 hours", counted(answer.hits.total, "log"))),
        Err(error) => Outcome::Failed(error.into()),
    }
}

fn counted(total: Option<Total>, what: &str) -> String {
    match total {
        Some(Total { value: 1, .. }) => format!("1 {what}"),
        Some(Total { value, is_exact: true }) => format!("{value} {what}s"),
        Some(Total { value, is_exact: false }) => format!("at least {value} {what}s"),
        None => format!("{what}s"),
    }
}

fn since(client: &Client, began: Duration) -> u32 {
    u32::try_from(client.elapsed().saturating_sub(began).as_millis()).unwrap_or(u32::MAX)
}
