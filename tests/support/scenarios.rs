//! Scenarios, each made for one rule of the fetch: what an existing integration
//! gets wrong, or what Logz.io may do and nobody has documented. A scenario
//! fails when its rule is broken, which `fetch_mutations` checks.

use crate::support::native::Native;
use crate::support::schedule::{Crash, Fetch, Filter, Happening, Schedule, Step, epoch};
use crate::support::simulation::{Verdict, run, simulator};
use logzio_simulator::{Behaviour, Bound, Fault, Fractions, PageDepth, Severity, Ties, Total};
use logzio_soar::contract::{FetchRequest, IncidentPage, Start};
use std::time::Duration;

/// A scenario: its name says the rule.
pub struct Scenario {
    pub name: &'static str,
    pub run: fn() -> Result<(), String>,
}

/// A fetch of every event, with the defaults of the contract.
pub fn everything(start: Start) -> FetchRequest {
    FetchRequest { start, filter: Filter::All.contract(), limit: None, look_back_minutes: None, attach_logs: None }
}

/// Lists functions as scenarios, under their names.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        pub const ALL: &[Scenario] = &[$(Scenario { name: stringify!($name), run: $name }),*];
    };
}

scenarios![
    more_events_in_a_tenth_of_a_second_than_a_page_are_all_delivered,
    an_event_a_tenth_of_a_second_after_the_last_of_a_page_is_delivered,
    more_events_in_a_second_than_a_page_are_all_delivered,
    more_events_in_a_millisecond_than_the_largest_page_are_all_delivered,
    an_event_indexed_late_is_delivered,
    a_late_event_is_delivered_although_the_first_fetch_was_empty,
    a_poison_event_stops_nothing_and_is_delivered,
    events_without_a_date_hide_none_of_their_second,
    muted_events_are_delivered_if_they_are_asked_for,
    an_event_is_delivered_once_although_fractions_are_cut,
    a_full_second_is_passed_although_fractions_are_cut,
    a_group_by_key_named_event_date_moves_no_position,
    a_refused_request_is_tried_again,
    what_was_read_before_a_failed_page_is_delivered_and_nothing_after_it_lost,
    an_event_on_a_bound_is_delivered_although_bounds_are_exclusive,
    ties_in_another_order_at_each_call_lose_nothing,
    a_clock_that_was_ahead_for_a_while_loses_nothing,
    an_event_indexed_two_minutes_late_needs_no_look_back,
    a_count_that_is_too_low_hides_nothing,
    a_count_that_is_too_high_is_reported_with_figures,
    nothing_before_the_start_is_delivered,
    a_change_of_the_filter_loses_nothing,
    a_backlog_is_drained_past_the_deepest_row,
    a_host_that_dies_before_it_stores_the_cursor_loses_nothing,
];

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Ordinary events at these milliseconds after the epoch.
fn at(times: impl IntoIterator<Item = i64>) -> Vec<Happening> {
    times.into_iter().enumerate().map(|(number, at)| Happening::new(number, at)).collect()
}

/// The events happen first, then they are fetched.
fn backlog(events: Vec<Happening>) -> Schedule {
    let last = events.iter().map(|event| event.at + event.late).max().unwrap_or_default();
    let steps = vec![Step::Wait(Duration::from_millis(u64::try_from(last + 10 * MINUTE).unwrap()))];
    Schedule { steps, ..Schedule::plain(events) }
}

fn exactly_once(schedule: &Schedule) -> Result<Verdict, String> {
    let verdict = run(schedule);
    if verdict.is_good() { Ok(verdict) } else { Err(format!("{verdict:?}")) }
}

fn ensure(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}

/// Everything that one fetch after another brings, until there is no more.
fn pages(native: &Native, start: &str, filter: Filter) -> Result<Vec<IncidentPage>, String> {
    let mut start = Start::At(start.to_owned());
    let mut pages: Vec<IncidentPage> = Vec::new();
    loop {
        let request =
            FetchRequest { start, filter: filter.contract(), limit: None, look_back_minutes: None, attach_logs: None };
        let page = native.incidents(&request).map_err(|error| format!("{error:?}"))?;
        start = Start::After(page.next.clone());
        let more = page.more;
        pages.push(page);
        ensure(pages.len() < 1_000, || "it does not come to an end".into())?;
        if !more {
            return Ok(pages);
        }
    }
}

