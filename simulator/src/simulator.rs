//! The simulator itself: its accounts, and the way of a request through it.
//!
//! A request meets the fault plan, then its path and method, then its token,
//! then its endpoint; what comes out is compressed and logged. Knows nothing
//! of sockets.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, DATE, VARY};
use http::request::Parts;
use http::{HeaderValue, Method};
use serde_json::json;

use crate::account::{AccountKind, Region, Token, default_tokens};
use crate::answer::{Answer, ErrorShape, Refusal};
use crate::behaviour::Behaviour;
use crate::clock::Clock;
use crate::document::Log;
use crate::event::Event;
use crate::event_search::{EventMemory, search_event_logs, search_events};
use crate::event_store::{EventRecord, EventStore};
use crate::fault::{Endpoint, FaultPlan, FaultState};
use crate::log_search::{self, Scrolls};
use crate::log_store::LogStore;
use crate::request_log::RequestRecord;
use crate::scenario::{Generated, Scenario};

/// How many requests are remembered: a simulator may be served for weeks.
const MAX_REQUESTS: usize = 100_000;

/// What a simulator starts with.
#[derive(Debug, Clone, Default)]
pub struct SimulatorOptions {
    /// The clock; the system's by default.
    pub clock: Clock,
    /// The region it stands in; `us` by default.
    pub region: Region,
    /// What all that is random follows from; 0 by default.
    pub seed: u64,
    /// What nobody has documented.
    pub behaviour: Behaviour,
}

/// A Logz.io API: an Owner, an Operations and a Security account of one
/// customer, their data, and the endpoints to read it.
///
/// Cheap to clone; clones are the same simulator.
#[derive(Clone)]
pub struct Simulator {
    core: Arc<Core>,
}

struct Core {
    clock: Clock,
    region: Region,
    seed: u64,
    state: Mutex<State>,
}

/// Sees every request before the simulator does, and may answer it.
type Interceptor = Arc<dyn Fn(&Parts, &[u8]) -> Option<Answer> + Send + Sync>;

struct State {
    interceptor: Option<Interceptor>,
    behaviour: Behaviour,
    tokens: Vec<(Token, AccountKind)>,
    events: EventStore,
    event_memory: EventMemory,
    logs: [LogStore; AccountKind::LOCAL.len()],
    scrolls: Scrolls,
    faults: FaultState,
    requests: VecDeque<RequestRecord>,
    request_count: u64,
    in_flight: [u32; AccountKind::LOCAL.len()],
}

impl Simulator {
    /// A simulator of empty accounts.
    pub fn new(options: SimulatorOptions) -> Self {
        let state = State {
            interceptor: None,
            behaviour: options.behaviour,
            tokens: default_tokens(),
            events: EventStore::default(),
            event_memory: EventMemory::default(),
            logs: Default::default(),
            scrolls: Scrolls::default(),
            faults: FaultState::default(),
            requests: VecDeque::new(),
            request_count: 0,
            in_flight: [0; AccountKind::LOCAL.len()],
        };
        Self {
            core: Arc::new(Core {
                clock: options.clock,
                region: options.region,
                seed: options.seed,
                state: Mutex::new(state),
            }),
        }
    }

    /// The clock, to set or advance.
    pub fn clock(&self) -> &Clock {
        &self.core.clock
    }

    /// The region it stands in.
    pub fn region(&self) -> &Region {
        &self.core.region
    }

    pub(crate) fn seed(&self) -> u64 {
        self.core.seed
    }

    /// A token of the Security account.
    pub fn security_token(&self) -> String {
        self.token_of(AccountKind::Security)
    }

    /// A token of the Operations account.
    pub fn operations_token(&self) -> String {
        self.token_of(AccountKind::Operations)
    }

    /// A token of the Owner account.
    pub fn owner_token(&self) -> String {
        self.token_of(AccountKind::Owner)
    }

    /// A token of an account in another region.
    pub fn foreign_token(&self) -> String {
        self.token_of(AccountKind::Foreign)
    }

    fn token_of(&self, kind: AccountKind) -> String {
        let state = self.state();
        let token = state.tokens.iter().find(|(_, of)| *of == kind);
        token.map(|(token, _)| token.as_str().to_owned()).unwrap_or_default()
    }

    /// Gives an account one more token.
    pub fn add_token(&self, account: AccountKind, token: Token) {
        self.state().tokens.push((token, account));
    }

