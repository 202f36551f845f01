//! The way of a request: the fault plan, then its path and method, then its
//! token, then its endpoint; what comes out is compressed and recorded.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE};
use http::request::Parts;
use http::{HeaderValue, Method};

use super::Simulator;
use super::compression::{accepts_gzip, compress};
use super::state::State;
use crate::account::AccountKind;
use crate::account_endpoints::{associated_accounts, log_types, whoami};
use crate::answer::{Answer, Ending};
use crate::endpoint::Endpoint;
use crate::events::{search_event_logs, search_events};
use crate::faults::{Fault, Occasion};
use crate::refusal::{ErrorShape, Refusal};
use crate::request_log::RequestRecord;
use crate::search;
use crate::time::http_date;

impl Simulator {
    /// Answers one request, at once. What takes time or breaks off says so in
    /// the answer.
    pub fn answer(&self, request: &Parts, body: &[u8]) -> Answer {
        let now = self.core.clock.now();
        let mut state = self.state();
        state.request_count += 1;
        let request_id = format!("{:08x}-{:04x}-4000-8000-000000000000", state.request_count, self.core.seed & 0xffff);
        let endpoint = Endpoint::of_path(request.uri.path());
        let account = state.account(request);
        let intercepted = state.interceptor.clone().and_then(|interceptor| interceptor(request, body));
        let fault = match &intercepted {
            Some(_) => None,
            None => state.faults.next(endpoint),
        };
        let faulty = fault.is_some();
        let shape = state.behaviour.error_shape;
        let mut true_answer = || match self.respond(&mut state, request, endpoint, account, body) {
            Ok(answer) => answer,
            Err(refusal) => refusal.into_answer(shape, &request_id),
        };
        let mut answer = match (intercepted, &fault) {
            (Some(answer), _) => answer,
            (None, Some(fault)) => {
                let token = request.headers.get("x-api-token").and_then(|token| token.to_str().ok());
                let occasion = Occasion { request_id: &request_id, now, token: token.unwrap_or_default() };
                fault.apply(true_answer, occasion)
            }
            (None, None) => true_answer(),
        };
        let accepts_gzip = accepts_gzip(request);
        let uncompressed = answer.body.length().unwrap_or_default();
        if accepts_gzip {
            compress(&mut answer);
        }
        // A cut at half of the body means half of what travels.
        if let (Some(Fault::Truncate(None)), Ending::TruncatedAfter(after)) = (&fault, &mut answer.ending) {
            *after = answer.body.length().unwrap_or_default() / 2;
        }
        if let Ok(date) = HeaderValue::from_str(&http_date(now)) {
            // An answer that was intercepted may have one of its own.
            answer.headers.entry(DATE).or_insert(date);
        }
        let length = answer.body.length().unwrap_or(uncompressed);
        state.record(RequestRecord {
            at: now,
            method: request.method.clone(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            endpoint,
            body: Bytes::copy_from_slice(body),
            account,
            accepts_gzip,
            status: answer.status,
            bytes: length,
            rows: answer.rows,
            faulty,
        });
        answer
    }

    fn respond(
        &self,
        state: &mut State,
        request: &Parts,
        endpoint: Option<Endpoint>,
        account: Option<AccountKind>,
        body: &[u8],
    ) -> Result<Answer, Refusal> {
        let now = self.core.clock.now();
        let endpoint = endpoint.ok_or_else(Refusal::unknown_endpoint)?;
        if request.method != endpoint.method() {
            return Err(Refusal::invalid(format!("Request method '{}' not supported", request.method)));
        }
        let account = match account {
            None => return Err(Refusal::forbidden(state.behaviour.unknown_token_status)),
            Some(AccountKind::Foreign) => {
                return Err(Refusal {
                    status: state.behaviour.wrong_region_status,
                    shape: ErrorShape::Text,
                    code: "general/WRONG_REGION",
                    message: format!(
                        "Account region {} differs from current server region {}",
                        self.core.region.elsewhere().slug(),
                        self.core.region.slug()
                    ),
                });
            }
            Some(account) => account,
        };
        let for_security = matches!(endpoint, Endpoint::Events | Endpoint::EventLogs);
        if for_security && account != AccountKind::Security {
            return Err(Refusal::forbidden(403));
        }
        check_content_type(request, body)?;
        let State { behaviour, events, event_memory, logs, scrolls, .. } = state;
        match endpoint {
            Endpoint::Whoami => Ok(whoami(account)),
            Endpoint::Accounts => Ok(associated_accounts(account)),
            Endpoint::Events => search_events(events, event_memory, behaviour, self.core.seed, now, body),
            Endpoint::EventLogs => {
                let [_, operations, _] = logs;
                search_event_logs(events, operations, behaviour, now, body)
            }
            Endpoint::Search | Endpoint::Scroll | Endpoint::LogTypes => {
                let [owner, operations, security] = logs;
                let store = match account {
                    AccountKind::Owner => owner,
                    AccountKind::Security => security,
                    AccountKind::Operations | AccountKind::Foreign => operations,
                };
                if endpoint == Endpoint::LogTypes {
                    return Ok(log_types(store, behaviour, now));
                }
                let query = request.uri.query().unwrap_or_default();
                let context = search::Context { store, behaviour, now, account, url_query: query };
                match endpoint {
                    Endpoint::Scroll => search::scroll(context, scrolls, body),
                    _ => search::search(context, body),
                }
            }
        }
    }
}

fn check_content_type(request: &Parts, body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() || request.method == Method::GET {
        return Ok(());
    }
    let value = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Content type '{media_type}' not supported")))
}
