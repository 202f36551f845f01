//! Logz.io's endpoints, a method for each: the only module that knows their paths and which account each is of. It does
//! not know how a request is sent, and what is done when it fails.

use crate::connection::{Account, Target};
use crate::contract::Error;
use crate::logzio::decompression;
use crate::logzio::paging::PageError;
use crate::logzio::refusal::{self, Unanswered};
use crate::logzio::retry::Sender;
use crate::logzio::wire::{AssociatedAccount, EventLogSearch, EventSearch, LogHits, LogSearch, Rows, Whoami};
use crate::transport::{Method, Request, Transport};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Logz.io, as one call of the contract sees it: the time budget begins when the client is made.
pub struct Client<'a> {
    sender: Sender<'a>,
}

/// A path of the API.
pub struct Endpoint {
    account: Account,
    path: &'static str,
    /// What its answer holds, for messages.
    holds: &'static str,
}

/// The body of a `POST`, with the endpoint that takes it.
pub trait Query: Serialize {
    /// What the endpoint answers.
    type Answer: DeserializeOwned;
    /// The endpoint.
    const ENDPOINT: Endpoint;
}

impl Query for EventSearch {
    type Answer = Rows;
    const ENDPOINT: Endpoint =
        Endpoint { account: Account::Security, path: "/v2/security/rules/events/search", holds: "security events" };
}

impl Query for EventLogSearch<'_> {
    type Answer = Rows;
    const ENDPOINT: Endpoint = Endpoint {
        account: Account::Security,
        path: "/v2/security/rules/events/logs/search",
        holds: "the logs of an event",
    };
}

impl Query for LogSearch<'_> {
    type Answer = LogHits;
    const ENDPOINT: Endpoint = Endpoint { account: Account::Operations, path: "/v1/search", holds: "logs" };
}

impl<'a> Client<'a> {
    /// A client whose time budget begins now.
    #[must_use]
    pub fn new(transport: &'a dyn Transport, target: &'a Target) -> Self {
        Self { sender: Sender::new(transport, target) }
    }

    /// The same, with a line of JSON for each request to `trace`.
    #[must_use]
    pub fn traced(self, trace: &'a dyn Fn(&str)) -> Self {
        Self { sender: self.sender.traced(trace) }
    }

