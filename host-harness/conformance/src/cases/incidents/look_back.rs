//! The look-back: how far behind the newest event late ones are found.

use chrono::TimeDelta;
use logzio_simulator::Event;
use serde_json::{Value, json};

use super::pages::{drained, each_once, ids_of, incidents, more, numbered};
use crate::bench::{Bench, Broken, FETCH, after, ensure, fetch, from};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Incidents,
        "look-back",
        Code(look_back),
        "Events that were indexed late are found as far back as the look-back reaches: 15 minutes, or as set",
        ["incidents.fetch-request.look-back-minutes"],
    ),
    code_case!(
        Incidents,
        "no-look-back",
        Code(no_look_back),
        "With a look-back of 0 a late event is not looked for, and nothing comes twice",
        ["incidents.fetch-request.look-back-minutes"],
    ),
];

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
