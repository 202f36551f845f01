//! What the exports are with one of their rules broken: the operations under
//! their own names, with the current mutation around them, and a transport that
//! breaks the rules of HTTP. The sweep's mutations are in
//! [`mutation`](crate::mutations::mutation). Compiled with the feature `mutations` only.

use crate::contract::{
    Check, Connection, Error, HuntReport, IncidentPage, LogPage, Notice, NoticeCode, Outcome, ServerError,
};
use crate::logzio::client::Client;
use crate::mutations::mutation::Mutation;
use crate::transport::{Failure, Request, Response, Transport};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Stands in an answer for a token that must not be found and overwritten. No
/// text of Logz.io's holds it: it is of a private area of Unicode.
const STAND_IN: &str = "\u{e0f0}";
/// Longer than any time budget.
const AGES: Duration = Duration::from_secs(3_600);

thread_local! {
    /// A hunt is under way.
    static HUNTING: Cell<bool> = const { Cell::new(false) };
    /// The token of the last request.
    static TOKEN: RefCell<String> = const { RefCell::new(String::new()) };
}

fn is(mutation: Mutation) -> bool {
    Mutation::current() == Some(mutation)
}

/// The connection of a call, as it is taken. Comes before everything else, so
/// misdeeds that need no connection happen here.
#[must_use]
pub fn connection(given: &Connection) -> Connection {
    match Mutation::current() {
        Some(Mutation::TimeBudgetUnchecked) => {
            let budget = given.time_budget_ms.filter(|ms| (1_000..=600_000).contains(ms));
            return Connection { time_budget_ms: budget, ..given.clone() };
        }
        Some(Mutation::EnvironmentPrinted) => {
            for (name, value) in std::env::vars().filter(|(name, _)| !name.starts_with("LOGZIO_")) {
                println!("{name}={value}");
            }
        }
        Some(Mutation::TokenInOutput) => {
            let tokens = [&given.security_token, &given.operations_token];
            tokens.into_iter().flatten().for_each(|token| eprintln!("asking with {}", token.trim()));
        }
        Some(Mutation::TakesMemoryForEver) => {
            let mut taken: Vec<Vec<u8>> = Vec::new();
            loop {
                taken.push(vec![1; 1 << 20]);
                std::hint::black_box(&taken);
            }
        }
        Some(Mutation::LoopsForEver) => loop {
            std::hint::spin_loop();
        },
        Some(Mutation::SleepsForEver) => std::thread::sleep(AGES),
        Some(Mutation::Traps) => std::process::abort(),
        Some(Mutation::Exits) => std::process::exit(0),
        Some(Mutation::PrintsForEver) => loop {
            println!("still here");
        },
        _ => {}
    }
    given.clone()
}

/// A transport with the current mutation.
pub struct Mutated<T> {
    inner: T,
    /// Something has failed.
    failed: Cell<bool>,
}

impl<T> Mutated<T> {
    /// Around another transport.
    pub fn new(inner: T) -> Self {
        Self { inner, failed: Cell::new(false) }
    }
}

impl<T: Transport> Transport for Mutated<T> {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Result<Response, Failure>> {
        let Some(mutation) = Mutation::current() else { return self.inner.send(requests, time) };
        let requests: Vec<Request> = requests.iter().map(|request| mutation.request(request.clone())).collect();
        if mutation == Mutation::AnotherHost {
            let told = requests.iter().cloned();
            let told: Vec<Request> =
                told.map(|request| Request { authority: "telemetry.example".into(), ..request }).collect();
            let _ = self.inner.send(&told, time);
        }
        let answers = self.inner.send(&requests, time);
        let bad = |answer: &Result<Response, Failure>| answer.as_ref().map_or(true, |answer| answer.status >= 400);
        self.failed.set(self.failed.get() || answers.iter().any(bad));
        requests.iter().zip(answers).map(|(request, answer)| mutation.answer(request, answer)).collect()
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
            Self::GzipNotAskedFor | Self::EchoedTokenPassedOn => {
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
            Self::EchoedTokenPassedOn => {
                let token = TOKEN.with_borrow(String::clone);
                if !token.is_empty() {
                    answer.body = String::from_utf8_lossy(&answer.body).replace(&token, STAND_IN).into_bytes();
                    answer.headers.retain(|(name, _)| name != "content-length");
                }
            }
            _ => {}
        }
        Ok(answer)
    }