    /// Where requests go and what they carry.
    #[must_use]
    pub fn target(&self) -> &'a Target {
        self.sender.target()
    }

    /// What is left of the time budget.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.sender.time_left()
    }

    /// The time since the client was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.sender.elapsed()
    }

    /// The time on Logz.io's clock when it last answered, in epoch seconds.
    #[must_use]
    pub fn server_date(&self) -> Option<i64> {
        self.sender.server_date()
    }

    /// Why a call that could go on for long has to end now; none if it need not.
    #[must_use]
    pub fn why_enough(&self) -> Option<&'static str> {
        self.sender.why_enough()
    }

    /// How many answers were a 429 so far, including those of requests that a later try got through.
    #[must_use]
    pub fn refused_as_too_many(&self) -> u32 {
        self.sender.refused_as_too_many()
    }

    /// `GET /v2/whoami`: the account of a token.
    ///
    /// # Errors
    /// Any of the contract.
    pub fn whoami(&self, account: Account) -> Result<Whoami, Error> {
        self.get(&Endpoint { account, path: "/v2/whoami", holds: "the account of a token" })
    }

    /// `GET /v1/associated-accounts`: the accounts that a token can name, its own among them.
    ///
    /// # Errors
    /// Any of the contract.
    pub fn associated_accounts(&self, account: Account) -> Result<Vec<AssociatedAccount>, Error> {
        self.get(&Endpoint { account, path: "/v1/associated-accounts", holds: "the accounts of a token" })
    }

    /// The type of the account of a token, if Logz.io says so.
    #[must_use]
    pub fn account_kind(&self, who: &Whoami, account: Account) -> Option<String> {
        let accounts = self.associated_accounts(account).ok()?;
        accounts.into_iter().find(|entry| entry.account_id.is_some() && entry.account_id == who.account_id)?.kind
    }

    /// `POST /v2/security/rules/events/search`: a page of security events.
    ///
    /// # Errors
    /// Any of the contract, or an answer that is too large.
    pub fn search_events(&self, search: &EventSearch) -> Result<Rows, PageError> {
        self.ask(search)
    }

    /// `POST /v2/security/rules/events/logs/search`: a page of the logs behind an event.
    ///
    /// # Errors
    /// Any of the contract, or an answer that is too large.
    pub fn search_event_logs(&self, search: &EventLogSearch) -> Result<Rows, PageError> {
        self.ask(search)
    }

    /// `POST /v1/search`: logs of the Operations account.
    ///
    /// # Errors
    /// Any of the contract, or an answer that is too large.
    pub fn search_logs(&self, search: &LogSearch) -> Result<LogHits, PageError> {
        self.ask(search)
    }

    /// Several queries of one endpoint side by side: a result for each, in their order.
    pub fn ask_all<Q: Query>(&self, queries: &[Q]) -> Vec<Result<Q::Answer, PageError>> {
        match self.post_requests(queries) {
            Ok(requests) => {
                let answers = self.sender.send(&requests).into_iter();
                answers.map(|answer| self.read(answer, &Q::ENDPOINT)).collect()
            }
            Err(error) => queries.iter().map(|_| Err(error.clone().into())).collect(),
        }
    }

    /// The answers to all of several queries that a call can do without: each is sent once, and waited for at most so long.
    /// None if one was not answered.
    #[must_use]
    pub fn ask_all_once<Q: Query>(&self, queries: &[Q], within: Duration) -> Option<Vec<Q::Answer>> {
        let requests = self.post_requests(queries).ok()?;
        let answers = self.sender.send_once(&requests, within).into_iter();
        answers.map(|answer| parse(&answer.ok()?, Q::ENDPOINT.holds).ok()).collect()
    }

    fn ask<Q: Query>(&self, query: &Q) -> Result<Q::Answer, PageError> {
        let request = self.post_request(query)?;
        self.read(self.only(request), &Q::ENDPOINT)
    }

    fn get<T: DeserializeOwned>(&self, endpoint: &Endpoint) -> Result<T, Error> {
        let request = self.request(Method::Get, endpoint, Vec::new())?;
        let text = self.only(request).map_err(|why| why.into_error(self.target(), endpoint.account))?;
        parse(&text, endpoint.holds)
    }

    fn only(&self, request: Request) -> Result<String, Unanswered> {
        self.sender.send(&[request]).pop().unwrap_or_else(|| Err(Unanswered::timed_out(self.target())))
    }

    fn post_requests<Q: Query>(&self, queries: &[Q]) -> Result<Vec<Request>, Error> {
        queries.iter().map(|query| self.post_request(query)).collect()
    }

    fn post_request<Q: Query>(&self, query: &Q) -> Result<Request, Error> {
        let body = serde_json::to_vec(query).map_err(|error| {
            Error::InvalidArgument(format!("the request cannot be written as JSON ({error}): simplify it"))
        })?;
        self.request(Method::Post, &Q::ENDPOINT, body)
    }

    fn request(&self, method: Method, endpoint: &Endpoint, body: Vec<u8>) -> Result<Request, Error> {
        let target = self.target();
        let mut headers = vec![
            ("x-api-token", target.require(endpoint.account)?.expose().to_owned()),
            ("accept", "application/json".to_owned()),
            ("accept-encoding", decompression::ACCEPTED.to_owned()),
            ("user-agent", concat!("logzio-soar/", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        if method == Method::Post {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Ok(Request {
            method,
            scheme: target.scheme.clone(),
            authority: target.authority.clone(),
            path: format!("{}{}", target.prefix, endpoint.path),
            headers,
            body,
        })
    }

    fn read<T: DeserializeOwned>(
        &self,
        answer: Result<String, Unanswered>,
        endpoint: &Endpoint,
    ) -> Result<T, PageError> {
        let text = answer.map_err(|why| self.explain(why, endpoint.account))?;
        Ok(parse(&text, endpoint.holds)?)
    }

    /// The error for a query that was not answered. Where that tells a wrong token from one of a wrong account, Logz.io is
    /// asked whose token it is.
    fn explain(&self, why: Unanswered, account: Account) -> PageError {
        let Unanswered::Refused(refusal) = &why else { return why.into_error(self.target(), account) };
        if !refusal.is_about_the_token() {
            return why.into_error(self.target(), account);
        }
        match self.whoami(account) {
            Ok(who) => {
                let kind = self.account_kind(&who, account);
                refusal::wrong_account(&who, kind.as_deref(), account).into()
            }
            Err(error @ (Error::Unauthorized(_) | Error::WrongRegion(_))) => error.into(),
            Err(_) => why.into_error(self.target(), account),
        }
    }
}

fn parse<T: DeserializeOwned>(text: &str, holds: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        let remedy = if text.trim_start().starts_with('<') {
            "it is a web page: check the URL, and look for a proxy or a login page in between"
        } else {
            "try again, and show this to Logz.io support if it lasts"
        };
        // The error's own text may quote the answer, which is not ours to repeat.
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::MalformedResponse(format!(
            "the answer with {holds} is not what the Logz.io API promises (at {place}): {remedy}"
        ))
    })
}
