//! Queries: which logs they find, in which order, with which fields and which total.

use chrono::TimeDelta;
use logzio_simulator::{Behaviour, HitsTotal};
use serde_json::json;

use super::pages::{all_pages, each_once, found, ids, same};
use crate::bench::{Bench, Broken, SEARCH, datetime, ensure, expect, log, search, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Logs,
        "a-log-whole",
        Code(a_log_whole),
        "A log comes byte for byte, with its id and its time",
        ["logs.log.id", "logs.log.timestamp", "logs.log.source", "types.json"],
    ),
    code_case!(
        Logs,
        "queries",
        Code(queries),
        "A Lucene query finds the logs that it describes, and `*` every log",
        ["logs.search-logs", "logs.log-query.lucene.star"],
    ),
    code_case!(
        Logs,
        "query-hints",
        Code(query_hints),
        "A query whose operators are in lower case or whose quotes are typographic is carried out as it is written, and a notice says so",
        ["types.notice-code.query-hint"],
    ),
    code_case!(
        Logs,
        "order",
        Code(order),
        "Logs come newest first, or oldest first if asked for; newest first if nothing is said",
        ["logs.order.newest-first", "logs.order.oldest-first", "logs.log-query.order", "logs.log-page.logs"],
    ),
    code_case!(
        Logs,
        "fields",
        Code(fields),
        "Only the fields asked for come; all of them if none is named",
        ["logs.log-query.fields", "logs.log.source"],
    ),
    code_case!(
        Logs,
        "total",
        Code(total),
        "The total is how many logs match; none where Logz.io stopped counting",
        ["logs.log-page.total"],
    ),
    code_case!(
        Logs,
        "total-on-the-first-page",
        Code(total_on_the_first_page),
        "The first page has the total of a range of up to 30 days, though its logs are of one of them, and so have all others",
        ["logs.log-page.total.first-page"],
    ),
];

