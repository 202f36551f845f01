//! A fault plan as text, as a command line has it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;

use super::fault::Fault;
use super::plan::{FaultPlan, FaultRule};
use super::token_encoding::TokenEncoding;
use crate::endpoint::Endpoint;

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
                "{name:?} is no endpoint: take whoami, accounts, log-types, events, event-logs, search, \
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
    let fault = parse_fault(word, &Options(options))?;
    Ok(FaultRule { endpoint, from, times, fault })
}

fn parse_fault(word: &str, options: &Options<'_>) -> Result<Fault, String> {
    let fault = match word {
        "delay" => Fault::Delay(parse_duration(options.required("for")?)?),
        "hang" => Fault::HangAfterHead,
        "hang-before" => Fault::HangBeforeHead,
        "truncate" => Fault::Truncate(options.number("after")?),
        "reset" => Fault::Reset(options.number("after")?),
        "token-echo" => {
            Fault::TokenEcho { status: options.status()?, encoding: parse_encoding(options.required("as")?)? }
        }
        "bom" => Fault::ByteOrderMark,
        "html" => Fault::Html,
        "invalid-json" => Fault::InvalidJson,
        "empty" => Fault::EmptyBody,
        "missing" => Fault::Missing(options.required("field")?.to_owned()),
        "null" => Fault::Null(options.required("field")?.to_owned()),
        "redirect" => Fault::Redirect(options.required("to")?.to_owned()),
        word => match word.parse() {
            Ok(status @ 400..=599) if options.get("retry-after-date").is_some() => {
                Fault::RetryAfterDate { status, after: parse_duration(options.required("retry-after-date")?)? }
            }
            Ok(status @ 400..=599) => Fault::Status {
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
                     reset, token-echo, bom, html, invalid-json, empty, missing, null or redirect"
                ));
            }
        },
    };
    options.check(match fault {
        Fault::Status { .. } => &["retry-after", "body"],
        Fault::RetryAfterDate { .. } => &["retry-after-date"],
        Fault::TokenEcho { .. } => &["as", "status"],
        Fault::Delay(_) => &["for"],
        Fault::Truncate(_) | Fault::Reset(_) => &["after"],
        Fault::Missing(_) | Fault::Null(_) => &["field"],
        Fault::Redirect(_) => &["to"],
        _ => &[],
    })?;
    Ok(fault)
}

fn parse_encoding(text: &str) -> Result<TokenEncoding, String> {
    TokenEncoding::ALL
        .into_iter()
        .find(|encoding| encoding.as_str() == text)
        .ok_or_else(|| format!("{text:?} is no encoding: take plain, json-escapes, base64, base64url or url-encoded"))
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

    /// The status of a refusal; 400 if it is not named.
    fn status(&self) -> Result<u16, String> {
        match self.get("status").map(str::parse) {
            None => Ok(400),
            Some(Ok(status @ 400..=599)) => Ok(status),
            Some(_) => Err("its status is no error: take 400 to 599".to_owned()),
        }
    }

    fn check(&self, known: &[&str]) -> Result<(), String> {
        match self.0.iter().find(|(key, _)| !known.contains(key)) {
            Some((key, _)) => Err(format!("it has no option {key:?}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
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
            ("events:bom", Fault::ByteOrderMark),
            ("events:429;retry-after=1.5", Fault::too_many_requests(Some("1.5"))),
            ("events:503;retry-after-date=90s", Fault::RetryAfterDate { status: 503, after: Duration::from_secs(90) }),
            (
                "events:token-echo;as=base64url;status=401",
                Fault::TokenEcho { status: 401, encoding: TokenEncoding::Base64Url },
            ),
            ("events:token-echo;as=plain", Fault::TokenEcho { status: 400, encoding: TokenEncoding::Plain }),
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
            ("events:token-echo", "needs the option as"),
            ("events:token-echo;as=rot13", "is no encoding"),
            ("events:token-echo;as=plain;status=200", "is no error"),
            ("events:429;retry-after-date=soon", "is no duration"),
        ] {
            let error = text.parse::<FaultPlan>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(error.contains("events:429x3;retry-after=2"), "{text}: {error}");
        }
    }
}