    /// The error that a failure is.
    fn error(self, error: Error) -> Error {
        let server = |status, message| Error::Server(ServerError { status, message });
        match (self, error) {
            (Self::UnauthorizedAsServer, Error::Unauthorized(text)) => server(401, text),
            (Self::WrongRegionAsUnauthorized, Error::WrongRegion(text))
            | (Self::WrongAccountAsUnauthorized, Error::WrongAccount(text)) => Error::Unauthorized(text),
            (Self::RateLimitWithoutTime, Error::RateLimited(_)) => Error::RateLimited(None),
            (Self::QueryRejectedAsMalformed, Error::QueryRejected(text)) => Error::MalformedResponse(text),
            (Self::TimedOutAsUnreachable, Error::TimedOut(text)) => Error::Unreachable(text),
            (Self::StatusLost, Error::Server(error)) => server(500, error.message),
            (Self::MalformedAsServer, Error::MalformedResponse(text)) => server(200, text),
            (_, error) => error,
        }
    }
}

/// What an operation returns, as far as its texts go.
trait Answer {
    /// Every error in it.
    fn errors(&mut self) -> Vec<&mut Error> {
        Vec::new()
    }

    /// Every text that may come from Logz.io.
    fn texts(&mut self) -> Vec<&mut String>;

    /// Adds a notice, if it has any.
    fn notify(&mut self, _text: String) {}
}

impl Answer for IncidentPage {
    fn texts(&mut self) -> Vec<&mut String> {
        let of_incidents = self.incidents.iter_mut().flat_map(|incident| {
            let groups = incident.group_by.iter_mut().map(|(_, value)| value);
            let own = [&mut incident.name, &mut incident.raw].into_iter();
            own.chain(&mut incident.description).chain(&mut incident.summary).chain(groups).chain(&mut incident.logs)
        });
        of_incidents.chain(self.notices.iter_mut().map(|notice| &mut notice.text)).collect()
    }

    fn notify(&mut self, text: String) {
        self.notices.push(Notice::new(NoticeCode::GoesOn, text));
    }
}

impl Answer for LogPage {
    fn texts(&mut self) -> Vec<&mut String> {
        self.logs
            .iter_mut()
            .map(|log| &mut log.source)
            .chain(self.notices.iter_mut().map(|notice| &mut notice.text))
            .collect()
    }

    fn notify(&mut self, text: String) {
        self.notices.push(Notice::new(NoticeCode::GoesOn, text));
    }
}

impl Answer for HuntReport {
    fn texts(&mut self) -> Vec<&mut String> {
        let logs = self.sightings.iter_mut().flat_map(|sighting| &mut sighting.logs);
        logs.map(|log| &mut log.source).chain(self.notices.iter_mut().map(|notice| &mut notice.text)).collect()
    }

    fn notify(&mut self, text: String) {
        self.notices.push(Notice::new(NoticeCode::GoesOn, text));
    }
}

impl Answer for Vec<Check> {
    fn errors(&mut self) -> Vec<&mut Error> {
        let outcomes = self.iter_mut().map(|check| &mut check.outcome);
        outcomes.filter_map(|outcome| if let Outcome::Failed(error) = outcome { Some(error) } else { None }).collect()
    }

    fn texts(&mut self) -> Vec<&mut String> {
        let outcomes = self.iter_mut().map(|check| &mut check.outcome);
        outcomes.filter_map(|outcome| if let Outcome::Passed(text) = outcome { Some(text) } else { None }).collect()
    }
}

fn text_of(error: &mut Error) -> Option<&mut String> {
    match error {
        Error::InvalidConnection(text)
        | Error::InvalidArgument(text)
        | Error::Unauthorized(text)
        | Error::WrongRegion(text)
        | Error::WrongAccount(text)
        | Error::QueryRejected(text)
        | Error::TimedOut(text)
        | Error::Unreachable(text)
        | Error::MalformedResponse(text) => Some(text),
        Error::Server(error) => Some(&mut error.message),
        Error::RateLimited(_) => None,
    }
}

