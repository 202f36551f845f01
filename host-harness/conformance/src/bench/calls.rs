//! Where one case is carried out: calls of the component, what came of each, and what holds for every call of every case.

use std::time::Duration;

use futures_util::future::join_all;
use logzio_soar_host::{Answer as Carried, Call};
use logzio_soar_wit_json::read;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::answers::Answer;
use super::broken::{Broken, ensure};
use super::form;
use super::operations::DESCRIBE;
use super::request::{Request, TOKEN_HEADER};
use super::script::{Exchange, Script};
use super::site::Site;
use super::subject::{Scene, Subject};
use crate::report::{Sent, Step};
use crate::text::{cut, shown};

/// A variable of the component's environment that is none of the contract's.
const STRANGER: &str = "CONFORMANCE_SECRET";
/// How many calls of a case are kept for its report.
const MOST_STEPS: usize = 40;
/// How many requests of a call are kept for its report.
const MOST_REQUESTS: usize = 30;
/// How long texts in a report may be, in characters.
const LONGEST_TEXT: usize = 4_000;
/// The longest answer, in bytes, that is laid out for a report.
const LONGEST_LAID_OUT: usize = 100_000;
/// How long a call may take after its time budget.
const GRACE: Duration = Duration::from_secs(3);
/// The time budget of a connection that names none.
const DEFAULT_BUDGET_MS: u64 = 30_000;

