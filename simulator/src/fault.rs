//! Faults: which requests go wrong, and how.
//!
//! Knows nothing of what the endpoints answer when all is well.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::answer::{Answer, Ending, ErrorShape, Refusal};

/// The endpoints that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET /v2/whoami`
    Whoami,
    /// `GET /v1/associated-accounts`
    Accounts,
    /// `POST /v2/security/rules/events/search`
    Events,
    /// `POST /v2/security/rules/events/logs/search`
    EventLogs,
    /// `POST /v1/search`
    Search,
    /// `POST /v1/scroll`
    Scroll,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Whoami, Self::Accounts, Self::Events, Self::EventLogs, Self::Search, Self::Scroll];

    /// The name in a fault plan's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whoami => "whoami",
            Self::Accounts => "accounts",
            Self::Events => "events",
            Self::EventLogs => "event-logs",
            Self::Search => "search",
            Self::Scroll => "scroll",
        }
    }

    /// The path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Whoami => "/v2/whoami",
            Self::Accounts => "/v1/associated-accounts",
            Self::Events => "/v2/security/rules/events/search",
            Self::EventLogs => "/v2/security/rules/events/logs/search",
            Self::Search => "/v1/search",
            Self::Scroll => "/v1/scroll",
        }
    }

    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.path() == path)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What goes wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A status instead of the answer.
    Status {
        /// The status, 400 to 599.
        status: u16,
        /// The `Retry-After` header, if any: seconds, or an HTTP date.
        retry_after: Option<String>,
        /// The body; what Logz.io sends with the status if none.
        body: Option<Bytes>,
    },
    /// The answer comes after this long.
    Delay(Duration),
    /// Nothing arrives, and the connection stays open.
    HangBeforeHead,
    /// Only the head of the answer arrives, and the connection stays open.
    HangAfterHead,
    /// The connection is closed after this many bytes of the body, half of it
    /// if none.
    Truncate(Option<usize>),
    /// The connection is reset after this many bytes of the body, before the
    /// head if none.
    Reset(Option<usize>),
    /// An HTML page with status 200, as a proxy in the way sends it.
    Html,
    /// A body of the right type that stops being JSON half-way.
    InvalidJson,
    /// A body that holds nothing, with status 200.
    EmptyBody,
    /// The answer without the members at a path such as `total` or
    /// `results.*.eventDate`; `*` is every element.
    Missing(String),
    /// The answer with null in place of what is at such a path.
    Null(String),
    /// A redirect to this URL, with status 302.
    Redirect(String),
}

impl Fault {
    /// A status instead of the answer, with what Logz.io sends with it.
    pub fn status(status: u16) -> Self {
        Self::Status { status, retry_after: None, body: None }
    }

    /// Too many requests; `retry_after` is the header of that name.
    pub fn too_many_requests(retry_after: Option<&str>) -> Self {
        Self::Status { status: 429, retry_after: retry_after.map(str::to_owned), body: None }
    }

    /// The answer after the fault, from what it would have been.
    pub(crate) fn apply(&self, answer: impl FnOnce() -> Answer, request_id: &str) -> Answer {
        match self {
            Self::Status { status, retry_after, body } => {
                let mut failed = match body {
                    Some(body) => Answer::new(*status, "text/plain;charset=utf-8", body.clone()),
                    None => status_answer(*status, request_id),
                };
                if let Some(value) = retry_after {
                    set_header(&mut failed, RETRY_AFTER, value);
                }
                failed
            }
            Self::Delay(delay) => Answer { delay: *delay, ..answer() },
            Self::HangBeforeHead => Answer { ending: Ending::HangBeforeHead, ..answer() },
            Self::HangAfterHead => Answer { ending: Ending::HangAfterHead, ..answer() },
            Self::Truncate(after) => {
                let answer = answer();
                let after = after.unwrap_or(answer.body.len() / 2);
                Answer { ending: Ending::TruncatedAfter(after), ..answer }
            }
            Self::Reset(after) => Answer { ending: Ending::ResetAfter(*after), ..answer() },
            Self::Html => Answer::new(
                200,
                "text/html;charset=utf-8",
                "<!DOCTYPE html><html><head><title>Sign in to continue</title></head>\
                 <body><form action=\"/login\"><input name=\"user\"></form></body></html>",
            ),
            Self::InvalidJson => {
                let answer = answer();
                let half = answer.body.len() / 2;
                let mut body = answer.body.slice(..half).to_vec();
                body.extend_from_slice(b"\x00}}");
                Answer { body: body.into(), ..answer }
            }
            Self::EmptyBody => Answer::json(Bytes::new()),
            Self::Missing(path) => edited(answer(), path, None),
            Self::Null(path) => edited(answer(), path, Some(&Value::Null)),
            Self::Redirect(to) => {
                let mut answer = Answer::new(302, "text/plain;charset=utf-8", "Found");
                set_header(&mut answer, LOCATION, to);
                answer
            }
        }
    }