/// Breaks what is common to all answers.
fn answered<T: Answer>(client: &Client, mut answer: Result<T, Error>) -> Result<T, Error> {
    let Some(mutation) = Mutation::current() else { return answer };
    let token = client.target().tokens().next().map(|token| token.expose().to_owned()).unwrap_or_default();
    let errors = match &mut answer {
        Ok(answer) => answer.errors(),
        Err(error) => vec![error],
    };
    for error in errors {
        *error = mutation.error(error.clone());
        if let Some(text) = text_of(error) {
            match mutation {
                Mutation::TokenInError => *text = format!("{text} (asked with {token})"),
                Mutation::EchoedTokenPassedOn => *text = with_the_token(text),
                _ => {}
            }
        }
    }
    if let Ok(answer) = &mut answer {
        match mutation {
            Mutation::TokenInNotice => answer.notify(format!("asked with {token}")),
            Mutation::EchoedTokenPassedOn => {
                answer.texts().into_iter().for_each(|text| *text = with_the_token(text));
            }
            _ => {}
        }
    }
    answer
}

fn with_the_token(text: &str) -> String {
    TOKEN.with_borrow(|token| text.replace(STAND_IN, token))
}

/// A JSON text as a program writes it that has read it.
fn rewritten(json: &mut String) {
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(json) {
        *json = value.to_string();
    }
}

/// See [`diagnostics`](crate::diagnostics).
pub mod diagnostics {
    use super::{Check, Client, Error, Mutation, Outcome, answered, is};
    use chrono::{DateTime, Utc};

    /// See [`check`](crate::diagnostics::check).
    ///
    /// # Errors
    /// As there, unless a mutation has another.
    pub fn check(client: &Client, now: DateTime<Utc>) -> Result<Vec<Check>, Error> {
        let mut answer = answered(client, crate::diagnostics::check(client, now));
        if let Ok(checks) = &mut answer {
            if is(Mutation::SecondTokenUnchecked) {
                checks.retain(|check| !check.name.starts_with("operations token"));
            }
            for check in checks {
                let outcome = &mut check.outcome;
                match outcome {
                    Outcome::Failed(_) if is(Mutation::FailedChecksPass) => {
                        *outcome = Outcome::Passed("it works".into());
                    }
                    Outcome::Skipped(why) if is(Mutation::UnsetTokenFails) => {
                        *outcome = Outcome::Failed(Error::InvalidConnection(why.clone()));
                    }
                    _ => {}
                }
            }
        }
        answer
    }
}

/// See [`incidents`](crate::incidents).
pub mod incidents {
    use super::{Client, Error, IncidentPage, Mutation, answered, is, rewritten};
    use crate::contract::{FetchRequest, Start};
    use crate::incidents::LONGEST_LOOK_BACK;
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
        let mut answer = crate::incidents::fetch(client, &request, now);
        if is(Mutation::ForeignCursorTaken)
            && matches!((&answer, &request.start), (Err(Error::InvalidArgument(_)), Start::After(_)))
        {
            request.start = Start::At("-1h".into());
            answer = crate::incidents::fetch(client, &request, now);
        }
        let mut page = answered(client, answer)?;
        match Mutation::current() {
            Some(Mutation::NewestIncidentFirst) => page.incidents.reverse(),
            Some(Mutation::EventRewritten) => {
                page.incidents.iter_mut().for_each(|incident| rewritten(&mut incident.raw));
            }
            Some(Mutation::AlwaysMore) => page.more = true,
            Some(Mutation::TokenInCursor) => {
                let tokens = client.target().tokens().map(crate::connection::Token::expose);
                page.next = tokens.fold(page.next, |next, token| format!("{next}{GLUE}{token}"));
            }
            _ => {}
        }
        Ok(page)
    }
}

/// See [`logs`](crate::logs).
pub mod logs {
    use super::{Client, Error, LogPage, Mutation, answered, is, rewritten};
    use crate::contract::LogQuery;
    use crate::logs::{LIMITS, LONGEST_QUERY};
    use crate::time::{self, Edge};
    use chrono::{DateTime, TimeDelta, Utc};

