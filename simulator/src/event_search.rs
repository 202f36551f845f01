//! The two endpoints of security events: the events, and the logs behind one.
//!
//! Reads their request bodies and writes their answers. Knows nothing of
//! tokens, faults or transport.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::answer::{Answer, ErrorShape, Refusal};
use crate::behaviour::{Behaviour, Bound, Fractions, PageDepth, PageSizeExcess, Total, UnknownEvent};
use crate::event::Severity;
use crate::event_store::{EventQuery, EventStore, SortKey};
use crate::log_store::LogStore;

const DEFAULT_PAGE_SIZE: u64 = 25;
const MAX_PAGE_SIZE: u64 = 1000;
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
    Ok(page.answer(total, &found))
}

/// `POST /v2/security/rules/events/logs/search`.
pub(crate) fn search_event_logs(
    events: &mut EventStore,
    logs: &LogStore,
    behaviour: &Behaviour,
    now: DateTime<Utc>,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let body = read_body(body)?;
    check_members(&body, "", &["filter", "pagination"])?;
    let filter = object(&body, "filter")?;
    check_members(&filter, "filter.", &["alertEventId"])?;
    let id = match filter.get("alertEventId") {
        Some(Value::String(id)) if !id.is_empty() => id,
        Some(Value::String(_)) | Some(Value::Null) | None => {
            return Err(Refusal::invalid("filter.alertEventId may not be empty"));
        }
        Some(_) => return Err(Refusal::invalid("filter.alertEventId must be a string")),
    };
    let page = Page::read(&body, behaviour)?;
    let event = events.get(id).filter(|event| event.visible_at <= now);
    let ids = match event {
        Some(event) => event.logs.as_slice(),
        None if behaviour.unknown_event == UnknownEvent::Empty => &[],
        None => {
            return Err(Refusal {
                status: 404,
                shape: ErrorShape::JsonString,
                code: "security/EVENT_NOT_FOUND",
                message: format!("no event id {id} found"),
            });
        }
    };
    let kept: Vec<Bytes> = ids
        .iter()
        .filter_map(|id| logs.get(id))
        .filter(|log| log.visible_at <= now)
        .filter(|log| behaviour.log_retention.is_none_or(|kept| now - log.time <= kept))
        .map(|log| log.raw.clone())
        .collect();
    let found: Vec<Bytes> = kept.iter().skip(page.rows().start).take(page.rows().len()).cloned().collect();
    Ok(page.answer(kept.len(), &found))
}

/// The page asked for.
struct Page {
    number: u64,
    size: u64,
}

impl Page {
    fn read(body: &Map<String, Value>, behaviour: &Behaviour) -> Result<Self, Refusal> {
        let pagination = object(body, "pagination")?;
        check_members(&pagination, "pagination.", &["pageNumber", "pageSize"])?;
        let number = |name: &str, default: u64| match pagination.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value
                .as_u64()
                .filter(|number| *number >= 1 && *number <= i32::MAX as u64)
                .ok_or_else(|| Refusal::invalid(format!("pagination.{name} must be a whole number from 1"))),
        };
        let mut size = number("pageSize", DEFAULT_PAGE_SIZE)?;
        if size > MAX_PAGE_SIZE {
            match behaviour.page_size_excess {
                PageSizeExcess::Capped => size = MAX_PAGE_SIZE,
                PageSizeExcess::Refused => {
                    return Err(Refusal::invalid(format!(
                        "pagination.pageSize must be less than or equal to {MAX_PAGE_SIZE}"
                    )));
                }
            }
        }
        Ok(Self { number: number("pageNumber", 1)?, size })
    }

    fn rows(&self) -> std::ops::Range<usize> {
        let start = (self.number - 1).saturating_mul(self.size) as usize;
        start..start.saturating_add(self.size as usize)
    }

    /// The answer with the rows byte for byte, whatever they hold.
    fn answer(&self, total: usize, rows: &[Bytes]) -> Answer {
        let mut body = Vec::with_capacity(rows.iter().map(|row| row.len() + 1).sum::<usize>() + 96);
        body.extend_from_slice(format!("{{\"total\":{total},\"results\":[").as_bytes());
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.extend_from_slice(row);
        }
        body.extend_from_slice(
            format!("],\"pagination\":{{\"pageNumber\":{},\"pageSize\":{}}}}}", self.number, self.size).as_bytes(),
        );
        Answer { rows: rows.len(), ..Answer::json(body) }
    }
}

