//! The notices of searches and of an event's logs: where a page is not all that there is, its codes say why.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, Endpoint, Event, Fault, FaultPlan, SearchEnd};
use serde_json::{Value, json};

use super::pages::{all_pages, count, each_once, ids, pages_of};
use crate::bench::{
    Bench, Broken, EVENT_LOGS, HUNT, SEARCH, codes, datetime, ensure, expect, hunt, log, search, texts,
};
use crate::case::{CodeCase, code_case};

/// More than any component can be expected to read of one log, in bytes.
const TOO_LARGE: usize = 34 << 20;

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Logs,
        "time-that-ends",
        Code(time_that_ends),
        "Where the time ends within the range, a notice says so, and the next page goes on without a loss",
        ["types.notice-code.goes-on"],
    ),
    code_case!(
        Logs,
        "a-failure-within-the-range",
        Code(a_failure_within_the_range),
        "Where a failure ends a page, what was read is in it, a notice says so, and the next page goes on without a loss",
        ["types.notice-code.cut-short"],
    ),
    code_case!(
        Logs,
        "searches-that-were-stopped",
        Code(searches_that_were_stopped),
        "Where Logz.io did not finish a search, a notice says so, and neither a total nor a sighting is taken for whole",
        ["types.notice-code.may-be-missing", "logs.log-page.total", "hunting.sighting.complete.not"],
    ),
    code_case!(
        Logs,
        "too-many-at-one-moment",
        Code(too_many_at_one_moment),
        "Where more logs are of one moment than Logz.io shows, those that do not come are said to be out of reach",
        ["types.notice-code.out-of-reach"],
    ),
    code_case!(
        Logs,
        "a-log-that-is-too-large",
        Code(a_log_that_is_too_large),
        "A log of 34 MiB comes whole, or in part with a notice, and those beside it come whole",
        ["types.notice-code.log-cut"],
    ),
];

/// Logs over nine days, twelve hours apart.
fn nine_days(bench: &Bench<'_>) {
    let time = |number| bench.site.now - TimeDelta::hours(12 * number + 1);
    bench.add_logs((0..18_i64).map(|number| log(format!("l{number}"), time(number), json!({"n": number}))));
}

async fn time_that_ends(bench: &mut Bench<'_>) -> Result<(), Broken> {
    nine_days(bench);
    let query = json!({"since": "-9d"});
    // The first search is answered, and no other.
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 2, Fault::HangBeforeHead));
    let mut arguments = search(query.clone());
    if let Some(arguments) = arguments.as_object_mut() {
        arguments.insert("connection".into(), json!({"time_budget_ms": 1_500}));
    }
    let first = bench.ok(SEARCH, arguments).await?;
    let mut found = ids(&first);
    ensure!(!found.is_empty(), "a search was answered in time, and no log of it came");
    expect(&json!({"next": {"$not": null}, "notices": {"$has": [{"code": "goes-on"}]}}), &first)?;
    bench.site.simulator.faults(FaultPlan::none());
    let rest = all_pages(bench, with_page(query, &first)).await?;
    found.extend(rest.iter().flat_map(ids));
    each_once(&found, 18)?;
    let idle = rest.last().map(codes).unwrap_or_default();
    ensure!(!idle.contains(&"goes-on"), "the last page says that another one goes on");
    Ok(())
}

async fn a_failure_within_the_range(bench: &mut Bench<'_>) -> Result<(), Broken> {
    nine_days(bench);
    let query = json!({"since": "-9d"});
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 2, Fault::Html));
    let first = bench.ok(SEARCH, search(query.clone())).await?;
    let mut found = ids(&first);
    ensure!(!found.is_empty(), "a search was answered before the failure, and no log of it came");
    let cut = json!({"next": {"$not": null}, "notices": {"$has": [{"code": "cut-short"}]}});
    expect(&cut, &first)?;
    bench.site.simulator.faults(FaultPlan::none());
    let rest = all_pages(bench, with_page(query, &first)).await?;
    found.extend(rest.iter().flat_map(ids));
    each_once(&found, 18)?;

    // The same of the logs of an event, of which an answer holds a few.
    let own: Vec<String> = (0..60).map(|number| format!("own{number}")).collect();
    let began = bench.minutes_ago(70);
    bench.add_logs(
        own.iter().zip(0..).map(|(id, number)| log(id, began + TimeDelta::seconds(number), json!({"mine": number}))),
    );
    bench.site.simulator.add_event(Event::new("e", bench.minutes_ago(60)).logs(own));
    bench.site.simulator.set_behaviour(Behaviour { page_rows: 20, ..Behaviour::default() });
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::EventLogs, 2, Fault::Html));
    let first = bench.ok(EVENT_LOGS, json!({"event_id": "e"})).await?;
    ensure!(count(&first) > 0, "an answer came before the failure, and no log of it came");
    expect(&cut, &first)?;
    bench.site.simulator.faults(FaultPlan::none());
    let rest = json!({"event_id": "e", "page": first.get("next").cloned()});
    let pages = pages_of(bench, EVENT_LOGS, rest, "").await?;
    let sources: Vec<String> = std::iter::once(&first)
        .chain(&pages)
        .flat_map(|page| texts(page, "logs", "source_text"))
        .map(str::to_owned)
        .collect();
    each_once(&sources, 60)
}

