//! From a request that brought no answer to use, to the error of the contract that says why and what to do. The only
//! module that knows what Logz.io's statuses and messages of refusal mean. It sends nothing.

use crate::connection::{Account, Target};
use crate::contract::{Error, ServerError};
use crate::logzio::conversions;
use crate::logzio::paging::PageError;
use crate::logzio::wire::{self, Whoami};
use crate::region;
use crate::text::{self, LONGEST_MESSAGE};
use crate::transport::Failure;

/// Why a request brought no answer to use.
#[derive(Debug, PartialEq)]
pub(super) enum Unanswered {
    /// The answer has a status that is not a success.
    Refused(Refusal),
    /// The answer is larger than can be handled.
    TooLarge,
    /// There is no answer.
    Failed(Error),
}

/// An answer with a status that is not a success.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    /// The HTTP status code.
    pub(super) status: u16,
    /// The answer, without tokens.
    pub(super) body: String,
    /// The path that was asked.
    pub(super) path: String,
}

impl From<Refusal> for Unanswered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Unanswered {
    /// No answer came in time.
    pub(super) fn timed_out(target: &Target) -> Self {
        Self::Failed(Error::TimedOut(format!(
            "{} did not answer in full within {:.0} s: raise time-budget-ms, or ask for less at a time",
            target.authority,
            target.budget.as_secs_f64()
        )))
    }

    /// The answer came, and cannot be decompressed.
    pub(super) fn damaged(target: &Target) -> Self {
        Self::Failed(Error::MalformedResponse(format!(
            "the compressed answer of {} cannot be read: try again, and look for a proxy in between",
            target.authority
        )))
    }

    /// The transport failed.
    pub(super) fn by_failure(failure: Failure, target: &Target) -> Self {
        let host = &target.authority;
        match failure {
            Failure::TimedOut => Self::timed_out(target),
            Failure::TooLarge => Self::TooLarge,
            Failure::Unreachable(why) | Failure::Refused(why) => {
                let remedy = match &target.region {
                    Some(region) => format!("check the network, the proxy and the region ({region})"),
                    None => "check the network, the proxy and the URL".to_owned(),
                };
                Self::Failed(Error::Unreachable(format!("{host} cannot be reached, {why}: {remedy}")))
            }
            Failure::Interrupted(why) => {
                let why = text::cut(&target.without_tokens(why), LONGEST_MESSAGE);
                Self::Failed(Error::Unreachable(format!(
                    "the connection to {host} broke before the answer was complete ({why}): try again"
                )))
            }
        }
    }

    /// The error for a request with the token of an account.
    pub(super) fn into_error(self, target: &Target, account: Account) -> PageError {
        match self {
            Self::Refused(refusal) => PageError::Failed(refusal.error(target, account)),
            Self::TooLarge => PageError::TooLarge,
            Self::Failed(error) => PageError::Failed(error),
        }
    }
}

impl Refusal {
    /// Whether Logz.io's answer to whose token it is may tell a wrong token from one of a wrong account.
    pub(super) fn is_about_the_token(&self) -> bool {
        matches!(self.status, 401 | 403) && region_of(&self.body).is_none()
    }

    /// The error that this is by itself.
    pub(super) fn error(&self, target: &Target, account: Account) -> Error {
        let said = wire::error_message(&self.body).map(|message| text::cut(&message, LONGEST_MESSAGE));
        let quoted = said.as_deref().map(|text| format!(", saying \"{text}\"")).unwrap_or_default();
        if let Some(region) = region_of(&self.body) {
            let code = region::code_of(&region);
            return Error::WrongRegion(format!(
                "{} is of an account in region {region}, and {} serves another: set the region to {}",
                account.field(),
                target.authority,
                code.map_or_else(|| "that of the account".to_owned(), |code| format!("{code:?}"))
            ));
        }
        match self.status {
            401 | 403 => Error::Unauthorized(format!(
                "Logz.io does not accept {}{quoted}: check that it was copied in full, was not deleted, and is of an \
                 account in this region ({})",
                account.field(),
                target.region.as_deref().unwrap_or(&target.authority)
            )),
            400 if self.path.ends_with("/v1/search") => Error::QueryRejected(format!(
                "Logz.io refused the query{quoted}: correct it, {}",
                if said.as_deref().is_some_and(|text| text.contains("wildcard")) {
                    "no term may begin with * or ?"
                } else {
                    "quote values that hold : / \" or brackets"
                }
            )),
            status => {
                let remedy = match status {
                    300..=399 => "this is a redirect, which is not followed: set the URL that it leads to",
                    404 | 405 => "check that the URL is that of the Logz.io API",
                    500..=599 => "Logz.io has trouble, try again later",
                    _ => "if it lasts, show this to Logz.io support",
                };
                let said = said.unwrap_or_else(|| "no reason was given".to_owned());
                Error::Server(ServerError { status, message: format!("{said} ({remedy})") })
            }
        }
    }
}

/// The error of a token that is valid and still not served: `kind` is the type of its account, if Logz.io says so.
pub(super) fn wrong_account(who: &Whoami, kind: Option<&str>, account: Account) -> Error {
    let name = conversions::account_in_words(who);
    let is_right_kind = kind.is_some_and(|kind| (kind == wire::SECURITY_ACCOUNT) == (account == Account::Security));
    Error::WrongAccount(if is_right_kind {
        format!(
            "{} is of {name}, which is the right kind of account but may not use this API: the plan may not include it, \
             ask Logz.io support",
            account.field()
        )
    } else {
        format!(
            "{} is of {name}{}, which does not serve this: create the token in the {} account",
            account.field(),
            kind.map(|kind| format!(", {}", conversions::account_kind_in_words(kind))).unwrap_or_default(),
            account.name()
        )
    })
}

/// The account's region, if an answer says that it is another.
fn region_of(body: &str) -> Option<String> {
    let (before, _) = body.split_once(" differs from current server region")?;
    let (_, region) = before.rsplit_once("Account region ")?;
    let sane = region.len() <= 40 && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    sane.then(|| region.to_owned())
}