fn read_body(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::invalid("The request body must be a JSON object")),
        Err(error) => Err(Refusal::invalid(format!("The request body is not valid JSON: {error}"))),
    }
}

fn check_members(members: &Map<String, Value>, path: &str, known: &[&str]) -> Result<(), Refusal> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Refusal::invalid(format!("Unrecognized field \"{path}{name}\""))),
        None => Ok(()),
    }
}

/// A member that is an object, empty if it is absent or null.
fn object(members: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Refusal::invalid(format!("{name} must be an object"))),
    }
}

fn boolean(members: &Map<String, Value>, path: &str, name: &str) -> Result<Option<bool>, Refusal> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Refusal::invalid(format!("{path}{name} must be true or false"))),
    }
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

/// Seconds, whole or not, as a number or as its text: clients have sent all of
/// them for years. In nanoseconds.
fn seconds(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    // Digit by digit: a float would lose the last places of the fraction.
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) {
        let float: f64 = text.parse().ok()?;
        return float.is_finite().then_some((float * 1e9) as i64);
    }
    let fraction: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = i128::from(whole.parse::<u64>().ok()?) * i128::from(SECOND) + i128::from(fraction.parse::<u32>().ok()?);
    let nanos = i128::from(sign) * nanos;
    Some(nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    #[test]
    fn seconds_come_in_every_form_that_clients_send() {
        for (value, nanos) in [
            (r#"1585493177"#, Some(1_585_493_177_000_000_000)),
            (r#"1585493177.25"#, Some(1_585_493_177_250_000_000)),
            (r#""1585493177.1""#, Some(1_585_493_177_100_000_000)),
            (r#""1581418327.791000000""#, Some(1_581_418_327_791_000_000)),
            (r#"-1.5"#, Some(-1_500_000_000)),
            (r#"1e3"#, Some(1_000_000_000_000)),
            (r#"99999999999999999999"#, Some(i64::MAX)),
            (r#""soon""#, None),
            (r#"true"#, None),
        ] {
            assert_eq!(seconds(&serde_json::from_str(value).unwrap()), nanos, "{value}");
        }
    }

    #[test]
    fn nanoseconds_of_a_date_are_those_of_its_decimal_seconds() {
        let date = DateTime::from_timestamp_millis(1_581_418_327_791).unwrap();
        let text = Value::String(time::decimal_seconds(date));
        assert_eq!(seconds(&text), Some(time::nanos(date)));
    }
}

#[cfg(test)]
mod endpoint_tests {
    use chrono::TimeDelta;

    use crate::AccountKind;
    use crate::behaviour::*;
    use crate::client::*;
    use crate::document::Log;
    use crate::event::{Event, Severity};
    use crate::fault::Endpoint::{EventLogs, Events};
    use crate::simulator::Simulator;

    /// Events `0` to `9`, one each half second from 10:00:00.000 on, of which
    /// the odd ones are HIGH, `3` is muted and `8` is indexed at 13:00.
    fn filled(behaviour: Behaviour) -> Simulator {
        let simulator = with_behaviour(behaviour);
        let start = time("2026-11-22T10:00:00Z");
        for number in 0..10 {
            let date = start + TimeDelta::milliseconds(500 * number);
            let mut event = Event::new(number.to_string(), date)
                .rule(7, if number < 5 { "Brute force" } else { "Malware (found)" })
                .severity(if number % 2 == 1 { Severity::High } else { Severity::Low })
                .muted(number == 3);
            if number == 8 {
                event = event.visible_at(time("2026-11-22T13:00:00Z"));
            }
            simulator.add_event(event);
        }
        simulator
    }

    fn ids(simulator: &Simulator, body: &str) -> String {
        let answer = ask_json(simulator, Events, body);
        let results = answer["results"].as_array().unwrap();
        results.iter().map(|event| event["alertEventId"].as_str().unwrap()).collect()
    }

    const START: i64 = 1_795_341_600;

    #[test]
    fn a_search_finds_what_its_filter_says() {
        let simulator = filled(Behaviour::default());
        for (body, found) in [
            ("", "97654210"),
            ("{}", "97654210"),
            (r#"{"filter":null,"sort":null,"pagination":null}"#, "97654210"),
            (r#"{"filter":{"includeMutedEvents":true}}"#, "976543210"),
            (r#"{"filter":{"includeMutedEvents":false}}"#, "97654210"),
            (r#"{"filter":{"severities":["HIGH"]}}"#, "9751"),
            (r#"{"filter":{"severities":["HIGH","LOW"]}}"#, "97654210"),
            (r#"{"filter":{"severities":[]}}"#, "97654210"),
            (r#"{"filter":{"severities":["SEVERE"]}}"#, ""),
            (r#"{"filter":{"searchTerm":"rute"}}"#, "4210"),
            (r#"{"filter":{"searchTerm":"(found"}}"#, "9765"),
            (r#"{"filter":{"searchTerm":"brute"}}"#, ""),
            (r#"{"filter":{"searchTerm":"Brute*"}}"#, ""),
            (r#"{"filter":{"searchTerm":""}}"#, "97654210"),
            (r#"{"sort":[{"field":"DATE","descending":false}]}"#, "01245679"),
            (r#"{"sort":[{"field":"DATE"}]}"#, "97654210"),
            (r#"{"sort":[{"field":"SEVERITY"},{"field":"DATE","descending":false}]}"#, "15790246"),
            (r#"{"sort":[{"field":"SEVERITY","descending":false},{"field":"DATE"}]}"#, "64209751"),
            (r#"{"sort":[],"pagination":{"pageSize":3}}"#, "976"),
            (r#"{"pagination":{"pageNumber":2,"pageSize":3}}"#, "542"),
            (r#"{"pagination":{"pageNumber":9,"pageSize":3}}"#, ""),
        ] {
            assert_eq!(ids(&simulator, body), found, "{body}");
        }
    }

    #[test]
    fn a_late_event_is_found_once_it_is_indexed() {
        let simulator = filled(Behaviour::default());
        simulator.clock().advance(TimeDelta::hours(1));
        assert_eq!(ids(&simulator, ""), "987654210");
        simulator.clock().advance(TimeDelta::milliseconds(-1));
        assert_eq!(ids(&simulator, ""), "97654210");
    }

    fn range(from: &str, to: &str) -> String {
        format!(
            r#"{{"filter":{{"timeRange":{{"fromDate":{from},"toDate":{to}}}}},"sort":[{{"field":"DATE","descending":false}}]}}"#
        )
    }

    #[test]
    fn a_time_range_is_in_seconds_in_every_form() {
        let simulator = filled(Behaviour::default());
        let end = START + 1;
        for (body, found) in [
            (range(&START.to_string(), &end.to_string()), "012"),
            (range(&format!("{START}.5"), &format!("{end}.0")), "12"),
            (range(&format!("\"{START}.5\""), &format!("\"{end}\"")), "12"),
            (range(&end.to_string(), &START.to_string()), ""),
            (range(&format!("{START}000"), &format!("{end}000")), ""),
        ] {
            assert_eq!(ids(&simulator, &body), found, "{body}");
        }
    }

    #[test]
    fn undocumented_bounds_and_fractions_can_be_set() {
        let body = range(&format!("{START}.5"), &format!("{}", START + 2));
        let default = Behaviour::default;
        for (behaviour, found) in [
            (default(), "124"),
            (Behaviour { from_date: Bound::Exclusive, ..default() }, "24"),
            (Behaviour { to_date: Bound::Exclusive, ..default() }, "12"),
            (Behaviour { date_fractions: Fractions::Truncated, ..default() }, "245"),
            (Behaviour { filter_fractions: Fractions::Truncated, ..default() }, "0124"),
        ] {
            assert_eq!(ids(&filled(behaviour.clone()), &body), found, "{behaviour:?}");
        }
    }

    #[test]
    fn a_page_has_25_rows_and_echoes_what_was_asked() {
        let simulator = filled(Behaviour::default());
        for number in 10..60 {
            simulator.add_event(Event::new(number.to_string(), time("2026-11-22T09:00:00Z")));
        }
        let answer = ask_json(&simulator, Events, "{}");
        assert_eq!(answer["results"].as_array().unwrap().len(), 25);
        assert_eq!(answer["total"], 58);
        assert_eq!(answer["pagination"], serde_json::json!({"pageNumber": 1, "pageSize": 25}));
        let answer = ask_json(&simulator, Events, r#"{"pagination":{"pageSize":1000}}"#);
        assert_eq!(answer["results"].as_array().unwrap().len(), 58);
    }

    #[test]
    fn what_is_not_in_the_specification_is_refused() {
        let simulator = filled(Behaviour::default());
        for (body, reason) in [
            ("[]", "must be a JSON object"),
            ("{", "not valid JSON"),
            (r#"{"filters":{}}"#, "Unrecognized field \"filters\""),
            (r#"{"filter":{"ruleId":7}}"#, "Unrecognized field \"filter.ruleId\""),
            (r#"{"filter":[]}"#, "filter must be an object"),
            (r#"{"filter":{"searchTerm":7}}"#, "must be a string"),
            (r#"{"filter":{"severities":"HIGH"}}"#, "must be an array"),
            (r#"{"filter":{"severities":["high"]}}"#, "is none of INFO"),
            (r#"{"filter":{"severities":[1]}}"#, "must hold strings"),
            (r#"{"filter":{"includeMutedEvents":"true"}}"#, "must be true or false"),
            (r#"{"filter":{"timeRange":{"fromDate":1}}}"#, "toDate may not be null"),
            (r#"{"filter":{"timeRange":{"toDate":1}}}"#, "fromDate may not be null"),
            (r#"{"filter":{"timeRange":{}}}"#, "may not be null"),
            (r#"{"filter":{"timeRange":{"fromDate":"now","toDate":1}}}"#, "number of seconds"),
            (r#"{"filter":{"timeRange":{"fromDate":1,"toDate":2,"zone":"Z"}}}"#, "Unrecognized field"),
            (r#"{"sort":{"field":"DATE"}}"#, "sort must be an array"),
            (r#"{"sort":["DATE"]}"#, "must hold objects"),
            (r#"{"sort":[{"field":"NAME"}]}"#, "one of DATE, SEVERITY"),
            (r#"{"sort":[{"descending":true}]}"#, "one of DATE, SEVERITY"),
            (r#"{"sort":[{"field":"DATE","descending":"no"}]}"#, "must be true or false"),
            (r#"{"pagination":{"pageSize":0}}"#, "whole number from 1"),
            (r#"{"pagination":{"pageSize":1001}}"#, "less than or equal to 1000"),
            (r#"{"pagination":{"pageSize":"25"}}"#, "whole number from 1"),
            (r#"{"pagination":{"pageNumber":0}}"#, "whole number from 1"),
            (r#"{"pagination":{"pageNumber":1.5}}"#, "whole number from 1"),
            (r#"{"pagination":{"page":1}}"#, "Unrecognized field \"pagination.page\""),
        ] {
            let (status, message) = refusal(&ask(&simulator, Events, body));
            assert_eq!(status, 400, "{body}");
            assert!(message.contains(reason), "{body}: {message}");
        }
    }

    #[test]
    fn totals_pages_and_ties_can_lie_within_reason() {
        let default = Behaviour::default;
        let total = |simulator: &Simulator, body| ask_json(simulator, Events, body)["total"].clone();
        let simulator = filled(Behaviour { total: Total::Stale, ..default() });
        assert_eq!(total(&simulator, "{}"), 8);
        assert_eq!(total(&simulator, r#"{"filter":{"severities":["HIGH"]}}"#), 8);
        assert_eq!(total(&simulator, "{}"), 4);
        assert_eq!(total(&filled(Behaviour { total: Total::Off(-3), ..default() }), "{}"), 5);
        assert_eq!(total(&filled(Behaviour { total: Total::Off(-30), ..default() }), "{}"), 0);

        let page = r#"{"pagination":{"pageNumber":2,"pageSize":3}}"#;
        let shallow = filled(Behaviour { page_depth: PageDepth::Empty(4), ..default() });
        assert_eq!(ids(&shallow, page), "5");
        let strict = filled(Behaviour { page_depth: PageDepth::Refused(5), ..default() });
        assert_eq!(refusal(&ask(&strict, Events, page)).0, 400);
        assert_eq!(ids(&strict, r#"{"pagination":{"pageSize":5}}"#), "97654");

        let capped = filled(Behaviour { page_size_excess: PageSizeExcess::Capped, ..default() });
        let answer = ask_json(&capped, Events, r#"{"pagination":{"pageSize":5000}}"#);
        assert_eq!(answer["pagination"]["pageSize"], 1000);

        let relaxed = filled(Behaviour { search_term_ignores_case: true, ..default() });
        assert_eq!(ids(&relaxed, r#"{"filter":{"searchTerm":"BRUTE"}}"#), "4210");
    }

    #[test]
    fn shuffled_ties_change_from_call_to_call_and_repeat_with_the_seed() {
        let tied = || {
            let simulator = with_behaviour(Behaviour { ties: Ties::Shuffled, ..Behaviour::default() });
            for number in 0..9 {
                simulator.add_event(Event::new(number.to_string(), time("2026-11-22T10:00:00Z")));
            }
            simulator
        };
        let (one, other) = (tied(), tied());
        let first = ids(&one, "");
        let second = ids(&one, "");
        assert_ne!(first, second);
        assert_eq!((first, second), (ids(&other, ""), ids(&other, "")));
    }

    #[test]
    fn poisoned_events_are_served_byte_for_byte() {
        let simulator = with_behaviour(Behaviour::default());
        let date = time("2026-11-22T10:00:00Z");
        simulator.add_event(Event::new("a", date).raw("null"));
        simulator.add_event(Event::new("b", date).raw(r#"{"name":1, "name":"x\u0000","eventDate":{}}"#));
        let answer = ask(&simulator, Events, r#"{"sort":[{"field":"DATE","descending":false}]}"#);
        assert!(
            answer.text().starts_with(r#"{"total":2,"results":[null,{"name":1, "name":"x\u0000","eventDate":{}}],"#),
            "{}",
            answer.text()
        );
        assert_eq!(answer.rows, 2);
    }

    fn with_logs(behaviour: Behaviour) -> Simulator {
        let simulator = with_behaviour(behaviour);
        let date = time("2026-11-22T10:00:00Z");
        let log = |id: &str| Log::new(id, date, format!("{{\"n\":\"{id}\"}}"));
        simulator.add_logs(AccountKind::Operations, ["x", "y", "z", "other"].map(log));
        simulator.add_event(Event::new("a", date).logs(["x", "y", "z", "gone"]));
        simulator.add_event(Event::new("late", date).logs(["x"]).visible_at(date + TimeDelta::hours(3)));
        simulator
    }

    #[test]
    fn the_logs_of_an_event_come_bare_and_in_pages() {
        let simulator = with_logs(Behaviour::default());
        let answer = ask(&simulator, EventLogs, r#"{"filter":{"alertEventId":"a"},"pagination":{"pageSize":2}}"#);
        assert_eq!(
            answer.text(),
            r#"{"total":3,"results":[{"n":"x"},{"n":"y"}],"pagination":{"pageNumber":1,"pageSize":2}}"#
        );
        let body = r#"{"filter":{"alertEventId":"a"},"pagination":{"pageSize":2,"pageNumber":2}}"#;
        assert_eq!(ask_json(&simulator, EventLogs, body)["results"], serde_json::json!([{"n": "z"}]));
    }

    #[test]
    fn logs_that_are_not_kept_any_more_are_an_empty_list() {
        let kept = Some(TimeDelta::minutes(30));
        let simulator = with_logs(Behaviour { log_retention: kept, ..Behaviour::default() });
        let answer = ask_json(&simulator, EventLogs, r#"{"filter":{"alertEventId":"a"}}"#);
        assert_eq!(answer["total"], 0);
    }

    #[test]
    fn an_unknown_event_has_no_logs_or_is_not_found() {
        for id in ["nowhere", "late"] {
            let body = format!(r#"{{"filter":{{"alertEventId":"{id}"}}}}"#);
            assert_eq!(ask_json(&with_logs(Behaviour::default()), EventLogs, &body)["total"], 0);
            let strict = Behaviour { unknown_event: UnknownEvent::NotFound, ..Behaviour::default() };
            let answer = ask(&with_logs(strict), EventLogs, &body);
            assert_eq!(refusal(&answer), (404, format!("no event id {id} found")));
        }
    }

    #[test]
    fn a_request_for_logs_names_one_event_and_nothing_else() {
        let simulator = with_logs(Behaviour::default());
        for (body, reason) in [
            ("", "may not be empty"),
            (r#"{"filter":{}}"#, "may not be empty"),
            (r#"{"filter":{"alertEventId":""}}"#, "may not be empty"),
            (r#"{"filter":{"alertEventId":["a"]}}"#, "must be a string"),
            (r#"{"filter":{"alertEventId":"a","type":"x"}}"#, "Unrecognized field"),
            (r#"{"filter":{"alertEventId":"a"},"sort":[]}"#, "Unrecognized field \"sort\""),
            (r#"{"filter":{"alertEventId":"a"},"pagination":{"pageSize":1001}}"#, "1000"),
        ] {
            let (status, message) = refusal(&ask(&simulator, EventLogs, body));
            assert_eq!(status, 400, "{body}");
            assert!(message.contains(reason), "{body}: {message}");
        }
    }
}