async fn a_log_whole(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(30) + TimeDelta::milliseconds(42);
    // Two spaces, an escape that need not be one, a number that loses digits when it is read: to the byte.
    let document = format!(
        r#"{{"@timestamp":"{}",  "n" : 1.50e2,"big":12345678901234567890123,"text":"\u00e4\/","a":{{"b":[null]}}}}"#,
        datetime(time)
    );
    let odd = format!(r#"{{"@timestamp":"{}","offset":true}}"#, time.format("%Y-%m-%dT%H:%M:%S%.3f+0000"));
    bench.add_logs([
        logzio_simulator::Log::new("id-1", time, document.clone()),
        logzio_simulator::Log::new("id-2", time - TimeDelta::minutes(1), odd.clone()),
    ]);
    let page = bench.ok(SEARCH, search(json!({"since": "-1h"}))).await?;
    let expected = json!({"logs": [
        {"id": "id-1", "timestamp": datetime(time), "source_text": document},
        {"id": "id-2", "source_text": odd},
    ]});
    expect(&expected, &page)
}

async fn queries(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(30);
    bench.add_logs([
        log("a", time, json!({"type": "falco", "user": {"name": "root"}, "n": 7})),
        log("b", time, json!({"type": "falco", "user": {"name": "ada"}, "n": 70})),
        log("c", time, json!({"type": "auth", "user": {"name": "root"}, "message": "login failed from 203.0.113.9"})),
        log("d", time, json!({"type": "odd \"quoted\" (x)"})),
    ]);
    for (lucene, wanted) in [
        ("*", &["a", "b", "c", "d"][..]),
        ("type:falco", &["a", "b"]),
        ("type:falco AND user.name:root", &["a"]),
        ("type:falco AND NOT user.name:root", &["b"]),
        ("user.name:(root OR ada)", &["a", "b", "c"]),
        ("n:[1 TO 10]", &["a"]),
        ("message:\"login failed\"", &["c"]),
        ("type:\"odd \\\"quoted\\\" (x)\"", &["d"]),
        ("type:fal*", &["a", "b"]),
        ("type:nothing", &[]),
    ] {
        let ids = found(bench, json!({"lucene": lucene, "since": "-1h"})).await?;
        same(&ids, wanted, lucene)?;
    }
    Ok(())
}

async fn query_hints(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(30);
    bench.add_logs([
        log("a", time, json!({"user": "ada", "message": "it was not root"})),
        log("b", time, json!({"user": "root", "message": "a login"})),
    ]);
    for (lucene, wanted, hints) in [
        ("user:ada OR user:root", &["a", "b"][..], 0),
        ("message:\"was not\"", &["a"], 0),
        ("user:“ada”", &[], 1),
        ("message:“root”", &["a"], 1),
        ("not user:root", &["a", "b"], 1),
        ("user:ada or user:root", &["a", "b"], 1),
        ("user:root and message:login", &["b"], 1),
    ] {
        let page = bench.ok(SEARCH, search(json!({"lucene": lucene, "since": "-1h"}))).await?;
        let mut ids = ids(&page);
        ids.sort();
        same(&ids, wanted, lucene)?;
        let codes = texts(&page, "notices", "code");
        ensure!(
            codes == vec!["query-hint"; hints],
            "searching for {lucene}, the notices are {codes:?}, and should be {hints} of query-hint"
        );
    }
    Ok(())
}

async fn order(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let began = bench.minutes_ago(60);
    bench
        .add_logs((0..50).map(|number: i64| {
            log(format!("l{number}"), began + TimeDelta::seconds(number * 17 % 50 * 30), json!({}))
        }));
    for (order, newest_first) in [(json!(null), true), (json!("newest-first"), true), (json!("oldest-first"), false)] {
        let page = bench.ok(SEARCH, search(json!({"since": "-2h", "order": order}))).await?;
        let mut times = texts(&page, "logs", "timestamp");
        ensure!(times.len() == 50, "{} of 50 logs were found", times.len());
        if newest_first {
            times.reverse();
        }
        ensure!(times.is_sorted(), "with the order {order}, the logs do not come in it");
    }
    Ok(())
}

async fn fields(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(30);
    bench.add_logs([log("l", time, json!({"type": "falco", "message": "m", "user": {"name": "ada", "id": 7}}))]);
    let all = bench.ok(SEARCH, search(json!({"since": "-1h", "fields": []}))).await?;
    let source = json!({"type": "falco", "message": "m", "user": {"name": "ada", "id": 7}});
    expect(&json!({"logs": [{"source": source}]}), &all)?;
    let some = bench.ok(SEARCH, search(json!({"since": "-1h", "fields": ["type", "user.name"]}))).await?;
    let source = json!({"$exactly": {"type": "falco", "user": {"name": "ada"}}});
    // The time is there although its field was not asked for.
    expect(&json!({"logs": [{"source": source, "timestamp": datetime(time)}]}), &some)
}

async fn total(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let began = bench.site.now - TimeDelta::hours(20);
    bench.add_logs((0..10_050).map(|number| {
        log(
            format!("l{number}"),
            began + TimeDelta::seconds(number),
            json!({"type": if number < 40 { "few" } else { "many" }}),
        )
    }));
    for hits_total in [HitsTotal::Number, HitsTotal::Object] {
        bench.site.simulator.set_behaviour(Behaviour { hits_total, ..Behaviour::default() });
        let few = bench.ok(SEARCH, search(json!({"lucene": "type:few", "since": "-1d", "limit": 5}))).await?;
        expect(&json!({"total": 40}), &few).map_err(|Broken(why)| Broken(format!("of 40 logs: {why}")))?;
        let many = bench.ok(SEARCH, search(json!({"lucene": "type:many", "since": "-1d", "limit": 5}))).await?;
        // Counted up to ten thousand, and no further, where it is an object.
        let wanted = if hits_total == HitsTotal::Number { json!(10_010) } else { json!(null) };
        expect(&json!({"total": wanted}), &many).map_err(|Broken(why)| Broken(format!("of 10 010 logs: {why}")))?;
    }
    Ok(())
}

async fn total_on_the_first_page(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.add_logs((0..350).map(|number| {
        let time = bench.site.now - TimeDelta::hours(2 * number + 1);
        log(format!("l{number}"), time, json!({"type": if number % 5 == 0 { "other" } else { "wanted" }}))
    }));
    for (since, all) in [(json!(null), 24), (json!("-7d"), 84), (json!("-30d"), 350)] {
        let wanted = all - (0..all).filter(|number| number % 5 == 0).count();
        for order in ["newest-first", "oldest-first"] {
            let query = json!({"lucene": "type:wanted", "since": since, "order": order, "limit": wanted.min(9)});
            let pages = all_pages(bench, query).await?;
            let found: Vec<String> = pages.iter().flat_map(ids).collect();
            let what = |Broken(why): Broken| Broken(format!("since {since}, {order}: {why}"));
            each_once(&found, wanted).map_err(what)?;
            for page in &pages {
                expect(&json!({"total": wanted}), page).map_err(what)?;
            }
        }
    }
    Ok(())
}
