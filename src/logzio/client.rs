//! Logz.io's endpoints, a method each: the only module that knows a path or a
//! status. Retries within the time budget, and turns whatever comes back into
//! an error of the contract. Tokens are overwritten in everything that is read.

use crate::connection::{self, Account, Target, Token};
use crate::contract::{Error, ServerError};
use crate::logzio::wire::{
    self, AssociatedAccount, EventLogFilter, EventLogSearch, EventSearch, LogHits, LogSearch, Pagination, Rows, Whoami,
};
use crate::transport::{Failure, LARGEST_BODY, Method, Request, Response, Transport};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::cell::Cell;
use std::io::Read;
use std::time::Duration;

/// The largest answer after decompression.
const LARGEST_TEXT: usize = 64 << 20;
/// The requests that are in flight at a time. Logz.io allows an account a
/// hundred, and has refused the tenth. (Logz.io API, "Rate limits".)
const IN_FLIGHT: usize = 4;
/// The first and the longest pause before a request is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// The requests of one call, tries included: a host holds what a call has sent
/// until it ends, and has room for so much.
const MOST_REQUESTS: u32 = 2_000;
/// A further search is only sent with so much time left.
const TIME_FOR_A_SEARCH: Duration = Duration::from_millis(750);
/// How often a request is sent at most, if there is time for it.
const MOST_TRIES: u32 = 8;
/// The same where no connection can be made: a person waits for a typing error
/// to be told, and a platform comes again in a minute.
const MOST_TRIES_TO_CONNECT: u32 = 4;
/// The longest text of Logz.io's that is repeated in an error, in characters.
const LONGEST_MESSAGE: usize = 300;

/// Why a page could not be read.
#[derive(Debug, PartialEq)]
pub enum PageError {
    /// Its answer is too large: fewer rows may do.
    TooLarge,
    /// Anything else.
    Failed(Error),
}

impl From<PageError> for Error {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Failed(error) => error,
            PageError::TooLarge => Self::MalformedResponse(format!(
                "the answer of Logz.io is larger than {} MiB, or than {} MiB as it travels: ask for fewer logs, or for \
                 some of their fields only, or give the call more time to ask for smaller pages",
                LARGEST_TEXT >> 20,
                LARGEST_BODY >> 20
            )),
        }
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Logz.io, as one call of the contract sees it: the time budget begins when
/// the client is made.
pub struct Client<'a> {
    transport: &'a dyn Transport,
    target: &'a Target,
    since: Duration,
    /// What Logz.io's clock showed at the last answer, in epoch seconds.
    server_date: Cell<Option<i64>>,
    /// How many requests were sent.
    sent: Cell<u32>,
    /// How many of them Logz.io refused as too many.
    refused_as_too_many: Cell<u32>,
}

/// A request before it has its headers.
struct Call<'t> {
    method: Method,
    path: &'static str,
    token: &'t Token,
    body: Vec<u8>,
}

impl<'a> Client<'a> {
    /// A client whose time budget begins now.
    #[must_use]
    pub fn new(transport: &'a dyn Transport, target: &'a Target) -> Self {
        Self {
            transport,
            target,
            since: transport.elapsed(),
            server_date: Cell::new(None),
            sent: Cell::new(0),
            refused_as_too_many: Cell::new(0),
        }
    }