fn more_events_in_a_tenth_of_a_second_than_a_page_are_all_delivered() -> Result<(), String> {
    exactly_once(&backlog(at((0..51).map(|number| 5 * MINUTE + number)))).map(drop)
}

fn an_event_a_tenth_of_a_second_after_the_last_of_a_page_is_delivered() -> Result<(), String> {
    exactly_once(&backlog(at((0..50).map(|number| 5 * MINUTE + number).chain([5 * MINUTE + 149])))).map(drop)?;
    exactly_once(&backlog(at((0..50).map(|number| 5 * MINUTE + number).chain([5 * MINUTE + 148])))).map(drop)
}

fn more_events_in_a_second_than_a_page_are_all_delivered() -> Result<(), String> {
    for date_fractions in [Fractions::Kept, Fractions::Truncated] {
        let behaviour = Behaviour { date_fractions, ..Behaviour::default() };
        exactly_once(&Schedule { behaviour, ..backlog(at([5 * MINUTE; 60])) })?;
    }
    Ok(())
}

fn more_events_in_a_millisecond_than_the_largest_page_are_all_delivered() -> Result<(), String> {
    let behaviour = Behaviour { page_depth: PageDepth::Empty(10_000), ..Behaviour::default() };
    let events = at([5 * MINUTE + 7; 1_500].into_iter().chain([2 * HOUR]));
    exactly_once(&Schedule { behaviour, ..backlog(events) }).map(drop)
}

fn an_event_indexed_late_is_delivered() -> Result<(), String> {
    let mut events = at([5 * MINUTE, 6 * MINUTE]);
    events[0].late = 10 * MINUTE;
    exactly_once(&Schedule::plain(events)).map(drop)
}

fn a_late_event_is_delivered_although_the_first_fetch_was_empty() -> Result<(), String> {
    let mut events = at([-7 * 24 * HOUR]);
    events[0].late = 7 * 24 * HOUR + HOUR;
    exactly_once(&Schedule { first_back: 8 * 24 * HOUR, ..Schedule::plain(events) }).map(drop)
}

