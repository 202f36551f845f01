//! Logs of 1 MiB each through the real component, whose memory the sandbox
//! limits: all come, in pages that fit.

use crate::sandbox::{builder, connection, fetch_request, log_query};
use crate::support::account::{now, simulator};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use logzio_simulator::{AccountKind, Event, Log, Simulator};
use logzio_soar_host::Session;
use logzio_soar_host::contract::{FieldRequest, HuntRequest, Indicator, IndicatorKind, NoticeCode, Start};
use std::collections::BTreeSet;

/// How long each log is, in bytes.
const SIZE: usize = 1 << 20;

/// How many logs there are: 100, or as `LARGE_LOGS` says.
fn count() -> usize {
    std::env::var("LARGE_LOGS").map_or(100, |count| count.parse().unwrap())
}

/// An account with large logs, `apart` milliseconds from each other, and the
/// event that they made a rule raise. The logs are made as they are asked for.
fn account(apart: i64) -> Simulator {
    let simulator = simulator();
    let first = now() - TimeDelta::hours(1);
    let ids: Vec<String> = (0..count()).map(|number| format!("log-{number}")).collect();
    let logs = ids.iter().zip(0..).map(|(id, number)| {
        let time = first + TimeDelta::milliseconds(number * apart);
        let text = format!(
            r#"{{"@timestamp":"{}","type":"large","id":"{id}","peerAddr":"203.0.113.{}","user.name":"user{number}"}}"#,
            time.to_rfc3339(),
            number % 2
        );
        Log::new(id, time, text).filled_to(SIZE)
    });
    simulator.add_logs(AccountKind::Operations, logs);
    for number in 0..50 {
        let date = first + TimeDelta::seconds(number as i64);
        let own = ids.iter().cycle().skip(20 * number).take(100).cloned();
        simulator.add_event(Event::new(format!("event-{number}"), date).logs(own));
    }
    simulator.add_event(Event::new("all", first).logs(ids));
    simulator
}

/// A session with time for large answers, on a busy machine too.
fn patient_session(simulator: &Simulator) -> Session {
    builder(simulator).build().unwrap().connect(connection(simulator).time_budget_ms(600_000))
}

/// A request for both addresses, and for values that no log has.
fn hunt_request() -> HuntRequest {
    let indicator = |value: &str| Indicator { value: value.into(), kind: Some(IndicatorKind::Ip) };
    HuntRequest {
        indicators: ["203.0.113.0", "203.0.113.1", "203.0.113.2", "198.51.100.7"].map(indicator).into(),
        fields: Vec::new(),
        log_types: None,
        internal_networks: Vec::new(),
        since: None,
        until: None,
        limit_per_indicator: Some(1_000),
    }
}

#[tokio::test(start_paused = true)]
async fn large_logs_are_all_found_by_a_hunt() {
    let simulator = account(1_000);
    let session = patient_session(&simulator);
    let fields = session.find_fields(&FieldRequest { since: None, until: None }).await.unwrap().unwrap();
    assert_eq!(
        (fields.sampled, fields.unknown_log_types),
        (vec!["large".to_owned()], Vec::new()),
        "{:?}",
        fields.notices
    );

    let report = session.hunt_indicators(&hunt_request()).await.unwrap().unwrap();
    assert_eq!((report.rejected.len(), report.unfinished.len()), (0, 0));
    let half = count() / 2;
    for (sighting, hits) in report.sightings.iter().zip([half, half, 0, 0]) {
        let seen = (sighting.hits as usize, sighting.users.len(), sighting.complete);
        assert_eq!(seen, (hits, hits, true), "{}: {:?}", sighting.value, report.notices);
    }
    // Those that fit into an answer are returned, whole, and a notice says that there are more.
    let logs: Vec<_> = report.sightings.iter().flat_map(|sighting| &sighting.logs).collect();
    assert!((20..=count()).contains(&logs.len()) && logs.iter().all(|log| log.source.len() == SIZE), "{}", logs.len());
    let is_cut = report.notices.iter().any(|notice| notice.code == NoticeCode::ResultCut);
    assert_eq!(is_cut, logs.len() < count(), "{:?}", report.notices);
}

#[tokio::test(start_paused = true)]
async fn large_logs_are_all_found_by_a_search() {
    for apart in [1_000, 0] {
        let session = patient_session(&account(apart));
        let mut query = log_query();
        query.limit = Some(10_000);
        let (mut ids, mut pages) = (BTreeSet::new(), 0);
        loop {
            let page = session.search_logs(&query).await.unwrap().unwrap();
            pages += 1;
            assert!(page.notices.iter().all(|notice| notice.code == NoticeCode::GoesOn), "{:?}", page.notices);
            for log in page.logs {
                assert!(log.source.len() == SIZE && ids.insert(log.id.unwrap()));
            }
            query.page = page.next;
            if query.page.is_none() {
                break;
            }
        }
        assert_eq!(ids.len(), count(), "{apart} ms apart");
        assert!(pages <= count().div_ceil(25), "{pages} pages");
    }
}

