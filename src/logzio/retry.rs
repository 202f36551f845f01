//! Sends requests within a time budget, each again while that may help. Knows statuses and pauses; it knows no endpoint
//! and reads no answer.

use crate::connection::Target;
use crate::contract::Error;
use crate::logzio::decompression::{LARGEST_TEXT, Unreadable, decompressed};
use crate::logzio::refusal::{Refusal, Unanswered};
use crate::logzio::trace;
use crate::logzio::wire;
use crate::transport::{Failure, Request, Response, Transport};
use std::cell::Cell;
use std::time::Duration;

/// The requests that are in flight at a time. Logz.io allows an account a hundred, and has refused the tenth. (Logz.io
/// API, "Rate limits".)
const IN_FLIGHT: usize = 4;
/// The first and the longest pause before a request is sent again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// The longest wait that is believed and passed on: a server that names more has made a mistake, or means harm.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
/// The requests of one call, tries included: a host holds what a call has sent until it ends, and has room for so much.
const MOST_REQUESTS: u32 = 2_000;
/// A further search is only sent with so much time left.
const TIME_FOR_A_SEARCH: Duration = Duration::from_millis(750);
/// How often a request is sent at most, if there is time for it.
const MOST_TRIES: u32 = 8;
/// The same where no connection can be made: a mistyped URL should fail fast, and a platform polls again in a minute.
const MOST_TRIES_TO_CONNECT: u32 = 4;

/// The requests of one call of the contract, and what they share: the time budget and what was seen so far.
pub(super) struct Sender<'a> {
    transport: &'a dyn Transport,
    target: &'a Target,
    since: Duration,
    /// What Logz.io's clock showed at the last answer, in epoch seconds.
    server_date: Cell<Option<i64>>,
    /// How many requests were sent.
    sent: Cell<u32>,
    /// How many of them Logz.io refused as too many.
    refused_as_too_many: Cell<u32>,
    /// Gets a line for each request.
    trace: Option<&'a dyn Fn(&str)>,
}

/// What came of a request so far.
struct Attempt {
    result: Result<String, Unanswered>,
    /// The pause that Logz.io asked for before another try; none if another try cannot help.
    again: Option<Duration>,
}

impl Attempt {
    fn last(result: Result<String, Unanswered>) -> Self {
        Self { result, again: None }
    }

    fn again_after(pause: Duration, why: impl Into<Unanswered>) -> Self {
        Self { result: Err(why.into()), again: Some(pause) }
    }
}

impl<'a> Sender<'a> {
    /// A sender whose time budget begins now.
    pub(super) fn new(transport: &'a dyn Transport, target: &'a Target) -> Self {
        Self {
            transport,
            target,
            since: transport.elapsed(),
            server_date: Cell::new(None),
            sent: Cell::new(0),
            refused_as_too_many: Cell::new(0),
            trace: None,
        }
    }

    /// The same, with a line for each request to `trace`.
    pub(super) fn traced(self, trace: &'a dyn Fn(&str)) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// Where requests go and what they carry.
    pub(super) fn target(&self) -> &'a Target {
        self.target
    }

    /// The time since the sender was made.
    pub(super) fn elapsed(&self) -> Duration {
        self.transport.elapsed().saturating_sub(self.since)
    }

    /// What is left of the time budget.
    pub(super) fn time_left(&self) -> Duration {
        self.target.budget.saturating_sub(self.elapsed())
    }

    /// The time on Logz.io's clock when it last answered, in epoch seconds.
    pub(super) fn server_date(&self) -> Option<i64> {
        self.server_date.get()
    }

    /// How many answers were a 429 so far.
    pub(super) fn refused_as_too_many(&self) -> u32 {
        self.refused_as_too_many.get()
    }