    /// Where requests go and what they carry.
    #[must_use]
    pub fn target(&self) -> &'a Target {
        self.target
    }

    /// What is left of the time budget.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.target.budget.saturating_sub(self.elapsed())
    }

    /// The time since the client was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.transport.elapsed().saturating_sub(self.since)
    }

    /// The time on Logz.io's clock when it last answered, in epoch seconds.
    #[must_use]
    pub fn server_date(&self) -> Option<i64> {
        self.server_date.get()
    }

    /// Why a call that could go on for long has to end now; none if it need not.
    #[must_use]
    pub fn why_enough(&self) -> Option<&'static str> {
        if self.time_left() < TIME_FOR_A_SEARCH {
            Some("the time budget ended")
        } else if self.sent.get() >= MOST_REQUESTS {
            Some("the call made as many requests as it may")
        } else {
            None
        }
    }

    /// How many answers were a 429 so far, those of later tries that went well
    /// among them.
    #[must_use]
    pub fn refused_as_too_many(&self) -> u32 {
        self.refused_as_too_many.get()
    }

    /// `GET /v2/whoami`: the account of a token.
    ///
    /// # Errors
    /// Any of the contract.
    pub fn whoami(&self, account: Account) -> Result<Whoami, Error> {
        let token = self.target.require(account)?;
        let call = Call { method: Method::Get, path: "/v2/whoami", token, body: Vec::new() };
        let body = self.only(call)?.map_err(|refusal| self.refused_by_itself(&refusal, account))?;
        Ok(parse(&body, "the account of a token")?)
    }

    /// `GET /v1/associated-accounts`: the accounts that a token can name, its
    /// own among them.
    ///
    /// # Errors
    /// Any of the contract.
    pub fn associated_accounts(&self, account: Account) -> Result<Vec<AssociatedAccount>, Error> {
        let token = self.target.require(account)?;
        let call = Call { method: Method::Get, path: "/v1/associated-accounts", token, body: Vec::new() };
        let body = self.only(call)?.map_err(|refusal| self.refused_by_itself(&refusal, account))?;
        Ok(parse(&body, "the accounts of a token")?)
    }

    /// `POST /v2/security/rules/events/search`: a page of security events.
    ///
    /// # Errors
    /// Any of the contract.
    pub fn search_events(&self, search: &EventSearch) -> Result<Rows, PageError> {
        let path = "/v2/security/rules/events/search";
        one(self.post(Account::Security, path, std::slice::from_ref(search), "security events"))
    }

    /// `POST /v2/security/rules/events/logs/search` for each of several pages
    /// side by side: the logs behind an event.
    ///
    /// # Errors
    /// Any of the contract, for each page.
    pub fn search_event_logs(&self, pages: &[(&str, Pagination)]) -> Vec<Result<Rows, PageError>> {
        let searches: Vec<EventLogSearch> = pages
            .iter()
            .map(|(id, pagination)| EventLogSearch {
                filter: EventLogFilter { alert_event_id: id },
                pagination: *pagination,
            })
            .collect();
        self.post(Account::Security, "/v2/security/rules/events/logs/search", &searches, "the logs of an event")
    }

    /// `POST /v1/search` for each of several searches side by side: logs of the
    /// Operations account.
    ///
    /// # Errors
    /// Any of the contract, for each search.
    pub fn search_logs(&self, searches: &[LogSearch]) -> Vec<Result<LogHits, PageError>> {
        self.post(Account::Operations, "/v1/search", searches, "logs")
    }

    /// Posts each body, and reads each answer.
    fn post<T: serde::de::DeserializeOwned>(
        &self,
        account: Account,
        path: &'static str,
        bodies: &[impl serde::Serialize],
        what: &str,
    ) -> Vec<Result<T, PageError>> {
        let calls: Result<Vec<Call>, Error> = self.target.require(account).and_then(|token| {
            let call = |body| {
                let body = serde_json::to_vec(body).map_err(|error| {
                    Error::InvalidArgument(format!("the request cannot be written as JSON ({error}): simplify it"))
                })?;
                Ok(Call { method: Method::Post, path, token, body })
            };
            bodies.iter().map(call).collect()
        });
        let calls = match calls {
            Ok(calls) => calls,
            Err(error) => return bodies.iter().map(|_| Err(error.clone().into())).collect(),
        };
        let read = |answer: Result<Result<String, Refusal>, PageError>| {
            parse(&answer?.map_err(|refusal| self.explain(&refusal, account))?, what)
        };
        self.send(calls).into_iter().map(read).collect()
    }

    fn only(&self, call: Call) -> Result<Result<String, Refusal>, PageError> {
        one(self.send(vec![call]))
    }

    /// Sends calls, a few at a time, each again while another try may help.
    fn send(&self, calls: Vec<Call>) -> Vec<Result<Result<String, Refusal>, PageError>> {
        let requests: Vec<Request> = calls.iter().map(|call| self.request(call)).collect();
        let mut outcomes = Vec::with_capacity(calls.len());
        for (requests, calls) in requests.chunks(IN_FLIGHT).zip(calls.chunks(IN_FLIGHT)) {
            outcomes.extend(self.send_side_by_side(requests, calls));
        }
        outcomes
    }

    fn send_side_by_side(
        &self,
        requests: &[Request],
        calls: &[Call],
    ) -> Vec<Result<Result<String, Refusal>, PageError>> {
        let mut outcomes: Vec<Option<Outcome>> = requests.iter().map(|_| None).collect();
        for tried in 1..=MOST_TRIES {
            let open: Vec<usize> = outcomes
                .iter()
                .enumerate()
                .filter(|(_, outcome)| outcome.as_ref().is_none_or(|o| o.again))
                .map(|(index, _)| index)
                .collect();
            let batch: Vec<Request> = open.iter().filter_map(|index| requests.get(*index).cloned()).collect();
            let time = self.time_left();
            if batch.is_empty() || (time.is_zero() && tried > 1) {
                break;
            }
            self.sent.set(self.sent.get().saturating_add(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
            let answers = self.transport.send(&batch, time);
            for (index, answer) in open.into_iter().zip(answers) {
                if let Some((slot, call)) = outcomes.get_mut(index).zip(calls.get(index)) {
                    let outcome = self.judge(answer, call, tried);
                    // A timeout after a real answer says less than the answer did.
                    if slot.is_none() || !matches!(outcome.result, Err(PageError::Failed(Error::TimedOut(_)))) {
                        *slot = Some(outcome);
                    } else if let Some(before) = slot {
                        before.again = false;
                    }
                }
            }
            let wanted: Vec<Duration> =
                outcomes.iter().flatten().filter(|outcome| outcome.again).map(|outcome| outcome.pause).collect();
            let Some(named) = wanted.into_iter().max() else { break };
            let pause = named.max(self.backoff(tried));
            // No time to wait and ask again: what was said stands.
            if tried == MOST_TRIES || pause >= self.time_left() {
                break;
            }
            self.transport.wait(pause);
        }
        outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Some(outcome) => outcome.result,
                None => Err(self.timed_out().into()),
            })
            .collect()
    }

    fn request(&self, call: &Call) -> Request {
        let mut headers = vec![
            ("x-api-token", call.token.expose().to_owned()),
            ("accept", "application/json".to_owned()),
            ("accept-encoding", "gzip, deflate".to_owned()),
            ("user-agent", concat!("logzio-soar/", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        if call.method == Method::Post {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Request {
            method: call.method,
            scheme: self.target.scheme.clone(),
            authority: self.target.authority.clone(),
            path: format!("{}{}", self.target.prefix, call.path),
            headers,
            body: call.body.clone(),
        }
    }

    /// Full jitter: anything up to a limit that doubles with each try.
    fn backoff(&self, tried: u32) -> Duration {
        FIRST_PAUSE
            .saturating_mul(1 << tried.min(8).saturating_sub(1))
            .min(LONGEST_PAUSE)
            .mul_f64(self.transport.random())
    }

    fn judge(&self, answer: Result<Response, Failure>, call: &Call, tried: u32) -> Outcome {
        let again = |error: Error| Outcome { result: Err(error.into()), again: true, pause: Duration::ZERO };
        let last = |result| Outcome { result, again: false, pause: Duration::ZERO };
        let host = &self.target.authority;
        let response = match answer {
            Ok(response) => response,
            Err(Failure::TimedOut) => return last(Err(self.timed_out().into())),
            Err(Failure::Unreachable(why)) => {
                let error = Error::Unreachable(self.unreachable(&why));
                return Outcome {
                    result: Err(error.into()),
                    again: tried < MOST_TRIES_TO_CONNECT,
                    pause: Duration::ZERO,
                };
            }
            Err(Failure::Refused(why)) => return last(Err(Error::Unreachable(self.unreachable(&why)).into())),
            Err(Failure::Interrupted(why)) => {
                let why = shorten(&self.without_tokens(why));
                return again(Error::Unreachable(format!(
                    "the connection to {host} broke before the answer was complete ({why}): try again"
                )));
            }
            Err(Failure::TooLarge) => return last(Err(PageError::TooLarge)),
        };
        if let Some(date) = response.header("date").and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok()) {
            self.server_date.set(Some(date.timestamp()));
        }
        let body = match inflate(&response) {
            Ok(body) => self.without_tokens(body),
            Err(Inflated::TooLarge) => return last(Err(PageError::TooLarge)),
            Err(Inflated::Broken) => {
                return again(Error::MalformedResponse(format!(
                    "the compressed answer of {host} cannot be read: try again, and look for a proxy in between"
                )));
            }
        };
        let refusal = |again, pause| Outcome {
            result: Ok(Err(Refusal { status: response.status, body: body.clone(), path: call.path })),
            again,
            pause,
        };
        match response.status {
            200..=299 if !wire::is_error(&body) => last(Ok(Ok(body))),
            429 => {
                self.refused_as_too_many.set(self.refused_as_too_many.get().saturating_add(1));
                let pause = retry_after(&response);
                let millis = pause.map(|pause| u32::try_from(pause.as_millis()).unwrap_or(u32::MAX));
                Outcome {
                    result: Err(Error::RateLimited(millis).into()),
                    again: true,
                    pause: pause.unwrap_or_default(),
                }
            }
            500 | 502 | 503 | 504 => refusal(true, retry_after(&response).unwrap_or_default()),
            _ => refusal(false, Duration::ZERO),
        }
    }

    fn timed_out(&self) -> Error {
        Error::TimedOut(format!(
            "{} did not answer in full within {:.0} s: raise time-budget-ms, or ask for less at a time",
            self.target.authority,
            self.target.budget.as_secs_f64()
        ))
    }

    fn unreachable(&self, why: &str) -> String {
        let host = &self.target.authority;
        let remedy = match &self.target.region {
            Some(region) => format!("check the network, the proxy and the region ({region})"),
            None => "check the network, the proxy and the URL".to_owned(),
        };
        format!("{host} cannot be reached, {why}: {remedy}")
    }

    /// Turns a refusal into an error, asking Logz.io whose token it is where
    /// that tells a wrong token from a wrong account.
    fn explain(&self, refusal: &Refusal, account: Account) -> Error {
        if !matches!(refusal.status, 401 | 403) || region_of(&refusal.body).is_some() {
            return self.refused_by_itself(refusal, account);
        }
        match self.whoami(account) {
            Ok(who) => self.wrong_account(&who, account),
            Err(error @ (Error::Unauthorized(_) | Error::WrongRegion(_))) => error,
            Err(_) => self.refused_by_itself(refusal, account),
        }
    }

    /// The error of a token that is valid, but not served.
    fn wrong_account(&self, who: &Whoami, account: Account) -> Error {
        let kind = self.account_kind(who, account);
        let name = describe(who);
        let fits = match (&kind, account) {
            (Some(kind), Account::Security) => kind == wire::SECURITY_ACCOUNT,
            (Some(kind), Account::Operations) => kind != wire::SECURITY_ACCOUNT,
            (None, _) => false,
        };
        Error::WrongAccount(if fits {
            format!(
                "{} is of {name}, which is the right kind of account but may not use this API: \
                 the plan may not include it, ask Logz.io support",
                account.field()
            )
        } else {
            format!(
                "{} is of {name}{}, which does not serve this: create the token in the {} account",
                account.field(),
                kind.map(|kind| format!(", {}", readable(&kind))).unwrap_or_default(),
                account.name()
            )
        })
    }

    /// The type of the account of a token, if Logz.io tells.
    #[must_use]
    pub fn account_kind(&self, who: &Whoami, account: Account) -> Option<String> {
        let accounts = self.associated_accounts(account).ok()?;
        accounts.into_iter().find(|entry| entry.account_id.is_some() && entry.account_id == who.account_id)?.kind
    }

    /// The error that a refusal is without asking further.
    fn refused_by_itself(&self, refusal: &Refusal, account: Account) -> Error {
        let said = wire::error_message(&refusal.body).map(|text| shorten(&text));
        let quoted = said.as_deref().map(|text| format!(", saying \"{text}\"")).unwrap_or_default();
        if let Some(region) = region_of(&refusal.body) {
            let code = connection::region_code(&region);
            return Error::WrongRegion(format!(
                "{} is of an account in region {region}, and {} serves another: set the region to {}",
                account.field(),
                self.target.authority,
                code.map_or_else(|| "that of the account".to_owned(), |code| format!("{code:?}"))
            ));
        }
        match refusal.status {
            401 | 403 => Error::Unauthorized(format!(
                "Logz.io does not accept {}{quoted}: check that it was copied in full, was not deleted, and is of an \
                 account in this region ({})",
                account.field(),
                self.target.region.as_deref().unwrap_or(&self.target.authority)
            )),
            400 if refusal.path == "/v1/search" => Error::QueryRejected(format!(
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

    /// Overwrites the connection's tokens, which a server may echo.
    fn without_tokens(&self, text: String) -> String {
        self.target.tokens().fold(text, |text, token| {
            if text.contains(token.expose()) {
                text.replace(token.expose(), &"*".repeat(token.expose().len()))
            } else {
                text
            }
        })
    }
}

/// The outcome of the only request.
fn one<T>(mut outcomes: Vec<Result<T, PageError>>) -> Result<T, PageError> {
    outcomes.pop().unwrap_or_else(|| Err(Error::TimedOut("nothing was sent: raise time-budget-ms".into()).into()))
}

/// The name of an account, for sentences.
#[must_use]
pub fn describe(who: &Whoami) -> String {
    match (&who.account_name, who.account_id) {
        (Some(name), Some(id)) => format!("account {:?} ({id})", shorten(name)),
        (Some(name), None) => format!("account {:?}", shorten(name)),
        (None, Some(id)) => format!("account {id}"),
        (None, None) => "an account without a name".into(),
    }
}

/// `SECURITY_ACCOUNT` as words: `a security account`.
#[must_use]
pub fn readable(kind: &str) -> String {
    let words = shorten(&kind.to_lowercase().replace('_', " "));
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {words}")
}

/// What came of one request.
struct Outcome {
    result: Result<Result<String, Refusal>, PageError>,
    again: bool,
    pause: Duration,
}

/// An answer with a status that is not a success.
struct Refusal {
    status: u16,
    body: String,
    path: &'static str,
}

enum Inflated {
    TooLarge,
    Broken,
}

fn inflate(response: &Response) -> Result<String, Inflated> {
    let encoding = response.header("content-encoding").unwrap_or("identity").trim().to_ascii_lowercase();
    let body = response.body.as_slice();
    let reader: Box<dyn Read> = match encoding.as_str() {
        "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(body)),
        "deflate" => Box::new(ZlibDecoder::new(body)),
        _ => Box::new(body),
    };
    let limit = u64::try_from(LARGEST_TEXT).unwrap_or(u64::MAX);
    let mut bytes = Vec::with_capacity(body.len().min(LARGEST_BODY));
    reader.take(limit + 1).read_to_end(&mut bytes).map_err(|_| Inflated::Broken)?;
    if bytes.len() > LARGEST_TEXT {
        return Err(Inflated::TooLarge);
    }
    // One byte that is not UTF-8 must not hide the rest of the page.
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn parse<T: serde::de::DeserializeOwned>(body: &str, what: &str) -> Result<T, PageError> {
    serde_json::from_str(body).map_err(|error| {
        let looks_like_html = body.trim_start().starts_with('<');
        let remedy = if looks_like_html {
            "it is a web page: check the URL, and look for a proxy or a login page in between"
        } else {
            "try again, and show this to Logz.io support if it lasts"
        };
        // serde's text may quote the answer, which is not ours to repeat.
        let place = format!("line {}, column {}", error.line(), error.column());
        PageError::Failed(Error::MalformedResponse(format!(
            "the answer with {what} is not what the Logz.io API promises (at {place}): {remedy}"
        )))
    })
}

/// `Retry-After` in seconds. Logz.io does not document it; a date is not used.
fn retry_after(response: &Response) -> Option<Duration> {
    response.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

/// The account's region, if an answer says that it is another.
fn region_of(body: &str) -> Option<String> {
    let (before, _) = body.split_once(" differs from current server region")?;
    let (_, region) = before.rsplit_once("Account region ")?;
    let sane = region.len() <= 40 && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    sane.then(|| region.to_owned())
}

/// A text of Logz.io's, cut to a readable length and one line.
fn shorten(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let short: String = clean.take(LONGEST_MESSAGE).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
