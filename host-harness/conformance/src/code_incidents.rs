//! Cases of the group `incidents`: what an incident holds, which ones come, and that each comes once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{
    AccountKind, Behaviour, Bound, Endpoint, Event, Fault, FaultPlan, FaultRule, Fractions, Severity, Ties, Total,
};
use serde_json::{Value, json};

use crate::arguments::{after, datetime, fetch, from, log};
use crate::bench::{Bench, Broken, ensure, expect, listed, texts};
use crate::case::{CodeCase, code_case};
use crate::site::Place;
use logzio_soar_host::Answer;

const FETCH: &str = "incidents.fetch-incidents";
/// More pages than any case has: a component that always says `more` ends here.
const MOST_PAGES: usize = 200;

pub(crate) const CASES: &[CodeCase] = &[
    code_case!(
        Incidents,
        "every-field",
        Code(every_field),
        "An incident holds every field of its event, and the event byte for byte",
        [
            "incidents.incident.id",
            "incidents.incident.rule-id",
            "incidents.incident.name",
            "incidents.incident.description",
            "incidents.incident.summary",
            "incidents.incident.occurred",
            "incidents.incident.window",
            "incidents.incident.group-by",
            "incidents.incident.tags",
            "incidents.incident.mitre-tags",
            "incidents.incident.muted",
            "incidents.incident.raw",
            "types.json",
            "types.datetime",
        ],
    ),
    code_case!(
        Incidents,
        "fields-that-are-not-there",
        Code(fields_that_are_not_there),
        "What an event lacks is none or empty, and no defect",
        [
            "incidents.incident.description",
            "incidents.incident.summary",
            "incidents.incident.window",
            "incidents.incident.group-by.empty",
        ],
    ),
    code_case!(
        Incidents,
        "severities",
        Code(severities),
        "Each severity of Logz.io is the contract's, and one that is unknown or missing is unclassified",
        [
            "incidents.incident.severity",
            "types.severity.unclassified",
            "types.severity.info",
            "types.severity.low",
            "types.severity.medium",
            "types.severity.high",
            "types.severity.severe",
        ],
    ),
    code_case!(
        Incidents,
        "derived-ids",
        Code(derived_ids),
        "An event without an id gets one from its content: the same each time, and no other event's",
        ["incidents.incident.id.derived"],
    ),
    code_case!(
        Incidents,
        "defects",
        Code(defects),
        "An event that cannot be read in full is delivered, in its place and once, with what is wrong with it",
        ["incidents.incident.defects", "incidents.incident.defects.delivered", "incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "oldest-first",
        Code(oldest_first),
        "Incidents come oldest first, within a page and from page to page",
        ["incidents.incident-page.incidents", "incidents.fetch-incidents"],
    ),
    code_case!(
        Incidents,
        "nothing-new",
        Code(nothing_new),
        "Where nothing is new the page is empty, says so, and its cursor goes on",
        ["incidents.incident-page.incidents.empty", "incidents.incident-page.more", "incidents.incident-page.next"],
    ),
    code_case!(
        Incidents,
        "nothing-older",
        Code(nothing_older),
        "Nothing from before the start is returned, to the millisecond, by the first fetch or by later ones",
        ["incidents.start.at.nothing-older"],
    ),
    code_case!(
        Incidents,
        "the-last-three-minutes",
        Code(the_last_three_minutes),
        "Events of the last three minutes are left for later, and come then",
        ["incidents.fetch-incidents.three-minutes"],
    ),
    code_case!(
        Incidents,
        "page-by-page",
        Code(page_by_page),
        "Pages say that more is waiting until nothing is, and together hold each event once",
        ["incidents.start.after", "incidents.incident-page.more", "incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "cursor-of-cortex-xsoar",
        Code(cursor_of_cortex_xsoar),
        "The place that the Logz.io pack of Cortex XSOAR stores is taken as a cursor",
        ["incidents.start.after.cortex"],
    ),
    code_case!(
        Incidents,
        "cursor-length",
        Code(cursor_length),
        "A cursor stays short however many events the look-back holds",
        ["incidents.cursor.length", "incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "filters",
        Code(filters),
        "Rule name, severities, tags and muting filter as the contract says",
        [
            "incidents.event-filter.rule-name",
            "incidents.event-filter.severities",
            "incidents.event-filter.tags",
            "incidents.event-filter.include-muted",
        ],
    ),
    code_case!(
        Incidents,
        "filters-together",
        Code(filters_together),
        "Of several conditions every one must hold",
        ["incidents.event-filter.every-condition"],
    ),
    code_case!(
        Incidents,
        "filters-and-pages",
        Code(filters_and_pages),
        "Where few of many events pass the filter, none of them is lost between pages",
        ["incidents.event-filter.tags", "incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "a-filter-that-changes",
        Code(a_filter_that_changes),
        "A filter that changes between two pages holds for what has not been read yet, and loses nothing",
        ["incidents.fetch-request.filter.changes"],
    ),
    code_case!(
        Incidents,
        "limit",
        Code(limit),
        "At most as many incidents as asked for; 50 if nothing is said, and never more",
        ["incidents.fetch-request.limit"],
    ),
    code_case!(
        Incidents,
        "look-back",
        Code(look_back),
        "Events that were indexed late are found as far back as the look-back reaches: 15 minutes, or as told",
        ["incidents.fetch-request.look-back-minutes"],
    ),
    code_case!(
        Incidents,
        "no-look-back",
        Code(no_look_back),
        "With a look-back of 0 a late event is not looked for, and nothing comes twice",
        ["incidents.fetch-request.look-back-minutes"],
    ),
    code_case!(
        Incidents,
        "attached-logs",
        Code(attached_logs),
        "As many logs are attached as asked for, none if nothing is said, at most 100, byte for byte",
        ["incidents.fetch-request.attach-logs", "incidents.incident.logs"],
    ),
    code_case!(
        Incidents,
        "attached-logs-that-fail",
        Code(attached_logs_that_fail),
        "Logs that cannot be had fail no fetch: the incidents come, and a notice says so",
        ["incidents.incident-page.notices"],
    ),
    code_case!(
        Incidents,
        "after-a-failure",
        Code(after_a_failure),
        "After a failed fetch, one from the same start brings everything",
        ["incidents.fetch-incidents.after-a-failure"],
    ),
    code_case!(
        Incidents,
        "once-while-polling",
        Code(once_while_polling),
        "Polled again and again, with late events and events of the same moment, each comes once",
        ["incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "once-with-exclusive-bounds",
        Code(once_with_exclusive_bounds),
        "The same where Logz.io leaves out the ends of a range",
        ["incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "once-with-whole-seconds",
        Code(once_with_whole_seconds),
        "The same where Logz.io compares whole seconds",
        ["incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "once-with-ties-in-any-order",
        Code(once_with_ties_in_any_order),
        "The same where events of one moment come in another order each time",
        ["incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "once-with-counts-that-lie",
        Code(once_with_counts_that_lie),
        "The same where the count of events is that of a moment before, or a few too low or too high",
        ["incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "once-with-faults-between-pages",
        Code(once_with_faults_between_pages),
        "The same with faults at any request, between calls and between the pages of one call",
        ["incidents.fetch-incidents.once", "incidents.fetch-incidents.after-a-failure"],
    ),
    code_case!(
        Incidents,
        "once-with-crashes",
        Code(once_with_crashes),
        "The same where the host loses pages before it stored their cursor",
        ["incidents.fetch-incidents.once", "plugin.cursor"],
    ),
    code_case!(
        Incidents,
        "once-in-any-habit",
        Code(once_in_any_habit),
        "The same with habits of Logz.io, faults and crashes as they come, by the seed",
        ["incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "many-at-one-moment",
        Code(many_at_one_moment),
        "1 200 events of the same millisecond, in another order at each request, come once each",
        ["incidents.fetch-incidents.once"],
    ),
    code_case!(
        Incidents,
        "counts-more-than-it-shows",
        Code(counts_more_than_it_shows),
        "Where Logz.io counts more events than it shows, a notice says that some may be missing",
        ["incidents.incident-page.notices"],
    ),
];

/// The ids of a page's incidents.
fn ids(page: &Value) -> Vec<String> {
    texts(page, "incidents", "id").into_iter().map(str::to_owned).collect()
}

fn incidents(page: &Value) -> &[Value] {
    page.get("incidents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The only incident of a page.
fn only(page: &Value) -> Result<&Value, Broken> {
    match incidents(page) {
        [incident] => Ok(incident),
        several => Err(Broken(format!("one incident was expected, {} came", several.len()))),
    }
}

fn more(page: &Value) -> bool {
    page.get("more").and_then(Value::as_bool).unwrap_or_default()
}

/// Every incident from a start on, page after page, and the last page.
async fn drained(bench: &mut Bench<'_>, start: Value, request: Value) -> Result<(Vec<Value>, Value), Broken> {
    let mut start = start;
    let mut all = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = bench.ok(FETCH, fetch(start, request.clone())).await?;
        all.extend(incidents(&page).iter().cloned());
        if !more(&page) {
            return Ok((all, page));
        }
        start = after(&page);
    }
    Err(Broken(format!("after {MOST_PAGES} pages there was still more, with {} incidents", all.len())))
}

fn ids_of(incidents: &[Value]) -> Vec<String> {
    incidents.iter().filter_map(|incident| incident.get("id")?.as_str().map(str::to_owned)).collect()
}

/// That these are the ids that should have come, each once, in whatever order.
fn each_once(found: &[String], wanted: impl IntoIterator<Item = String>) -> Result<(), Broken> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    found.iter().for_each(|id| *counts.entry(id).or_default() += 1);
    let wanted: BTreeSet<String> = wanted.into_iter().collect();
    let lost: Vec<&String> = wanted.iter().filter(|id| !counts.contains_key(id.as_str())).collect();
    let twice: Vec<&&str> = counts.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id).collect();
    let foreign: Vec<&&str> = counts.keys().filter(|id| !wanted.contains(**id)).collect();
    ensure!(lost.is_empty(), "{} of {} events did not come: {}", lost.len(), wanted.len(), listed(&lost));
    ensure!(twice.is_empty(), "{} events came more than once: {}", twice.len(), listed(&twice));
    ensure!(foreign.is_empty(), "{} incidents should not have come: {}", foreign.len(), listed(&foreign));
    Ok(())
}

fn numbered(prefix: &str, count: i64) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("{prefix}{number}"))
}

async fn every_field(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let date = bench.minutes_ago(60) + TimeDelta::milliseconds(791);
    let event = Event::new("8f1c-\u{fc}\"/x", date)
        .rule(1_201, "Brute force: \"many\" failed logins \u{2014} SSH")
        .description("Line one\nline two")
        .summary("Alert if query 'x' results GREATER_THAN 5 in 10 minutes.")
        .severity(Severity::Severe)
        .window(date - TimeDelta::minutes(10), date - TimeDelta::seconds(1))
        .group_by([("source.ip", "203.0.113.9"), ("user.name", "ada")])
        .tags(["ssh", "Brute Force"])
        .mitre_tags(["T1110", "T1021.004"])
        .muted(true);
    let raw = String::from_utf8_lossy(&event.to_json()).into_owned();
    bench.site.simulator.add_event(event);
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    let expected = json!({
        "id": "8f1c-\u{fc}\"/x",
        "rule_id": 1_201,
        "name": "Brute force: \"many\" failed logins \u{2014} SSH",
        "description": "Line one\nline two",
        "summary": "Alert if query 'x' results GREATER_THAN 5 in 10 minutes.",
        "severity": "severe",
        "occurred": datetime(date),
        "window": {"start": datetime(date - TimeDelta::minutes(10)), "end": datetime(date - TimeDelta::seconds(1))},
        "group_by": {"$unordered": [["source.ip", "203.0.113.9"], ["user.name", "ada"]]},
        "tags": ["ssh", "Brute Force"],
        "mitre_tags": ["T1110", "T1021.004"],
        "muted": true,
        "raw": raw,
        "logs": [],
        "defects": [],
    });
    expect(&expected, only(&page)?)
}

async fn fields_that_are_not_there(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let date = bench.minutes_ago(60);
    let raw = format!(
        r#"{{"alertEventId":"bare","name":"Bare","severity":"LOW","eventDate":{}.250000000}}"#,
        date.timestamp()
    );
    bench.site.simulator.add_event(Event::new("bare", date).raw(raw.clone()));
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    let expected = json!({
        "id": "bare",
        "rule_id": null,
        "name": "Bare",
        "description": null,
        "summary": null,
        "severity": "low",
        "occurred": datetime(date + TimeDelta::milliseconds(250)),
        "window": null,
        "group_by": [],
        "tags": [],
        "mitre_tags": [],
        "muted": false,
        "raw": raw,
        "logs": [],
        "defects": [],
    });
    expect(&expected, only(&page)?)
}

async fn severities(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (number, severity) in (0..).zip(Severity::ALL) {
        let event = Event::new(severity.as_str().to_lowercase(), bench.minutes_ago(60 - number)).severity(severity);
        bench.site.simulator.add_event(event);
    }
    for (number, severity) in (10..).zip([r#","severity":"CATASTROPHIC""#, r#","severity":7"#, ""]) {
        let date = bench.minutes_ago(60 - number);
        let raw = format!(
            r#"{{"alertEventId":"unclassified{number}","name":"n","eventDate":{}{severity}}}"#,
            date.timestamp()
        );
        bench.site.simulator.add_event(Event::new("x", date).raw(raw));
    }
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    ensure!(incidents(&page).len() == 8, "8 incidents were expected, {} came", incidents(&page).len());
    for incident in incidents(&page) {
        let id = incident.get("id").and_then(Value::as_str).unwrap_or_default();
        let severity = incident.get("severity").and_then(Value::as_str).unwrap_or_default();
        ensure!(id.trim_end_matches(char::is_numeric) == severity, "the severity of {id} is {severity}");
    }
    Ok(())
}

async fn derived_ids(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for number in 0..4 {
        let date = bench.minutes_ago(60 - number);
        // Two of them differ in nothing but the white space and the order of the members.
        let raw = format!(r#"{{"name":"no id","severity":"LOW","number":{number},"eventDate":{}}}"#, date.timestamp());
        bench.site.simulator.add_event(Event::new(format!("hidden{number}"), date).raw(raw));
    }
    let (first, _) = drained(bench, from("2 hours ago"), json!({})).await?;
    let (again, _) = drained(bench, from("3 hours ago"), json!({})).await?;
    let ids: BTreeSet<String> = ids_of(&first).into_iter().collect();
    ensure!(first.len() == 4, "4 incidents were expected, {} came", first.len());
    ensure!(ids.len() == 4, "4 events got {} different ids", ids.len());
    ensure!(ids.iter().all(|id| !id.trim().is_empty()), "an id is empty");
    ensure!(ids_of(&first) == ids_of(&again), "a second fetch derived other ids: {}", listed(&ids_of(&again)));
    Ok(())
}

async fn defects(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let at = |number: i64| bench.minutes_ago(60) + TimeDelta::seconds(2 * number);
    let date = |number: i64| at(number).timestamp();
    let poison = [
        format!(r#"{{"number":0,"alertEventId":"a","name":null,"severity":"LOW","eventDate":{}}}"#, date(0)),
        format!(r#"{{"number":1,"alertEventId":"b","name":"n","severity":{{}},"eventDate":{}}}"#, date(1)),
        r#"{"number":2,"alertEventId":"c","name":"n","severity":"LOW"}"#.to_owned(),
        r#"{"number":3,"alertEventId":"d","name":"n","severity":"LOW","eventDate":"yesterday"}"#.to_owned(),
        format!(r#"{{"number":4,"alertEventId":[],"name":"n","severity":"LOW","eventDate":{}}}"#, date(4)),
        format!(r#"{{"number":5,"alertEventId":"f","name":"n","severity":"LOW","eventDate":{},"tags":7}}"#, date(5)),
        format!(
            r#"{{"number":6,"alertEventId":"g","name":"n","severity":"LOW","eventDate":{},"alertId":"x"}}"#,
            date(6)
        ),
        "7".to_owned(),
        r#"["number 8"]"#.to_owned(),
    ];
    for (number, raw) in (0..).zip(&poison) {
        bench.site.simulator.add_event(Event::new(format!("poison{number}"), at(number)).raw(raw.clone()));
        bench.site.simulator.add_event(Event::new(format!("good{number}"), at(number) + TimeDelta::seconds(1)));
    }
    let (mut all, mut page) = drained(bench, from("2 hours ago"), json!({"limit": 5})).await?;
    // The look-back shows them again and again.
    for _ in 0..3 {
        let (next, last) = drained(bench, after(&page), json!({})).await?;
        all.extend(next);
        page = last;
    }
    let raws: Vec<String> = all.iter().filter_map(|one| one.get("raw")?.as_str().map(str::to_owned)).collect();
    let good = numbered("good", 9).filter(|id| ids_of(&all).iter().filter(|found| *found == id).count() != 1);
    let good: Vec<String> = good.collect();
    ensure!(good.is_empty(), "beside events that cannot be read, these did not come once: {}", listed(&good));
    for raw in &poison {
        let times = raws.iter().filter(|found| *found == raw).count();
        ensure!(times == 1, "the event {raw} came {times} times");
        let incident = all.iter().find(|incident| incident.get("raw").and_then(Value::as_str) == Some(raw));
        let defects = incident.and_then(|incident| incident.get("defects")?.as_array().map(Vec::len));
        ensure!(defects > Some(0), "the event {raw} came without a word on what is wrong with it");
    }
    ensure!(all.len() == 18, "18 incidents were expected, {} came", all.len());
    Ok(())
}

async fn oldest_first(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // In the order of their ids they are in no order at all.
    for number in 0..130_i64 {
        let at = bench.minutes_ago(100) + TimeDelta::milliseconds(number * 7_919 % 130 * 20_011);
        bench.site.simulator.add_event(Event::new(format!("e{number}"), at));
    }
    let (all, _) = drained(bench, from("2 hours ago"), json!({})).await?;
    let times: Vec<&str> = all.iter().filter_map(|incident| incident.get("occurred")?.as_str()).collect();
    let wrong = times.iter().zip(times.iter().skip(1)).find(|(earlier, later)| earlier > later);
    if let Some((earlier, later)) = wrong {
        return Err(Broken(format!("an incident of {earlier} came before one of {later}")));
    }
    each_once(&ids_of(&all), numbered("e", 130))
}

async fn nothing_new(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let empty = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    ensure!(
        incidents(&empty).is_empty() && !more(&empty),
        "an account without events has {} incidents",
        incidents(&empty).len()
    );
    bench.fill_small();
    let (all, page) = drained(bench, after(&empty), json!({})).await?;
    each_once(&ids_of(&all), numbered("e", 5))?;
    let idle = bench.ok(FETCH, fetch(after(&page), json!({}))).await?;
    ensure!(incidents(&idle).is_empty() && !more(&idle), "nothing was new, and {} came", listed(&ids(&idle)));
    bench.site.simulator.add_event(Event::new("new", bench.minutes_ago(20)));
    let (all, _) = drained(bench, after(&idle), json!({})).await?;
    each_once(&ids_of(&all), ["new".to_owned()])
}

async fn nothing_older(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // Whatever Logz.io makes of the ends of a range and of fractions, and whether the start has one.
    let bounds = [Bound::Inclusive, Bound::Exclusive].into_iter();
    let habits = bounds.flat_map(|bound| [Fractions::Kept, Fractions::Truncated].map(|fractions| (bound, fractions)));
    for (from_date, fractions) in habits {
        for fraction in [0, 500] {
            bench.restart().await?;
            let behaviour =
                Behaviour { from_date, date_fractions: fractions, filter_fractions: fractions, ..Behaviour::default() };
            bench.site.simulator.set_behaviour(behaviour);
            let start = bench.minutes_ago(60) + TimeDelta::milliseconds(fraction);
            let outcome = nothing_before(bench, start).await;
            outcome.map_err(|Broken(why)| {
                let habit = format!("bounds {from_date:?} and fractions {fractions:?}");
                Broken(format!("from {fraction} ms into a second on, with {habit}: {why}"))
            })?;
        }
    }
    Ok(())
}

async fn nothing_before(bench: &mut Bench<'_>, start: DateTime<Utc>) -> Result<(), Broken> {
    for (id, offset) in [
        ("minute", -60_000),
        ("second", -1_000),
        ("half", -500),
        ("before", -1),
        ("at", 0),
        ("after", 1),
        ("later", 700),
    ] {
        bench.site.simulator.add_event(Event::new(id, start + TimeDelta::milliseconds(offset)));
    }
    let (mut all, page) = drained(bench, from(&datetime(start)), json!({})).await?;
    // One that was indexed late, from before the start, and one from after it.
    bench.site.simulator.add_event(Event::new("late-before", start - TimeDelta::milliseconds(200)));
    bench.site.simulator.add_event(Event::new("late-after", start + TimeDelta::milliseconds(200)));
    let (later, _) = drained(bench, after(&page), json!({})).await?;
    all.extend(later);
    each_once(&ids_of(&all), ["at", "after", "later", "late-after"].map(str::to_owned))
}

async fn the_last_three_minutes(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let at = |seconds| bench.site.now - TimeDelta::seconds(seconds);
    for (id, seconds) in [("e240", 240), ("e190", 190), ("e170", 170), ("e90", 90), ("e1", 1)] {
        bench.site.simulator.add_event(Event::new(id, at(seconds)));
    }
    let (all, page) = drained(bench, from("1 hour ago"), json!({})).await?;
    // Seconds pass in another host, but not twenty.
    each_once(&ids_of(&all), ["e240", "e190"].map(str::to_owned))?;
    ensure!(!more(&page), "more is said to wait, where all that waits is too new");
    if bench.subject.place() == Place::Process {
        bench.site.simulator.clock().advance(TimeDelta::minutes(5));
        let (all, _) = drained(bench, after(&page), json!({})).await?;
        each_once(&ids_of(&all), ["e170", "e90", "e1"].map(str::to_owned))?;
    }
    Ok(())
}

async fn page_by_page(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench
        .site
        .simulator
        .add_events((0..120).map(|number| Event::new(format!("e{number}"), bench.minutes_ago(150 - number))));
    let mut start = from("4 hours ago");
    let mut all = Vec::new();
    for limit in [50, 7, 50, 1, 50] {
        let page = bench.ok(FETCH, fetch(start, json!({"limit": limit}))).await?;
        all.extend(ids(&page));
        let left = 120 - all.len().min(120);
        ensure!(more(&page) || left == 0, "{left} events were left, and the page did not say that there is more");
        start = after(&page);
        if left == 0 {
            break;
        }
    }
    let (rest, _) = drained(bench, start, json!({})).await?;
    all.extend(ids_of(&rest));
    each_once(&all, numbered("e", 120))
}

async fn cursor_of_cortex_xsoar(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let began = bench.minutes_ago(60);
    bench
        .site
        .simulator
        .add_events((0..20).map(|number| Event::new(format!("e{number}"), began + TimeDelta::seconds(number * 10))));
    let cursor = format!(r#"{{"last_fetch": {}.0}}"#, began.timestamp() + 100);
    let (all, page) = drained(bench, json!({"case": "after", "value": cursor}), json!({})).await?;
    each_once(&ids_of(&all), (10..20).map(|number| format!("e{number}")))?;
    let next = bench.ok(FETCH, fetch(after(&page), json!({}))).await?;
    ensure!(ids(&next).is_empty(), "the next fetch brought {} again", listed(&ids(&next)));
    Ok(())
}

async fn cursor_length(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // All of them within the look-back of the last.
    bench.site.simulator.add_events((0..2_500).map(|number| {
        Event::new(
            format!("event-with-a-long-id-{number:040}"),
            bench.minutes_ago(60) + TimeDelta::milliseconds(number * 333),
        )
    }));
    let mut start = from("2 hours ago");
    let mut all = Vec::new();
    for _ in 0..60 {
        let page = bench.ok(FETCH, fetch(start, json!({}))).await?;
        let cursor = page.get("next").and_then(Value::as_str).unwrap_or_default();
        let length = cursor.chars().count();
        ensure!(length <= 65_536, "after {} incidents the cursor has {length} characters", all.len());
        all.extend(ids(&page));
        start = after(&page);
        if !more(&page) {
            break;
        }
    }
    each_once(&all, (0..2_500).map(|number| format!("event-with-a-long-id-{number:040}")))
}

async fn filters(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (number, severity) in (0..).zip(Severity::ALL) {
        let event = |kind: &str| {
            let event = Event::new(format!("{kind}{number}"), bench.minutes_ago(60 - number)).severity(severity);
            event.muted(kind == "muted")
        };
        bench.site.simulator.add_event(event("plain").rule(1, "Falco: Terminal shell").tags(["Shell", "falco"]));
        bench.site.simulator.add_event(event("muted").rule(2, "Brute force").tags(["login"]));
    }
    let all = || numbered("plain", 5).chain(numbered("muted", 5));
    let of = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    for (filter, wanted) in [
        (json!({"include_muted": true}), all().collect()),
        (json!({"include_muted": false}), numbered("plain", 5).collect()),
        (json!({"include_muted": true, "rule_name": "Terminal"}), numbered("plain", 5).collect()),
        (json!({"include_muted": true, "rule_name": "rute forc"}), numbered("muted", 5).collect()),
        (json!({"include_muted": true, "rule_name": "no such rule"}), Vec::new()),
        (
            json!({"include_muted": true, "severities": ["severe", "info"]}),
            of(&["plain0", "plain4", "muted0", "muted4"]),
        ),
        (json!({"include_muted": true, "severities": ["medium"]}), of(&["plain2", "muted2"])),
        (json!({"include_muted": true, "tags": ["sHELL"]}), numbered("plain", 5).collect()),
        (json!({"include_muted": true, "tags": ["absent", "LOGIN"]}), numbered("muted", 5).collect()),
        (json!({"include_muted": true, "tags": ["she"]}), Vec::new()),
        (json!({"include_muted": true, "tags": ["login", "falco"]}), all().collect()),
    ] {
        let mut whole = json!({"rule_name": null, "severities": [], "tags": []});
        if let (Value::Object(whole), Value::Object(filter)) = (&mut whole, filter.clone()) {
            whole.extend(filter);
        }
        let (found, _) = drained(bench, from("2 hours ago"), json!({"filter": whole})).await?;
        each_once(&ids_of(&found), wanted).map_err(|Broken(why)| Broken(format!("with the filter {filter}: {why}")))?;
    }
    Ok(())
}

async fn filters_together(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (id, rule, severity, tag, muted) in [
        ("all", "Falco: shell", Severity::High, "shell", false),
        ("rule", "Brute force", Severity::High, "shell", false),
        ("severity", "Falco: shell", Severity::Low, "shell", false),
        ("tag", "Falco: shell", Severity::High, "other", false),
        ("muted", "Falco: shell", Severity::High, "shell", true),
    ] {
        let event = Event::new(id, bench.minutes_ago(60)).rule(1, rule).severity(severity).tags([tag]).muted(muted);
        bench.site.simulator.add_event(event);
    }
    let filter =
        json!({"rule_name": "Falco", "severities": ["high", "severe"], "tags": ["shell"], "include_muted": false});
    let (found, _) = drained(bench, from("2 hours ago"), json!({"filter": filter})).await?;
    each_once(&ids_of(&found), ["all".to_owned()])
}

async fn filters_and_pages(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let began = bench.minutes_ago(150);
    bench.site.simulator.add_events((0..2_000).map(|number| {
        let tag = if number % 250 == 249 { "Wanted" } else { "other" };
        Event::new(format!("e{number}"), began + TimeDelta::seconds(number)).tags([tag])
    }));
    let filter = json!({"rule_name": null, "severities": [], "tags": ["wanted", "absent"], "include_muted": true});
    let (found, _) = drained(bench, from("4 hours ago"), json!({"filter": filter, "limit": 3})).await?;
    each_once(&ids_of(&found), (0..2_000).filter(|number| number % 250 == 249).map(|number| format!("e{number}")))
}

async fn a_filter_that_changes(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // Far apart, and many to a second.
    for pause in [20_000, 100] {
        bench.restart().await?;
        changed_filter(bench, pause)
            .await
            .map_err(|Broken(why)| Broken(format!("with an event each {pause} ms: {why}")))?;
    }
    Ok(())
}

async fn changed_filter(bench: &mut Bench<'_>, pause: i64) -> Result<(), Broken> {
    let began = bench.minutes_ago(150);
    bench.site.simulator.add_events((0..240).map(|number| {
        let severity = if number % 2 == 0 { Severity::High } else { Severity::Low };
        Event::new(format!("e{number:03}"), began + TimeDelta::milliseconds(number * pause)).severity(severity)
    }));
    // Without a look-back, which would make up for what is skipped.
    let request = |severities: Value| {
        let filter = json!({"rule_name": null, "severities": severities, "tags": [], "include_muted": true});
        json!({"filter": filter, "look_back_minutes": 0})
    };
    let first = bench.ok(FETCH, fetch(from("4 hours ago"), request(json!([])))).await?;
    let read = ids(&first);
    ensure!(
        read == (0..50).map(|number| format!("e{number:03}")).collect::<Vec<_>>(),
        "the first page holds {}",
        listed(&read)
    );
    // From here on high ones only: whatever lies behind the page must all come, and once.
    let (rest, page) = drained(bench, after(&first), request(json!(["high"]))).await?;
    each_once(&ids_of(&rest), (50..240).filter(|number| number % 2 == 0).map(|number| format!("e{number:03}")))?;
    let idle = bench.ok(FETCH, fetch(after(&page), request(json!(["high"])))).await?;
    ensure!(ids(&idle).is_empty(), "the next fetch brought {} again", listed(&ids(&idle)));
    Ok(())
}

async fn limit(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench
        .site
        .simulator
        .add_events((0..120).map(|number| Event::new(format!("e{number}"), bench.minutes_ago(150 - number))));
    for (limit, wanted) in [
        (json!(null), 50),
        (json!(1), 1),
        (json!(20), 20),
        (json!(50), 50),
        (json!(51), 50),
        (json!(4_000_000_000_u32), 50),
    ] {
        let page = bench.ok(FETCH, fetch(from("4 hours ago"), json!({"limit": limit}))).await?;
        let found = incidents(&page).len();
        ensure!(found == wanted, "with a limit of {limit}, {found} incidents came of 120, and {wanted} should");
    }
    bench.err(FETCH, fetch(from("4 hours ago"), json!({"limit": 0})), "invalid-argument").await?;
    Ok(())
}

/// A late event, so many minutes behind the newest one that was read: whether it comes.
async fn late(bench: &mut Bench<'_>, minutes_behind: i64, request: Value) -> Result<bool, Broken> {
    let newest = bench.minutes_ago(60);
    let id = format!("late{minutes_behind}");
    bench.site.simulator.add_event(Event::new(id.clone(), newest - TimeDelta::minutes(minutes_behind)));
    let start = bench.answers().first().and_then(|answer| answer.get("ok").cloned()).unwrap_or_default();
    let (found, _) = drained(bench, after(&start), request).await?;
    Ok(ids_of(&found).contains(&id))
}

async fn look_back(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let newest = bench.minutes_ago(60);
    bench
        .site
        .simulator
        .add_events((0..40).map(|number| Event::new(format!("e{number}"), newest - TimeDelta::minutes(number * 30))));
    // Its answer is where each of the others starts.
    let page = bench.ok(FETCH, fetch(from("3 days ago"), json!({"look_back_minutes": 1_440}))).await?;
    ensure!(
        !more(&page) && incidents(&page).len() == 40,
        "40 incidents were expected, {} came",
        incidents(&page).len()
    );
    for (minutes, look_back, comes) in
        [(14, json!(null), true), (59, json!(60), true), (1_435, json!(1_440), true), (4, json!(5), true)]
    {
        let came = late(bench, minutes, json!({"look_back_minutes": look_back})).await?;
        ensure!(came == comes, "with a look-back of {look_back}, an event indexed {minutes} minutes late did not come");
    }
    bench.err(FETCH, fetch(from("1 day ago"), json!({"look_back_minutes": 1_441})), "invalid-argument").await?;
    Ok(())
}

async fn no_look_back(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench
        .site
        .simulator
        .add_events((0..60).map(|number| Event::new(format!("e{number}"), bench.minutes_ago(120 - number))));
    let request = || json!({"look_back_minutes": 0});
    let (mut all, page) = drained(bench, from("3 hours ago"), request()).await?;
    bench.site.simulator.add_event(Event::new("late", bench.minutes_ago(70)));
    bench.site.simulator.add_event(Event::new("new", bench.minutes_ago(50)));
    let (later, _) = drained(bench, after(&page), request()).await?;
    all.extend(later);
    each_once(&ids_of(&all), numbered("e", 60).chain(["new".to_owned()]))
}

async fn attached_logs(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let logs: Vec<String> = numbered("l", 130).collect();
    let began = bench.minutes_ago(70);
    bench.add_logs(
        logs.iter().zip(0..).map(|(id, number)| log(id, began + TimeDelta::seconds(number), json!({"n": number}))),
    );
    bench.site.simulator.add_event(Event::new("many", bench.minutes_ago(60)).logs(logs));
    bench.site.simulator.add_event(Event::new("none", bench.minutes_ago(59)));
    let known: BTreeSet<String> = {
        let logs = bench.site.simulator.logs(AccountKind::Operations);
        logs.iter().map(|log| String::from_utf8_lossy(log.document()).into_owned()).collect()
    };
    for (attach, wanted) in [(json!(null), 0), (json!(0), 0), (json!(3), 3), (json!(100), 100), (json!(5_000), 100)] {
        let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({"attach_logs": attach}))).await?;
        let [many, none] = incidents(&page) else {
            return Err(Broken(format!("two incidents were expected, {} came", incidents(&page).len())));
        };
        let logs = |incident: &Value| incident.get("logs").and_then(Value::as_array).cloned().unwrap_or_default();
        ensure!(
            logs(many).len() == wanted,
            "with attach-logs {attach}, {} logs came of 130, and {wanted} should",
            logs(many).len()
        );
        ensure!(logs(none).is_empty(), "an event without logs came with {}", logs(none).len());
        let foreign = logs(many).iter().find(|log| !log.as_str().is_some_and(|log| known.contains(log))).cloned();
        if let Some(foreign) = foreign {
            return Err(Broken(format!("an attached log is not, byte for byte, as Logz.io sent it: {foreign}")));
        }
    }
    Ok(())
}

async fn attached_logs_that_fail(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::EventLogs, 1, Fault::status(400)));
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({"attach_logs": 5}))).await?;
    each_once(&ids(&page), numbered("e", 5))?;
    expect(&json!({"notices": {"$has": [{"code": "logs-not-attached"}]}}), &page)
}

async fn after_a_failure(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench
        .site
        .simulator
        .add_events((0..120).map(|number| Event::new(format!("e{number}"), bench.minutes_ago(150 - number))));
    let mut all = Vec::new();
    let mut start = from("4 hours ago");
    for fault in [Fault::status(400), Fault::InvalidJson, Fault::Html, Fault::status(404)] {
        bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 1, fault.clone()));
        let failed = bench.call(FETCH, fetch(start.clone(), json!({}))).await?;
        ensure!(matches!(failed, Answer::Err(_)), "the fetch succeeded although nothing could be read ({fault:?})");
        bench.site.simulator.faults(FaultPlan::none());
        let page = bench.ok(FETCH, fetch(start, json!({"limit": 25}))).await?;
        all.extend(ids(&page));
        start = after(&page);
        // Once only: what is tried again may succeed, what is passed over may not.
        bench.site.simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, fault));
        if let Answer::Ok(page) = bench.call(FETCH, fetch(start.clone(), json!({"limit": 10}))).await? {
            all.extend(ids(&page));
            start = after(&page);
        }
        bench.site.simulator.faults(FaultPlan::none());
    }
    let (rest, _) = drained(bench, start, json!({})).await?;
    all.extend(ids_of(&rest));
    each_once(&all, numbered("e", 120))
}

/// What a schedule has besides events.
#[derive(Clone, Copy, Default)]
struct Trouble {
    faults: bool,
    crashes: bool,
}

/// Polls while events happen, are indexed late and out of order, and drains what is left: each must come once.
///
/// In this process the clock goes with the events. Another host has a clock of its own: there all of it lies hours back,
/// and the host reads all there is at each poll, since a component may take an event that happened hours ago for one that
/// was indexed hours late.
async fn poll(bench: &mut Bench<'_>, behaviour: Behaviour, trouble: Trouble) -> Result<(), Broken> {
    let live = bench.subject.place() == Place::Process;
    bench.site.simulator.set_behaviour(behaviour);
    let began = bench.minutes_ago(240);
    let mut random = bench.random.clone();
    let mut waiting: Vec<(i64, Event)> = Vec::new();
    let mut happening = |random: &mut fastrand::Rng, at: i64| {
        // Up to ten minutes late, or a second.
        let is_late = random.u8(..4) == 0 && (live || !(trouble.faults || trouble.crashes));
        let late = if is_late { random.i64(0..600_000) } else { random.i64(0..1_000) };
        let id = format!("e{}", waiting.len());
        waiting.push((at + late, Event::new(id, began + TimeDelta::milliseconds(at))));
    };
    let length = 5_400_000;
    for _ in 0..60 {
        let at = random.i64(0..length);
        happening(&mut random, at);
    }
    // Many at a moment, within a second, and at whole seconds.
    for (count, width, whole) in [(70, 1, false), (60, 1_000, false), (40, 30_000, true)] {
        let at = random.i64(0..length);
        for _ in 0..count {
            let at = at + random.i64(0..width);
            happening(&mut random, if whole { at.div_euclid(1_000) * 1_000 } else { at });
        }
    }
    let total = waiting.len();

    let mut start = from(&datetime(began));
    let mut delivered: Vec<String> = Vec::new();
    let (steps, quiet) = (36, 40);
    for step in 1..=quiet {
        let visible = length * step / 30;
        if live {
            bench.site.simulator.clock().set(began + TimeDelta::milliseconds(visible));
        }
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(at, _)| *at <= visible);
        waiting = later;
        bench.site.simulator.add_events(now.into_iter().map(|(_, event)| event));
        // Some hosts take all there is at each poll, some do not.
        let pages = if step > steps || !live { MOST_PAGES } else { random.usize(1..6) };
        for _ in 0..pages {
            let request = json!({"limit": if random.bool() { 50 } else { random.u32(1..50) }});
            let troubled = step <= steps;
            if trouble.faults && troubled && random.bool() {
                let rule = FaultRule {
                    endpoint: Some(Endpoint::Events),
                    from: random.u32(1..4),
                    times: Some(if random.bool() { 1 } else { 20 }),
                    fault: any_fault(&mut random),
                };
                bench.site.simulator.faults(FaultPlan { rules: vec![rule] });
            } else {
                bench.site.simulator.faults(FaultPlan::none());
            }
            let page = match bench.call(FETCH, brief(fetch(start.clone(), request), live)).await? {
                Answer::Ok(page) => page,
                Answer::Err(_) if trouble.faults && troubled => continue,
                other => return Err(Broken(format!("a fetch without trouble failed: {}", other.to_json()))),
            };
            ordered(&page)?;
            if trouble.crashes && troubled && random.u8(..3) == 0 {
                continue;
            }
            delivered.extend(ids(&page));
            start = after(&page);
            if !more(&page) {
                break;
            }
        }
    }
    each_once(&delivered, numbered("e", i64::try_from(total).unwrap_or_default()))
}

/// Time for retries costs nothing in this process, but does in another host.
fn brief(mut arguments: Value, live: bool) -> Value {
    if let (false, Value::Object(arguments)) = (live, &mut arguments) {
        arguments.insert("connection".into(), json!({"time_budget_ms": 1_500}));
    }
    arguments
}

fn ordered(page: &Value) -> Result<(), Broken> {
    let times = texts(page, "incidents", "occurred");
    ensure!(times.is_sorted(), "the incidents of a page are not oldest first: {}", listed(&times));
    Ok(())
}

fn any_fault(random: &mut fastrand::Rng) -> Fault {
    match random.u8(..10) {
        0 => Fault::status(500),
        1 => Fault::status(503),
        2 => Fault::status(400),
        3 => Fault::too_many_requests(Some("1")),
        4 => Fault::Truncate(None),
        5 => Fault::Reset(None),
        6 => Fault::Html,
        7 => Fault::InvalidJson,
        8 => Fault::Missing("results".into()),
        _ => Fault::EmptyBody,
    }
}

async fn once_while_polling(bench: &mut Bench<'_>) -> Result<(), Broken> {
    poll(bench, Behaviour::default(), Trouble::default()).await
}

async fn once_with_exclusive_bounds(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (from_date, to_date) in [(Bound::Exclusive, Bound::Exclusive), (Bound::Exclusive, Bound::Inclusive)] {
        bench.restart().await?;
        poll(bench, Behaviour { from_date, to_date, ..Behaviour::default() }, Trouble::default()).await?;
    }
    Ok(())
}

async fn once_with_whole_seconds(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for (date_fractions, from_date) in [(Fractions::Truncated, Bound::Exclusive), (Fractions::Kept, Bound::Inclusive)] {
        bench.restart().await?;
        let behaviour =
            Behaviour { date_fractions, filter_fractions: Fractions::Truncated, from_date, ..Behaviour::default() };
        poll(bench, behaviour, Trouble::default()).await?;
    }
    Ok(())
}

async fn once_with_ties_in_any_order(bench: &mut Bench<'_>) -> Result<(), Broken> {
    poll(bench, Behaviour { ties: Ties::Shuffled, ..Behaviour::default() }, Trouble::default()).await
}

async fn once_with_counts_that_lie(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for total in [Total::Stale, Total::Off(-3), Total::Off(2)] {
        bench.restart().await?;
        let outcome = poll(bench, Behaviour { total, ..Behaviour::default() }, Trouble::default()).await;
        outcome.map_err(|Broken(why)| Broken(format!("{why} (the count is {total:?})")))?;
    }
    Ok(())
}

async fn once_with_faults_between_pages(bench: &mut Bench<'_>) -> Result<(), Broken> {
    poll(bench, Behaviour::default(), Trouble { faults: true, crashes: false }).await
}

async fn once_with_crashes(bench: &mut Bench<'_>) -> Result<(), Broken> {
    poll(bench, Behaviour::default(), Trouble { faults: false, crashes: true }).await
}

async fn once_in_any_habit(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for _ in 0..3 {
        bench.restart().await?;
        let random = &mut bench.random;
        let bound = |random: &mut fastrand::Rng| if random.bool() { Bound::Inclusive } else { Bound::Exclusive };
        let fractions = |random: &mut fastrand::Rng| if random.bool() { Fractions::Kept } else { Fractions::Truncated };
        let behaviour = Behaviour {
            from_date: bound(random),
            to_date: bound(random),
            date_fractions: fractions(random),
            filter_fractions: fractions(random),
            ties: if random.bool() { Ties::Stable } else { Ties::Shuffled },
            total: match random.u8(..3) {
                0 => Total::Exact,
                1 => Total::Stale,
                _ => Total::Off(-2),
            },
            ..Behaviour::default()
        };
        let habit = format!("{behaviour:?}");
        let outcome = poll(bench, behaviour, Trouble { faults: true, crashes: true }).await;
        outcome.map_err(|Broken(why)| Broken(format!("{why} (Logz.io's habits: {habit})")))?;
    }
    Ok(())
}

async fn many_at_one_moment(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.site.simulator.set_behaviour(Behaviour { ties: Ties::Shuffled, ..Behaviour::default() });
    let moment = bench.minutes_ago(60) + TimeDelta::milliseconds(123);
    bench.site.simulator.add_events((0..1_200).map(|number| Event::new(format!("e{number}"), moment)));
    let (all, page) = drained(bench, from("2 hours ago"), json!({})).await?;
    each_once(&ids_of(&all), numbered("e", 1_200))?;
    let idle = bench.ok(FETCH, fetch(after(&page), json!({}))).await?;
    ensure!(ids(&idle).is_empty(), "the next fetch brought {} again", listed(&ids(&idle)));
    Ok(())
}

async fn counts_more_than_it_shows(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.site.simulator.set_behaviour(Behaviour { total: Total::Off(2), ..Behaviour::default() });
    bench
        .site
        .simulator
        .add_events((0..10).map(|number| Event::new(format!("e{number}"), bench.minutes_ago(60 - number))));
    let (all, page) = drained(bench, from("2 hours ago"), json!({})).await?;
    each_once(&ids_of(&all), numbered("e", 10))?;
    let mut notices = bench.answers().iter().filter_map(|answer| answer.pointer("/ok/notices")?.as_array()).flatten();
    ensure!(
        notices.any(|notice| notice.get("code").and_then(Value::as_str) == Some("may-be-missing")),
        "Logz.io counts 12 events and shows 10, and no notice says so: {}",
        page.get("notices").unwrap_or(&Value::Null)
    );
    Ok(())
}
