//! Logs of 1 MiB each through the real component, whose memory the sandbox
//! limits: all come, in pages that fit.

use crate::sandbox::{fetch_request, log_query, session};
use crate::support::account::{now, simulator};
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Event, Log, Simulator};
use logzio_soar_host::contract::{NoticeCode, Start};
use std::collections::BTreeSet;

const COUNT: usize = 100;

/// An account with large logs, `apart` milliseconds from each other, and the
/// event that they made a rule raise.
fn account(apart: i64) -> Simulator {
    let simulator = simulator();
    let first = now() - TimeDelta::hours(1);
    let ids: Vec<String> = (0..COUNT).map(|number| format!("log-{number}")).collect();
    let logs = ids.iter().zip(0..).map(|(id, number)| {
        let time = first + TimeDelta::milliseconds(number * apart);
        let filling = "0123456789abcdef".repeat(65_536);
        let text =
            format!(r#"{{"@timestamp":"{}","type":"large","id":"{id}","message":"{filling}"}}"#, time.to_rfc3339());
        Log::new(id, time, text)
    });
    simulator.add_logs(AccountKind::Operations, logs);
    for number in 0..5 {
        let date = first + TimeDelta::seconds(number);
        simulator.add_event(Event::new(format!("event-{number}"), date).logs(ids.clone()));
    }
    simulator
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
                assert!(log.source.len() > 1 << 20 && ids.insert(log.id.unwrap()));
            }
            query.page = page.next;
            if query.page.is_none() {
                break;
            }
        }
        assert_eq!(ids.len(), COUNT, "{apart} ms apart");
        assert!(pages <= 4, "{pages} pages");
    }
}

#[tokio::test(start_paused = true)]
async fn large_logs_of_an_event_all_come() {
    let session = session(&account(1_000));
    let (mut count, mut next) = (0, None);
    loop {
        let page = session.get_logs_by_event_id("event-0", Some(1_000), next.as_deref()).await.unwrap().unwrap();
        count += page.logs.len();
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(count, COUNT);
}

#[tokio::test(start_paused = true)]
async fn large_logs_fail_no_fetch_that_attaches_them() {
    let session = session(&account(1_000));
    let mut request = fetch_request(Start::At("-2h".into()));
    request.attach_logs = Some(100);
    let page = session.fetch_incidents(&request).await.unwrap().unwrap();
    assert_eq!(page.incidents.len(), 5);
    assert!(!page.incidents[0].logs.is_empty());
    assert!(page.notices.iter().any(|notice| notice.code == NoticeCode::LogsNotAttached), "{:?}", page.notices);
}