    /// Takes all tokens from an account, as when they are deleted.
    pub fn remove_tokens(&self, account: AccountKind) {
        self.state().tokens.retain(|(_, kind)| *kind != account);
    }

    /// Puts an event into the Security account.
    pub fn add_event(&self, event: Event) {
        self.state().events.add(event);
    }

    /// Puts events into the Security account.
    pub fn add_events(&self, events: impl IntoIterator<Item = Event>) {
        let mut state = self.state();
        for event in events {
            state.events.add(event);
        }
    }

    /// Puts logs into an account. Those of an account in another region are
    /// not kept.
    pub fn add_logs(&self, account: AccountKind, logs: impl IntoIterator<Item = Log>) {
        let mut state = self.state();
        if let Some(store) = state.log_store(account) {
            for log in logs {
                store.add(log);
            }
        }
    }

    pub(crate) fn event_count(&self) -> usize {
        self.state().events.len()
    }

    /// Fills the accounts with believable events and logs.
    pub fn generate(&self, scenario: &Scenario) -> Generated {
        scenario.generate(self)
    }

    /// The truth about every event, by date, those not visible yet too.
    pub fn events(&self) -> Vec<EventRecord> {
        self.state().events.records()
    }

    /// The logs of an account, by time, those not visible yet too.
    pub fn logs(&self, account: AccountKind) -> Vec<Log> {
        let mut state = self.state();
        let store = state.log_store(account);
        store.map(|store| store.sorted().iter().map(|log| Log::clone(log)).collect()).unwrap_or_default()
    }

    /// Replaces the fault plan, and starts to count requests for it.
    pub fn faults(&self, plan: FaultPlan) {
        self.state().faults = FaultState::new(plan);
    }

    /// Shows every request, headers and all, to `interceptor` before anything
    /// else. What it returns is the answer; none leaves the request to the
    /// simulator. It is called while the simulator is locked, so it must not
    /// call the simulator.
    pub fn intercept(&self, interceptor: impl Fn(&Parts, &[u8]) -> Option<Answer> + Send + Sync + 'static) {
        self.state().interceptor = Some(Arc::new(interceptor));
    }

    /// How it behaves where nothing is documented.
    pub fn behaviour(&self) -> Behaviour {
        self.state().behaviour.clone()
    }

    /// Changes how it behaves where nothing is documented.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        self.state().behaviour = behaviour;
    }

    /// The requests so far, in the order they were answered: the last 100 000,
    /// without those that were refused because too many were under way.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state().requests.iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state().requests.clear();
    }

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
            (None, Some(fault)) => fault.apply(true_answer, &request_id),
            (None, None) => true_answer(),
        };
        let accepts_gzip = accepts_gzip(request);
        if accepts_gzip {
            compress(&mut answer);
        }
        // A cut at half of the body means half of what travels.
        if let (Some(crate::Fault::Truncate(None)), crate::Ending::TruncatedAfter(after)) = (&fault, &mut answer.ending)
        {
            *after = answer.body.len() / 2;
        }
        let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = HeaderValue::from_str(&date) {
            answer.headers.insert(DATE, date);
        }
        if state.requests.len() >= MAX_REQUESTS {
            state.requests.pop_front();
        }
        state.requests.push_back(RequestRecord {
            at: now,
            method: request.method.clone(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            endpoint,
            body: Bytes::copy_from_slice(body),
            account,
            accepts_gzip,
            status: answer.status,
            bytes: answer.body.len(),
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
        let method = match endpoint {
            Endpoint::Whoami | Endpoint::Accounts => Method::GET,
            _ => Method::POST,
        };
        if request.method != method {
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
            Endpoint::Whoami => {
                Ok(Answer::json(json!({"accountName": account.name(), "accountId": account.id()}).to_string()))
            }
            Endpoint::Accounts => {
                let seen: Vec<_> = AccountKind::LOCAL
                    .into_iter()
                    .filter(|other| account == AccountKind::Owner || *other == account)
                    .map(|account| {
                        json!({
                            "accountId": account.id(),
                            "accountName": account.name(),
                            "type": account.type_name(),
                        })
                    })
                    .collect();
                Ok(Answer { rows: seen.len(), ..Answer::json(json!(seen).to_string()) })
            }
            Endpoint::Events => search_events(events, event_memory, behaviour, self.core.seed, now, body),
            Endpoint::EventLogs => {
                let [_, operations, _] = logs;
                search_event_logs(events, operations, behaviour, now, body)
            }
            Endpoint::Search | Endpoint::Scroll => {
                let [owner, operations, security] = logs;
                let store = match account {
                    AccountKind::Owner => owner,
                    AccountKind::Security => security,
                    AccountKind::Operations | AccountKind::Foreign => operations,
                };
                let query = request.uri.query().unwrap_or_default();
                let context = log_search::Context { store, behaviour, now, account, url_query: query };
                match endpoint {
                    Endpoint::Scroll => log_search::scroll(context, scrolls, body),
                    _ => log_search::search(context, body),
                }
            }
        }
    }

    /// Counts a request of an account in, unless too many are under way.
    pub(crate) fn enter(&self, request: &Parts) -> Result<Entry, Box<Answer>> {
        let mut state = self.state();
        let account = state.account(request);
        let slot = AccountKind::LOCAL.iter().position(|kind| Some(*kind) == account);
        let limit = state.behaviour.concurrent_requests;
        if let Some(count) = slot.and_then(|slot| state.in_flight.get_mut(slot)) {
            if *count >= limit {
                let message = format!("Your account is allowed to run up to {limit} concurrent queries via the API");
                return Err(Box::new(Answer::new(429, "text/plain;charset=utf-8", message)));
            }
            *count += 1;
        }
        Ok(Entry { simulator: self.clone(), slot })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panics elsewhere must not take the simulator along.
        self.core.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("region", &self.core.region)
            .field("clock", &self.core.clock)
            .field("seed", &self.core.seed)
            .finish_non_exhaustive()
    }
}

/// A request under way; dropping it counts it out.
pub(crate) struct Entry {
    simulator: Simulator,
    slot: Option<usize>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.simulator.state();
        if let Some(count) = self.slot.and_then(|slot| state.in_flight.get_mut(slot)) {
            *count = count.saturating_sub(1);
        }
    }
}