/// One case that is running.
pub(crate) struct Bench<'a> {
    pub(crate) site: Site,
    /// The component that the case is about, from outside.
    pub(crate) subject: &'a Subject,
    /// Randomness that follows from the seed and the case.
    pub(crate) random: fastrand::Rng,
    seed: u64,
    environment: Vec<(String, String)>,
    answers: Vec<Value>,
    steps: Vec<Step>,
    calls: usize,
    output: String,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(subject: &'a Subject, site: Site, seed: u64) -> Self {
        let environment = vec![(STRANGER.to_owned(), site.stranger.expose().to_owned())];
        let random = fastrand::Rng::with_seed(seed);
        Self {
            site,
            subject,
            random,
            seed,
            environment,
            answers: Vec::new(),
            steps: Vec::new(),
            calls: 0,
            output: String::new(),
        }
    }

    /// Begins again with empty accounts and the same tokens.
    pub(crate) async fn restart(&mut self) -> Result<(), Broken> {
        self.site = Site::new(self.subject.place(), self.seed).await?;
        Ok(())
    }

    /// Sets a variable in the component's environment.
    pub(crate) fn set_variable(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The answers so far, in their JSON form.
    pub(crate) fn answers(&self) -> &[Value] {
        &self.answers
    }

    /// What the component wrote to its standard output and error in the last call.
    pub(crate) fn output(&self) -> &str {
        &self.output
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    /// What the report shows of the case.
    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// The values that placeholders stand for.
    pub(crate) fn names(&self) -> Vec<(&'static str, String)> {
        vec![
            ("url", self.site.url.clone()),
            ("token security", self.site.security.expose().to_owned()),
            ("token operations", self.site.operations.expose().to_owned()),
            ("token foreign", self.site.foreign.expose().to_owned()),
        ]
    }

    /// Calls a function. What `arguments.connection` does not say is filled in: the endpoint and both tokens of the site.
    ///
    /// Fails if there is no answer of the contract, or if something is wrong that would be wrong in any case.
    pub(crate) async fn call(&mut self, function: &str, arguments: Value) -> Result<Answer, Broken> {
        let call = self.whole(function, arguments);
        let budget = call.arguments.get("connection").and_then(|connection| connection.get("time_budget_ms"));
        let budget = budget.and_then(Value::as_u64).unwrap_or(DEFAULT_BUDGET_MS);

        let before = self.site.request_count();
        let started = Instant::now();
        let scene = Scene { site: &self.site, environment: &self.environment };
        let carried = self.subject.call(&call, scene).await;
        let took = started.elapsed();
        let requests = self.site.requests_from(before);
        self.calls += 1;
        let text = carried.answer.to_json();
        self.record(&call, &text, &requests, &carried.output);
        self.output.clone_from(&carried.output);

        match &carried.answer {
            Carried::Trap(why) => return Err(Broken(format!("{function}: {}", self.site.redact(why)))),
            Carried::Missing(why) => return Err(Broken(format!("{function} is not there: {why}"))),
            Carried::Invalid(why) => return Err(Broken(format!("{function}: the call cannot be made: {why}"))),
            Carried::Ok(_) | Carried::Err(_) => {}
        }
        self.no_secret(function, text, &requests, &carried.output)?;
        if let Some(denied) = carried.denied.first() {
            return Err(Broken(format!("{function}: the component tried to reach {}", self.site.redact(denied))));
        }
        ensure!(
            took <= Duration::from_millis(budget) + GRACE,
            "{function}: it took {:.1} s, with a time budget of {:.1} s",
            took.as_secs_f64(),
            Duration::from_millis(budget).as_secs_f64()
        );
        let answer = self.in_form(function, &carried.answer)?;
        self.answers.push(answer.to_json());
        Ok(answer)
    }

    /// Makes calls side by side, and drops one more of them half-way.
    pub(crate) async fn side_by_side(&mut self, calls: Vec<(&str, Value)>) -> Result<Vec<Answer>, Broken> {
        let calls: Vec<Call> = calls.into_iter().map(|(function, arguments)| self.whole(function, arguments)).collect();
        let scene = || Scene { site: &self.site, environment: &self.environment };
        if let Some(first) = calls.first() {
            let dropped = self.subject.call(first, scene());
            // Whether it was done by then or not.
            let _ = tokio::time::timeout(Duration::from_millis(1), dropped).await;
        }
        let carried = join_all(calls.iter().map(|call| self.subject.call(call, scene()))).await;
        self.calls += calls.len();
        carried
            .iter()
            .zip(&calls)
            .map(|(carried, call)| match &carried.answer {
                Carried::Trap(why) => Err(Broken(format!("side by side with others: {}", self.site.redact(why)))),
                answer => self.in_form(&call.function, answer),
            })
            .collect()
    }

    /// What a function returned, held to the form of the contract.
    fn in_form(&self, function: &str, answer: &Carried) -> Result<Answer, Broken> {
        let (side, value) = answer.member();
        let read = form::answer(function, side, &value);
        let read = read.map_err(|why| Broken(self.site.redact(&format!("{function}: {why}"))))?;
        Ok(if side == "ok" { Answer::Ok(read) } else { Answer::Err(read) })
    }

    /// Calls a function that must succeed.
    pub(crate) async fn ok(&mut self, function: &str, arguments: Value) -> Result<Value, Broken> {
        match self.call(function, arguments).await? {
            Answer::Ok(value) => Ok(value),
            other => Err(Broken(format!("{function}: a result was expected, {} came", self.shown(&other)))),
        }
    }

    /// Calls a function that must fail with one case of `types.error`; its payload.
    pub(crate) async fn err(&mut self, function: &str, arguments: Value, case: &str) -> Result<Value, Broken> {
        let answer = self.call(function, arguments).await?;
        if let Answer::Err(error) = &answer
            && error.get("case").and_then(Value::as_str) == Some(case)
        {
            return Ok(error.get("value").cloned().unwrap_or_default());
        }
        Err(Broken(format!("{function}: the error {case} was expected, {} came", self.shown(&answer))))
    }

    /// Calls a function whose requests are answered by a script.
    pub(crate) async fn scripted(
        &mut self,
        function: &str,
        arguments: Value,
        exchanges: Vec<Exchange>,
    ) -> Result<Answer, Broken> {
        self.site.play(Some(Script::new(exchanges)));
        let answer = self.call(function, arguments).await;
        let verdict = self.site.script_verdict();
        self.site.play(None);
        // A component that trapped has sent nothing, and that is not what is wrong with it. Else, what was sent explains what
        // came back.
        let answer = answer?;
        verdict?;
        Ok(answer)
    }

    /// A call with its connection.
    fn whole(&self, function: &str, arguments: Value) -> Call {
        let mut call = Call::new(function, arguments);
        if function != DESCRIBE {
            let given = call.arguments.remove("connection").unwrap_or_default();
            call.arguments.insert("connection".into(), self.connection(&given));
        }
        call
    }

    fn shown(&self, answer: &Answer) -> String {
        self.site.redact(&shown(&answer.to_json()))
    }

    fn connection(&self, given: &Value) -> Value {
        let mut connection = json!({
            "endpoint": {"case": "url", "value": self.site.url},
            "security_token": self.site.security.expose(),
            "operations_token": self.site.operations.expose(),
            "time_budget_ms": null,
        });
        if let (Value::Object(connection), Value::Object(given)) = (&mut connection, given) {
            connection.extend(given.clone());
        }
        connection
    }

    /// No text that comes out of the component, and no request but for one header, may hold a secret.
    fn no_secret(&self, function: &str, answer: String, requests: &[Request], output: &str) -> Result<(), Broken> {
        let mut places = vec![("the answer".to_owned(), answer), ("its output".to_owned(), output.to_owned())];
        for request in requests {
            let what = |part: &str| format!("{part} of {} {}", request.method, self.site.redact(&request.path));
            places.push((what("the path"), format!("{}?{}", request.path, request.query)));
            places.push((what("the body"), String::from_utf8_lossy(&request.body).into_owned()));
            let headers = request.headers.iter().filter(|(name, _)| name != TOKEN_HEADER);
            places
                .extend(headers.map(|(name, value)| (what(&format!("the header {name}")), format!("{name}: {value}"))));
        }
        for (place, text) in places {
            let lower = text.to_ascii_lowercase();
            if let Some(canary) = self.site.canaries().into_iter().find(|canary| canary.is_in(&text, &lower)) {
                return Err(Broken(format!("{function}: {place} holds the {}", canary.name)));
            }
        }
        Ok(())
    }

    fn record(&mut self, call: &Call, answer: &str, requests: &[Request], output: &str) {
        if self.steps.len() >= MOST_STEPS {
            // The first calls and the last ones tell the story.
            self.steps.remove(MOST_STEPS / 2);
        }
        let pretty = |value: &Value| {
            let text = serde_json::to_string_pretty(value).unwrap_or_default();
            cut(&self.site.redact(&text), LONGEST_TEXT)
        };
        let sent = requests.iter().take(MOST_REQUESTS).map(|request| Sent {
            method: request.method.clone(),
            path: self.site.redact(&match request.query.as_str() {
                "" => request.path.clone(),
                query => format!("{}?{query}", request.path),
            }),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), cut(&self.site.redact(value), LONGEST_TEXT)))
                .collect(),
            body: match request.body.len() {
                0 => String::new(),
                1..LONGEST_LAID_OUT => pretty(&request.body()),
                _ => cut(&self.site.redact(&String::from_utf8_lossy(&request.body)), LONGEST_TEXT),
            },
        });
        let step = Step {
            number: self.calls,
            function: call.function.clone(),
            arguments: pretty(&Value::Object(call.arguments.clone())),
            // Of a long one only the beginning is shown, which need not be laid out.
            answer: match read::text(answer, "answer").and_then(|answer| read::any(answer, "answer")) {
                Ok(value) if answer.len() <= LONGEST_LAID_OUT => pretty(&value),
                _ => cut(&self.site.redact(&cut(answer, 2 * LONGEST_TEXT)), LONGEST_TEXT),
            },
            requests: requests.len(),
            sent: sent.collect(),
            output: cut(&self.site.redact(output), LONGEST_TEXT),
        };
        self.steps.push(step);
    }
}
