//! The logs behind a security event.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Behaviour, Event, UnknownEvent};
use serde_json::json;

use super::pages::count;
use crate::bench::{Bench, Broken, EVENT_LOGS, FETCH, ensure, expect, fetch, from, log, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Logs,
        "the-logs-of-an-event",
        Code(the_logs_of_an_event),
        "The logs behind an event come, no others, in pages of 100 if nothing is said, each once",
        ["logs.get-logs-by-event-id", "logs.get-logs-by-event-id.limit"],
    ),
    code_case!(
        Logs,
        "logs-that-are-gone",
        Code(logs_that_are_gone),
        "An event whose logs are gone, or that nobody knows, has none, and a notice says so",
        ["logs.get-logs-by-event-id.gone", "logs.log-page.notices", "types.notice-code.no-logs"],
    ),
    code_case!(
        Logs,
        "the-ids-of-incidents",
        Code(the_ids_of_incidents),
        "The id of an incident is what its logs are got by",
        ["incidents.incident.id", "logs.get-logs-by-event-id"],
    ),
];

async fn the_logs_of_an_event(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let own: Vec<String> = (0..260).map(|number| format!("l{number}")).collect();
    let began = bench.minutes_ago(70);
    bench.add_logs(
        own.iter()
            .zip(0..)
            .map(|(id, number)| log(id, began + TimeDelta::milliseconds(number), json!({"mine": true, "n": number}))),
    );
    bench.add_logs((0..40).map(|number| log(format!("x{number}"), began, json!({"mine": false}))));
    bench.site.simulator.add_event(Event::new("an \"odd\"/id", bench.minutes_ago(60)).logs(own));
    for (limit, sizes) in [
        (json!(null), &[100, 100, 60][..]),
        (json!(7), &[7][..]),
        (json!(1_000), &[260][..]),
        (json!(10_000), &[260][..]),
    ] {
        let mut page = json!(null);
        let mut sources = BTreeSet::new();
        let mut came = 0;
        for size in sizes {
            let arguments = json!({"event_id": "an \"odd\"/id", "limit": limit, "page": page});
            let answer = bench.ok(EVENT_LOGS, arguments).await?;
            ensure!(
                count(&answer) == *size,
                "with a limit of {limit}, {} logs came, and {size} should",
                count(&answer)
            );
            expect(&json!({"total": 260}), &answer)?;
            came += size;
            sources.extend(texts(&answer, "logs", "source_text").into_iter().map(str::to_owned));
            page = answer.get("next").cloned().unwrap_or_default();
            ensure!(
                page.is_null() == (came == 260),
                "with a limit of {limit}, after {came} of 260 logs the next page is {page}"
            );
        }
        ensure!(sources.len() == came, "with a limit of {limit}, {} of {came} logs came twice", came - sources.len());
        ensure!(sources.iter().all(|source| source.contains(r#""mine":true"#)), "a log came that is not the event's");
    }
    Ok(())
}

async fn logs_that_are_gone(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.site.simulator.add_event(Event::new("gone", bench.minutes_ago(60)).logs(["l1", "l2"]));
    let nothing = json!({"logs": [], "next": null});
    let page = bench.ok(EVENT_LOGS, json!({"event_id": "gone"})).await?;
    expect(&nothing, &page)?;
    let page = bench.ok(EVENT_LOGS, json!({"event_id": "nobody-knows"})).await?;
    expect(&nothing, &page)?;
    expect(&json!({"notices": [{"code": "no-logs"}]}), &page)?;
    bench.site.simulator.set_behaviour(Behaviour { unknown_event: UnknownEvent::NotFound, ..Behaviour::default() });
    let answer = bench.call(EVENT_LOGS, json!({"event_id": "nobody-knows"})).await?;
    // Where Logz.io says so with a status, either is right.
    expect(
        &json!({"$one_of": [{"ok": {"logs": []}}, {"err": {"case": "server", "value": {"status": 404}}}]}),
        &answer.to_json(),
    )
}

async fn the_ids_of_incidents(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    bench.site.simulator.add_event(Event::new("with-logs", bench.minutes_ago(30)).logs(["l3", "l4"]));
    let incidents = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    let mut logs = 0;
    for id in texts(&incidents, "incidents", "id") {
        logs += count(&bench.ok(EVENT_LOGS, json!({"event_id": id})).await?);
    }
    ensure!(logs == 2, "by the ids of 6 incidents {logs} logs came, and 2 should");
    ensure!(bench.site.simulator.logs(AccountKind::Operations).len() == 30, "the case has other logs than it should");
    Ok(())
}