fn a_poison_event_stops_nothing_and_is_delivered() -> Result<(), String> {
    for field in [
        r#""severity":"CRITICAL""#,
        r#""severity":null"#,
        r#""severity":"HIGH","groupBy":null"#,
        r#""severity":"HIGH","groupBy":{"severity":"error"}"#,
        r#""severity":"HIGH","groupBy":7"#,
    ] {
        let mut events = at([5 * MINUTE, 6 * MINUTE, 7 * MINUTE]);
        let date = epoch().timestamp() + 360;
        let raw = format!(r#"{{"alertEventId":"event-1","name":"n","eventDate":{date},{field}}}"#);
        events[1].raw = Some(raw);
        exactly_once(&Schedule::plain(events))?;
    }
    let mut events = at([5 * MINUTE, 6 * MINUTE, 7 * MINUTE]);
    events[1].raw = Some(r#"{"alertEventId":"event-1","name":"n","severity":"HIGH"}"#.to_owned());
    exactly_once(&Schedule::plain(events)).map(drop)
}

fn events_without_a_date_hide_none_of_their_second() -> Result<(), String> {
    let behaviour = Behaviour { ties: Ties::Shuffled, ..Behaviour::default() };
    let mut events = at([5 * MINUTE; 7].into_iter().chain([2 * HOUR]));
    for event in events.iter_mut().take(6).step_by(2) {
        event.raw = Some(format!("{{\"number\":{}}}", event.number));
    }
    let schedule = Schedule { behaviour, ..backlog(events) };
    for seed in 0..30 {
        for limit in [1, 2, 50] {
            let last = Fetch { limit, ..schedule.last.clone() };
            exactly_once(&Schedule { seed, last, ..schedule.clone() })?;
        }
    }
    Ok(())
}

fn muted_events_are_delivered_if_they_are_asked_for() -> Result<(), String> {
    let mut events = at([5 * MINUTE, 6 * MINUTE]);
    events[0].muted = true;
    let schedule = Schedule::plain(events);
    exactly_once(&schedule)?;
    // The other filter leaves muted events out, and would hear of one that
    // was not asked for.
    let last = Fetch { filter: Filter::HighWithTag, ..schedule.last.clone() };
    exactly_once(&Schedule { last, ..schedule }).map(drop)
}

fn an_event_is_delivered_once_although_fractions_are_cut() -> Result<(), String> {
    let cut = Fractions::Truncated;
    let behaviour = Behaviour { filter_fractions: cut, date_fractions: cut, ..Behaviour::default() };
    let steps = (0..10).map(|_| Step::Wait(Duration::from_secs(60))).collect();
    exactly_once(&Schedule { behaviour, steps, ..Schedule::plain(at([5 * MINUTE + 700])) }).map(drop)
}

fn a_full_second_is_passed_although_fractions_are_cut() -> Result<(), String> {
    let behaviour = Behaviour { filter_fractions: Fractions::Truncated, ..Behaviour::default() };
    let events = at((0..60).map(|number| 5 * MINUTE + 10 * number).chain([9 * MINUTE]));
    exactly_once(&Schedule { behaviour, ..backlog(events) }).map(drop)
}

fn a_group_by_key_named_event_date_moves_no_position() -> Result<(), String> {
    let mut events = at((5..30).map(|minute| minute * MINUTE));
    let old = epoch().timestamp() - 99_988;
    for event in events.iter_mut().step_by(3) {
        let date = epoch().timestamp() + event.at / SECOND;
        let raw = format!(
            r#"{{"alertEventId":"{}","name":"n","eventDate":{date},"severity":"HIGH","groupBy":{{"eventDate":{old}}}}}"#,
            event.id()
        );
        event.raw = Some(raw);
    }
    exactly_once(&Schedule { first_back: 2 * 24 * HOUR, ..Schedule::plain(events) }).map(drop)
}

fn a_refused_request_is_tried_again() -> Result<(), String> {
    let schedule = backlog(at((0..120).map(|number| number * SECOND)));
    for fault in [
        Fault::too_many_requests(None),
        Fault::too_many_requests(Some("2")),
        Fault::status(500),
        Fault::status(502),
        Fault::status(503),
        Fault::status(504),
        Fault::Reset(None),
        Fault::Truncate(None),
    ] {
        let mut schedule = schedule.clone();
        let fetch = Fetch { fault: Some((1, 2, fault.clone())), ..schedule.last.clone() };
        schedule.steps.push(Step::Fetch(fetch));
        let verdict = exactly_once(&schedule)?;
        // Two refusals in the same call, and each page once.
        let calls = exactly_once(&backlog(schedule.events.clone()))?.requests;
        ensure(verdict.requests == calls + 2, || format!("{fault:?}: {} for {calls}", verdict.requests))?;
    }
    Ok(())
}

fn what_was_read_before_a_failed_page_is_delivered_and_nothing_after_it_lost() -> Result<(), String> {
    // Few have the tag, so a fetch reads several pages.
    let mut events = at((0..3_000).map(|number| number * 20 * SECOND));
    for event in events.iter_mut().filter(|event| event.number % 40 != 0) {
        event.tagged = false;
    }
    for fault in [Fault::status(500), Fault::status(404), Fault::HangAfterHead, Fault::InvalidJson] {
        let mut schedule = backlog(events.clone());
        schedule.last.filter = Filter::HighWithTag;
        let fetch = Fetch { fault: Some((2, 20, fault)), ..schedule.last.clone() };
        schedule.steps.push(Step::Fetch(fetch));
        exactly_once(&schedule)?;
    }
    // A single refusal that is not tried again, in the middle.
    let mut schedule = backlog(events);
    schedule.last.filter = Filter::HighWithTag;
    schedule.steps.push(Step::Fetch(Fetch { fault: Some((2, 1, Fault::status(404))), ..schedule.last.clone() }));
    exactly_once(&schedule).map(drop)
}

fn an_event_on_a_bound_is_delivered_although_bounds_are_exclusive() -> Result<(), String> {
    let behaviour = Behaviour { from_date: Bound::Exclusive, to_date: Bound::Exclusive, ..Behaviour::default() };
    // On the start, and many in whole seconds after it.
    let events = at((0..200).map(|number| number * SECOND));
    exactly_once(&Schedule { behaviour, ..backlog(events) }).map(drop)
}

fn ties_in_another_order_at_each_call_lose_nothing() -> Result<(), String> {
    let behaviour = Behaviour { ties: Ties::Shuffled, ..Behaviour::default() };
    let events = at([5 * MINUTE; 300].into_iter().chain([3 * HOUR]));
    exactly_once(&Schedule { behaviour, ..backlog(events) }).map(drop)
}

fn a_clock_that_was_ahead_for_a_while_loses_nothing() -> Result<(), String> {
    let schedule = Schedule::plain(at((0..200).map(|number| number * MINUTE)));
    let mut steps = vec![Step::Wait(Duration::from_secs(600)), Step::Clock(3 * 3_600)];
    steps.push(Step::Fetch(schedule.last.clone()));
    steps.extend([Step::Wait(Duration::from_secs(60)), Step::Clock(0)]);
    exactly_once(&Schedule { steps, ..schedule }).map(drop)
}

fn an_event_indexed_two_minutes_late_needs_no_look_back() -> Result<(), String> {
    let mut events = at((5..120).map(|number| number * 20 * SECOND));
    for event in events.iter_mut().step_by(2) {
        event.late = 2 * MINUTE;
    }
    let mut schedule = Schedule::plain(events);
    schedule.last.look_back = 0;
    exactly_once(&schedule).map(drop)
}

fn a_count_that_is_too_low_hides_nothing() -> Result<(), String> {
    for total in [Total::Off(-3), Total::Off(-1_000), Total::Stale] {
        let behaviour = Behaviour { total, ..Behaviour::default() };
        exactly_once(&Schedule { behaviour, ..backlog(at((0..120).map(|number| number * SECOND))) })?;
    }
    Ok(())
}

fn a_count_that_is_too_high_is_reported_with_figures() -> Result<(), String> {
    let behaviour = Behaviour { total: Total::Off(2), ..Behaviour::default() };
    let schedule = Schedule { behaviour, ..backlog(at((0..10).map(|number| number * SECOND))) };
    exactly_once(&schedule)?;
    let native = Native::new(simulator(&schedule));
    native.clock().set(epoch() + chrono::TimeDelta::hours(1));
    let pages = pages(&native, &epoch().to_rfc3339(), Filter::All)?;
    let told = pages.iter().flat_map(|page| &page.notices).any(|notice| {
        let text = &notice.text;
        text.contains("counts 12 events") && text.contains("shows 10") && text.contains("2 may be missing")
    });
    ensure(told, || format!("{:?}", pages.last().map(|page| &page.notices)))
}

fn nothing_before_the_start_is_delivered() -> Result<(), String> {
    // The start lies 400 ms into a second.
    exactly_once(&Schedule { first_back: 600, ..backlog(at([-5_000, -1_000, -601, -600, 0])) }).map(drop)
}

fn a_change_of_the_filter_loses_nothing() -> Result<(), String> {
    // Without a look-back, nothing makes up for what would be skipped. Half an
    // hour apart, rows are counted anew at each page; ten to a second, they are
    // counted on.
    for pause in [30 * MINUTE, SECOND / 10] {
        let mut events = at((0..400).map(|number| number * pause));
        for event in events.iter_mut().step_by(2) {
            event.severity = Severity::Low;
        }
        let mut schedule = backlog(events);
        schedule.last.look_back = 0;
        schedule.steps.push(Step::Fetch(schedule.last.clone()));
        schedule.last.filter = Filter::HighWithTag;
        exactly_once(&schedule)?;
    }
    Ok(())
}

fn a_backlog_is_drained_past_the_deepest_row() -> Result<(), String> {
    for page_depth in [PageDepth::Empty(10_000), PageDepth::Refused(10_000)] {
        let behaviour = Behaviour { page_depth, ..Behaviour::default() };
        // Too many for one range, and hundreds in each second.
        let events = at((0..10_600).map(|number| number / 400 * SECOND));
        exactly_once(&Schedule { behaviour, ..backlog(events) })?;
    }
    Ok(())
}

fn a_host_that_dies_before_it_stores_the_cursor_loses_nothing() -> Result<(), String> {
    let mut schedule = backlog(at((0..120).map(|number| number * SECOND)));
    for crash in [Crash::BeforeStoring, Crash::No, Crash::BeforeAnything, Crash::BeforeStoring] {
        schedule.steps.push(Step::Fetch(Fetch { crash, ..schedule.last.clone() }));
    }
    exactly_once(&schedule).map(drop)
}
