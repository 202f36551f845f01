//! The real component in the real sandbox: every operation, every error of the
//! contract, every fault of a server, and the limits of the sandbox.

use crate::sandbox::{builder, connection, fetch_request, log_query, session};
use crate::support::account::{now, simulator};
use chrono::TimeDelta;
use logzio_simulator::{AccountKind, Behaviour, Endpoint, Event, Fault, FaultPlan, Log, Scenario, Severity, Simulator};
use logzio_soar_host::Connection;
use logzio_soar_host::contract::{self, Error, FetchRequest, LogQuery, Order, Outcome, Start};
use std::collections::HashSet;
use std::time::Duration;

fn minutes_ago(minutes: i64) -> chrono::DateTime<chrono::Utc> {
    now() - TimeDelta::minutes(minutes)
}

fn log(id: &str, time: chrono::DateTime<chrono::Utc>, kind: &str) -> Log {
    Log::new(id, time, format!(r#"{{"@timestamp":"{}","type":"{kind}"}}"#, time.to_rfc3339()))
}

/// Five events and some logs, an hour ago.
fn small() -> Simulator {
    let simulator = simulator();
    for number in 0..5 {
        simulator.add_event(Event::new(format!("e{number}"), minutes_ago(60 - number)).severity(Severity::High));
    }
    let logs = (0..30).map(|number| {
        let time = minutes_ago(90) + TimeDelta::seconds(number);
        log(&format!("l{number}"), time, "falco")
    });
    simulator.add_logs(AccountKind::Operations, logs);
    simulator
}

async fn fetch(simulator: &Simulator) -> Result<Vec<String>, Error> {
    let page = session(simulator).fetch_incidents(&fetch_request(Start::At("-2h".into()))).await.unwrap()?;
    Ok(page.incidents.into_iter().map(|incident| incident.id).collect())
}

#[tokio::test(start_paused = true)]
async fn incidents_are_fetched_whole_and_in_order() {
    let simulator = simulator();
    let scenario = Scenario::new(now() - TimeDelta::hours(8), now());
    simulator.generate(&scenario);
    let session = session(&simulator);
    let mut start = Start::At("-8h".into());
    let mut seen = Vec::new();
    loop {
        let request = FetchRequest { attach_logs: Some(3), ..fetch_request(start) };
        let page = session.fetch_incidents(&request).await.unwrap().unwrap();
        assert_eq!(page.notices, []);
        for incident in &page.incidents {
            assert_eq!(incident.defects, [""; 0], "{}", incident.raw);
            assert!(incident.logs.len() <= 3);
        }
        seen.extend(page.incidents);
        start = Start::After(page.next);
        if !page.more {
            break;
        }
    }
    let due: Vec<_> = simulator
        .events()
        .into_iter()
        .filter(|event| event.date < now() - TimeDelta::minutes(3) && event.visible_at <= now())
        .collect();
    assert!(due.len() > 10, "{} events", due.len());
    let ids: HashSet<&str> = seen.iter().map(|incident| incident.id.as_str()).collect();
    assert_eq!(ids.len(), seen.len());
    assert_eq!(ids, due.iter().map(|event| event.id.as_str()).collect());
    for event in due {
        let incident = seen.iter().find(|incident| incident.id == event.id).unwrap();
        assert_eq!(incident.raw.as_bytes(), event.raw, "byte for byte");
        assert_eq!((incident.rule_id, incident.name.as_str()), (Some(event.rule_id), event.rule_name.as_str()));
        assert_eq!(incident.logs.len(), event.logs.len().min(3), "{}", event.rule_name);
        assert_eq!(incident.muted, event.muted);
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_events_are_drained_once_and_in_order() {
    let simulator = simulator();
    // Forty to a second, some in the same millisecond.
    simulator.add_events((0..10_000).map(|number: i64| {
        let date = now() - TimeDelta::hours(3) + TimeDelta::milliseconds(number / 4 * 100);
        Event::new(format!("e{number:05}"), date)
    }));
    let session = session(&simulator);
    let mut start = Start::At("-4h".into());
    let mut ids = Vec::new();
    let mut times = Vec::new();
    let mut calls = 0;
    loop {
        let page = session.fetch_incidents(&fetch_request(start)).await.unwrap().unwrap();
        calls += 1;
        for incident in page.incidents {
            ids.push(incident.id);
            times.push(incident.occurred);
        }
        start = Start::After(page.next);
        if !page.more {
            break;
        }
    }
    assert!(times.is_sorted());
    assert_eq!(ids.len(), 10_000);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 10_000);
    assert!(calls <= 203, "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn logs_are_searched_over_any_range_and_paged() {
    let simulator = simulator();
    let logs = (0..700).map(|number| {
        // Seven days, with several logs in one millisecond.
        let time = now() - TimeDelta::days(7) + TimeDelta::minutes(i64::from(number) / 3 * 43);
        log(&format!("l{number}"), time, if number % 2 == 0 { "falco" } else { "other" })
    });
    simulator.add_logs(AccountKind::Operations, logs);
    let session = session(&simulator);
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let mut query = LogQuery {
            lucene: "type:falco".into(),
            since: Some("-7d".into()),
            order: Some(order),
            limit: Some(60),
            ..log_query()
        };
        let mut found = Vec::new();
        loop {
            let page = session.search_logs(&query).await.unwrap().unwrap();
            assert!(page.logs.len() <= 60);
            found.extend(page.logs);
            query.page = page.next;
            if query.page.is_none() {
                assert_eq!(page.total, Some(350));
                break;
            }
        }
        assert_eq!(found.iter().map(|log| log.id.clone()).collect::<HashSet<_>>().len(), 350);
        assert_eq!(found.len(), 350);
        let mut times: Vec<_> = found.iter().map(|log| log.timestamp.clone().unwrap()).collect();
        if order == Order::NewestFirst {
            times.reverse();
        }
        assert!(times.is_sorted());
    }
}

#[tokio::test(start_paused = true)]
async fn answers_too_large_for_the_sandbox_are_asked_for_in_parts() {
    let simulator = simulator();
    let filler = "x".repeat(60_000);
    simulator.add_logs(
        AccountKind::Operations,
        (0..1_500).map(|number| {
            let time = now() - TimeDelta::minutes(number);
            let body = format!(r#"{{"@timestamp":"{}","number":{number},"filler":"{filler}"}}"#, time.to_rfc3339());
            Log::new(format!("l{number}"), time, body)
        }),
    );
    let mut query = LogQuery { since: Some("-2d".into()), limit: Some(1_500), ..log_query() };
    let session = session(&simulator);
    let (mut ids, mut pages) = (HashSet::new(), 0);
    loop {
        let page = session.search_logs(&query).await.unwrap().unwrap();
        ids.extend(page.logs.into_iter().map(|log| log.id));
        pages += 1;
        query.page = page.next;
        if query.page.is_none() {
            break;
        }
    }
    // 90 MB of logs, of which a page holds 48 MiB.
    assert_eq!((ids.len(), pages), (1_500, 2));
}

#[tokio::test(start_paused = true)]
async fn exactly_as_many_logs_of_an_event_as_asked_for() {
    let simulator = simulator();
    let ids: Vec<String> = (0..2_300).map(|number| format!("l{number}")).collect();
    simulator.add_logs(AccountKind::Operations, ids.iter().map(|id| log(id, minutes_ago(70), "falco")));
    simulator.add_event(Event::new("a \"quoted\"/id", minutes_ago(60)).logs(ids));
    let session = session(&simulator);
    for (limit, expected) in [(None, 100), (Some(1), 1), (Some(1_500), 1_500), (Some(10_000), 2_300)] {
        let page = session.get_logs_by_event_id("a \"quoted\"/id", limit, None).await.unwrap().unwrap();
        assert_eq!((page.logs.len(), page.total), (expected, Some(2_300)), "{limit:?}");
        assert_eq!(page.next.is_some(), expected < 2_300);
    }
    let page = session.get_logs_by_event_id("unknown", None, None).await.unwrap().unwrap();
    assert!(page.logs.is_empty() && !page.notices.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_checked_token_by_token() {
    let simulator = small();
    let runner = builder(&simulator).build().unwrap();
    let outcomes = async |connection: Connection| {
        let checks = runner.connect(connection).check_connection().await.unwrap().unwrap();
        checks.into_iter().map(|check| (check.name, check.outcome)).collect::<Vec<_>>()
    };
    let good = outcomes(connection(&simulator)).await;
    assert_eq!(good.len(), 5, "{good:?}");
    assert!(good.iter().all(|(_, outcome)| matches!(outcome, Outcome::Passed(_))), "{good:?}");

    let endpoint = || Connection::new().url("https://logz.test");
    let one = outcomes(endpoint().operations_token(simulator.operations_token())).await;
    assert!(one.iter().all(|(_, outcome)| !matches!(outcome, Outcome::Failed(_))), "{one:?}");

    // Wrong token, wrong kind of account, wrong region: each its own error.
    let wrong = outcomes(endpoint().security_token("nobody-has-this")).await;
    assert!(wrong.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(Error::Unauthorized(_)))), "{wrong:?}");
    let swapped =
        outcomes(endpoint().security_token(simulator.operations_token()).operations_token(simulator.security_token()))
            .await;
    let wrong_accounts =
        swapped.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(Error::WrongAccount(_)))).count();
    assert_eq!(wrong_accounts, 2, "{swapped:?}");
    let foreign = outcomes(endpoint().security_token(simulator.foreign_token())).await;
    assert!(
        foreign.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(Error::WrongRegion(_)))),
        "{foreign:?}"
    );

    simulator.faults(FaultPlan::none().with_all(Endpoint::Whoami, 1, Fault::Reset(None)));
    let down = outcomes(connection(&simulator)).await;
    assert!(matches!(down[0].1, Outcome::Failed(Error::Unreachable(_))), "{down:?}");

    let none = runner.connect(endpoint()).check_connection().await.unwrap();
    assert!(matches!(none.map_err(Error::from), Err(Error::InvalidConnection(_))));
}