#[tokio::test(start_paused = true)]
async fn large_logs_of_an_event_all_come() {
    let session = patient_session(&account(1_000));
    let (mut found, mut next) = (0, None);
    loop {
        let page = session.get_logs_by_event_id("all", Some(1_000), next.as_deref()).await.unwrap().unwrap();
        found += page.logs.len();
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(found, count());
}

#[tokio::test(start_paused = true)]
async fn large_logs_fail_no_fetch_that_attaches_them() {
    let session = patient_session(&account(1_000));
    let mut request = fetch_request(Start::At("-2h".into()));
    request.attach_logs = Some(100);
    let page = session.fetch_incidents(&request).await.unwrap().unwrap();
    assert_eq!(page.incidents.len(), 50);
    assert!(!page.incidents[0].logs.is_empty());
    assert!(page.notices.iter().any(|notice| notice.code == NoticeCode::LogsNotAttached), "{:?}", page.notices);
}

/// More than a page holds, and more than can be read at once.
const TOO_LARGE: usize = 49 << 20;

/// A time before the present.
fn minutes_ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

/// An account with a log that is too large, between two others.
fn account_with_one_too_large() -> Session {
    let simulator = simulator();
    let log = |id: &str, minutes| {
        let text = format!(
            r#"{{"@timestamp":"{}","type":"{id}","peerAddr":"203.0.113.9"}}"#,
            minutes_ago(minutes).to_rfc3339_opts(SecondsFormat::Millis, true)
        );
        Log::new(id, minutes_ago(minutes), text)
    };
    let logs = [log("before", 50), log("large", 40).filled_to(TOO_LARGE), log("after", 30)];
    simulator.add_logs(AccountKind::Operations, logs);
    simulator.add_event(Event::new("e", minutes_ago(20)).logs(["before", "large", "after"].map(str::to_owned)));
    patient_session(&simulator)
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_too_large_comes_in_part_and_holds_up_no_other() {
    let session = account_with_one_too_large();
    let mut query = log_query();
    query.since = Some("-2h".into());
    // In one page, and in pages of one.
    for limit in [3, 1] {
        query.limit = Some(limit);
        let (mut found, mut notices) = (Vec::new(), Vec::new());
        loop {
            let page = session.search_logs(&query).await.unwrap().unwrap();
            found.extend(page.logs.into_iter().map(|log| (log.id.unwrap(), log.source)));
            notices.extend(page.notices.into_iter().map(|notice| notice.code));
            query.page = page.next;
            if query.page.is_none() {
                break;
            }
        }
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["after", "large", "before"]);
        let part = format!(
            r#"{{"@timestamp":"{}","type":"large"}}"#,
            minutes_ago(40).to_rfc3339_opts(SecondsFormat::Millis, true)
        );
        assert_eq!(found[1].1, part);
        assert!([0, 2].into_iter().all(|place| found[place].1.contains("203.0.113.9")), "{:?}", found[0]);
        assert_eq!(notices, [NoticeCode::LogCut], "{limit} to a page");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_too_large_is_left_out_of_those_of_its_event() {
    let session = account_with_one_too_large();
    let page = session.get_logs_by_event_id("e", Some(3), None).await.unwrap().unwrap();
    assert!(page.logs.len() == 2 && page.logs.iter().all(|log| log.source.len() < 200), "{}", page.logs.len());
    let codes: Vec<NoticeCode> = page.notices.iter().map(|notice| notice.code).collect();
    assert_eq!((codes, page.next), (vec![NoticeCode::LogCut], None));

    // It fails no fetch, and no hunt takes it for read.
    let mut request = fetch_request(Start::At("-2h".into()));
    request.attach_logs = Some(3);
    let page = session.fetch_incidents(&request).await.unwrap().unwrap();
    assert_eq!(page.incidents.len(), 1);
    assert!(page.notices.iter().any(|notice| notice.code == NoticeCode::LogsNotAttached), "{:?}", page.notices);
    let mut request = hunt_request();
    request.indicators = vec![Indicator { value: "203.0.113.9".into(), kind: Some(IndicatorKind::Ip) }];
    request.fields = vec![(IndicatorKind::Ip, vec!["peerAddr".into()])];
    let report = session.hunt_indicators(&request).await.unwrap().unwrap();
    let sighting = &report.sightings[0];
    let ids: Vec<_> = sighting.logs.iter().filter_map(|log| log.id.as_deref()).collect();
    assert_eq!((ids, sighting.complete), (vec!["after", "before"], false), "{:?}", report.notices);
    assert!(report.notices.iter().any(|notice| notice.code == NoticeCode::SightingIncomplete), "{:?}", report.notices);
}