    fn parse(word: &str, options: &Options<'_>) -> Result<Self, String> {
        let fault = match word {
            "delay" => Self::Delay(parse_duration(options.required("for")?)?),
            "hang" => Self::HangAfterHead,
            "hang-before" => Self::HangBeforeHead,
            "truncate" => Self::Truncate(options.number("after")?),
            "reset" => Self::Reset(options.number("after")?),
            "html" => Self::Html,
            "invalid-json" => Self::InvalidJson,
            "empty" => Self::EmptyBody,
            "missing" => Self::Missing(options.required("field")?.to_owned()),
            "null" => Self::Null(options.required("field")?.to_owned()),
            "redirect" => Self::Redirect(options.required("to")?.to_owned()),
            word => match word.parse() {
                Ok(status @ 400..=599) => Self::Status {
                    status,
                    retry_after: options.get("retry-after").map(str::to_owned),
                    body: options.get("body").map(|body| Bytes::from(body.to_owned())),
                },
                Ok(status) => {
                    return Err(format!("{status} is no error: take a status of 400 to 599"));
                }
                Err(_) => {
                    return Err(format!(
                        "{word:?} is no fault: take a status, delay, hang, hang-before, truncate, \
                         reset, html, invalid-json, empty, missing, null or redirect"
                    ));
                }
            },
        };
        options.check(match fault {
            Self::Status { .. } => &["retry-after", "body"],
            Self::Delay(_) => &["for"],
            Self::Truncate(_) | Self::Reset(_) => &["after"],
            Self::Missing(_) | Self::Null(_) => &["field"],
            Self::Redirect(_) => &["to"],
            _ => &[],
        })?;
        Ok(fault)
    }
}

/// What Logz.io sends with a status.
fn status_answer(status: u16, request_id: &str) -> Answer {
    const TEXT: &str = "text/plain;charset=utf-8";
    match status {
        401 | 403 => Refusal::forbidden(status).into_answer(None, request_id),
        404 => Refusal::unknown_endpoint().into_answer(None, request_id),
        429 => Answer::new(429, TEXT, "Too Many Requests"),
        503 => Answer::new(503, TEXT, ""),
        500 => Answer::new(500, TEXT, "Internal Server Error"),
        _ => Refusal {
            status,
            shape: ErrorShape::Message,
            code: "general/ERROR",
            message: http::StatusCode::from_u16(status)
                .ok()
                .and_then(|status| status.canonical_reason())
                .unwrap_or("Error")
                .to_owned(),
        }
        .into_answer(None, request_id),
    }
}

fn set_header(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers.insert(name, value);
    }
}

/// The answer with what is at `path` removed or replaced.
fn edited(answer: Answer, path: &str, with: Option<&Value>) -> Answer {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
        return answer;
    };
    let steps: Vec<&str> = path.split('.').collect();
    edit(&mut body, &steps, with);
    Answer { body: body.to_string().into(), ..answer }
}

