//! Cases of the group `logs`: which logs a search finds over which range, in which order, and that pages lose none.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use logzio_simulator::{AccountKind, Behaviour, Event, HitsTotal, UnknownEvent};
use serde_json::{Value, json};

use crate::arguments::{datetime, log, search};
use crate::bench::{Bench, Broken, ensure, expect, listed, texts};
use crate::case::{CodeCase, code_case};

const SEARCH: &str = "logs.search-logs";
const EVENT_LOGS: &str = "logs.get-logs-by-event-id";
/// More pages than any case has.
const MOST_PAGES: usize = 100;

pub(crate) const CASES: &[CodeCase] = &[
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
        "order",
        Code(order),
        "Logs come newest first, or oldest first if asked for; newest first if nothing is said",
        ["logs.order.newest-first", "logs.order.oldest-first", "logs.log-query.order", "logs.log-page.logs"],
    ),
    code_case!(
        Logs,
        "since",
        Code(since),
        "Logs at the time that the range begins belong to it, those a millisecond before do not",
        ["logs.log-query.since"],
    ),
    code_case!(
        Logs,
        "until",
        Code(until),
        "Logs at the time that the range ends belong to it, those a millisecond later do not; now if left out",
        ["logs.log-query.until"],
    ),
    code_case!(
        Logs,
        "times-as-people-write-them",
        Code(times_as_people_write_them),
        "Every form of a time means the time that the contract says, in UTC",
        ["types.time-expression", "types.time-expression.utc"],
    ),
    code_case!(
        Logs,
        "whole-days",
        Code(whole_days),
        "A day means its first moment where a range starts and its last where it ends",
        ["types.time-expression.whole-days"],
    ),
    code_case!(
        Logs,
        "two-days-if-nothing-is-said",
        Code(two_days_if_nothing_is_said),
        "Without a beginning the range is the two days before its end",
        ["logs.log-query.since"],
    ),
    code_case!(
        Logs,
        "the-whole-range",
        Code(the_whole_range),
        "Over nine days, of which Logz.io searches two at a time, every log is found, in both orders",
        ["logs.search-logs.whole-range", "logs.log-page.total"],
    ),
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
        ["logs.get-logs-by-event-id.gone", "logs.log-page.notices"],
    ),
    code_case!(
        Logs,
        "the-ids-of-incidents",
        Code(the_ids_of_incidents),
        "The id of an incident is what its logs are got by",
        ["incidents.incident.id", "logs.get-logs-by-event-id"],
    ),
];

fn ids(page: &Value) -> Vec<String> {
    texts(page, "logs", "id").into_iter().map(str::to_owned).collect()
}

fn count(page: &Value) -> usize {
    page.get("logs").and_then(Value::as_array).map(Vec::len).unwrap_or_default()
}

/// Every page of a query.
async fn all_pages(bench: &mut Bench<'_>, query: Value) -> Result<Vec<Value>, Broken> {
    let mut query = query;
    let mut pages = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = bench.ok(SEARCH, search(query.clone())).await?;
        let next = page.get("next").cloned().unwrap_or_default();
        pages.push(page);
        if next.is_null() {
            return Ok(pages);
        }
        if let Value::Object(query) = &mut query {
            query.insert("page".into(), next);
        }
    }
    Err(Broken(format!("after {MOST_PAGES} pages there was still a next one")))
}

/// The ids of the logs that a search finds, sorted.
async fn found(bench: &mut Bench<'_>, query: Value) -> Result<Vec<String>, Broken> {
    let mut ids = ids(&bench.ok(SEARCH, search(query)).await?);
    ids.sort();
    Ok(ids)
}

fn same(found: &[String], wanted: &[&str], what: &str) -> Result<(), Broken> {
    ensure!(found == wanted, "{what}: {} were found, and {} should be", listed(found), listed(wanted));
    Ok(())
}