    /// Why a call that could go on has to end now; none if it need not.
    pub(super) fn why_enough(&self) -> Option<&'static str> {
        if self.time_left() < TIME_FOR_A_SEARCH {
            Some("the time budget ended")
        } else if self.sent.get() >= MOST_REQUESTS {
            Some("the call made as many requests as it may")
        } else {
            None
        }
    }

    /// Sends requests, a few at a time. The text of each answer, in order, or what came instead.
    pub(super) fn send(&self, requests: &[Request]) -> Vec<Result<String, Unanswered>> {
        requests.chunks(IN_FLIGHT).flat_map(|few| self.send_few(few, MOST_TRIES, Duration::MAX)).collect()
    }

    /// The same for what a call can do without: each is sent once, and waited for at most so long.
    pub(super) fn send_once(&self, requests: &[Request], within: Duration) -> Vec<Result<String, Unanswered>> {
        let until = self.elapsed().saturating_add(within);
        let left = || until.saturating_sub(self.elapsed());
        requests.chunks(IN_FLIGHT).flat_map(|few| self.send_few(few, 1, left())).collect()
    }

    /// Sends requests side by side, each at most so often, and waits for an answer at most so long.
    fn send_few(&self, requests: &[Request], most_tries: u32, within: Duration) -> Vec<Result<String, Unanswered>> {
        let mut attempts: Vec<Option<Attempt>> = requests.iter().map(|_| None).collect();
        let mut received = 0;
        for tried in 1..=most_tries {
            let open: Vec<(&Request, &mut Option<Attempt>)> = requests
                .iter()
                .zip(&mut attempts)
                .filter(|(_, attempt)| attempt.as_ref().is_none_or(|attempt| attempt.again.is_some()))
                .collect();
            let time = self.time_left().min(within);
            if open.is_empty() || (time.is_zero() && tried > 1) {
                break;
            }
            let batch: Vec<Request> = open.iter().map(|(request, _)| (*request).clone()).collect();
            self.sent.set(self.sent.get().saturating_add(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
            let exchanges = self.transport.send(&batch, time);
            // What is in memory at once has to fit.
            let mut room = LARGEST_TEXT.saturating_sub(received);
            for ((request, attempt), exchange) in open.into_iter().zip(exchanges) {
                if let Some(trace) = self.trace {
                    trace(&trace::line(request, tried, &exchange, self.target));
                }
                self.remember(exchange.result.as_ref());
                let next = self.judge(request, exchange.result, tried, room);
                room = room.saturating_sub(next.length());
                match attempt {
                    // A timeout after a real answer says less than the answer did.
                    Some(before) if next.is_timeout() => before.again = None,
                    _ => *attempt = Some(next),
                }
            }
            received = LARGEST_TEXT - room;
            let Some(named) = attempts.iter().flatten().filter_map(|attempt| attempt.again).max() else { break };
            let pause = named.max(self.backoff(tried));
            // No time to wait and ask again: what was answered stands.
            if tried == most_tries || pause >= self.time_left() {
                break;
            }
            self.transport.wait(pause);
        }
        attempts
            .into_iter()
            .map(|attempt| attempt.map_or_else(|| Err(Unanswered::timed_out(self.target)), |attempt| attempt.result))
            .collect()
    }

    /// Full jitter: anything up to a limit that doubles with each try.
    fn backoff(&self, tried: u32) -> Duration {
        FIRST_PAUSE
            .saturating_mul(1 << tried.min(8).saturating_sub(1))
            .min(LONGEST_PAUSE)
            .mul_f64(self.transport.random())
    }

    /// Keeps what an answer says besides itself.
    fn remember(&self, answer: Result<&Response, &Failure>) {
        let Ok(answer) = answer else { return };
        if let Some(date) = answer.header("date").and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok()) {
            self.server_date.set(Some(date.timestamp()));
        }
        if answer.status == 429 {
            self.refused_as_too_many.set(self.refused_as_too_many.get().saturating_add(1));
        }
    }

    fn judge(&self, request: &Request, result: Result<Response, Failure>, tried: u32, room: usize) -> Attempt {
        let response = match result {
            Ok(response) => response,
            Err(failure) => {
                let again = match failure {
                    Failure::Unreachable(_) => tried < MOST_TRIES_TO_CONNECT,
                    Failure::Interrupted(_) => true,
                    Failure::TimedOut | Failure::Refused(_) | Failure::TooLarge => false,
                };
                let why = Unanswered::by_failure(failure, self.target);
                return if again { Attempt::again_after(Duration::ZERO, why) } else { Attempt::last(Err(why)) };
            }
        };
        let text = match decompressed(&response.body, response.header("content-encoding"), room) {
            Ok(mut bytes) => {
                self.target.overwrite_tokens(&mut bytes);
                text(bytes)
            }
            Err(Unreadable::TooLarge) => return Attempt::last(Err(Unanswered::TooLarge)),
            Err(Unreadable::Broken) => {
                let why = Unanswered::damaged(self.target);
                return Attempt::again_after(Duration::ZERO, why);
            }
        };
        let wait = retry_after(&response);
        match response.status {
            200..=299 if !wire::is_error(&text) => Attempt::last(Ok(text)),
            429 => {
                let millis = wait.map(|wait| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX));
                Attempt::again_after(wait.unwrap_or_default(), Error::RateLimited(millis))
            }
            status => {
                let refusal = Refusal { status, body: text, path: request.path.clone() };
                match status {
                    500 | 502 | 503 | 504 => Attempt::again_after(wait.unwrap_or_default(), refusal),
                    _ => Attempt::last(Err(refusal.into())),
                }
            }
        }
    }
}

