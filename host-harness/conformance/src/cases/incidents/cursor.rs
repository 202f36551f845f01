//! The cursor: its length, and one of another product.

use chrono::TimeDelta;
use logzio_simulator::Event;
use serde_json::{Value, json};

use super::pages::{drained, each_once, ids, ids_of, more};
use crate::bench::{Bench, Broken, FETCH, after, ensure, fetch, from, listed};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
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
];

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