#[tokio::test]
async fn the_component_describes_itself() {
    let integration = builder(&simulator()).build().unwrap().describe().await.unwrap();
    assert_eq!(integration.version, env!("CARGO_PKG_VERSION"));
    let names: Vec<_> = integration.commands.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "check-connection",
            "fetch-incidents",
            "search-logs",
            "get-logs-by-event-id",
            "find-fields",
            "hunt-indicators"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn every_error_of_the_contract_is_reached() {
    let simulator = small();
    let runner = builder(&simulator).build().unwrap();
    let endpoint = || Connection::new().url("https://logz.test");
    let fetch = async |connection: Connection| {
        let request = fetch_request(Start::At("-2h".into()));
        runner.connect(connection).fetch_incidents(&request).await.unwrap().map_err(Error::from)
    };
    for connection in [
        Connection::new(),
        endpoint(),
        endpoint().security_token("with space"),
        endpoint().security_token("with\nbreak"),
        Connection::new().region("atlantis").security_token("t"),
        Connection::new().url("http://logz.test").security_token("t"),
        Connection::new().url("logz.test").security_token("t"),
        endpoint().security_token("t").time_budget_ms(0),
    ] {
        let result = fetch(connection).await;
        assert!(matches!(result, Err(Error::InvalidConnection(_))), "{result:?}");
    }
    assert_eq!(simulator.requests().len(), 0, "nothing is sent for them");

    let both = || connection(&simulator);
    let banana = runner.connect(both()).fetch_incidents(&fetch_request(Start::After("banana".into()))).await.unwrap();
    assert!(matches!(banana.map_err(Error::from), Err(Error::InvalidArgument(_))));
    assert_eq!(simulator.requests().len(), 0, "nor for this");

    assert!(matches!(fetch(endpoint().security_token("nobody-has-this")).await, Err(Error::Unauthorized(_))));
    assert!(matches!(fetch(endpoint().security_token(simulator.foreign_token())).await, Err(Error::WrongRegion(_))));
    assert!(matches!(
        fetch(endpoint().security_token(simulator.operations_token())).await,
        Err(Error::WrongAccount(_))
    ));
    for lucene in ["*leading", "name:?leading", "unbalanced \"quote", "a AND (b"] {
        let query = LogQuery { lucene: lucene.into(), ..log_query() };
        let result = runner.connect(both()).search_logs(&query).await.unwrap();
        assert!(matches!(result.map_err(Error::from), Err(Error::QueryRejected(_))), "{lucene}");
    }
    let always = |fault| simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 1, fault));
    always(Fault::too_many_requests(Some("3600")));
    assert_eq!(fetch(both()).await.map(|_| ()), Err(Error::RateLimited(Some(3_600_000))));
    always(Fault::too_many_requests(None));
    assert_eq!(fetch(both()).await.map(|_| ()), Err(Error::RateLimited(None)));
    always(Fault::HangBeforeHead);
    assert!(matches!(fetch(both()).await, Err(Error::TimedOut(_))));
    always(Fault::Reset(None));
    assert!(matches!(fetch(both()).await, Err(Error::Unreachable(_))));
    always(Fault::status(503));
    assert!(matches!(fetch(both()).await, Err(Error::Server(error)) if error.status == 503));
    always(Fault::Html);
    assert!(matches!(fetch(both()).await, Err(Error::MalformedResponse(_))));
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_survived_or_reported_and_nothing_is_lost() {
    let all = ["e0", "e1", "e2", "e3", "e4"];
    // Each fault strikes once, and the fetch goes through, or fails and the next one goes through.
    for (fault, survives) in [
        (Fault::status(500), true),
        (Fault::status(502), true),
        (Fault::status(503), true),
        (Fault::status(504), true),
        (Fault::status(400), false),
        (Fault::status(404), false),
        (Fault::too_many_requests(None), true),
        (Fault::too_many_requests(Some("2")), true),
        (Fault::Delay(Duration::from_secs(5)), true),
        (Fault::Delay(Duration::from_secs(50)), false),
        (Fault::HangBeforeHead, false),
        (Fault::HangAfterHead, false),
        (Fault::Truncate(None), true),
        (Fault::Truncate(Some(0)), true),
        (Fault::Reset(None), true),
        (Fault::Reset(Some(10)), true),
        (Fault::Html, false),
        (Fault::InvalidJson, false),
        (Fault::EmptyBody, false),
        (Fault::Missing("results".into()), true),
        (Fault::Null("results".into()), true),
        (Fault::Redirect("https://evil.test/".into()), false),
    ] {
        let simulator = small();
        simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, fault.clone()));
        let first = fetch(&simulator).await;
        assert_eq!(first.is_ok(), survives, "{fault:?}: {first:?}");
        if survives {
            assert_eq!(first.unwrap(), all, "{fault:?}");
        } else {
            assert_eq!(fetch(&simulator).await.unwrap(), all, "{fault:?}");
        }
    }
    for field in ["total", "pagination", "results.*.name", "results.*.severity", "results.*.eventDate"] {
        let simulator = small();
        simulator.faults(FaultPlan::none().with(Endpoint::Events, 1, Fault::Null(field.into())));
        assert_eq!(fetch(&simulator).await.unwrap().len(), 5, "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_keeps_those_before() {
    let simulator = simulator();
    simulator.add_events((0..80).map(|number| Event::new(format!("e{number}"), minutes_ago(100 - number)).tags(["x"])));
    simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 2, Fault::status(400)));
    let session = session(&simulator);
    // A tag that one event has makes the fetch read page after page.
    let request = FetchRequest { limit: Some(50), ..fetch_request(Start::At("-3h".into())) };
    let first = session.fetch_incidents(&request).await.unwrap().unwrap();
    assert_eq!((first.incidents.len(), first.more), (50, true));
    let second = session.fetch_incidents(&fetch_request(Start::After(first.next.clone()))).await.unwrap();
    assert!(matches!(second.map_err(Error::from), Err(Error::Server(_))));
    simulator.faults(FaultPlan::none());
    let second = session.fetch_incidents(&fetch_request(Start::After(first.next))).await.unwrap().unwrap();
    assert_eq!(second.incidents.len(), 30);
}