async fn searches_that_were_stopped(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs(
        (0..40).map(|number| {
            log(format!("l{number}"), bench.minutes_ago(number + 1), json!({"source.ip": "203.0.113.9"}))
        }),
    );
    let request = json!({"fields": {"ip": ["source.ip"]}, "since": "-2h"});
    let page = bench.ok(SEARCH, search(json!({"since": "-2h"}))).await?;
    expect(&json!({"total": 40, "notices": []}), &page)?;
    let report = bench.ok(HUNT, hunt(&["203.0.113.9"], request.clone())).await?;
    expect(&json!({"sightings": [{"hits": 40, "complete": true}], "notices": []}), &report)?;
    for search_end in [SearchEnd::TimedOut, SearchEnd::TerminatedEarly, SearchEnd::FailedShard] {
        bench.site.simulator.set_behaviour(Behaviour { search_end, ..Behaviour::default() });
        let what = |Broken(why): Broken| Broken(format!("{search_end:?}: {why}"));
        let page = bench.ok(SEARCH, search(json!({"since": "-2h"}))).await?;
        let missing = json!({"$has": [{"code": "may-be-missing"}]});
        expect(&json!({"total": null, "notices": missing}), &page).map_err(what)?;
        let report = bench.ok(HUNT, hunt(&["203.0.113.9"], request.clone())).await?;
        expect(&json!({"sightings": [{"complete": false}], "notices": missing}), &report).map_err(what)?;
    }
    Ok(())
}

async fn too_many_at_one_moment(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let moment = bench.minutes_ago(60);
    bench.add_logs((0..10_050).map(|number| log(format!("l{number}"), moment, json!({}))));
    bench.add_logs([log("older", bench.minutes_ago(70), json!({})), log("newer", bench.minutes_ago(50), json!({}))]);
    let pages = all_pages(bench, json!({"since": "-2h", "limit": 10_000})).await?;
    let found: Vec<String> = pages.iter().flat_map(ids).collect();
    each_once(&found, found.len())?;
    for beside in ["older", "newer"] {
        ensure!(found.iter().any(|id| id == beside), "the log {beside:?}, of another moment, did not come");
    }
    let out_of_reach = pages.iter().any(|page| codes(page).contains(&"out-of-reach"));
    ensure!(
        out_of_reach || found.len() == 10_052,
        "{} of 10 052 logs came, and no notice says that others are out of reach",
        found.len()
    );
    Ok(())
}

async fn a_log_that_is_too_large(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(60);
    let large = |id: &str| log(id, time, json!({"type": "large"})).filled_to(TOO_LARGE);
    bench.add_logs([
        log("before", bench.minutes_ago(70), json!({"type": "small"})),
        large("large"),
        log("after", bench.minutes_ago(50), json!({"type": "small"})),
    ]);
    let pages = all_pages(bench, json!({"since": "-2h", "limit": 1})).await?;
    let found: Vec<String> = pages.iter().flat_map(ids).collect();
    ensure!(found == ["after", "large", "before"], "{found:?} came, and should be after, large and before");
    for page in &pages {
        let length: usize = texts(page, "logs", "source_text").iter().map(|source| source.len()).sum();
        let is_large = ids(page) == ["large"];
        ensure!(
            length == TOO_LARGE || is_large == codes(page).contains(&"log-cut"),
            "a log came with {length} bytes, and the notices are {:?}",
            codes(page)
        );
        if is_large && length < TOO_LARGE {
            let part = json!({"logs": [{"source": {"@timestamp": datetime(time), "type": "large"}}]});
            expect(&part, page)?;
        }
    }
    // Of an event's logs it is left out.
    bench.site.simulator.add_event(Event::new("e", bench.minutes_ago(40)).logs(["large", "after"]));
    let page = bench.ok(EVENT_LOGS, json!({"event_id": "e", "limit": 2})).await?;
    let types: BTreeSet<&str> = texts(&page, "logs", "source_text")
        .into_iter()
        .map(|source| if source.len() < TOO_LARGE { "small" } else { "large" })
        .collect();
    ensure!(types.contains("small"), "the log beside the large one did not come");
    ensure!(
        types.contains("large") || codes(&page).contains(&"log-cut"),
        "the large log was left out, and the notices are {:?}",
        codes(&page)
    );
    Ok(())
}

/// The same query from the page on that follows another.
fn with_page(query: Value, page: &Value) -> Value {
    let mut query = query;
    if let Value::Object(query) = &mut query {
        query.insert("page".into(), page.get("next").cloned().unwrap_or_default());
    }
    query
}