fn edit(value: &mut Value, steps: &[&str], with: Option<&Value>) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    match value {
        Value::Array(elements) if rest.is_empty() => match (*step, with) {
            ("*", None) => elements.clear(),
            ("*", Some(with)) => elements.fill(with.clone()),
            (step, with) => {
                if let Ok(at) = step.parse::<usize>()
                    && at < elements.len()
                {
                    match with {
                        None => drop(elements.remove(at)),
                        Some(with) => {
                            if let Some(element) = elements.get_mut(at) {
                                *element = with.clone();
                            }
                        }
                    }
                }
            }
        },
        Value::Array(elements) => {
            for (at, element) in elements.iter_mut().enumerate() {
                if *step == "*" || step.parse() == Ok(at) {
                    edit(element, rest, with);
                }
            }
        }
        Value::Object(members) if rest.is_empty() => match with {
            None => drop(members.remove(*step)),
            Some(with) => {
                if let Some(member) = members.get_mut(*step) {
                    *member = with.clone();
                }
            }
        },
        Value::Object(members) => {
            if let Some(member) = members.get_mut(*step) {
                edit(member, rest, with);
            }
        }
        _ => {}
    }
}

/// A fault, and the requests it strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// The endpoint it strikes; any path, of an endpoint or not, if none.
    pub endpoint: Option<Endpoint>,
    /// The first request it strikes, from 1, of those that reach it.
    pub from: u32,
    /// How many requests it strikes from there on; all if none.
    pub times: Option<u32>,
    /// What goes wrong.
    pub fault: Fault,
}

/// Which requests go wrong, and how.
///
/// A request goes to the first rule of its endpoint that still has a fault for
/// it; a rule counts only the requests that the rules before it left alone. So
/// `events:429x3,events:500` is three times a 429, then a 500, then nothing.
///
/// As text, rules are separated by commas or white space:
///
/// ```text
/// [ENDPOINT][@FIRST]:FAULT[xTIMES][;OPTION=VALUE]…
/// ```
///
/// - `ENDPOINT`: `whoami`, `accounts`, `events`, `event-logs`, `search`,
///   `scroll`, or `any`, which is also what none means.
/// - `FIRST`: the first request to strike; 1 if left out.
/// - `TIMES`: how many from there on, `*` for all; 1 if left out.
/// - `FAULT`: a status such as `429` (`retry-after=SECONDS`, `body=TEXT`),
///   `delay` (`for=1500ms`, `for=5s`), `hang` (after the head), `hang-before`,
///   `truncate` (`after=BYTES`), `reset` (`after=BYTES`), `html`,
///   `invalid-json`, `empty`, `missing` and `null` (`field=results.*.name`),
///   `redirect` (`to=URL`).
///
/// ```
/// use logzio_simulator::{Endpoint, Fault, FaultPlan};
///
/// let plan: FaultPlan = "events:429x3;retry-after=2 search@2:truncate;after=10".parse()?;
/// assert_eq!(plan.rules.len(), 2);
/// assert_eq!(plan.rules[0].fault, Fault::too_many_requests(Some("2")));
/// assert_eq!(plan.rules[1].endpoint, Some(Endpoint::Search));
/// # Ok::<(), logzio_simulator::FaultPlanError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// The rules, the first to fit first.
    pub rules: Vec<FaultRule>,
}

impl FaultPlan {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a fault that strikes the next `times` requests to an endpoint.
    pub fn with(mut self, endpoint: Endpoint, times: u32, fault: Fault) -> Self {
        self.rules.push(FaultRule { endpoint: Some(endpoint), from: 1, times: Some(times), fault });
        self
    }

    /// Adds a fault that strikes every request to an endpoint from the
    /// `from`th on.
    pub fn with_all(mut self, endpoint: Endpoint, from: u32, fault: Fault) -> Self {
        self.rules.push(FaultRule { endpoint: Some(endpoint), from, times: None, fault });
        self
    }
}

/// A fault plan that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultPlanError {
    rule: String,
    reason: String,
}