    /// See [`search`](crate::logs::search).
    ///
    /// # Errors
    /// As there, unless a mutation has another.
    pub fn search(client: &Client, query: &LogQuery, now: DateTime<Utc>) -> Result<LogPage, Error> {
        let mut query = query.clone();
        query.limit = limit(query.limit);
        match Mutation::current() {
            Some(Mutation::TwoDaysOnly) => {
                let until = query.until.as_ref().and_then(|text| time::parse(text, Edge::End, now).ok());
                let since = query.since.as_ref().and_then(|text| time::parse(text, Edge::Start, now).ok());
                if since.is_some_and(|since| until.unwrap_or(now) - since > TimeDelta::days(2)) {
                    query.since = None;
                }
            }
            Some(Mutation::PageTokenIgnored) => query.page = None,
            Some(Mutation::SearchLimitIgnored) => {
                query.limit = query.limit.map(|limit| if LIMITS.contains(&limit) { *LIMITS.end() } else { limit });
            }
            Some(Mutation::OrderIgnored) => query.order = None,
            Some(Mutation::FieldsIgnored) => query.fields.clear(),
            Some(Mutation::UntilIgnored) => query.until = None,
            Some(Mutation::LongQueryTaken) if query.lucene.len() > LONGEST_QUERY => query.lucene = "*".into(),
            Some(Mutation::EmptyQueryTaken) if query.lucene.trim().is_empty() => query.lucene = "*".into(),
            _ => {}
        }
        let mut page = answered(client, crate::logs::search(client, &query, now))?;
        match Mutation::current() {
            Some(Mutation::TotalIsOfThePage) => page.total = u32::try_from(page.logs.len()).ok(),
            Some(Mutation::LogRewritten) => page.logs.iter_mut().for_each(|log| rewritten(&mut log.source)),
            Some(Mutation::PageBordersRepeated) if page.next.is_some() => {
                // The next page starts a log earlier than this one ended.
                let fewer = query.limit.unwrap_or(crate::logs::DEFAULT_SEARCH) - 1;
                if fewer > 0 {
                    let again = LogQuery { limit: Some(fewer), ..query };
                    page.next = crate::logs::search(client, &again, now)?.next;
                }
            }
            _ => {}
        }
        Ok(page)
    }

    /// See [`by_event_id`](crate::logs::by_event_id).
    ///
    /// # Errors
    /// As there, unless a mutation has another.
    pub fn by_event_id(
        client: &Client,
        event_id: &str,
        limit_given: Option<u32>,
        page: Option<&str>,
    ) -> Result<LogPage, Error> {
        let mut limit = limit(limit_given);
        if is(Mutation::EventLogsLimitIgnored) {
            limit = limit.filter(|limit| !LIMITS.contains(limit));
        }
        let event_id = match event_id.get(..1_000) {
            Some(start) if is(Mutation::LongEventIdTaken) => start,
            _ => event_id,
        };
        let mut page = answered(client, crate::logs::by_event_id(client, event_id, limit, page))?;
        match Mutation::current() {
            Some(Mutation::EventLogsOnOnePage) => page.next = None,
            Some(Mutation::LogRewritten) => page.logs.iter_mut().for_each(|log| rewritten(&mut log.source)),
            _ => {}
        }
        Ok(page)
    }

    fn limit(given: Option<u32>) -> Option<u32> {
        match Mutation::current() {
            Some(Mutation::ZeroLimitTaken) => given.filter(|limit| *limit > 0),
            Some(Mutation::ExcessLimitTaken) => given.map(|limit| limit.min(*LIMITS.end())),
            _ => given,
        }
    }
}

/// See [`hunting`](crate::hunting).
pub mod hunting {
    use super::{Client, Error, HUNTING, HuntReport, Mutation, answered, is};
    use crate::contract::{HuntRequest, Indicator, IndicatorKind, Log, Sighting};
    use crate::hunting::known_fields;
    use chrono::{DateTime, Utc};

    const KINDS: [IndicatorKind; 15] = [
        IndicatorKind::Ip,
        IndicatorKind::Cidr,
        IndicatorKind::Domain,
        IndicatorKind::Url,
        IndicatorKind::Email,
        IndicatorKind::Md5,
        IndicatorKind::Sha1,
        IndicatorKind::Sha256,
        IndicatorKind::Sha512,
        IndicatorKind::Host,
        IndicatorKind::User,
        IndicatorKind::Process,
        IndicatorKind::FileName,
        IndicatorKind::RegistryKey,
        IndicatorKind::Port,
    ];

