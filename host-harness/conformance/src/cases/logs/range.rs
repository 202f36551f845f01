//! Ranges: their ends, and every form of a time.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::pages::{each_once, found, ids, same};
use crate::bench::{Bench, Broken, SEARCH, datetime, ensure, expect, log, search, texts};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
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
];

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
