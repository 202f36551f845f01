//! What the cases of incidents share: pages of incidents, and which ids are on them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bench::{Bench, Broken, FETCH, after, ensure, fetch, listed, texts};

/// More pages than any case has: a component that always says `more` ends here.
pub(super) const MOST_PAGES: usize = 200;

/// The ids of a page's incidents.
pub(super) fn ids(page: &Value) -> Vec<String> {
    texts(page, "incidents", "id").into_iter().map(str::to_owned).collect()
}

pub(super) fn incidents(page: &Value) -> &[Value] {
    page.get("incidents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The only incident of a page.
pub(super) fn only(page: &Value) -> Result<&Value, Broken> {
    match incidents(page) {
        [incident] => Ok(incident),
        several => Err(Broken(format!("one incident was expected, {} came", several.len()))),
    }
}

pub(super) fn more(page: &Value) -> bool {
    page.get("more").and_then(Value::as_bool).unwrap_or_default()
}

/// Every incident from a start on, page after page, and the last page.
pub(super) async fn drained(
    bench: &mut Bench<'_>,
    start: Value,
    request: Value,
) -> Result<(Vec<Value>, Value), Broken> {
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

pub(super) fn ids_of(incidents: &[Value]) -> Vec<String> {
    incidents.iter().filter_map(|incident| incident.get("id")?.as_str().map(str::to_owned)).collect()
}

/// That these are the ids that should have come, each once, in whatever order.
pub(super) fn each_once(found: &[String], wanted: impl IntoIterator<Item = String>) -> Result<(), Broken> {
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

pub(super) fn numbered(prefix: &str, count: i64) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("{prefix}{number}"))
}