    /// See [`hunt`](crate::hunting::hunt).
    ///
    /// # Errors
    /// As there, unless a mutation has another.
    pub fn hunt(client: &Client, request: &HuntRequest, now: DateTime<Utc>) -> Result<HuntReport, Error> {
        let mut request = request.clone();
        let nothing = HuntReport {
            sightings: Vec::new(),
            rejected: Vec::new(),
            unfinished: Vec::new(),
            queries: Vec::new(),
            notices: Vec::new(),
        };
        let mut unseen = Vec::new();
        match Mutation::current() {
            Some(Mutation::NoIndicatorsTaken) if request.indicators.is_empty() => return Ok(nothing),
            Some(Mutation::DefangedTakenLiterally) => {
                let (defanged, plain): (Vec<_>, Vec<_>) = request.indicators.into_iter().partition(is_defanged);
                unseen = defanged.into_iter().map(not_seen).collect();
                request.indicators = plain;
                if request.indicators.is_empty() && !unseen.is_empty() {
                    return Ok(HuntReport { sightings: unseen, ..nothing });
                }
            }
            Some(Mutation::FirstFieldOnly) => {
                request.fields = KINDS.map(|kind| (kind, first_field(&request, kind))).to_vec();
            }
            Some(Mutation::InternalNetworksIgnored) => request.internal_networks.clear(),
            _ => {}
        }
        HUNTING.set(true);
        let answer = crate::hunting::hunt(client, &request, now);
        HUNTING.set(false);
        let mut report = answered(client, answer)?;
        report.sightings.extend(unseen);
        match Mutation::current() {
            Some(Mutation::NothingAttributed) => attribute_all_to_all(&mut report.sightings),
            Some(Mutation::ValuesUnquoted) => {
                report.queries.iter_mut().for_each(|query| *query = query.replace('"', " "));
            }
            Some(Mutation::RejectedUnmentioned) => report.rejected.clear(),
            Some(Mutation::UnseenLeftOut) => report.sightings.retain(|sighting| sighting.hits > 0),
            _ => {}
        }
        for sighting in &mut report.sightings {
            if is(Mutation::HitsAreLogsReturned) {
                sighting.hits = u32::try_from(sighting.logs.len()).unwrap_or(u32::MAX);
            }
            if is(Mutation::FirstAndLastExchanged) {
                std::mem::swap(&mut sighting.first_seen, &mut sighting.last_seen);
            }
        }
        Ok(report)
    }

    fn is_defanged(indicator: &Indicator) -> bool {
        ["[.]", "(.)", "[dot]", "(dot)", "[at]", "(at)", "hxxp", "[:]"]
            .iter()
            .any(|sign| indicator.value.contains(sign))
    }

    fn not_seen(indicator: Indicator) -> Sighting {
        Sighting {
            value: indicator.value,
            kind: indicator.kind.unwrap_or(IndicatorKind::Domain),
            hits: 0,
            complete: true,
            first_seen: None,
            last_seen: None,
            users: Vec::new(),
            hosts: Vec::new(),
            internal_ips: Vec::new(),
            external_ips: Vec::new(),
            logs: Vec::new(),
        }
    }

    fn first_field(request: &HuntRequest, kind: IndicatorKind) -> Vec<String> {
        let named = request.fields.iter().find(|(named, _)| *named == kind);
        match named {
            Some((_, fields)) => fields.iter().take(1).cloned().collect(),
            None => known_fields::defaults(kind).iter().take(1).map(|field| (*field).to_owned()).collect(),
        }
    }

    fn attribute_all_to_all(sightings: &mut [Sighting]) {
        let hits = sightings.iter().map(|sighting| sighting.hits).sum();
        let logs: Vec<Log> = sightings.iter().flat_map(|sighting| sighting.logs.iter().cloned()).collect();
        let first = sightings.iter().filter_map(|sighting| sighting.first_seen.clone()).min();
        let last = sightings.iter().filter_map(|sighting| sighting.last_seen.clone()).max();
        for sighting in sightings {
            sighting.hits = hits;
            sighting.logs.clone_from(&logs);
            sighting.first_seen.clone_from(&first);
            sighting.last_seen.clone_from(&last);
        }
    }
}

/// See [`manifest`](crate::manifest).
pub mod manifest {
    use super::Mutation;
    use crate::contract::{Integration, ParameterKind};

    /// See [`describe`](crate::manifest::describe).
    #[must_use]
    pub fn describe() -> Integration {
        let mut integration = crate::manifest::describe();
        let tokens = integration.parameters.iter_mut().filter(|parameter| parameter.name.ends_with("-token"));
        match Mutation::current() {
            Some(Mutation::VersionNotSemantic) => integration.version = "latest".into(),
            Some(Mutation::CommandUnnamed) => integration.commands.retain(|command| command.interface != "hunting"),
            Some(Mutation::SecretShown) => tokens.for_each(|token| token.kind = ParameterKind::Text),
            Some(Mutation::RequiredParameterInvented) => tokens.for_each(|token| token.required = true),
            _ => {}
        }
        integration
    }
}
