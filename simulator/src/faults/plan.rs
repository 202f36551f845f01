//! Which requests go wrong, and how far a plan has come.

use super::fault::Fault;
use crate::endpoint::Endpoint;

/// A fault, and the requests it strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// The endpoint it strikes; any path, of an endpoint or not, if none.
    pub endpoint: Option<Endpoint>,
    /// The first request it strikes, from 1, of those that reach it.
    pub from: u32,
    /// How many requests it strikes from there on; all if none.
    pub times: Option<u32>,
    /// What goes wrong.
    pub fault: Fault,
}

/// Which requests go wrong, and how.
///
/// A request goes to the first rule of its endpoint that still has a fault for
/// it; a rule counts only the requests that the rules before it left alone. So
/// `events:429x3,events:500` is three times a 429, then a 500, then nothing.
///
/// As text, rules are separated by commas or white space:
///
/// ```text
/// [ENDPOINT][@FIRST]:FAULT[xTIMES][;OPTION=VALUE]…
/// ```
///
/// - `ENDPOINT`: `whoami`, `accounts`, `log-types`, `events`, `event-logs`,
///   `search`, `scroll`, or `any`, which is also what none means.
/// - `FIRST`: the first request to strike; 1 if left out.
/// - `TIMES`: how many from there on, `*` for all; 1 if left out.
/// - `FAULT`: a status such as `429` (`retry-after=SECONDS`, `body=TEXT`, or
///   `retry-after-date=90s` for an HTTP date that long after the clock's time),
///   `token-echo` (`as=plain`, `json-escapes`, `base64`, `base64url` or
///   `url-encoded`; `status=401`), `bom` (a byte order mark), `delay` (`for=1500ms`, `for=5s`), `hang` (after the head), `hang-before`,
///   `truncate` (`after=BYTES`), `reset` (`after=BYTES`), `html`,
///   `invalid-json`, `empty`, `missing` and `null` (`field=results.*.name`),
///   `redirect` (`to=URL`).
///
/// ```
/// use logzio_simulator::{Endpoint, Fault, FaultPlan};
///
/// let plan: FaultPlan = "events:429x3;retry-after=2 search@2:truncate;after=10".parse()?;
/// assert_eq!(plan.rules.len(), 2);
/// assert_eq!(plan.rules[0].fault, Fault::too_many_requests(Some("2")));
/// assert_eq!(plan.rules[1].endpoint, Some(Endpoint::Search));
/// # Ok::<(), logzio_simulator::FaultPlanError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// The rules, the first to fit first.
    pub rules: Vec<FaultRule>,
}

impl FaultPlan {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a fault that strikes the next `times` requests to an endpoint.
    pub fn with(mut self, endpoint: Endpoint, times: u32, fault: Fault) -> Self {
        self.rules.push(FaultRule { endpoint: Some(endpoint), from: 1, times: Some(times), fault });
        self
    }

    /// Adds a fault that strikes every request to an endpoint from the
    /// `from`th on.
    pub fn with_all(mut self, endpoint: Endpoint, from: u32, fault: Fault) -> Self {
        self.rules.push(FaultRule { endpoint: Some(endpoint), from, times: None, fault });
        self
    }
}

/// A plan and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct FaultState {
    rules: Vec<(FaultRule, u32)>,
}

impl FaultState {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self { rules: plan.rules.into_iter().map(|rule| (rule, 0)).collect() }
    }

    /// The fault for the next request to an endpoint, if it is to have one.
    pub(crate) fn next(&mut self, endpoint: Option<Endpoint>) -> Option<Fault> {
        for (rule, seen) in &mut self.rules {
            if rule.endpoint.is_some() && rule.endpoint != endpoint {
                continue;
            }
            *seen = seen.saturating_add(1);
            let struck = *seen >= rule.from && rule.times.is_none_or(|times| *seen - rule.from < times);
            if struck {
                return Some(rule.fault.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_counts_only_what_earlier_rules_left_alone() {
        let plan = "events:429x2,events:500,events@2:503".parse().unwrap();
        let mut state = FaultState::new(plan);
        let statuses: Vec<_> = (0..6)
            .map(|_| match state.next(Some(Endpoint::Events)) {
                Some(Fault::Status { status, .. }) => status,
                _ => 200,
            })
            .collect();
        assert_eq!(statuses, [429, 429, 500, 200, 503, 200]);
        assert_eq!(state.next(Some(Endpoint::Search)), None);
    }
}
