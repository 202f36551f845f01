//! A transport over blocking sockets, with connections that stay open.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use logzio_soar::transport::{Exchange, Failure, LARGEST_BODY, Method, Request, Response, Transport};

/// Sends requests side by side, each on a thread of its own if there are several.
pub(crate) struct NativeTransport {
    agent: ureq::Agent,
    since: Instant,
}

impl NativeTransport {
    pub(crate) fn new() -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Self { agent: config.new_agent(), since: Instant::now() }
    }

    fn exchange(&self, request: &Request, time: Duration, largest: usize) -> Exchange {
        let started = Instant::now();
        let result = self.send_one(request, time, largest);
        Exchange { result, took: started.elapsed() }
    }

    fn send_one(&self, request: &Request, time: Duration, largest: usize) -> Result<Response, Failure> {
        let url = format!("{}://{}{}", request.scheme, request.authority, request.path);
        let mut head = ureq::http::Request::builder().uri(url);
        for (name, value) in &request.headers {
            head = head.header(*name, value);
        }
        let answer = match request.method {
            Method::Get => head.method("GET").body(()).map(|request| self.run(request, time)),
            Method::Post => head.method("POST").body(request.body.as_slice()).map(|request| self.run(request, time)),
        };
        let answer = answer.map_err(|error| Failure::Refused(error.to_string()))?;
        let (head, body) = answer.map_err(|error| Failure::Unreachable(error.to_string()))?.into_parts();
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let mut response = Response { status: head.status.as_u16(), headers: headers.collect(), body: Vec::new() };
        let mut reader = body.into_reader().take(largest as u64 + 1);
        reader.read_to_end(&mut response.body).map_err(|error| Failure::Interrupted(error.to_string()))?;
        if response.body.len() > largest { Err(Failure::TooLarge) } else { Ok(response) }
    }

    fn run(
        &self,
        request: ureq::http::Request<impl ureq::AsSendBody>,
        time: Duration,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let request = self.agent.configure_request(request).timeout_global(Some(time)).build();
        self.agent.run(request)
    }
}

impl Transport for NativeTransport {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange> {
        let largest = LARGEST_BODY / requests.len().max(1);
        if let [request] = requests {
            return vec![self.exchange(request, time, largest)];
        }
        thread::scope(|scope| {
            let start = |request| scope.spawn(move || self.exchange(request, time, largest));
            let running: Vec<_> = requests.iter().map(start).collect();
            let lost = |_| Exchange { result: Err(Failure::TimedOut), took: time };
            running.into_iter().map(|thread| thread.join().unwrap_or_else(lost)).collect()
        })
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn wait(&self, time: Duration) {
        thread::sleep(time);
    }

    fn random(&self) -> f64 {
        0.5
    }
}
