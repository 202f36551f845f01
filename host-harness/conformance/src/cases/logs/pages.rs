//! What the cases of logs share: pages of logs, and which ids are on them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bench::{Bench, Broken, SEARCH, ensure, listed, search, texts};

/// More pages than any case has.
pub(super) const MOST_PAGES: usize = 100;

pub(super) fn ids(page: &Value) -> Vec<String> {
    texts(page, "logs", "id").into_iter().map(str::to_owned).collect()
}

pub(super) fn count(page: &Value) -> usize {
    page.get("logs").and_then(Value::as_array).map(Vec::len).unwrap_or_default()
}

/// Every page of a query.
pub(super) async fn all_pages(bench: &mut Bench<'_>, query: Value) -> Result<Vec<Value>, Broken> {
    pages_of(bench, SEARCH, search(query), "/query").await
}

/// Every page that a function returns, whose arguments name the page in the record at this place.
pub(super) async fn pages_of(
    bench: &mut Bench<'_>,
    function: &str,
    arguments: Value,
    place: &str,
) -> Result<Vec<Value>, Broken> {
    let mut arguments = arguments;
    let mut pages = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = bench.ok(function, arguments.clone()).await?;
        let next = page.get("next").cloned().unwrap_or_default();
        pages.push(page);
        if next.is_null() {
            return Ok(pages);
        }
        if let Some(Value::Object(record)) = arguments.pointer_mut(place) {
            record.insert("page".into(), next);
        }
    }
    Err(Broken(format!("after {MOST_PAGES} pages there was still a next one")))
}

/// The ids of the logs that a search finds, sorted.
pub(super) async fn found(bench: &mut Bench<'_>, query: Value) -> Result<Vec<String>, Broken> {
    let mut ids = ids(&bench.ok(SEARCH, search(query)).await?);
    ids.sort();
    Ok(ids)
}

pub(super) fn same(found: &[String], wanted: &[&str], what: &str) -> Result<(), Broken> {
    ensure!(found == wanted, "{what}: {} were found, and {} should be", listed(found), listed(wanted));
    Ok(())
}

pub(super) fn each_once(found: &[String], wanted: usize) -> Result<(), Broken> {
    let different: BTreeSet<&String> = found.iter().collect();
    ensure!(
        different.len() == found.len(),
        "{} of {} logs came more than once",
        found.len() - different.len(),
        found.len()
    );
    ensure!(found.len() == wanted, "{} logs came, and there are {wanted}", found.len());
    Ok(())
}