#[tokio::test(start_paused = true)]
async fn tags_are_filtered_without_breaking_paging() {
    let simulator = simulator();
    simulator.add_events((0..3_000).map(|number| {
        let tags = if number % 1_000 == 999 { vec!["Wanted"] } else { vec!["other"] };
        Event::new(format!("e{number}"), minutes_ago(100) + TimeDelta::seconds(number)).tags(tags)
    }));
    let mut request = fetch_request(Start::At("-3h".into()));
    request.filter.tags = vec!["wanted".into(), "absent".into()];
    let page = session(&simulator).fetch_incidents(&request).await.unwrap().unwrap();
    assert_eq!(page.incidents.iter().map(|i| i.id.as_str()).collect::<Vec<_>>(), ["e999", "e1999", "e2999"]);
    assert!(!page.more);
    let requests = simulator.requests().len();
    assert!(requests < 12, "{requests} requests");
}

#[tokio::test(start_paused = true)]
async fn filters_are_applied() {
    let simulator = simulator();
    for (number, severity) in Severity::ALL.into_iter().enumerate() {
        let event = |kind: &str| {
            Event::new(format!("{kind}{number}"), minutes_ago(60)).severity(severity).muted(kind == "muted")
        };
        simulator.add_event(event("plain").rule(1, "Falco: shell"));
        simulator.add_event(event("muted").rule(2, "Brute force"));
    }
    let session = session(&simulator);
    let ids = async |change: &dyn Fn(&mut FetchRequest)| {
        let mut request = fetch_request(Start::At("-3h".into()));
        change(&mut request);
        let page = session.fetch_incidents(&request).await.unwrap().unwrap();
        let mut ids: Vec<_> = page.incidents.into_iter().map(|incident| incident.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&|_| {}).await.len(), 10);
    assert_eq!(ids(&|request| request.filter.include_muted = false).await.len(), 5);
    assert_eq!(ids(&|request| request.filter.rule_name = Some("Brute".into())).await.len(), 5);
    let severe = vec![contract::Severity::Severe, contract::Severity::Info];
    assert_eq!(
        ids(&|request| request.filter.severities = severe.clone()).await,
        ["muted0", "muted4", "plain0", "plain4"]
    );
    assert_eq!(ids(&|request| request.limit = Some(3)).await.len(), 3);
    assert_eq!(ids(&|request| request.limit = Some(5_000)).await.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_a_server_echoes_is_never_passed_on() {
    let simulator = small();
    let token = simulator.security_token();
    simulator.add_event(Event::new("leak", minutes_ago(50)).rule(9, format!("uses {token}")));
    let page = session(&simulator).fetch_incidents(&fetch_request(Start::At("-2h".into()))).await.unwrap().unwrap();
    assert_eq!(page.incidents.len(), 6);
    assert!(!format!("{page:?}").contains(&token));
    let body = format!("{{\"message\":\"no such token: {token}\"}}");
    let fault = Fault::Status { status: 400, retry_after: None, body: Some(body.into()) };
    simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 1, fault));
    let error = fetch(&simulator).await.unwrap_err();
    assert!(!format!("{error:?}").contains(&token), "{error:?}");
    for request in simulator.requests() {
        assert!(!format!("{} {}", request.path, request.query).contains(&token));
    }
}

