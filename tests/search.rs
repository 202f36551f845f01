//! Log search: every log of a range once and in order, whatever the page size,
//! and a count that is right or none.

use crate::support::account::{now, simulator};
use crate::support::native::Native;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Fault, FaultPlan, HitsTotal, Log, SearchEnd};
use logzio_soar::connection::Target;
use logzio_soar::contract::{Connection, Error, LogPage, LogQuery, NoticeCode, Order};
use logzio_soar::logs;
use logzio_soar::logzio::client::Client;
use logzio_soar::transport::{Exchange, Request, Response, Transport};
use std::cell::Cell;
use std::time::Duration;

fn query(lucene: &str, since: &str, order: Order, limit: u32) -> LogQuery {
    LogQuery {
        lucene: lucene.into(),
        since: Some(since.into()),
        until: None,
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
        let kind = |number: usize| if number.is_multiple_of(3) { "other" } else { "falco" };
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
            assert!(pages.iter().all(|page| page.notices.is_empty()));
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
            let notices: Vec<_> = pages.iter().flat_map(|page| &page.notices).collect();
            assert_eq!(notices.len(), 1, "{notices:?}");
            assert!(notices[0].text.contains(told), "{notices:?}");
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
fn the_first_page_counts_the_rest_of_a_month_and_of_no_more() {
    // A log each hour, but none at the ends of the ranges.
    let native = native(
        (0..2_000).map(|number| log(number, now() - TimeDelta::minutes(60 * number as i64 + 5), "t")),
        HitsTotal::Number,
    );
    for (since, total, most_requests) in
        [(None, Some(48), 2), (Some("-7d"), Some(168), 5), (Some("-30d"), Some(720), 17), (Some("-60d"), None, 1)]
    {
        for order in [Order::NewestFirst, Order::OldestFirst] {
            native.simulator.clear_requests();
            let query = LogQuery { since: since.map(str::to_owned), ..query("*", "", order, 10) };
            let page = native.call(|client, now| logs::search(client, &query, now)).unwrap();
            let requests = native.simulator.requests();
            let seen = (page.logs.len(), page.total, page.notices.len());
            assert_eq!(seen, (10, total, 0), "{since:?} {order:?}");
            assert!(requests.len() <= most_requests, "{since:?} {order:?}: {} requests", requests.len());
            // What is only counted returns nothing, and later pages do not count again.
            assert_eq!(requests.iter().map(|request| request.rows).sum::<usize>(), 10);
            native.simulator.clear_requests();
            let next = LogQuery { page: page.next, ..query };
            let page = native.call(|client, now| logs::search(client, &next, now)).unwrap();
            assert_eq!((page.logs.len(), page.total, native.simulator.requests().len()), (10, total, 1));
        }
    }
}

#[test]
fn a_page_does_without_a_total_where_the_rest_cannot_be_counted_soon() {
    for (fault, seconds) in [
        (Fault::status(500), 1),
        (Fault::too_many_requests(Some("5")), 1),
        (Fault::Html, 1),
        (Fault::HangBeforeHead, 16),
        (Fault::Missing("hits.total".into()), 1),
    ] {
        let native =
            native((0..100).map(|number| log(number, now() - TimeDelta::hours(number as i64), "t")), HitsTotal::Number);
        native.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 2, fault.clone()));
        let began = native.elapsed();
        let page =
            native.call(|client, now| logs::search(client, &query("*", "-7d", Order::NewestFirst, 5), now)).unwrap();
        let seen = (page.logs.len(), page.total, page.notices.len(), page.next.is_some());
        assert_eq!(seen, (5, None, 0, true), "{fault:?}");
        assert!(native.elapsed() - began < Duration::from_secs(seconds), "{fault:?}: {:?}", native.elapsed() - began);
        // Four windows at most, each asked for once.
        assert!(native.simulator.requests().len() <= 5, "{fault:?}");
    }
}

