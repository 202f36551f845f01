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
use logzio_soar_http_api::problem::{BUSY, Problem, TRAP};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Access;
use crate::asked::Asked;
use crate::gate::{self, Gate};

/// How long a request may wait for others to end.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How calls are carried out.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) runner: Runner,
    pub(crate) gate: Gate,
    pub(crate) time_budget_ms: Option<u32>,
    pub(crate) at_once: usize,
    pub(crate) running: Arc<Semaphore>,
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
            log: Arc::new(|_| {}),
        }
    }

    /// Answers a request, whatever happens.
    pub(crate) async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let mut stopped = None;
        let response = match self.carried_out(request, &mut stopped).await {
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
        stopped: &mut Option<String>,
    ) -> Result<Response<Bytes>, Problem> {
        let (mut head, body) = request.into_parts();
        self.gate.check_head(&head)?;
        // The component has no use for it.
        head.headers.remove(header::AUTHORIZATION);
        let body = gate::read(body).await?;
        if let Some(ms) = self.time_budget_ms.filter(|_| !head.headers.contains_key(TIME_BUDGET_MS)) {
            head.headers.insert(TIME_BUDGET_MS, HeaderValue::from(ms));
        }
        let request = Request::from_parts(head, body);
        let asked = Asked::by(&request);
        self.gate.check_url(asked.connection.as_ref(), &self.runner)?;
        // Only calls take their turn: documents are cheap.
        let _permit = if request.method() == Method::POST { Some(self.turn().await?) } else { None };
        let response = self.runner.handle(request, asked.connection.as_ref()).await;
        response.map_err(|error| {
            *stopped = Some(asked.without_tokens(&error.to_string()));
            let remedy = match error {
                RunnerError::DeadlineExceeded { .. } => "call again, or name a longer time budget",
                _ => "call again with less, or run another version of the component",
            };
            Problem::new(&TRAP, asked.without_tokens(&format!("{error}; {remedy}")))
        })
    }

    /// A place among the calls that run at a time.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        match tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.running).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => {
                let at_once = self.at_once;
                let detail = format!("{at_once} calls are in progress, and none ended in time: call again in a while");
                Err(Problem::new(&BUSY, detail).header(RETRY_AFTER, "5"))
            }
        }
    }
}
