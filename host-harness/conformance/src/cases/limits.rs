//! Cases of the group `limits`: the time budget, and answers that are too large at once.

use std::time::Duration;

use logzio_simulator::{Endpoint, Fault, FaultPlan};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::bench::{
    Bench, Broken, CHECK, EVENT_LOGS, FETCH, HUNT, SEARCH, ensure, fetch, from, hunt, log, search, texts,
};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Limits,
        "time-budget",
        Code(time_budget),
        "Each function returns within its time budget, whatever Logz.io does",
        ["types.connection.time-budget-ms", "types.error.timed-out"],
    ),
    code_case!(
        Limits,
        "time-budget-of-thirty-seconds",
        Process(time_budget_of_thirty_seconds),
        "Without a time budget a call has thirty seconds, and uses them",
        ["types.connection.time-budget-ms"],
    ),
    code_case!(
        Limits,
        "large-answers",
        Code(large_answers),
        "Logs of many megabytes fit into the memory of a sandbox, and all of them come",
        ["logs.search-logs", "plugin.one-host"],
    ),
];

async fn time_budget(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    for fault in [Fault::HangBeforeHead, Fault::HangAfterHead, Fault::status(503), Fault::too_many_requests(Some("1"))]
    {
        let plan = Endpoint::ALL
            .into_iter()
            .fold(FaultPlan::none(), |plan, endpoint| plan.with_all(endpoint, 1, fault.clone()));
        bench.site.simulator.faults(plan);
        for (function, mut arguments) in [
            (FETCH, fetch(from("2 hours ago"), json!({}))),
            (SEARCH, search(json!({"since": "-9d"}))),
            (EVENT_LOGS, json!({"event_id": "e1"})),
            (HUNT, hunt(&["203.0.113.9"], json!({}))),
            (CHECK, json!({})),
        ] {
            if let Some(arguments) = arguments.as_object_mut() {
                arguments.insert("connection".into(), json!({"time_budget_ms": 1_000}));
            }
            let started = Instant::now();
            bench.call(function, arguments).await?;
            let took = started.elapsed();
            ensure!(
                took < Duration::from_millis(2_500),
                "{function} took {:.1} s of its second ({fault:?})",
                took.as_secs_f64()
            );
        }
    }
    Ok(())
}

async fn time_budget_of_thirty_seconds(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    // An answer that comes late, but in time.
    bench.site.simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, Fault::Delay(Duration::from_secs(25))));
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    ensure!(
        texts(&page, "incidents", "id").len() == 5,
        "{} of 5 incidents came",
        texts(&page, "incidents", "id").len()
    );
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 1, Fault::HangBeforeHead));
    let started = Instant::now();
    bench.err(FETCH, fetch(from("2 hours ago"), json!({})), "timed-out").await?;
    let took = started.elapsed().as_secs_f64();
    ensure!((29.0..32.0).contains(&took), "it gave up after {took:.1} s");
    Ok(())
}

async fn large_answers(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let filler = "x".repeat(40_000);
    bench.add_logs(
        (0..300).map(|number| log(format!("l{number}"), bench.minutes_ago(number + 1), json!({"filler": filler}))),
    );
    let page = bench.ok(SEARCH, search(json!({"since": "-2d", "limit": 300}))).await?;
    let found = page.get("logs").and_then(Value::as_array).map_or(0, Vec::len);
    ensure!(found == 300, "of 300 logs of 40 KB, {found} came");
    Ok(())
}
