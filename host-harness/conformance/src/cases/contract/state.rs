//! The component keeps nothing between calls.

use serde_json::{Value, json};

use crate::bench::{Answer, Bench, Broken, DESCRIBE, FETCH, SEARCH, ensure, fetch, from, listed, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Contract,
        "stateless",
        Code(stateless),
        "Calls side by side, and calls after others, answer as a call alone does",
        ["plugin.stateless"],
    ),
    code_case!(
        Contract,
        "the-cursor-is-all-that-lasts",
        Code(the_cursor_is_all_that_lasts),
        "A fetch goes on by its cursor alone, whatever was called in between",
        ["plugin.cursor", "incidents.incident-page.next"],
    ),
];

async fn stateless(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let arguments = || fetch(from("2 hours ago"), json!({}));
    let alone = bench.ok(FETCH, arguments()).await?;
    let search = || json!({"query": {"lucene": "*", "since": "-4h"}});
    let searched = bench.ok(SEARCH, search()).await?;
    let calls = (0..3).flat_map(|_| [(FETCH, arguments()), (SEARCH, search()), (DESCRIBE, json!({}))]);
    for (number, answer) in bench.side_by_side(calls.collect()).await?.into_iter().enumerate() {
        let wanted = match number % 3 {
            0 => &alone,
            1 => &searched,
            _ => continue,
        };
        let Answer::Ok(found) = &answer else {
            return Err(Broken(format!("side by side, a call failed: {}", answer.to_json())));
        };
        let key = if number % 3 == 0 { "incidents" } else { "logs" };
        ensure!(found.get(key) == wanted.get(key), "side by side with others, a call answered otherwise than alone");
    }
    // A cursor is not consumed by its use.
    let again = bench.ok(FETCH, arguments()).await?;
    ensure!(
        again.get("incidents") == alone.get("incidents"),
        "after other calls, a fetch answered otherwise than before"
    );
    Ok(())
}

async fn the_cursor_is_all_that_lasts(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let first = bench.ok(FETCH, fetch(from("2 hours ago"), json!({"limit": 2}))).await?;
    let after = json!({"case": "after", "value": first.get("next").cloned().unwrap_or_default()});
    let next = bench.ok(FETCH, fetch(after.clone(), json!({"limit": 2}))).await?;
    // Another host, another instance: all it has is the cursor.
    bench.ok(FETCH, fetch(from("30 minutes ago"), json!({}))).await?;
    bench.ok(DESCRIBE, json!({})).await?;
    let again = bench.ok(FETCH, fetch(after, json!({"limit": 2}))).await?;
    let ids = |page: &Value| texts(page, "incidents", "id").into_iter().map(str::to_owned).collect::<Vec<_>>();
    ensure!(ids(&first) == ["e0", "e1"], "the first page holds {}", listed(&ids(&first)));
    ensure!(ids(&next) == ["e2", "e3"], "the second page holds {}", listed(&ids(&next)));
    ensure!(ids(&again) == ids(&next), "the same cursor, used again, brought {}", listed(&ids(&again)));
    Ok(())
}