fn each_once(found: &[String], wanted: usize) -> Result<(), Broken> {
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
        {"id": "id-1", "timestamp": datetime(time), "source": document},
        {"id": "id-2", "source": odd},
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

/// Logs a millisecond before a time, at it, and a millisecond after.
fn around(bench: &Bench<'_>, time: DateTime<Utc>) {
    bench.add_logs(
        [("before", -1), ("exactly", 0), ("later", 1)]
            .map(|(id, offset)| log(id, time + TimeDelta::milliseconds(offset), json!({}))),
    );
}

async fn since(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(90) + TimeDelta::milliseconds(400);
    around(bench, time);
    let ids = found(bench, json!({"since": datetime(time)})).await?;
    same(&ids, &["exactly", "later"], "from the time on")
}

async fn until(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(90) + TimeDelta::milliseconds(400);
    around(bench, time);
    let ids = found(bench, json!({"since": datetime(time - TimeDelta::hours(1)), "until": datetime(time)})).await?;
    same(&ids, &["before", "exactly"], "up to the time")?;
    // Without an end: up to now, and no further.
    bench.add_logs([
        log("recent", bench.site.now - TimeDelta::seconds(5), json!({})),
        log("ahead", bench.site.now + TimeDelta::minutes(10), json!({})).visible_at(time),
    ]);
    let ids = found(bench, json!({"since": datetime(time + TimeDelta::minutes(1))})).await?;
    same(&ids, &["recent"], "without an end")
}

async fn times_as_people_write_them(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let now = bench.site.now;
    let day = |days: i64| now.date_naive().and_hms_opt(0, 0, 0).unwrap_or_default().and_utc() - TimeDelta::days(days);
    let time = now - TimeDelta::hours(5);
    let offset = |hours: i32| {
        let offset = chrono::FixedOffset::east_opt(hours * 3_600).unwrap_or(chrono::Offset::fix(&Utc));
        time.with_timezone(&offset).to_rfc3339()
    };
    // To the minute, since time passes in another host; a day's first moment does not move.
    for (text, meant) in [
        (datetime(time), time),
        (offset(1), time),
        (offset(-11), time),
        (time.format("%Y-%m-%dT%H:%M:%SZ").to_string(), time),
        (time.timestamp().to_string(), time),
        (time.timestamp_millis().to_string(), time),
        (day(3).format("%Y-%m-%d").to_string(), day(3)),
        ("now-15m".into(), now - TimeDelta::minutes(15)),
        ("now-3h".into(), now - TimeDelta::hours(3)),
        ("-7d".into(), now - TimeDelta::days(7)),
        ("-90m".into(), now - TimeDelta::minutes(90)),
        ("24 hours ago".into(), now - TimeDelta::hours(24)),
        ("2 days ago".into(), now - TimeDelta::days(2)),
        ("30 minutes ago".into(), now - TimeDelta::minutes(30)),
        ("today".into(), day(0)),
        ("yesterday".into(), day(1)),
    ] {
        bench.restart().await?;
        let slack = TimeDelta::minutes(1);
        let mut logs = vec![log("before", meant - TimeDelta::milliseconds(1), json!({}))];
        // `today` may be less than a minute old.
        if meant + slack < now {
            logs.push(log("later", meant + slack, json!({})));
        }
        let wanted: Vec<&str> = if logs.len() == 2 { vec!["later"] } else { vec![] };
        bench.add_logs(logs);
        let ids = found(bench, json!({"since": text, "until": "now"})).await?;
        same(&ids, &wanted, &format!("since {text}"))?;
    }
    for text in ["soon", "", "yesterdayish", "2026-13-45", "now-", "-7", "7 fortnights ago", "12:30"] {
        bench.err(SEARCH, search(json!({"since": text})), "invalid-argument").await?;
    }
    Ok(())
}

async fn whole_days(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let day = bench.site.now.date_naive().and_hms_opt(0, 0, 0).unwrap_or_default().and_utc() - TimeDelta::days(3);
    let text = day.format("%Y-%m-%d").to_string();
    let last = day + TimeDelta::days(1) - TimeDelta::milliseconds(1);
    bench.add_logs([
        log("before", day - TimeDelta::milliseconds(1), json!({})),
        log("first", day, json!({})),
        log("last", last, json!({})),
        log("later", last + TimeDelta::milliseconds(1), json!({})),
    ]);
    let ids = found(bench, json!({"since": text, "until": text})).await?;
    same(&ids, &["first", "last"], &format!("from {text} to {text}"))
}

async fn two_days_if_nothing_is_said(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let now = bench.site.now;
    let before = |text: &str, hours| log(text, now - TimeDelta::hours(hours), json!({}));
    bench.add_logs([
        before("an-hour", 1),
        before("47-hours", 47),
        before("49-hours", 49),
        before("71-hours", 71),
        before("73-hours", 73),
    ]);
    let ids = found(bench, json!({})).await?;
    same(&ids, &["47-hours", "an-hour"], "without a beginning or an end")?;
    let until = datetime(now - TimeDelta::hours(24));
    let ids = found(bench, json!({"until": until})).await?;
    same(&ids, &["47-hours", "49-hours", "71-hours"], "without a beginning, up to a day ago")
}

async fn the_whole_range(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let now = bench.site.now;
    let began = now - TimeDelta::days(9);
    bench.add_logs(
        (0..180).map(|number| {
            log(format!("l{number:03}"), began + TimeDelta::minutes(number * 70 + 3), json!({"n": number}))
        }),
    );
    for order in ["newest-first", "oldest-first"] {
        let page = bench.ok(SEARCH, search(json!({"since": "-9d", "order": order}))).await?;
        each_once(&ids(&page), 180).map_err(|Broken(why)| Broken(format!("{order}: {why}")))?;
        expect(&json!({"total": 180, "next": null, "notices": []}), &page)?;
        let mut times = texts(&page, "logs", "timestamp");
        if order == "newest-first" {
            times.reverse();
        }
        ensure!(times.is_sorted(), "{order}: the logs do not come in order");
    }
    Ok(())
}

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

async fn fields(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let time = bench.minutes_ago(30);
    bench.add_logs([log("l", time, json!({"type": "falco", "message": "m", "user": {"name": "ada", "id": 7}}))]);
    let all = bench.ok(SEARCH, search(json!({"since": "-1h", "fields": []}))).await?;
    let source = json!({"$json": {"type": "falco", "message": "m", "user": {"name": "ada", "id": 7}}});
    expect(&json!({"logs": [{"source": source}]}), &all)?;
    let some = bench.ok(SEARCH, search(json!({"since": "-1h", "fields": ["type", "user.name"]}))).await?;
    let source = json!({"$json": {"$exactly": {"type": "falco", "user": {"name": "ada"}}}});
    // The time is told although its field was not asked for.
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
            sources.extend(texts(&answer, "logs", "source").into_iter().map(str::to_owned));
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
    let incidents = bench
        .ok("incidents.fetch-incidents", crate::arguments::fetch(crate::arguments::from("2 hours ago"), json!({})))
        .await?;
    let mut logs = 0;
    for id in texts(&incidents, "incidents", "id") {
        logs += count(&bench.ok(EVENT_LOGS, json!({"event_id": id})).await?);
    }
    ensure!(logs == 2, "by the ids of 6 incidents {logs} logs came, and 2 should");
    ensure!(bench.site.simulator.logs(AccountKind::Operations).len() == 30, "the case has other logs than it should");
    Ok(())
}