#[test]
fn a_hint_comes_with_the_first_page_and_with_a_refusal() {
    let native = native((0..10).map(|number| log(number, now() - TimeDelta::hours(1), "falco")), HitsTotal::Number);
    let pages = pages(&native, query("type:falco or type:“x”", "-1d", Order::NewestFirst, 4));
    assert_eq!(pages.iter().map(|page| page.logs.len()).sum::<usize>(), 10);
    let codes: Vec<Vec<_>> = pages.iter().map(|page| page.notices.iter().map(|notice| notice.code).collect()).collect();
    assert_eq!(codes, [vec![NoticeCode::QueryHint; 2], vec![], vec![]]);

    let refused = query("url:“http://x”", "-1d", Order::NewestFirst, 4);
    let result = native.call(|client, now| logs::search(client, &refused, now));
    assert!(
        matches!(&result, Err(Error::QueryRejected(why)) if why.contains("a colon") && why.contains("straight double")),
        "{result:?}"
    );
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

#[test]
fn a_total_counts_each_window_once_wherever_a_page_ends() {
    let mut rng = Rng::with_seed(5);
    for round in 0..40 {
        let days = 14;
        let count = |rng: &mut Rng| if rng.bool() { 0 } else { rng.usize(1..7) };
        let times: Vec<_> = (0..days)
            .flat_map(|day| {
                let count = count(&mut rng);
                (0..count).map(|_| rng.i64(0..86_400_000)).map(move |at| (day, at)).collect::<Vec<_>>()
            })
            .map(|(day, at)| now() - TimeDelta::days(day) - TimeDelta::milliseconds(at))
            .collect();
        let all = times.len();
        let native =
            native(times.into_iter().enumerate().map(|(number, time)| log(number, time, "t")), HitsTotal::Number);
        for order in [Order::NewestFirst, Order::OldestFirst] {
            let limit = rng.u32(1..20);
            let pages = pages(&native, query("*", "-20d", order, limit));
            assert_eq!(pages.iter().map(|page| page.logs.len()).sum::<usize>(), all);
            let total = Some(u32::try_from(all).unwrap());
            assert!(pages.iter().all(|page| page.total == total), "round {round}, {limit}: {pages:?}");
        }
    }
}

#[test]
fn a_search_that_logz_io_did_not_finish_has_no_total_and_a_warning() {
    let times = |number| now() - TimeDelta::minutes(number);
    for search_end in [SearchEnd::TimedOut, SearchEnd::TerminatedEarly, SearchEnd::FailedShard] {
        let native = native((0..50).map(|number| log(number, times(number as i64), "t")), HitsTotal::Number);
        native.simulator.set_behaviour(Behaviour { search_end, ..Behaviour::default() });
        let pages = pages(&native, query("*", "-4d", Order::NewestFirst, 100));
        assert!(pages.iter().all(|page| page.total.is_none()), "{search_end:?}");
        let notices: Vec<_> = pages.iter().flat_map(|page| &page.notices).collect();
        assert!(notices.len() == 1 && notices[0].text.contains("logs may be missing"), "{search_end:?}: {notices:?}");
    }
}

#[test]
fn rows_that_logz_io_leaves_out_of_an_answer_are_read_or_reported() {
    // Five of a moment fit into an answer, seven do not.
    for (of_a_moment, missing) in [(3, 0), (7, 2)] {
        let moment = now() - TimeDelta::hours(3);
        let times = (0..200)
            .map(|number| now() - TimeDelta::minutes(number))
            .filter(|time| *time != moment)
            .chain(std::iter::repeat_n(moment, of_a_moment));
        let native = native(times.enumerate().map(|(number, time)| log(number, time, "t")), HitsTotal::Number);
        native.simulator.set_behaviour(Behaviour { search_rows: 5, ..Behaviour::default() });
        let pages = pages(&native, query("*", "-1d", Order::NewestFirst, 1_000));
        let mut ids: Vec<_> = pages.iter().flat_map(|page| &page.logs).map(|log| log.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 199 + of_a_moment - missing);
        let notices: Vec<_> = pages.iter().flat_map(|page| &page.notices).collect();
        assert_eq!(notices.len(), missing.min(1), "{notices:?}");
        assert!(notices.iter().all(|notice| notice.text.contains("showed 5 of them")), "{notices:?}");
        assert!(pages.iter().all(|page| missing == 0 || page.total.is_none()));
    }
}

#[test]
fn a_search_that_finds_little_and_slowly_comes_to_its_end() {
    let native = native([log(1, now() - TimeDelta::days(199), "t")], HitsTotal::Number);
    let slow = Fault::Delay(Duration::from_millis(1_500));
    native.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, slow));
    let pages = pages(&native, query("*", "-200d", Order::NewestFirst, 100));
    assert_eq!(pages.iter().map(|page| page.logs.len()).sum::<usize>(), 1);
    assert!(pages.len() > 2);
    for page in pages.iter().rev().skip(1) {
        assert!(page.notices.len() == 1 && page.notices[0].text.ends_with("the next page goes on"), "{page:?}");
    }
}