impl fmt::Display for FaultPlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot read the fault {:?}: {} (a fault is [ENDPOINT][@FIRST]:FAULT[xTIMES]\
             [;OPTION=VALUE]..., such as events:429x3;retry-after=2)",
            self.rule, self.reason
        )
    }
}

impl std::error::Error for FaultPlanError {}

impl FromStr for FaultPlan {
    type Err = FaultPlanError;

    /// Reads the text form described above.
    fn from_str(text: &str) -> Result<Self, FaultPlanError> {
        let rules = text
            .split([',', ' ', '\t', '\r', '\n'])
            .filter(|rule| !rule.is_empty())
            .map(|rule| parse_rule(rule).map_err(|reason| FaultPlanError { rule: rule.to_owned(), reason }))
            .collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }
}

fn parse_rule(text: &str) -> Result<FaultRule, String> {
    let (target, effect) = text.split_once(':').ok_or_else(|| "there is no colon before the fault".to_owned())?;
    let (endpoint, from) = match target.split_once('@') {
        Some((endpoint, from)) => (endpoint, parse_count(from)?),
        None => (target, 1),
    };
    let endpoint = match endpoint {
        "" | "any" => None,
        name => Some(Endpoint::ALL.into_iter().find(|e| e.as_str() == name).ok_or_else(|| {
            format!(
                "{name:?} is no endpoint: take whoami, accounts, events, event-logs, search, \
                 scroll or any"
            )
        })?),
    };
    let mut parts = effect.split(';');
    let head = parts.next().unwrap_or_default();
    let (word, times) = match head.rsplit_once('x') {
        Some((word, "*")) => (word, None),
        Some((word, times)) if times.starts_with(|c: char| c.is_ascii_digit()) => (word, Some(parse_count(times)?)),
        _ => (head, Some(1)),
    };
    let options = parts
        .map(|option| option.split_once('=').ok_or_else(|| format!("the option {option:?} has no value")))
        .collect::<Result<_, _>>()?;
    let fault = Fault::parse(word, &Options(options))?;
    Ok(FaultRule { endpoint, from, times, fault })
}

fn parse_count(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("{text:?} is no count: take a whole number from 1")),
        Ok(count) => Ok(count),
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').unwrap_or(text), 1000),
    };
    number
        .parse::<u64>()
        .map(|number| Duration::from_millis(number.saturating_mul(unit)))
        .map_err(|_| format!("{text:?} is no duration: take 1500ms or 5s"))
}

/// The options of one rule.
struct Options<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Options<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn required(&self, name: &str) -> Result<&'a str, String> {
        self.get(name).ok_or_else(|| format!("it needs the option {name}=…"))
    }

    fn number(&self, name: &str) -> Result<Option<usize>, String> {
        self.get(name).map(|text| text.parse().map_err(|_| format!("{text:?} is no number of bytes"))).transpose()
    }

    fn check(&self, known: &[&str]) -> Result<(), String> {
        match self.0.iter().find(|(key, _)| !known.contains(key)) {
            Some((key, _)) => Err(format!("it has no option {key:?}")),
            None => Ok(()),
        }
    }
}

/// A plan and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct FaultState {
    rules: Vec<(FaultRule, u32)>,
}

