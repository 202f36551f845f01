//! The notices of a fetch: where not all that there is may come, its codes say why.

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, Endpoint, Event, Fault, FaultPlan};
use serde_json::{Value, json};

use super::pages::{drained, each_once, ids, ids_of, incidents, more, numbered};
use crate::bench::{Bench, Broken, FETCH, after, codes, ensure, expect, fetch, from};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Incidents,
        "a-failure-between-pages",
        Code(a_failure_between_pages),
        "Where a failure ends a fetch, what was read is in it, a notice says so, and the next one goes on without a loss",
        ["types.notice-code.cut-short"],
    ),
    code_case!(
        Incidents,
        "more-events-than-a-cursor-holds",
        Code(more_events_than_a_cursor_holds),
        "Where a look-back holds more events than a cursor can remember, late ones come, or a notice says that it is shorter",
        ["types.notice-code.look-back-shortened", "incidents.cursor.length"],
    ),
];

async fn a_failure_between_pages(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let event = |number: i64| Event::new(format!("e{number}"), bench.minutes_ago(150 - number));
    bench.site.simulator.add_events((0..40).map(event));
    // An answer holds ten events, and the second one fails.
    bench.site.simulator.set_behaviour(Behaviour { page_rows: 10, ..Behaviour::default() });
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 2, Fault::Html));
    let first = bench.ok(FETCH, fetch(from("4 hours ago"), json!({}))).await?;
    ensure!(!incidents(&first).is_empty(), "an answer came before the failure, and no incident of it came");
    expect(&json!({"more": true, "notices": {"$has": [{"code": "cut-short"}]}}), &first)?;
    bench.site.simulator.faults(FaultPlan::none());
    let (rest, last) = drained(bench, after(&first), json!({})).await?;
    let mut all = ids(&first);
    all.extend(ids_of(&rest));
    each_once(&all, numbered("e", 40))?;
    ensure!(!codes(&last).contains(&"cut-short"), "nothing failed, and a notice says so");
    Ok(())
}

async fn more_events_than_a_cursor_holds(bench: &mut Bench<'_>) -> Result<(), Broken> {
    // Of another tag than is asked for: to be remembered they need not be delivered.
    let request = || json!({"look_back_minutes": 1_440, "filter": {"include_muted": true, "tags": ["late"]}});
    let newest = bench.minutes_ago(40);
    let event = |number: i64| Event::new(format!("e{number}"), newest - TimeDelta::seconds(7 * number));
    bench.site.simulator.add_events((0..400).map(event));
    let (_, page) = drained(bench, from("25 hours ago"), request()).await?;
    ensure!(!codes(&page).contains(&"look-back-shortened"), "400 events are said to be more than a cursor holds");

    bench.site.simulator.add_events((400..12_000).map(event));
    let (_, page) = drained(bench, from("25 hours ago"), request()).await?;
    let length = page.get("next").and_then(Value::as_str).map_or(0, |cursor| cursor.chars().count());
    ensure!((1..=65_536).contains(&length), "the cursor has {length} characters");
    let shortened = codes(&page).contains(&"look-back-shortened");
    bench.site.simulator.add_event(Event::new("late", newest - TimeDelta::minutes(1_390)).tags(["late"]));
    let (late, _) = drained(bench, after(&page), request()).await?;
    ensure!(
        shortened || ids_of(&late) == ["late"],
        "an event that was indexed late, within the look-back, did not come, and no notice said so; {} came, and more \
         is said to wait: {}",
        late.len(),
        more(&page)
    );
    Ok(())
}
