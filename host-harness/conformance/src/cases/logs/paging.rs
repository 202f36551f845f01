//! Pages: each log once and in order, and what a page token is good for.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::pages::{MOST_PAGES, all_pages, count, each_once, ids};
use crate::bench::{Bench, Broken, SEARCH, ensure, listed, log, search, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Logs,
        "pages",
        Code(pages),
        "Pages over seven days, with many logs at one moment, hold each log once and in order",
        ["logs.page-token", "logs.log-page.next", "logs.log-query.page"],
    ),
    code_case!(
        Logs,
        "a-page-of-another-query",
        Code(a_page_of_another_query),
        "A page's token is refused with another query, other times, another order or other fields",
        ["logs.log-query.page.same-query"],
    ),
    code_case!(
        Logs,
        "times-keep-their-meaning",
        Process(times_keep_their_meaning),
        "On a later page `now` is what it was at the first",
        ["logs.log-query.page.same-query"],
    ),
    code_case!(
        Logs,
        "limit",
        Code(limit),
        "At most as many logs as asked for; 1 000 if nothing is said; 10 000 in one call",
        ["logs.log-query.limit"],
    ),
];

async fn pages(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let began = bench.site.now - TimeDelta::days(7);
    // Five to a moment, and two hundred at one.
    let spread = (0..400).map(|number: i64| (number, began + TimeDelta::minutes(number / 5 * 123 + 1)));
    let crowd = (400..600).map(|number: i64| (number, began + TimeDelta::days(3)));
    bench.add_logs(spread.chain(crowd).map(|(number, time)| {
        log(format!("l{number}"), time, json!({"type": if number % 3 == 0 { "other" } else { "wanted" }}))
    }));
    let wanted = (0..600).filter(|number| number % 3 != 0).count();
    for order in ["newest-first", "oldest-first"] {
        for limit in [37, 150] {
            let query = json!({"lucene": "type:wanted", "since": "-7d", "order": order, "limit": limit});
            let pages = all_pages(bench, query).await?;
            let found: Vec<String> = pages.iter().flat_map(ids).collect();
            let what = |Broken(why): Broken| Broken(format!("{order}, {limit} to a page: {why}"));
            each_once(&found, wanted).map_err(what)?;
            let too_long = pages.iter().map(count).find(|count| *count > limit);
            ensure!(too_long.is_none(), "{order}: a page of at most {limit} logs has {}", too_long.unwrap_or_default());
            let mut times: Vec<&str> = pages.iter().flat_map(|page| texts(page, "logs", "timestamp")).collect();
            if order == "newest-first" {
                times.reverse();
            }
            ensure!(times.is_sorted(), "{order}, {limit} to a page: the pages are not in order");
            // Early pages may not know it yet.
            for page in &pages {
                let total = page.get("total").and_then(Value::as_u64);
                ensure!(
                    total.is_none_or(|total| total == wanted as u64),
                    "{order}: a page says that {total:?} logs match, of {wanted}"
                );
            }
        }
    }
    Ok(())
}

async fn a_page_of_another_query(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let query = json!({"lucene": "type:falco", "since": "-4h", "limit": 10});
    let page = bench.ok(SEARCH, search(query.clone())).await?;
    let next = page.get("next").cloned().unwrap_or_default();
    ensure!(next.is_string(), "10 of 30 logs came, and there is no next page");
    for change in [
        json!({"lucene": "type:other"}),
        json!({"since": "-5h"}),
        json!({"until": "-1m"}),
        json!({"order": "oldest-first"}),
        json!({"fields": ["type"]}),
    ] {
        let mut other = query.clone();
        if let (Value::Object(other), Value::Object(change)) = (&mut other, change.clone()) {
            other.insert("page".into(), next.clone());
            other.extend(change);
        }
        let refused = bench.err(SEARCH, search(other), "invalid-argument").await;
        refused.map_err(|Broken(why)| Broken(format!("the page's token with {change}: {why}")))?;
    }
    for token in ["", "banana", "{}"] {
        let other = json!({"lucene": "type:falco", "since": "-4h", "limit": 10, "page": token});
        bench.err(SEARCH, search(other), "invalid-argument").await?;
    }
    Ok(())
}

async fn times_keep_their_meaning(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let query = json!({"since": "-95m", "limit": 10, "order": "oldest-first"});
    let first = bench.ok(SEARCH, search(query.clone())).await?;
    // Three hours later the first logs lie outside of the last 95 minutes, and new ones within.
    bench.site.simulator.clock().advance(TimeDelta::hours(3));
    bench.add_logs((0..7).map(|number| log(format!("new{number}"), bench.site.now + TimeDelta::hours(2), json!({}))));
    let mut found = ids(&first);
    let mut page = first;
    for _ in 0..MOST_PAGES {
        let Some(next) = page.get("next").filter(|next| next.is_string()).cloned() else { break };
        let mut query = query.clone();
        if let Value::Object(query) = &mut query {
            query.insert("page".into(), next);
        }
        page = bench.ok(SEARCH, search(query)).await?;
        found.extend(ids(&page));
    }
    let new: Vec<&String> = found.iter().filter(|id| id.starts_with("new")).collect();
    ensure!(new.is_empty(), "logs from after the first page came on a later one: {}", listed(&new));
    each_once(&found, 30)
}

async fn limit(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let began = bench.site.now - TimeDelta::hours(20);
    bench.add_logs((0..10_050).map(|number| log(format!("l{number}"), began + TimeDelta::seconds(number), json!({}))));
    for (limit, wanted) in
        [(json!(null), 1_000), (json!(1), 1), (json!(999), 999), (json!(1_001), 1_001), (json!(10_000), 10_000)]
    {
        let page = bench.ok(SEARCH, search(json!({"since": "-1d", "limit": limit}))).await?;
        ensure!(
            count(&page) == wanted,
            "with a limit of {limit}, {} logs came of 10 050, and {wanted} should",
            count(&page)
        );
        ensure!(
            page.get("next").is_some_and(Value::is_string),
            "with a limit of {limit} there is more, and no next page"
        );
        let found = ids(&page);
        each_once(&found, wanted)?;
    }
    Ok(())
}