impl FaultState {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self { rules: plan.rules.into_iter().map(|rule| (rule, 0)).collect() }
    }

    /// The fault for the next request to an endpoint, if it is to have one.
    pub(crate) fn next(&mut self, endpoint: Option<Endpoint>) -> Option<Fault> {
        for (rule, seen) in &mut self.rules {
            if rule.endpoint.is_some() && rule.endpoint != endpoint {
                continue;
            }
            *seen = seen.saturating_add(1);
            let struck = *seen >= rule.from && rule.times.is_none_or(|times| *seen - rule.from < times);
            if struck {
                return Some(rule.fault.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(text: &str) -> FaultRule {
        text.parse::<FaultPlan>().unwrap().rules.remove(0)
    }

    #[test]
    fn a_plan_says_endpoint_first_fault_times_and_options() {
        assert_eq!(
            rule("events@2:429x3;retry-after=2"),
            FaultRule {
                endpoint: Some(Endpoint::Events),
                from: 2,
                times: Some(3),
                fault: Fault::too_many_requests(Some("2")),
            }
        );
        assert_eq!(rule(":503x*").times, None);
        assert_eq!(rule("any:503").endpoint, None);
        for (text, fault) in [
            ("search:delay;for=1500ms", Fault::Delay(Duration::from_millis(1500))),
            ("search:delay;for=5s", Fault::Delay(Duration::from_secs(5))),
            ("scroll:hang", Fault::HangAfterHead),
            ("whoami:hang-before", Fault::HangBeforeHead),
            ("event-logs:truncate", Fault::Truncate(None)),
            ("event-logs:truncatex2;after=10", Fault::Truncate(Some(10))),
            ("accounts:reset", Fault::Reset(None)),
            ("events:reset;after=0", Fault::Reset(Some(0))),
            ("events:html", Fault::Html),
            ("events:invalid-json", Fault::InvalidJson),
            ("events:empty", Fault::EmptyBody),
            ("events:missing;field=total", Fault::Missing("total".into())),
            ("events:null;field=results.*.name", Fault::Null("results.*.name".into())),
            ("events:redirect;to=https://example.org/x3", Fault::Redirect("https://example.org/x3".into())),
        ] {
            assert_eq!(rule(text).fault, fault, "{text}");
        }
    }

    #[test]
    fn a_plan_that_cannot_be_read_says_what_is_wrong() {
        for (text, reason) in [
            ("events", "no colon"),
            ("event:429", "is no endpoint"),
            ("events:299", "is no error"),
            ("events:slow", "is no fault"),
            ("events@0:429", "is no count"),
            ("events:429x0", "is no count"),
            ("events:delay", "needs the option for"),
            ("events:delay;for=soon", "is no duration"),
            ("events:hang;for=5s", "has no option \"for\""),
            ("events:429;retry-after", "has no value"),
            ("events:truncate;after=half", "is no number"),
        ] {
            let error = text.parse::<FaultPlan>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(error.contains("events:429x3;retry-after=2"), "{text}: {error}");
        }
    }

    #[test]
    fn a_rule_counts_only_what_earlier_rules_left_alone() {
        let plan = "events:429x2,events:500,events@2:503".parse().unwrap();
        let mut state = FaultState::new(plan);
        let statuses: Vec<_> = (0..6)
            .map(|_| match state.next(Some(Endpoint::Events)) {
                Some(Fault::Status { status, .. }) => status,
                _ => 200,
            })
            .collect();
        assert_eq!(statuses, [429, 429, 500, 200, 503, 200]);
        assert_eq!(state.next(Some(Endpoint::Search)), None);
    }

    #[test]
    fn missing_and_null_reach_every_element() {
        let answer = || Answer::json(r#"{"total":2,"results":[{"a":1,"b":2},{"a":3,"b":4}]}"#);
        let body = |fault: Fault| -> Value { serde_json::from_slice(&fault.apply(answer, "").body).unwrap() };
        assert_eq!(body(Fault::Missing("results.*.a".into())), json!({"total": 2, "results": [{"b": 2}, {"b": 4}]}));
        assert_eq!(
            body(Fault::Null("results.1.a".into())),
            json!({"total": 2, "results": [{"a": 1, "b": 2}, {"a": null, "b": 4}]})
        );
        assert_eq!(body(Fault::Missing("results.0".into())), json!({"total": 2, "results": [{"a": 3, "b": 4}]}));
        assert_eq!(body(Fault::Null("results".into())), json!({"total": 2, "results": null}));
    }

    #[test]
    fn invalid_json_is_no_json() {
        let answer = Fault::InvalidJson.apply(|| Answer::json("{\"total\":0}"), "");
        assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
        assert_eq!(answer.status, 200);
    }
}
