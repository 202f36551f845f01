//! A command that asks several accounts side by side: what fails for one is reported, and leaves the others as they are.

use futures_util::StreamExt;
use futures_util::stream;
use indicatif::ProgressBar;
use logzio_soar_accounts::{Account, AccountName};

use crate::failure::Failure;
use crate::output::say;
use crate::records::AccountColumn;

/// How many accounts are asked at a time.
const AT_ONCE: usize = 8;

/// The account of some rows, where several are asked.
#[derive(Clone, Copy)]
pub(super) struct Tag<'a> {
    pub(super) account: &'a AccountName,
    pub(super) column: AccountColumn,
}

impl Tag<'_> {
    /// A message about an account; without one, about the only one.
    pub(super) fn about(tag: Option<Self>, text: &str) -> String {
        tag.map_or_else(|| text.to_owned(), |tag| format!("{}: {text}", tag.account))
    }
}

/// What came out for an account.
pub(super) struct Outcome<'a, T> {
    pub(super) account: &'a AccountName,
    pub(super) result: Result<T, Failure>,
}

/// Runs something for each account. Returns what came out, by name.
///
/// # Errors
/// What concerns all accounts ends everything: that the output was closed, or the command interrupted.
pub(super) async fn for_each<'a, T>(
    accounts: &'a [Account],
    progress: &ProgressBar,
    run: impl AsyncFn(Tag<'a>, &'a Account) -> Result<T, Failure>,
) -> Result<Vec<Outcome<'a, T>>, Failure> {
    let column = AccountColumn::of(accounts.iter().map(|account| &account.name));
    let run = &run;
    let one = |account: &'a Account| async move {
        let tag = Tag { account: &account.name, column };
        Outcome { account: &account.name, result: run(tag, account).await }
    };
    let mut running = stream::iter(accounts).map(one).buffer_unordered(AT_ONCE);
    let mut outcomes = Vec::new();
    while let Some(outcome) = running.next().await {
        match outcome.result {
            Err(failure @ (Failure::OutputClosed | Failure::Interrupted)) => return Err(failure),
            _ => outcomes.push(outcome),
        }
        progress.inc(1);
    }
    outcomes.sort_by_key(|outcome| outcome.account);
    Ok(outcomes)
}

/// Reports the accounts that failed, by name.
///
/// # Errors
/// The exit code of the first.
pub(super) fn report<T>(outcomes: &[Outcome<'_, T>]) -> Result<(), Failure> {
    let mut first = None;
    for Outcome { account, result } in outcomes {
        let Err(failure) = result else { continue };
        if let Some(message) = failure.message() {
            say("error", &format!("{account}: {message}"));
        }
        first = first.or(Some(failure.code()));
    }
    first.map_or(Ok(()), |code| Err(Failure::Accounts(code)))
}
