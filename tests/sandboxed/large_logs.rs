//! Logs of 1 MiB each through the real component, whose memory the sandbox
//! limits: all come, in pages that fit.

use crate::sandbox::{builder, connection, fetch_request, log_query, session};
use crate::support::account::{now, simulator};
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Event, Log, Simulator};
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
        let date = first + TimeDelta::seconds(number);
        simulator.add_event(Event::new(format!("event-{number}"), date).logs(ids.iter().take(100).cloned()));
    }
    simulator.add_event(Event::new("all", first).logs(ids));
    simulator
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
    let session = builder(&simulator).build().unwrap().connect(connection(&simulator).time_budget_ms(600_000));
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
        let session = session(&account(apart));
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
    let session = session(&account(1_000));
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
    let session = session(&account(1_000));
    let mut request = fetch_request(Start::At("-2h".into()));
    request.attach_logs = Some(100);
    let page = session.fetch_incidents(&request).await.unwrap().unwrap();
    assert_eq!(page.incidents.len(), 50);
    assert!(!page.incidents[0].logs.is_empty());
    assert!(page.notices.iter().any(|notice| notice.code == NoticeCode::LogsNotAttached), "{:?}", page.notices);
}