#[test]
fn a_call_makes_no_more_requests_than_a_host_has_room_for() {
    let native = native([log(1, now() - TimeDelta::days(1), "t")], HitsTotal::Number);
    let connection = Connection { time_budget_ms: Some(600_000), ..native.connection() };
    let target = Target::new(&connection, &|_| None).unwrap();
    let mut query = query("nosuch:x", "1980-01-02", Order::NewestFirst, 10);
    query.until = Some("2100-12-31".into());
    let mut calls = 0;
    loop {
        let before = native.simulator.requests().len();
        let page = logs::search(&Client::new(&native, &target), &query, native.now()).unwrap();
        calls += 1;
        let requests = native.simulator.requests().len() - before;
        assert!(requests <= 2_004, "{requests}");
        if calls == 1 {
            assert!(page.notices[0].text.contains("logs are not that far in the future"), "{page:?}");
        }
        query.page.clone_from(&page.next);
        if query.page.is_none() {
            break;
        }
        assert!(page.notices.iter().any(|notice| notice.text.contains("as many requests as it may")), "{page:?}");
    }
    assert!(calls > 2);
}

#[test]
fn logs_without_any_time_end_with_a_warning() {
    let logs = (0..10_010).map(|number| Log::new(format!("l{number}"), now() - TimeDelta::hours(1), "{}"));
    let native = native(logs, HitsTotal::Number);
    let no_sort = Fault::Missing("hits.hits.*.sort".into());
    native.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, no_sort));
    let pages = pages(&native, query("*", "-1d", Order::NewestFirst, 10_000));
    assert_eq!(pages.iter().map(|page| page.logs.len()).sum::<usize>(), 10_000);
    let notices: Vec<_> = pages.iter().flat_map(|page| &page.notices).collect();
    assert!(notices.len() == 1 && notices[0].text.contains("have no time that can be read"), "{notices:?}");
}

/// An account that serves one request at a time, and refuses those beside it.
struct OneAtATime<'a> {
    native: &'a Native,
    refused: Cell<usize>,
}

impl Transport for OneAtATime<'_> {
    fn send(&self, requests: &[Request], time: Duration) -> Vec<Exchange> {
        let refusal = || Response { status: 429, headers: Vec::new(), body: Vec::new() };
        self.refused.set(self.refused.get() + requests.len() - 1);
        let mut answers = self.native.send(&requests[..1], time);
        answers.resize_with(requests.len(), || Exchange { result: Ok(refusal()), took: Duration::ZERO });
        answers
    }

    fn elapsed(&self) -> Duration {
        self.native.elapsed()
    }

    fn wait(&self, time: Duration) {
        self.native.wait(time);
    }

    fn random(&self) -> f64 {
        self.native.random()
    }
}

#[test]
fn a_search_asks_less_at_a_time_once_it_was_refused() {
    let native = native([], HitsTotal::Number);
    let account = OneAtATime { native: &native, refused: Cell::new(0) };
    let target = Target::new(&native.connection(), &|_| None).unwrap();
    let page =
        logs::search(&Client::new(&account, &target), &query("*", "-120d", Order::NewestFirst, 10), now()).unwrap();
    assert_eq!((page.total, page.next), (Some(0), None));
    assert!((1..10).contains(&account.refused.get()), "{} requests were refused", account.refused.get());
}
