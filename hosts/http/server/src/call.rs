//! A request, from its arrival to its response.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use logzio_soar_host::{Runner, RunnerError};
use logzio_soar_http_api::header::TIME_BUDGET_MS;
use logzio_soar_http_api::path;
use logzio_soar_http_api::problem::{BUSY, Problem, TRAP};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Access;
use crate::activity::{Activity, Doing};
use crate::asked::Asked;
use crate::connections::Purpose;
use crate::gate::{self, Gate};
use crate::room::Room;
use crate::threads;

/// How long a request may wait for others to end.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How many requests of another kind are answered at a time: for the health, and for the other documents.
const OTHERS_AT_ONCE: usize = 8;
/// How much memory the bodies of all requests may take for each call that may run at a time, in bytes, and at least.
const REQUESTS: (usize, usize) = (1 << 20, 16 << 20);
/// The same for the bodies of all responses that clients have not taken yet.
const RESPONSES: (usize, usize) = (4 << 20, 128 << 20);

/// How calls are carried out.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) runner: Runner,
    pub(crate) gate: Gate,
    pub(crate) time_budget_ms: Option<u32>,
    pub(crate) at_once: usize,
    pub(crate) running: Arc<Semaphore>,
    health: Arc<Semaphore>,
    documents: Arc<Semaphore>,
    requests: Room,
    responses: Room,
    /// Where calls are carried out; with the sockets if nowhere else.
    pub(crate) threads: Option<Handle>,
    pub(crate) log: Arc<dyn Fn(Access) + Send + Sync>,
}

impl Calls {
    pub(crate) fn new(runner: Runner) -> Self {
        let at_once = 64;
        Self {
            runner,
            gate: Gate::default(),
            time_budget_ms: None,
            at_once,
            running: Arc::new(Semaphore::new(at_once)),
            health: Arc::new(Semaphore::new(OTHERS_AT_ONCE)),
            documents: Arc::new(Semaphore::new(OTHERS_AT_ONCE)),
            requests: room(REQUESTS, at_once),
            responses: room(RESPONSES, at_once),
            threads: None,
            log: Arc::new(|_| {}),
        }
    }

    /// Makes the memory of bodies follow the number of calls at a time.
    pub(crate) fn make_room(&mut self) {
        self.requests = room(REQUESTS, self.at_once);
        self.responses = room(RESPONSES, self.at_once);
    }

    /// Answers a request, whatever happens.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        activity: &Activity,
        purpose: Purpose,
    ) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let mut stopped = None;
        let response = match self.carried_out(request, activity, purpose, &mut stopped).await {
            Ok(response) => response,
            Err(problem) => problem.response().map(Bytes::from),
        };
        let access = Access {
            client,
            method,
            path,
            status: response.status().as_u16(),
            took: started.elapsed(),
            bytes: response.body().len(),
            stopped,
        };
        (self.log)(access);
        response.map(Full::new)
    }

    /// The component's response, or why it got no chance to give one. If it was stopped, `stopped` says why.
    async fn carried_out(
        &self,
        request: Request<Incoming>,
        activity: &Activity,
        purpose: Purpose,
        stopped: &mut Option<String>,
    ) -> Result<Response<Bytes>, Problem> {
        let (mut head, body) = request.into_parts();
        self.gate.check_head(&head)?;
        let is_call = head.method == Method::POST && head.uri.path().starts_with(path::OPERATIONS);
        if is_call && purpose == Purpose::Document {
            return Err(busy("all connections have requests in progress"));
        }
        // The component has no use for it.
        head.headers.remove(header::AUTHORIZATION);
        // Whatever else the request is, the component answers it without its body.
        let body = if is_call { gate::read(body, &self.requests).await? } else { Bytes::new() };
        activity.set(Doing::Work);
        if let Some(ms) = self.time_budget_ms.filter(|_| !head.headers.contains_key(TIME_BUDGET_MS)) {
            head.headers.insert(TIME_BUDGET_MS, HeaderValue::from(ms));
        }
        let request = Request::from_parts(head, body);
        let asked = Asked::by(&request);
        self.gate.check_url(asked.connection.as_ref(), &self.runner)?;
        // The health waits for nothing else, and is not carried out where the others are.
        let is_health = request.uri().path() == path::HEALTH;
        let _permit = self.turn(is_call, is_health).await?;
        let (runner, connection) = (self.runner.clone(), asked.connection.clone());
        let handling = async move { runner.handle(request, connection.as_ref()).await };
        let handled = threads::on(self.threads.as_ref().filter(|_| !is_health), handling).await;
        let handled = handled.ok_or_else(|| Problem::new(&TRAP, "the service failed: call again, and report it"))?;
        let response = handled.map_err(|error| {
            *stopped = Some(asked.without_tokens(&error.to_string()));
            let remedy = match error {
                RunnerError::DeadlineExceeded { .. } => "call again, or name a longer time budget",
                _ => "call again with less, or run another version of the component",
            };
            Problem::new(&TRAP, asked.without_tokens(&format!("{error}; {remedy}")))
        })?;
        if !is_call {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        let kept = self.responses.keep(body, LONGEST_WAIT).await;
        let body = kept.ok_or_else(|| busy("clients have not taken the responses of other calls yet"))?;
        Ok(Response::from_parts(head, body))
    }

    /// A place among the requests of a kind that run at a time.
    async fn turn(&self, is_call: bool, is_health: bool) -> Result<OwnedSemaphorePermit, Problem> {
        let (running, at_once) = match (is_call, is_health) {
            (true, _) => (&self.running, self.at_once),
            (_, true) => (&self.health, OTHERS_AT_ONCE),
            _ => (&self.documents, OTHERS_AT_ONCE),
        };
        match tokio::time::timeout(LONGEST_WAIT, Arc::clone(running).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(busy(&format!("{at_once} of them are in progress, and none ended in time"))),
        }
    }
}

fn room((for_each, at_least): (usize, usize), at_once: usize) -> Room {
    Room::new(for_each.saturating_mul(at_once).max(at_least))
}

fn busy(why: &str) -> Problem {
    Problem::new(&BUSY, format!("{why}: call again in a while")).header(RETRY_AFTER, "5")
}
