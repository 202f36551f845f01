//! What Logz.io must be asked and what it answers, where a case scripts it: requests that no exchange expects fail the case.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use logzio_simulator::{Answer, Ending};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::request::Request;
use crate::matcher;
use crate::text::shown;

/// A request that is expected, and the answer to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    request: Value,
    answer: Scripted,
    #[serde(default = "Times::once")]
    times: Times,
    /// The first such request may not come sooner than so many milliseconds after the one before it.
    #[serde(default)]
    after_ms: u64,
}

/// How often a request is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Times {
    Count(u32),
    Named(AnyTimes),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AnyTimes {
    /// Never, once or often.
    Any,
    /// At least once.
    Some,
}

impl Times {
    fn once() -> Self {
        Self::Count(1)
    }
}

/// An answer as a case writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    /// The body as JSON.
    json: Option<Value>,
    /// The body to the letter.
    text: Option<String>,
    /// The body to the byte, in hexadecimal digits.
    hex: Option<String>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    ends: Ends,
}

fn ok() -> u16 {
    200
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ends {
    #[default]
    Complete,
    HangBeforeHead,
    HangAfterHead,
    /// After this many bytes, though more were promised.
    Truncated(usize),
    Reset,
}

impl Scripted {
    fn answer(&self) -> Answer {
        let body = match (&self.json, &self.text, &self.hex) {
            (Some(json), ..) => json.to_string().into_bytes(),
            (None, Some(text), _) => text.clone().into_bytes(),
            (None, None, Some(hex)) => bytes_of(hex),
            (None, None, None) => Vec::new(),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        Answer {
            status: StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers,
            body: body.into(),
            ending: match self.ends {
                Ends::Complete => Ending::Complete,
                Ends::HangBeforeHead => Ending::HangBeforeHead,
                Ends::HangAfterHead => Ending::HangAfterHead,
                Ends::Truncated(after) => Ending::TruncatedAfter(after),
                Ends::Reset => Ending::ResetAfter(None),
            },
            delay: Duration::from_millis(self.delay_ms),
            rows: 0,
        }
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).filter_map(|d| u8::try_from(d).ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

/// The exchanges of one call.
#[derive(Default)]
pub(crate) struct Script {
    exchanges: Vec<(Exchange, u32)>,
    unexpected: Vec<String>,
    last: Option<Instant>,
}

impl Script {
    pub(crate) fn new(exchanges: Vec<Exchange>) -> Self {
        Self { exchanges: exchanges.into_iter().map(|exchange| (exchange, 0)).collect(), ..Self::default() }
    }

    /// The answer to a request: that of the first exchange that expects it and is not used up.
    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        let asked = request.to_json();
        let waited = self.last.replace(Instant::now()).map(|last| last.elapsed());
        let mut why = String::new();
        for (exchange, used) in &mut self.exchanges {
            if matches!(exchange.times, Times::Count(times) if *used >= times) {
                continue;
            }
            match matcher::check(&exchange.request, &asked) {
                Ok(()) => {
                    *used += 1;
                    let wait = Duration::from_millis(exchange.after_ms);
                    if let Some(waited) = waited.filter(|waited| *used == 1 && *waited < wait) {
                        self.unexpected.push(format!(
                            "{} {}: it came {} ms after the one before, and had to wait {} ms",
                            request.method,
                            request.path,
                            waited.as_millis(),
                            wait.as_millis()
                        ));
                    }
                    return exchange.answer.answer();
                }
                Err(error) if why.is_empty() => why = error,
                Err(_) => {}
            }
        }
        let asked = format!("{} {}", request.method, request.path);
        self.unexpected.push(match why.as_str() {
            "" => format!("{asked}: no further request was expected"),
            why => format!("{asked}: not as expected: {why}"),
        });
        // A status that nobody tries again.
        let nothing = json!({"message": "this request is not in the script of the case"});
        Scripted {
            status: 418,
            headers: std::collections::BTreeMap::default(),
            json: Some(nothing),
            text: None,
            hex: None,
            delay_ms: 0,
            ends: Ends::Complete,
        }
        .answer()
    }

    /// What was asked that was not expected, or the other way round.
    pub(crate) fn verdict(&self) -> Result<(), String> {
        if let Some(first) = self.unexpected.first() {
            return Err(format!("an unexpected request was sent: {first}"));
        }
        let unused = self.exchanges.iter().find(|(exchange, used)| match exchange.times {
            Times::Count(times) => *used < times,
            Times::Named(AnyTimes::Some) => *used == 0,
            Times::Named(AnyTimes::Any) => false,
        });
        match unused {
            Some((exchange, used)) => Err(format!(
                "a request that was expected did not come (it came {used} times): {}",
                shown(&exchange.request)
            )),
            None => Ok(()),
        }
    }
}
