//! What an answer means.

use std::time::{Duration, SystemTime};

use http::header::{self, HeaderMap};
use http::{HeaderValue, StatusCode};

use crate::sink::Undelivered;

/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What an answer means for what was sent. `said` is what of its body may be shown.
pub(super) fn judge(
    origin: &str,
    status: StatusCode,
    headers: &HeaderMap,
    said: &str,
    now: SystemTime,
) -> Result<(), Undelivered> {
    if status.is_success() {
        return Ok(());
    }
    let said = if said.is_empty() { String::new() } else { format!(" ({said})") };
    let answered = format!("{origin} answered {}{said}", status.as_u16());
    let later = |remedy: &str| Undelivered::later(format!("{answered}: {remedy}"));
    Err(match status.as_u16() {
        300..=399 => later("redirects are not followed, since they could lead anywhere: set url to the final address"),
        // These are about the settings of the sink, and none about the incident.
        401 | 403 => later("check the secrets in headers and url, and what they allow"),
        404 | 405 | 410 => later("nothing takes incidents at this address: check url"),
        407 => later("the proxy asks for a user and a password: put them into HTTPS_PROXY"),
        408 | 425 | 429 | 500..=599 => Undelivered::Later {
            why: format!("{answered}: it is tried again"),
            after: headers.get(header::RETRY_AFTER).and_then(|wait| retry_after(wait, now)),
        },
        413 => Undelivered::refused(format!("{answered}: it is too large: set a smaller batch, or attach fewer logs")),
        _ => Undelivered::refused(format!("{answered}: it does not take this body: check body, template and headers")),
    })
}

/// The wait that an answer asks for, in seconds or until a date.
fn retry_after(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time, too.
        text.parse().map_or(LONGEST_WAIT, Duration::from_secs)
    } else {
        httpdate::parse_http_date(text).ok()?.duration_since(now).ok()?
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_in_seconds_or_until_a_date_and_an_hour_at_most() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("3601", Some(3600)),
            ("99999999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3600)),
            ("Sun, 06 Nov 1994 08:40:37 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let found = retry_after(&HeaderValue::from_str(text).unwrap(), now);
            assert_eq!(found, seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn an_answer_is_a_yes_a_later_or_a_no() {
        let judged = |status| {
            let status = StatusCode::from_u16(status).unwrap();
            judge("https://a.example", status, &HeaderMap::new(), "", SystemTime::UNIX_EPOCH)
        };
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judged(status), Ok(()), "{status}");
        }
        for status in [301, 302, 307, 308, 401, 403, 404, 405, 407, 408, 410, 425, 429, 500, 502, 503, 504, 599] {
            assert!(matches!(judged(status), Err(Undelivered::Later { .. })), "{status}");
        }
        for status in [400, 402, 409, 413, 415, 422, 451, 499, 999] {
            assert!(matches!(judged(status), Err(Undelivered::Refused { .. })), "{status}");
        }
    }
}