impl State {
    fn account(&self, request: &Parts) -> Option<AccountKind> {
        let token = request.headers.get("x-api-token")?.to_str().ok()?;
        self.tokens.iter().find(|(known, _)| known.as_str() == token).map(|(_, kind)| *kind)
    }

    fn log_store(&mut self, account: AccountKind) -> Option<&mut LogStore> {
        let slot = AccountKind::LOCAL.iter().position(|kind| *kind == account)?;
        self.logs.get_mut(slot)
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

fn accepts_gzip(request: &Parts) -> bool {
    request
        .headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = quality
                .trim()
                .strip_prefix("q=")
                .is_some_and(|quality| quality.parse::<f32>().is_ok_and(|quality| quality == 0.0));
            matches!(name.trim(), "gzip" | "x-gzip" | "*") && !refused
        })
}

fn compress(answer: &mut Answer) {
    if answer.body.is_empty() || answer.headers.contains_key(CONTENT_ENCODING) {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail; should it, the plain body is right too.
    let compressed = encoder.write_all(&answer.body).and_then(|()| encoder.finish());
    if let Ok(compressed) = compressed {
        answer.body = compressed.into();
        answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        answer.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::Value;

    use super::*;
    use crate::client::*;
    use crate::fault::Fault;

    #[test]
    fn an_intercepted_request_is_answered_in_the_simulators_place() {
        let simulator = simulator();
        simulator.intercept(|request, _| {
            (request.uri.path() == "/v2/whoami").then(|| Answer::new(418, "text/plain", "short and stout"))
        });
        assert_eq!(ask(&simulator, Endpoint::Whoami, "").status, 418);
        assert_eq!(ask(&simulator, Endpoint::Accounts, "").status, 200);
        assert_eq!(simulator.requests().len(), 2);
    }

    fn with_token(simulator: &Simulator, endpoint: Endpoint, token: &str) -> Answer {
        let body = match endpoint {
            Endpoint::Search | Endpoint::Scroll => r#"{"query":{"match_all":{}}}"#,
            Endpoint::Events => "{}",
            Endpoint::EventLogs => r#"{"filter":{"alertEventId":"a"}}"#,
            Endpoint::Whoami | Endpoint::Accounts => "",
        };
        let mut request = request(simulator, endpoint, body);
        request.headers_mut().insert("x-api-token", token.parse().unwrap());
        send(simulator, request)
    }

    #[test]
    fn a_token_serves_what_its_kind_of_account_serves() {
        let simulator = simulator();
        for (account, refused) in [
            (AccountKind::Owner, &[Endpoint::Events, Endpoint::EventLogs][..]),
            (AccountKind::Operations, &[Endpoint::Events, Endpoint::EventLogs]),
            (AccountKind::Security, &[]),
        ] {
            for endpoint in Endpoint::ALL {
                let answer = with_token(&simulator, endpoint, &token(&simulator, account));
                if refused.contains(&endpoint) {
                    assert_eq!(answer.status, 403, "{account:?} {endpoint}");
                    assert_eq!(answer.text(), r#"{"code":403,"message":"Insufficient privileges"}"#);
                } else {
                    assert_eq!(answer.status, 200, "{account:?} {endpoint}: {}", answer.text());
                }
            }
        }
    }

    #[test]
    fn an_unknown_or_absent_token_is_forbidden_or_unauthorized() {
        for status in [403, 401] {
            let behaviour = Behaviour { unknown_token_status: status, ..Behaviour::default() };
            let simulator = with_behaviour(behaviour);
            for endpoint in Endpoint::ALL {
                let answer = with_token(&simulator, endpoint, "nobody");
                assert_eq!(refusal(&answer), (status, "Insufficient privileges".into()));
            }
            let mut request = request(&simulator, Endpoint::Whoami, "");
            request.headers_mut().remove("x-api-token");
            assert_eq!(send(&simulator, request).status, status);
        }
    }

    #[test]
    fn a_token_of_another_region_says_both_regions() {
        for status in [401, 403] {
            let behaviour = Behaviour { wrong_region_status: status, ..Behaviour::default() };
            let simulator = with_behaviour(behaviour);
            let answer = with_token(&simulator, Endpoint::Events, &simulator.foreign_token());
            assert_eq!(answer.status, status);
            assert_eq!(answer.text(), "Account region us-east-1 differs from current server region eu-central-1");
        }
    }

    #[test]
    fn a_token_can_be_added_and_deleted() {
        let simulator = simulator();
        simulator.add_token(AccountKind::Security, Token::new("second"));
        assert_eq!(with_token(&simulator, Endpoint::Events, "second").status, 200);
        simulator.remove_tokens(AccountKind::Security);
        assert_eq!(with_token(&simulator, Endpoint::Events, "second").status, 403);
    }

    #[test]
    fn an_owner_sees_all_accounts_and_others_themselves() {
        let simulator = simulator();
        let accounts = |token: &str| -> Value {
            let answer = with_token(&simulator, Endpoint::Accounts, token);
            serde_json::from_slice(&answer.body).unwrap()
        };
        assert_eq!(accounts(&simulator.owner_token()).as_array().unwrap().len(), 3);
        assert_eq!(
            accounts(&simulator.security_token()),
            json!([{"accountId": 24602, "accountName": "Fernwood Security", "type": "SECURITY_ACCOUNT"}])
        );
        let whoami = with_token(&simulator, Endpoint::Whoami, &simulator.operations_token());
        assert_eq!(whoami.text(), r#"{"accountId":24601,"accountName":"Fernwood Operations"}"#);
    }

    #[test]
    fn other_paths_methods_and_contents_are_refused() {
        let simulator = simulator();
        let mut other_path = request(&simulator, Endpoint::Events, "{}");
        *other_path.uri_mut() = "/v1/searches".parse().unwrap();
        let answer = send(&simulator, other_path);
        assert_eq!(answer.status, 404);
        assert!(answer.text().contains(r#""errorCode":"endpoints/UNKNOWN_ENDPOINT""#));

        for endpoint in Endpoint::ALL {
            let mut other_method = request(&simulator, endpoint, "");
            *other_method.method_mut() = Method::PUT;
            assert_eq!(send(&simulator, other_method).status, 400, "{endpoint}");
        }

        let mut other_content = request(&simulator, Endpoint::Events, "{}");
        other_content.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        assert_eq!(send(&simulator, other_content).status, 400);
        let mut with_charset = request(&simulator, Endpoint::Events, "{}");
        let value = HeaderValue::from_static("application/json; charset=utf-8");
        with_charset.headers_mut().insert(CONTENT_TYPE, value);
        assert_eq!(send(&simulator, with_charset).status, 200);
    }

    #[test]
    fn errors_can_have_any_of_their_shapes() {
        for (shape, body) in [
            (ErrorShape::CodeMessage, r#"{"code":400,"message":"sort must be an array"}"#),
            (ErrorShape::Message, r#"{"message":"sort must be an array"}"#),
            (
                ErrorShape::Array,
                r#"[{"errorCode":"general/VALIDATION_ERROR","message":"sort must be an array","parameters":[]}]"#,
            ),
            (ErrorShape::JsonString, r#""sort must be an array""#),
            (ErrorShape::Text, "sort must be an array"),
            (ErrorShape::Empty, ""),
        ] {
            let behaviour = Behaviour { error_shape: Some(shape), ..Behaviour::default() };
            let answer = ask(&with_behaviour(behaviour), Endpoint::Events, r#"{"sort":1}"#);
            assert_eq!(answer.status, 400);
            assert_eq!(answer.text(), body);
        }
    }

    #[test]
    fn an_answer_is_compressed_if_that_was_asked_for() {
        let simulator = simulator();
        let plain = ask(&simulator, Endpoint::Events, "{}");
        assert!(!plain.headers.contains_key(CONTENT_ENCODING));
        for (accepted, compressed) in
            [("gzip", true), ("deflate, gzip;q=0.5", true), ("*", true), ("gzip;q=0", false), ("br, deflate", false)]
        {
            let mut request = request(&simulator, Endpoint::Events, "{}");
            request.headers_mut().insert(ACCEPT_ENCODING, accepted.parse().unwrap());
            let answer = send(&simulator, request);
            assert_eq!(answer.headers.contains_key(CONTENT_ENCODING), compressed, "{accepted}");
            if compressed {
                let mut text = String::new();
                flate2::read::GzDecoder::new(&answer.body[..]).read_to_string(&mut text).unwrap();
                assert_eq!(text, plain.text());
            }
        }
    }

    #[test]
    fn the_date_of_an_answer_is_that_of_the_clock() {
        let simulator = simulator();
        let date = |simulator: &Simulator| ask(simulator, Endpoint::Whoami, "").headers[DATE].clone();
        assert_eq!(date(&simulator), "Sun, 22 Nov 2026 12:00:00 GMT");
        simulator.clock().advance(chrono::TimeDelta::seconds(61));
        assert_eq!(date(&simulator), "Sun, 22 Nov 2026 12:01:01 GMT");
    }

    #[test]
    fn a_fault_strikes_before_anything_else_and_is_logged() {
        let simulator = simulator();
        simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, Fault::too_many_requests(Some("7"))));
        let struck = ask(&simulator, Endpoint::Events, "no json");
        assert_eq!((struck.status.as_u16(), &struck.headers["retry-after"]), (429, &"7".parse().unwrap()));
        assert_eq!(ask(&simulator, Endpoint::Events, "{}").status, 200);
        let faulty: Vec<_> = simulator.requests().iter().map(|request| request.faulty).collect();
        assert_eq!(faulty, [true, false]);
    }

    #[test]
    fn requests_are_logged_without_tokens() {
        let simulator = simulator();
        simulator.add_event(Event::new("a", time("2026-11-22T10:00:00Z")));
        let answer = ask(&simulator, Endpoint::Events, "{}");
        let requests = simulator.requests();
        let [logged] = requests.as_slice() else { panic!("{requests:?}") };
        assert_eq!(logged.endpoint, Some(Endpoint::Events));
        assert_eq!(logged.account, Some(AccountKind::Security));
        assert_eq!((logged.rows, logged.bytes, logged.status), (1, answer.body.len(), answer.status));
        assert_eq!(logged.json(), json!({}));
        let shown = format!("{simulator:?} {requests:?}");
        assert!(!shown.contains(&simulator.security_token()));
        simulator.clear_requests();
        assert!(simulator.requests().is_empty());
    }

    #[test]
    fn a_page_of_100_000_events_is_found_without_reading_them() {
        let simulator = simulator();
        let start = time("2026-11-20T00:00:00Z");
        simulator.add_events(
            (0..100_000).map(|number| {
                Event::new(number.to_string(), start + chrono::TimeDelta::milliseconds(number)).raw("{}")
            }),
        );
        let average = |pages: u32, filter: &str| {
            let begun = std::time::Instant::now();
            for page in 1..=pages {
                let body = format!(
                    r#"{{"filter":{{{filter}}},"sort":[{{"field":"DATE"}}],"pagination":{{"pageNumber":{page},"pageSize":50}}}}"#
                );
                assert_eq!(ask(&simulator, Endpoint::Events, &body).rows, 50);
            }
            begun.elapsed() / pages
        };
        // The first call sorts and counts; a search by name has to look at each.
        average(1, "");
        let scanned = average(10, r#""searchTerm":"Test""#);
        let counted = average(500, "");
        assert!(counted * 3 < scanned, "{counted:?} is not far below {scanned:?}");
    }
}
