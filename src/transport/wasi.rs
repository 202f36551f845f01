//! The transport of a component: `wasi:http`, through the bindings of waki.

use super::{Exchange, Failure, LARGEST_BODY, Method, Request, Response, Transport};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};
use waki::bindings::wasi::clocks::monotonic_clock;
use waki::bindings::wasi::http::outgoing_handler;
use waki::bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method as WasiMethod, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme,
};
use waki::bindings::wasi::io::poll::{Pollable, poll};
use waki::bindings::wasi::io::streams::{InputStream, StreamError};

/// How long to wait for a connection, if there is time for more.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);
/// How much to ask of a body at a time.
const CHUNK: u64 = 256 << 10;

/// `wasi:http`, with every wait bounded by a timer of our own, since not every host honours the timeouts of a request.
pub struct WasiTransport {
    since: Instant,
}

impl WasiTransport {
    /// A transport whose time begins now.
    #[must_use]
    pub fn new() -> Self {
        Self { since: Instant::now() }
    }
}

impl Default for WasiTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for WasiTransport {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange> {
        let timer = monotonic_clock::subscribe_duration(nanos(time));
        let largest = LARGEST_BODY / requests.len().max(1);
        let start = |request| Open::start(request, time, &timer, largest);
        let mut open: Vec<Open> = requests.iter().map(start).collect();
        loop {
            for request in &mut open {
                request.advance();
            }
            let waiting: Vec<&Pollable> = open.iter().filter_map(|request| request.progress.pollable()).collect();
            if waiting.is_empty() {
                break;
            }
            // The timer comes first: when it is ready, nothing else counts.
            let watched: Vec<&Pollable> = std::iter::once(&timer).chain(waiting).collect();
            if poll(&watched).contains(&0) {
                break;
            }
        }
        open.into_iter().map(Open::finish).collect()
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn random(&self) -> f64 {
        // Each state is seeded from the host's randomness.
        let bits = RandomState::new().build_hasher().finish() >> 11;
        // 53 bits fit a float exactly.
        #[allow(clippy::cast_precision_loss, reason = "at most 53 bits are left")]
        let unit = bits as f64 / (1u64 << 53) as f64;
        unit
    }
}

/// A request that was sent.
struct Open {
    progress: Progress,
    since: Instant,
    took: Option<Duration>,
    /// The largest body that is read, in bytes.
    largest: usize,
}

/// How far a request has come.
enum Progress {
    /// The head of the answer has not arrived. The pollable is dropped before the future that it belongs to.
    Head(Pollable, FutureIncomingResponse),
    /// The body is arriving.
    Body(Reading),
    /// It is over.
    Done(Result<Response, Failure>),
}

/// An answer whose body is being read. Fields are dropped in this order, children before their parents, as the resources
/// demand.
struct Reading {
    ready: Pollable,
    stream: InputStream,
    _body: IncomingBody,
    promised: Option<usize>,
    largest: usize,
    response: Response,
}

impl Open {
    fn start(request: &Request, time: Duration, timer: &Pollable, largest: usize) -> Self {
        let since = Instant::now();
        let progress = match begin(request, time, timer) {
            Ok(future) => Progress::Head(future.subscribe(), future),
            Err(failure) => Progress::Done(Err(failure)),
        };
        Self { progress, since, took: None, largest }
    }

    /// Does all that can be done without waiting.
    fn advance(&mut self) {
        self.progress.advance(self.largest);
        if let Progress::Done(_) = self.progress {
            self.took.get_or_insert_with(|| self.since.elapsed());
        }
    }

    fn finish(self) -> Exchange {
        Exchange { result: self.progress.finish(), took: self.took.unwrap_or_else(|| self.since.elapsed()) }
    }
}

impl Progress {
    fn pollable(&self) -> Option<&Pollable> {
        match self {
            Self::Head(ready, _) => Some(ready),
            Self::Body(reading) => Some(&reading.ready),
            Self::Done(_) => None,
        }
    }

    fn advance(&mut self, largest: usize) {
        loop {
            let next = match self {
                Self::Head(_, future) => match future.get() {
                    None => return,
                    Some(Ok(Ok(response))) => match Reading::start(&response, largest) {
                        Ok(reading) => Self::Body(reading),
                        Err(failure) => Self::Done(Err(failure)),
                    },
                    Some(Ok(Err(code))) => Self::Done(Err(failure(&code))),
                    Some(Err(())) => Self::Done(Err(Failure::Interrupted("the answer was lost".into()))),
                },
                Self::Body(reading) => match reading.read() {
                    None => return,
                    Some(result) => Self::Done(result),
                },
                Self::Done(_) => return,
            };
            *self = next;
        }
    }

