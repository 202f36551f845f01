//! A transport that breaks the rules of HTTP.

use crate::mutations::mutation::Mutation;
use crate::transport::{Exchange, Failure, Request, Response, Transport};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Stands in an answer for a token that must not be found and overwritten. No text of Logz.io's holds it: it is of a
/// private area of Unicode.
pub(super) const STAND_IN: &str = "\u{e0f0}";
/// Longer than any time budget.
pub(super) const AGES: Duration = Duration::from_secs(3_600);

thread_local! {
    /// A hunt is under way.
    pub(super) static HUNTING: Cell<bool> = const { Cell::new(false) };
    /// The token of the last request.
    pub(super) static TOKEN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A transport with the current mutation.
pub(super) struct Mutated<'a> {
    inner: &'a dyn Transport,
    /// Something has failed.
    failed: Cell<bool>,
}

impl<'a> Mutated<'a> {
    /// Around another transport.
    pub(super) fn new(inner: &'a dyn Transport) -> Self {
        Self { inner, failed: Cell::new(false) }
    }
}

impl Transport for Mutated<'_> {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange> {
        let Some(mutation) = Mutation::current() else { return self.inner.send(requests, time) };
        let requests: Vec<Request> = requests.iter().map(|request| mutation.request(request.clone())).collect();
        if mutation == Mutation::AnotherHost {
            let copies = requests.iter().cloned();
            let copies: Vec<Request> =
                copies.map(|request| Request { authority: "telemetry.example".into(), ..request }).collect();
            let _ = self.inner.send(&copies, time);
        }
        let exchanges = self.inner.send(&requests, time);
        let bad = |exchange: &Exchange| exchange.result.as_ref().map_or(true, |answer| answer.status >= 400);
        self.failed.set(self.failed.get() || exchanges.iter().any(bad));
        let broken = |(request, exchange): (&Request, Exchange)| Exchange {
            result: mutation.answer(request, exchange.result),
            ..exchange
        };
        requests.iter().zip(exchanges).map(broken).collect()
    }

    fn elapsed(&self) -> Duration {
        match Mutation::current() {
            // No time is left for another try.
            Some(Mutation::NoRetry) if self.failed.get() => self.inner.elapsed() + AGES,
            Some(Mutation::RetriesBeyondTheBudget) => Duration::ZERO,
            _ => self.inner.elapsed(),
        }
    }

    fn wait(&self, time: Duration) {
        self.inner.wait(time);
    }

    fn random(&self) -> f64 {
        self.inner.random()
    }
}

impl Mutation {
    fn request(self, mut request: Request) -> Request {
        let token = request.headers.iter().find(|(name, _)| *name == "x-api-token");
        let token = token.map(|(_, token)| token.clone()).unwrap_or_default();
        match self {
            Self::TokenInQueryString => request.path = format!("{}?token={token}", request.path),
            Self::GzipNotAskedFor
            | Self::EchoedTokenPassedOn
            | Self::EscapedTokenPassedOn
            | Self::EncodedTokenPassedOn => {
                request.headers.retain(|(name, _)| *name != "accept-encoding");
            }
            Self::ValuesUnquoted if HUNTING.get() => {
                request.body = String::from_utf8_lossy(&request.body).replace("\\\"", " ").into_bytes();
            }
            _ => {}
        }
        TOKEN.set(token);
        request
    }

    fn answer(self, request: &Request, answer: Result<Response, Failure>) -> Result<Response, Failure> {
        if self == Self::FailureAsNothingFound && answer.as_ref().map_or(true, |answer| answer.status >= 500) {
            let nothing = match request.path.rsplit('/').next() {
                Some("search") if request.path.ends_with("/v1/search") => r#"{"hits":{"total":0,"hits":[]}}"#,
                Some("search") => r#"{"total":0,"results":[],"pagination":{"pageNumber":1,"pageSize":50}}"#,
                _ => return answer,
            };
            return Ok(Response { status: 200, headers: Vec::new(), body: nothing.into() });
        }
        let mut answer = answer?;
        match self {
            Self::RetryAfterUnread => answer.headers.retain(|(name, _)| name != "retry-after"),
            Self::GzipNotRead => answer.headers.retain(|(name, _)| name != "content-encoding"),
            Self::EchoedTokenPassedOn | Self::EscapedTokenPassedOn | Self::EncodedTokenPassedOn => {
                let token = TOKEN.with_borrow(String::clone);
                if !token.is_empty() {
                    let written = match self {
                        Self::EscapedTokenPassedOn => {
                            token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
                        }
                        Self::EncodedTokenPassedOn => STANDARD.encode(&token),
                        _ => token,
                    };
                    answer.body = String::from_utf8_lossy(&answer.body).replace(&written, STAND_IN).into_bytes();
                    answer.headers.retain(|(name, _)| name != "content-length");
                }
            }
            _ => {}
        }
        Ok(answer)
    }
}
