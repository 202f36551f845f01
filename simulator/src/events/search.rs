//! `POST /v2/security/rules/events/search`.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::body::{boolean, check_members, object, read_body};
use super::event::Severity;
use super::page::Page;
use super::seconds::seconds;
use super::store::{EventQuery, EventStore, SortKey};
use crate::answer::Answer;
use crate::behaviour::{Behaviour, Bound, Fractions, PageDepth, Total};
use crate::body::Part;
use crate::refusal::Refusal;

const SECOND: i64 = 1_000_000_000;

/// What an events search remembers for those that follow.
#[derive(Debug, Default)]
pub(crate) struct EventMemory {
    calls: u64,
    last_total: Option<usize>,
}

/// `POST /v2/security/rules/events/search`.
pub(crate) fn search_events(
    events: &mut EventStore,
    memory: &mut EventMemory,
    behaviour: &Behaviour,
    seed: u64,
    now: DateTime<Utc>,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let body = read_body(body)?;
    check_members(&body, "", &["filter", "sort", "pagination"])?;
    let filter = object(&body, "filter")?;
    check_members(&filter, "filter.", &["searchTerm", "severities", "timeRange", "includeMutedEvents"])?;
    let page = Page::read(&body, behaviour)?;
    memory.calls += 1;
    let query = EventQuery {
        dates: dates(&filter, behaviour)?,
        whole_seconds: behaviour.date_fractions == Fractions::Truncated,
        severities: severities(&filter)?,
        muted: boolean(&filter, "filter.", "includeMutedEvents")?.unwrap_or_default(),
        rule_name: match filter.get("searchTerm") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(_) => return Err(Refusal::invalid("filter.searchTerm must be a string")),
        },
        ignore_case: behaviour.search_term_ignores_case,
        sort: sort(&body)?,
        ties: behaviour.ties,
        seed: seed ^ memory.calls.wrapping_mul(0x9e37_79b9_7f4a_7c15),
    };
    let mut rows = page.rows();
    match behaviour.page_depth {
        PageDepth::Unlimited => {}
        PageDepth::Empty(depth) => rows.end = rows.end.min(depth as usize).max(rows.start),
        PageDepth::Refused(depth) if rows.end > depth as usize => {
            return Err(Refusal::invalid(format!("pagination must not go beyond {depth} results")));
        }
        PageDepth::Refused(_) => {}
    }
    events.refresh(now);
    let (exact, found) = events.search(&query, rows);
    let total = match behaviour.total {
        Total::Exact => exact,
        Total::Stale => memory.last_total.unwrap_or(exact),
        Total::Off(by) => exact.saturating_add_signed(by as isize),
    };
    memory.last_total = Some(exact);
    Ok(page.answer(total, found.into_iter().map(Part::Ready).collect()))
}

fn severities(filter: &Map<String, Value>) -> Result<Vec<Severity>, Refusal> {
    match filter.get("severities") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(names)) => names
            .iter()
            .map(|name| match name.as_str() {
                Some(name) => name.parse().map_err(Refusal::invalid),
                None => Err(Refusal::invalid("filter.severities must hold strings")),
            })
            .collect(),
        Some(_) => Err(Refusal::invalid("filter.severities must be an array")),
    }
}

/// The first and last date to find, in nanoseconds.
fn dates(filter: &Map<String, Value>, behaviour: &Behaviour) -> Result<(i64, i64), Refusal> {
    let range = match filter.get("timeRange") {
        None | Some(Value::Null) => return Ok((i64::MIN, i64::MAX)),
        Some(Value::Object(range)) => range,
        Some(_) => return Err(Refusal::invalid("filter.timeRange must be an object")),
    };
    check_members(range, "filter.timeRange.", &["fromDate", "toDate"])?;
    let end = |name: &str| -> Result<i64, Refusal> {
        let value = range
            .get(name)
            .filter(|value| !value.is_null())
            .ok_or_else(|| Refusal::invalid(format!("filter.timeRange.{name} may not be null")))?;
        let nanos = seconds(value)
            .ok_or_else(|| Refusal::invalid(format!("filter.timeRange.{name} must be a number of seconds")))?;
        Ok(match behaviour.filter_fractions {
            Fractions::Kept => nanos,
            Fractions::Truncated => nanos.div_euclid(SECOND).saturating_mul(SECOND),
        })
    };
    let (from, to) = (end("fromDate")?, end("toDate")?);
    let excluded = |bound| i64::from(bound == Bound::Exclusive);
    Ok((from.saturating_add(excluded(behaviour.from_date)), to.saturating_sub(excluded(behaviour.to_date))))
}

fn sort(body: &Map<String, Value>) -> Result<Vec<SortKey>, Refusal> {
    let items = match body.get("sort") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Refusal::invalid("sort must be an array")),
    };
    items
        .iter()
        .map(|item| {
            let Value::Object(item) = item else {
                return Err(Refusal::invalid("sort must hold objects"));
            };
            check_members(item, "sort.", &["field", "descending"])?;
            let descending = boolean(item, "sort.", "descending")?.unwrap_or(true);
            match item.get("field").and_then(Value::as_str) {
                Some("DATE") => Ok(SortKey::Date { descending }),
                Some("SEVERITY") => Ok(SortKey::Severity { descending }),
                _ => Err(Refusal::invalid("sort.field must be one of DATE, SEVERITY")),
            }
        })
        .collect()
}
