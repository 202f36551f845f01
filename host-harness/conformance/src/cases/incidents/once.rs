//! Each event once: under every habit of Logz.io, with failures and with crashes of the host.

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, Bound, Endpoint, Event, Fault, FaultPlan, Fractions, Ties, Total};
use serde_json::{Value, json};

use super::pages::{drained, each_once, ids, ids_of, numbered};
use super::schedule::{Trouble, poll};
use crate::bench::{Answer, Bench, Broken, FETCH, after, ensure, fetch, from, listed};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
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
        ["incidents.incident-page.notices", "types.notice-code.may-be-missing"],
    ),
];

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
