//! The arguments of `hunt-indicators`, read and checked before anything is
//! sent.

use crate::connection::Target;
use crate::contract::{Error, Indicator as Given, Notice, RejectedIndicator};
use crate::hunting::indicator::{self, Indicator};
use crate::logs::range::Range;
use crate::text::shown;
use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The most indicators of a request.
pub const MOST_INDICATORS: usize = 10_000;
const MOST_NETWORKS: usize = 1_000;
/// How far back a range goes if nothing is said.
const USUAL_DAYS: i64 = 7;
/// The most windows of two days: an indicator must fit into one call.
const MOST_WINDOWS: usize = 900;

/// Reads the range of a request, without what lies too far ahead, and a notice if that is a part of it.
///
/// # Errors
/// `invalid-argument`, with what to write.
pub fn range(since: Option<&str>, until: Option<&str>, now: DateTime<Utc>) -> Result<(Range, Option<Notice>), Error> {
    let usual = TimeDelta::days(USUAL_DAYS);
    let (range, too_far) = Range::read(since, until, usual, now)?.up_to_soon(now);
    if range.windows().len() > MOST_WINDOWS {
        return Err(Error::InvalidArgument(format!(
            "the range is too long for a hunt: give one of at most {} days, and the time before to another call",
            2 * MOST_WINDOWS
        )));
    }
    Ok((range, too_far))
}

/// What can be looked for, each once, with what was given for it; and what
/// cannot.
pub type Read = (Vec<Indicator>, Vec<Given>, Vec<RejectedIndicator>);

/// Reads the indicators of a request.
///
/// # Errors
/// `invalid-argument` if none can be looked for, or there are too many.
pub fn read_indicators(given: &[Given], target: &Target) -> Result<Read, Error> {
    if given.is_empty() {
        return Err(Error::InvalidArgument("there is nothing to look for: give at least one indicator".into()));
    }
    if given.len() > MOST_INDICATORS {
        return Err(Error::InvalidArgument(format!(
            "{} indicators are too many for one call: give at most {MOST_INDICATORS}, and the rest to another",
            given.len()
        )));
    }
    let (mut indicators, mut kept, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = BTreeSet::new();
    for one in given {
        if let Some(masked) = target.masked(&one.value) {
            let why = "it holds a token of the connection: a token belongs into no query".into();
            rejected.push(RejectedIndicator { value: shown(&masked), why });
            continue;
        }
        match Indicator::read(&one.value, one.kind) {
            Ok(indicator) => {
                if known.insert(indicator.identity()) {
                    indicators.push(indicator);
                    kept.push(one.clone());
                }
            }
            Err(why) => rejected.push(RejectedIndicator { value: shown(&one.value), why }),
        }
    }
    match rejected.first() {
        Some(first) if indicators.is_empty() => Err(Error::InvalidArgument(format!(
            "none of {} indicators can be looked for; of {:?}, {}",
            given.len(),
            first.value,
            first.why
        ))),
        _ => Ok((indicators, kept, rejected)),
    }
}

/// Reads the networks that are internal besides the usual ones.
///
/// # Errors
/// `invalid-argument` for what is no network, or too many of them.
pub fn internal_networks(given: &[String]) -> Result<Vec<IpNet>, Error> {
    if given.len() > MOST_NETWORKS {
        return Err(Error::InvalidArgument(format!(
            "{} internal networks are too many: give at most {MOST_NETWORKS}",
            given.len()
        )));
    }
    let read = |text: &String| {
        indicator::network(text)
            .map_err(|why| Error::InvalidArgument(format!("the internal network {:?}: {why}", shown(text))))
    };
    given.iter().map(read).collect()
}