impl Attempt {
    /// The bytes of the answer's text.
    fn length(&self) -> usize {
        self.result.as_ref().map_or(0, String::len)
    }

    fn is_timeout(&self) -> bool {
        matches!(self.result, Err(Unanswered::Failed(Error::TimedOut(_))))
    }
}

/// The text of a body, without a byte order mark. One byte that is not UTF-8 must not hide the rest of a page.
fn text(mut bytes: Vec<u8>) -> String {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// `Retry-After`: seconds, perhaps with a fraction, or an HTTP date, which counts from the answer's own. Logz.io does not
/// document it. At most [`LONGEST_WAIT`].
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) if seconds >= 0.0 => Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT),
        Ok(_) => return None,
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            let answered = httpdate::parse_http_date(response.header("date")?).ok()?;
            until.duration_since(answered).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_a_fraction_or_a_date_and_at_most_an_hour() {
        let date = ("date", "Sun, 22 Nov 2026 08:30:00 GMT");
        for (given, milliseconds) in [
            ("7", Some(7_000)),
            (" 0 ", Some(0)),
            ("1.5", Some(1_500)),
            ("0.25", Some(250)),
            ("4294967", Some(3_600_000)),
            ("1e300", Some(3_600_000)),
            ("inf", Some(3_600_000)),
            ("Sun, 22 Nov 2026 08:30:12 GMT", Some(12_000)),
            ("Sunday, 22-Nov-26 08:30:12 GMT", Some(12_000)),
            ("Sun Nov 22 08:30:12 2026", Some(12_000)),
            ("Sun, 22 Nov 2026 08:29:00 GMT", Some(0)),
            ("Fri, 31 Dec 2027 08:30:00 GMT", Some(3_600_000)),
            ("-1", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ] {
            let headers = [date, ("retry-after", given)].map(|(name, value)| (name.to_owned(), value.to_owned()));
            let response = Response { status: 429, headers: headers.to_vec(), body: Vec::new() };
            assert_eq!(retry_after(&response), milliseconds.map(Duration::from_millis), "{given:?}");
        }
        let headers = vec![("retry-after".to_owned(), "Sun, 22 Nov 2026 08:30:12 GMT".to_owned())];
        let undated = Response { status: 429, headers, body: Vec::new() };
        assert_eq!(retry_after(&undated), None, "nobody knows what the date counts from");
    }
}
