//! HTTP as the component needs it: a few requests side by side, within a time. Knows nothing of Logz.io.
//!
//! The trait is here. What sends for real is in `wasi`, the only file that names waki, and for WebAssembly only: all the
//! rest runs natively in tests.

#[cfg(target_family = "wasm")]
pub mod wasi;

use std::time::Duration;

/// The largest body that is read from the network, in bytes; bodies that are read side by side share it. A page of a
/// thousand logs of the usual size is a tenth of it, compressed.
pub const LARGEST_BODY: usize = 32 << 20;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`, without a body.
    Get,
    /// `POST`, with a JSON body.
    Post,
}

/// A request. Holds a token in its headers, so it is never printed.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// `https` or `http`.
    pub scheme: String,
    /// The host and the port.
    pub authority: String,
    /// The path, from its slash.
    pub path: String,
    /// Header names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// A whole answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Header names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, as it came: perhaps compressed.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The time was up before the answer was complete.
    TimedOut,
    /// The connection could not be made. Another try may succeed.
    Unreachable(String),
    /// The connection may not be made: the host of the component forbids it, or the server's certificate is not trusted.
    /// Another try would fail, too.
    Refused(String),
    /// The connection broke before the answer was complete.
    Interrupted(String),
    /// The answer is larger than [`LARGEST_BODY`].
    TooLarge,
}

/// A request that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The answer, or why there is none.
    pub result: Result<Response, Failure>,
    /// The time from the start of the request to the end of its answer.
    pub took: Duration,
}

/// Sends requests, and measures and passes time.
pub trait Transport {
    /// Sends all requests side by side and returns what came of each, in order, after at most `time`.
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange>;

    /// The time since an arbitrary moment. Never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits.
    fn wait(&self, time: Duration);

    /// A number from 0 up to but not including 1, unlike the one before.
    fn random(&self) -> f64;
}
