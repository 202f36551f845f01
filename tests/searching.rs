//! The search: every log of a range once and in order, however it is paged,
//! and a count that is right or none.

use crate::native::Native;
use crate::sandbox::{log_query, now, simulator};
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use logzio_simulator::{AccountKind, Behaviour, HitsTotal, Log};
use logzio_soar::contract::{Error, LogPage, LogQuery, Order};
use logzio_soar::logs;

fn query(lucene: &str, since: &str, order: Order, limit: u32) -> LogQuery {
    let of_host = log_query();
    LogQuery {
        lucene: lucene.into(),
        since: Some(since.into()),
        until: of_host.until,
        order: Some(order),
        fields: Vec::new(),
        limit: Some(limit),
        page: None,
    }
}

fn native(logs: impl IntoIterator<Item = Log>, hits_total: HitsTotal) -> Native {
    let simulator = simulator();
    simulator.add_logs(AccountKind::Operations, logs);
    simulator.set_behaviour(Behaviour { hits_total, ..Behaviour::default() });
    Native::new(simulator)
}

fn log(number: usize, time: DateTime<Utc>, kind: &str) -> Log {
    Log::new(format!("l{number}"), time, format!(r#"{{"type":"{kind}","@timestamp":"{}"}}"#, time.to_rfc3339()))
}

/// All pages, one after the other.
fn pages(native: &Native, mut query: LogQuery) -> Vec<LogPage> {
    let mut pages = Vec::new();
    loop {
        let page = native.call(|client, now| logs::search(client, &query, now)).unwrap();
        query.page.clone_from(&page.next);
        pages.push(page);
        if query.page.is_none() {
            return pages;
        }
        assert!(pages.len() < 2_000, "no end");
    }
}

#[test]
fn a_search_over_seven_days_returns_every_matching_log_once_and_in_order() {
    for (seed, order) in [(1, Order::NewestFirst), (2, Order::OldestFirst)] {
        let mut rng = Rng::with_seed(seed);
        // Ties of up to forty, days that are empty, and the range's own edges.
        let since = now() - TimeDelta::days(7);
        let mut times = vec![since, since - TimeDelta::milliseconds(1), now(), now() + TimeDelta::milliseconds(1)];
        while times.len() < 3_000 {
            let time = since + TimeDelta::milliseconds(rng.i64(0..7 * 86_400_000));
            if !matches!((now() - time).num_days(), 2 | 3) {
                times.extend(std::iter::repeat_n(time, rng.usize(1..40)));
            }
        }
        let kind = |number: usize| if number % 3 == 0 { "other" } else { "falco" };
        let logs: Vec<Log> = times.iter().enumerate().map(|(number, time)| log(number, *time, kind(number))).collect();
        let mut due: Vec<(DateTime<Utc>, String)> = times
            .iter()
            .enumerate()
            .filter(|(number, time)| kind(*number) == "falco" && **time >= since && **time <= now())
            .map(|(number, time)| (*time, format!("l{number}")))
            .collect();
        due.sort();
        let native = native(logs, HitsTotal::Number);
        for limit in [1, 7, 60, 1_000, 10_000] {
            // One by one takes long, so not all of them.
            let lucene = if limit == 1 { "type:falco AND _id:l1*" } else { "type:falco" };
            let due: Vec<_> = due.iter().filter(|(_, id)| limit > 1 || id.starts_with("l1")).collect();
            let pages = pages(&native, query(lucene, "-7d", order, limit));
            let found: Vec<_> = pages.iter().flat_map(|page| &page.logs).collect();
            let mut ids: Vec<String> = found.iter().map(|log| log.id.clone().unwrap()).collect();
            let mut times: Vec<_> = found.iter().map(|log| log.timestamp.clone().unwrap()).collect();
            if order == Order::NewestFirst {
                times.reverse();
            }
            assert!(times.is_sorted(), "limit {limit}");
            ids.sort();
            let mut expected: Vec<String> = due.iter().map(|(_, id)| id.clone()).collect();
            expected.sort();
            assert_eq!(ids, expected, "limit {limit}");
            let whole_pages = pages.iter().rev().skip(1).filter(|page| page.logs.len() == limit as usize).count();
            assert_eq!(whole_pages, pages.len() - 1, "limit {limit}: a page is short");
            assert_eq!(pages.last().unwrap().total.map(|total| total as usize), Some(due.len()), "limit {limit}");
            assert!(pages.iter().all(|page| page.warnings.is_empty()));
        }
    }
}

#[test]
fn what_a_full_millisecond_hides_is_counted_and_nothing_else_is_lost() {
    for (hits_total, told) in [(HitsTotal::Number, "30 cannot"), (HitsTotal::Object, "as many as there are")] {
        let moment = now() - TimeDelta::hours(30);
        let around = [-1, 1].map(|millis| moment + TimeDelta::milliseconds(millis));
        let times = std::iter::repeat_n(moment, 10_030).chain(around);
        let native = native(times.enumerate().map(|(number, time)| log(number, time, "falco")), hits_total);
        for order in [Order::NewestFirst, Order::OldestFirst] {
            let pages = pages(&native, query("type:falco", "-3d", order, 4_000));
            let mut ids: Vec<_> = pages.iter().flat_map(|page| &page.logs).map(|log| log.id.clone()).collect();
            assert_eq!(ids.len(), 10_002);
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), 10_002, "one came twice");
            let warnings: Vec<_> = pages.iter().flat_map(|page| &page.warnings).collect();
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].contains(told), "{warnings:?}");
        }
    }
}

#[test]
fn a_total_is_right_or_none() {
    let times = || (0..12_000).map(|number| now() - TimeDelta::seconds(number));
    let logs = || times().enumerate().map(|(number, time)| log(number, time, "falco"));
    for (hits_total, total) in [(HitsTotal::Number, Some(12_000)), (HitsTotal::Object, None)] {
        let native = native(logs(), hits_total);
        let page =
            native.call(|client, now| logs::search(client, &query("*", "-12h", Order::NewestFirst, 10), now)).unwrap();
        assert_eq!((page.logs.len(), page.total), (10, total), "{hits_total:?}");
    }
}

#[test]
fn a_page_token_of_another_query_is_an_invalid_argument() {
    let native = native((0..10).map(|number| log(number, now() - TimeDelta::hours(1), "falco")), HitsTotal::Number);
    let first = query("type:falco", "-1d", Order::NewestFirst, 3);
    let token = native.call(|client, now| logs::search(client, &first, now)).unwrap().next;
    for other in [
        query("type:other", "-1d", Order::NewestFirst, 3),
        query("type:falco", "-2d", Order::NewestFirst, 3),
        query("type:falco", "-1d", Order::OldestFirst, 3),
    ] {
        let before = native.simulator.requests().len();
        let other = LogQuery { page: token.clone(), ..other };
        let result = native.call(|client, now| logs::search(client, &other, now));
        assert!(matches!(&result, Err(Error::InvalidArgument(why)) if why.contains("another query")), "{result:?}");
        assert_eq!(native.simulator.requests().len(), before);
    }
    let same = LogQuery { page: token, limit: Some(5), ..first };
    assert_eq!(native.call(|client, now| logs::search(client, &same, now)).unwrap().logs.len(), 5);
}
