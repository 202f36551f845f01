//! Pages: their order, their size, where they start, and when there is no more.

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{Behaviour, Bound, Event, Fractions};
use serde_json::json;

use super::pages::{drained, each_once, ids, ids_of, incidents, more, numbered};
use crate::bench::{Bench, Broken, FETCH, Place, after, datetime, ensure, fetch, from, listed};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
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
        "limit",
        Code(limit),
        "At most as many incidents as asked for; 50 if nothing is said, and never more",
        ["incidents.fetch-request.limit"],
    ),
];

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