#[tokio::test(start_paused = true)]
async fn answers_come_compressed() {
    let simulator = small();
    fetch(&simulator).await.unwrap();
    assert!(simulator.requests().iter().all(|request| request.accepts_gzip));
}

#[tokio::test(start_paused = true)]
async fn tokens_may_come_from_the_environment() {
    let simulator = small();
    let runner = builder(&simulator)
        .environment("LOGZIO_URL", "https://logz.test")
        .environment("LOGZIO_SECURITY_TOKEN", simulator.security_token())
        .build()
        .unwrap();
    let page = runner.connect(Connection::new()).fetch_incidents(&fetch_request(Start::At("-2h".into()))).await;
    assert_eq!(page.unwrap().unwrap().incidents.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn rows_of_the_same_date_in_any_order_are_all_delivered() {
    let simulator = simulator();
    simulator.set_behaviour(Behaviour { ties: logzio_simulator::Ties::Shuffled, ..Behaviour::default() });
    simulator.add_events((0..1_300).map(|number| Event::new(format!("e{number}"), minutes_ago(60))));
    let session = session(&simulator);
    let mut start = Start::At("-2h".into());
    let mut ids = Vec::new();
    loop {
        let page = session.fetch_incidents(&fetch_request(start)).await.unwrap().unwrap();
        ids.extend(page.incidents.into_iter().map(|incident| incident.id));
        start = Start::After(page.next);
        if !page.more {
            break;
        }
    }
    assert_eq!(ids.len(), 1_300);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 1_300);
}

/// The contract promises that a host need not grant more.
#[test]
fn nothing_is_imported_but_what_the_contract_allows() {
    let engine = wasmtime::Engine::default();
    let component = wasmtime::component::Component::new(&engine, logzio_soar_host::EMBEDDED_COMPONENT).unwrap();
    let ty = component.component_type();
    let mut imports: Vec<String> = ty.imports(&engine).map(|(name, _)| name.to_owned()).collect();
    imports.iter_mut().for_each(|name| name.truncate(name.find('@').unwrap_or(name.len())));
    for import in &imports {
        let allowed =
            ["wasi:cli/", "wasi:clocks/", "wasi:io/", "wasi:random/", "wasi:http/types", "wasi:http/outgoing-handler"];
        assert!(allowed.iter().any(|prefix| import.starts_with(prefix)), "{import}");
    }
    let mut exports: Vec<String> = ty.exports(&engine).map(|(name, _)| name.to_owned()).collect();
    exports.sort();
    assert_eq!(
        exports,
        ["diagnostics", "hunting", "incidents", "logs", "manifest", "types"]
            .map(|name| format!("logzio:soar/{name}@0.1.0"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_beyond_the_places_of_a_runner_wait_for_one() {
    let simulator = simulator();
    let session = builder(&simulator).calls_at_once(2).build().unwrap().connect(connection(&simulator));
    let request = fetch_request(Start::At("-1h".into()));
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let (session, request) = (session.clone(), request.clone());
            tokio::spawn(async move { session.fetch_incidents(&request).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap().unwrap();
    }
}