    fn finish(self) -> Result<Response, Failure> {
        match self {
            Self::Done(result) => result,
            Self::Head(..) | Self::Body(_) => Err(Failure::TimedOut),
        }
    }
}

impl Reading {
    fn start(response: &IncomingResponse, largest: usize) -> Result<Self, Failure> {
        let lost = |()| Failure::Interrupted("the answer has no body that can be read".into());
        let entries = response.headers().entries();
        let headers: Vec<(String, String)> = entries
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), String::from_utf8_lossy(&value).into_owned()))
            .collect();
        let answer = Response { status: response.status(), headers, body: Vec::new() };
        let promised = answer.header("content-length").and_then(|text| text.trim().parse().ok());
        if promised.is_some_and(|length| length > largest) {
            return Err(Failure::TooLarge);
        }
        let body = response.consume().map_err(lost)?;
        let stream = body.stream().map_err(lost)?;
        Ok(Self { ready: stream.subscribe(), stream, _body: body, promised, largest, response: answer })
    }

    /// Reads what is there; `None` if more is to come.
    fn read(&mut self) -> Option<Result<Response, Failure>> {
        loop {
            match self.stream.read(CHUNK) {
                Ok(chunk) if chunk.is_empty() => return None,
                Ok(chunk) => {
                    if self.response.body.len() + chunk.len() > self.largest {
                        return Some(Err(Failure::TooLarge));
                    }
                    self.response.body.extend_from_slice(&chunk);
                }
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(error)) => {
                    return Some(Err(Failure::Interrupted(error.to_debug_string())));
                }
            }
        }
        let got = self.response.body.len();
        // Not every host reports a body that ends too early.
        if let Some(promised) = self.promised.filter(|promised| *promised > got) {
            return Some(Err(Failure::Interrupted(format!("{got} of {promised} bytes came"))));
        }
        let empty = Response { status: 0, headers: Vec::new(), body: Vec::new() };
        Some(Ok(std::mem::replace(&mut self.response, empty)))
    }
}

fn begin(request: &Request, time: Duration, timer: &Pollable) -> Result<FutureIncomingResponse, Failure> {
    let malformed = |what: &str| Failure::Refused(format!("the {what} of the request is not valid"));
    let fields = Fields::new();
    for (name, value) in &request.headers {
        fields.append(&(*name).to_owned(), &value.clone().into_bytes()).map_err(|_| malformed(name))?;
    }
    if request.method == Method::Post {
        let length = request.body.len().to_string().into_bytes();
        fields.append(&"content-length".to_owned(), &length).map_err(|_| malformed("length"))?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let method = match request.method {
        Method::Get => WasiMethod::Get,
        Method::Post => WasiMethod::Post,
    };
    let scheme = if request.scheme == "http" { Scheme::Http } else { Scheme::Https };
    outgoing.set_method(&method).map_err(|()| malformed("method"))?;
    outgoing.set_scheme(Some(&scheme)).map_err(|()| malformed("scheme"))?;
    outgoing.set_authority(Some(&request.authority)).map_err(|()| malformed("host"))?;
    outgoing.set_path_with_query(Some(&request.path)).map_err(|()| malformed("path"))?;

    // Hints: a host that does not know one says so, and the timer holds.
    let options = RequestOptions::new();
    let _ = options.set_connect_timeout(Some(nanos(time.min(LONGEST_CONNECT))));
    let _ = options.set_first_byte_timeout(Some(nanos(time)));
    let _ = options.set_between_bytes_timeout(Some(nanos(time)));

    let body = outgoing.body().map_err(|()| malformed("body"))?;
    let future = outgoing_handler::handle(outgoing, Some(options)).map_err(|code| failure(&code))?;
    // A body that cannot be written is a connection that failed: the future
    // holds the cause, so the write's own error is not used.
    if write(body, &request.body, timer).is_none() {
        let answered = future.subscribe();
        poll(&[timer, &answered]);
    }
    Ok(future)
}

fn write(outgoing: OutgoingBody, mut bytes: &[u8], timer: &Pollable) -> Option<()> {
    if !bytes.is_empty() {
        let stream = outgoing.write().ok()?;
        let ready = stream.subscribe();
        while !bytes.is_empty() {
            let room = usize::try_from(stream.check_write().ok()?).unwrap_or(usize::MAX);
            if room == 0 {
                if poll(&[timer, &ready]).contains(&0) {
                    return None;
                }
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            stream.write(now).ok()?;
            bytes = later;
        }
        stream.flush().ok()?;
    }
    OutgoingBody::finish(outgoing, None).ok()
}

fn failure(code: &ErrorCode) -> Failure {
    use ErrorCode as Code;
    match code {
        Code::ConnectionTimeout
        | Code::ConnectionReadTimeout
        | Code::ConnectionWriteTimeout
        | Code::HttpResponseTimeout => Failure::TimedOut,
        Code::DnsTimeout | Code::DnsError(_) | Code::DestinationNotFound => {
            Failure::Unreachable("its name could not be resolved".into())
        }
        Code::ConnectionRefused => Failure::Unreachable("the connection was refused".into()),
        Code::DestinationUnavailable | Code::DestinationIpUnroutable | Code::ConnectionLimitReached => {
            Failure::Unreachable("no connection could be made".into())
        }
        // A host that reaches out through a proxy has two more reasons.
        Code::HttpUpgradeFailed => Failure::Unreachable("the proxy lets no connection through to it".into()),
        Code::ConfigurationError => {
            Failure::Refused("the proxy asks for a user and a password, or refuses those it was given".into())
        }
        Code::HttpRequestDenied | Code::DestinationIpProhibited => {
            Failure::Refused("this host does not let the component connect to it".into())
        }
        Code::TlsCertificateError => Failure::Refused("its certificate is not trusted".into()),
        Code::TlsProtocolError | Code::TlsAlertReceived(_) => Failure::Refused("TLS could not be set up".into()),
        Code::HttpResponseBodySize(_) => Failure::TooLarge,
        Code::InternalError(Some(text)) => Failure::Interrupted(text.clone()),
        other => Failure::Interrupted(format!("{other:?}")),
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
