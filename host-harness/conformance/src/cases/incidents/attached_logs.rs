//! Logs attached to incidents: how many, and that a failure to get them fails no fetch.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Endpoint, Event, Fault, FaultPlan};
use serde_json::{Value, json};

use super::pages::{each_once, ids, incidents, numbered};
use crate::bench::{Bench, Broken, FETCH, ensure, expect, fetch, from, log};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
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
        ["incidents.incident-page.notices", "types.notice-code.logs-not-attached"],
    ),
];

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
        let logs = |incident: &Value| incident.get("logs_text").and_then(Value::as_array).cloned().unwrap_or_default();
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
