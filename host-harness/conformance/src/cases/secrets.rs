//! Cases of the group `secrets`: a Logz.io that echoes the token wherever it can. That it gets nowhere is checked after
//! every call of every case; here the calls are those that would spread it.

use logzio_simulator::{AccountKind, Endpoint, Event, Fault, FaultPlan, Log, Token, TokenEncoding};
use serde_json::{Value, json};

use crate::bench::{
    Answer, Bench, Broken, CHECK, EVENT_LOGS, FETCH, HUNT, SEARCH, TOKEN_HEADER, ensure, fetch, from, hunt, log,
    search, texts,
};
use crate::case::{CodeCase, code_case};

pub(super) const CASES: &[CodeCase] = &[
    code_case!(
        Secrets,
        "in-its-header-and-nowhere-else",
        Code(in_its_header_and_nowhere_else),
        "Each request carries the token of its account in one header, and no other secret",
        ["types.error.no-token", "types.connection.security-token", "types.connection.operations-token"],
    ),
    code_case!(
        Secrets,
        "echoed-in-events",
        Code(echoed_in_events),
        "A token in an event's name, ids, tags and raw text is overwritten, and the event is delivered",
        ["types.json", "types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "echoed-in-logs",
        Code(echoed_in_logs),
        "A token in logs, their fields and their ids is overwritten",
        ["types.json", "types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "echoed-in-json-escapes",
        Code(echoed_in_json_escapes),
        "A token that Logz.io writes as escapes of JSON is overwritten, in logs, events and errors",
        ["types.json", "types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "echoed-in-base64",
        Code(echoed_in_base64),
        "A token in Base64, of either alphabet, or percent-encoded is overwritten, in logs, events and errors",
        ["types.json", "types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "echoed-in-errors",
        Code(echoed_in_errors),
        "A token in the error that Logz.io answers with, whatever its status and form, is not repeated",
        ["types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "echoed-by-diagnostics",
        Code(echoed_by_diagnostics),
        "An account that is named as its token is checked without showing it",
        ["types.error.no-token", "diagnostics.outcome.passed.found"],
    ),
    code_case!(
        Secrets,
        "in-the-arguments",
        Code(in_the_arguments),
        "A token that stands where it does not belong, in a query, a filter, an id or a time, is not repeated in an error",
        ["types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "in-a-connection-that-is-refused",
        Code(in_a_connection_that_is_refused),
        "A connection that cannot be used is refused without showing its tokens, or a password in its URL",
        ["types.error.no-token", "types.error.invalid-connection"],
    ),
    code_case!(
        Secrets,
        "tokens-that-nobody-has",
        Code(tokens_that_nobody_has),
        "A token that is refused, of another region or of the wrong account is not shown",
        ["types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "when-the-network-fails",
        Code(when_the_network_fails),
        "A network that fails, at any point, brings no token into a text",
        ["types.error.no-token"],
    ),
    code_case!(
        Secrets,
        "tokens-of-the-environment",
        Code(tokens_of_the_environment),
        "A token of the environment goes to the endpoint that the environment names, and to no other URL",
        ["types.connection.environment.tokens", "types.connection.environment.own-tokens"],
    ),
    code_case!(
        Secrets,
        "in-the-cursor",
        Code(in_the_cursor),
        "A cursor and a page's token hold no token, plain or encoded",
        ["types.error.no-token"],
    ),
];

async fn in_its_header_and_nowhere_else(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let calls = [
        (FETCH, fetch(from("2 hours ago"), json!({"attach_logs": 2})), true),
        (EVENT_LOGS, json!({"event_id": "e1"}), true),
        (SEARCH, search(json!({"since": "-1d"})), false),
        (HUNT, hunt(&["203.0.113.9"], json!({})), false),
    ];
    for (function, arguments, security) in calls {
        let before = bench.site.request_count();
        bench.ok(function, arguments).await?;
        let token = if security { bench.site.security.expose() } else { bench.site.operations.expose() };
        let requests = bench.site.requests_from(before);
        ensure!(!requests.is_empty(), "{function} sent nothing");
        for request in requests {
            let tokens: Vec<&str> = request
                .headers
                .iter()
                .filter(|(name, _)| name == TOKEN_HEADER)
                .map(|(_, value)| value.as_str())
                .collect();
            let path = &request.path;
            ensure!(tokens.len() == 1, "{function}: {path} was asked with {} tokens", tokens.len());
            ensure!(tokens == [token], "{function}: {path} was asked with a token that is not this account's");
            ensure!(
                request.header("authorization").is_none(),
                "{function}: {path} was asked with an Authorization header"
            );
            ensure!(request.header("cookie").is_none(), "{function}: {path} was asked with a cookie");
        }
    }
    Ok(())
}

async fn echoed_in_events(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let (token, other) = (bench.site.security.expose().to_owned(), bench.site.operations.expose().to_owned());
    let date = bench.minutes_ago(60);
    let event = |id: &str| Event::new(id, date).rule(7, "Plain");
    bench.site.simulator.add_events([
        event("name").rule(7, format!("uses {token}")),
        event("description").description(format!("{token}{token}")).summary(other.clone()),
        event("group").group_by([(token.clone(), other.clone())]).tags([token.clone()]).mitre_tags([other.clone()]),
        event(&format!("id-{token}")),
        event("severity").raw(format!(
            r#"{{"alertEventId":"severity","name":"n","severity":"{token}","eventDate":{},"{other}":1,"{other}":2,"tags":"{token}"}}"#,
            date.timestamp()
        )),
    ]);
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    ensure!(
        texts(&page, "incidents", "id").len() == 5,
        "5 events echo a token, and {} came",
        texts(&page, "incidents", "id").len()
    );
    let raw = texts(&page, "incidents", "raw_text").concat();
    ensure!(raw.contains(&"*".repeat(token.len())), "what was a token is not overwritten with *");
    Ok(())
}

async fn echoed_in_logs(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let (token, other) = (bench.site.operations.expose().to_owned(), bench.site.security.expose().to_owned());
    let time = bench.minutes_ago(60);
    bench.add_logs([
        log("l1", time, json!({"message": format!("curl -H 'X-API-TOKEN: {token}'"), "source.ip": "203.0.113.9"})),
        log("l2", time, json!({token.clone(): other.clone(), "user": {"name": token.clone()}, "host.name": other, "source.ip": "203.0.113.9"})),
        log(format!("l3-{token}"), time, json!({"source.ip": "203.0.113.9"})),
    ]);
    bench.site.simulator.add_event(Event::new("leak", time).logs(["l1", "l2"]));
    let page = bench.ok(SEARCH, search(json!({"since": "-2h"}))).await?;
    ensure!(
        texts(&page, "logs", "source_text").len() == 3,
        "3 logs echo a token, and {} came",
        texts(&page, "logs", "source_text").len()
    );
    bench.ok(EVENT_LOGS, json!({"event_id": "leak"})).await?;
    bench.ok(FETCH, fetch(from("2 hours ago"), json!({"attach_logs": 5}))).await?;
    let report = bench.ok(HUNT, hunt(&["203.0.113.9"], json!({}))).await?;
    let hits = report.pointer("/sightings/0/hits").and_then(Value::as_u64);
    ensure!(hits == Some(3), "an address in 3 logs that echo a token has {hits:?} hits");
    Ok(())
}

async fn echoed_in_json_escapes(bench: &mut Bench<'_>) -> Result<(), Broken> {
    echoed_as(bench, TokenEncoding::JsonEscapes).await
}

async fn echoed_in_base64(bench: &mut Bench<'_>) -> Result<(), Broken> {
    for encoding in [TokenEncoding::Base64, TokenEncoding::Base64Url, TokenEncoding::UrlEncoded] {
        echoed_as(bench, encoding).await?;
    }
    Ok(())
}

/// Logs, events and errors that hold the tokens in an encoding.
async fn echoed_as(bench: &mut Bench<'_>, encoding: TokenEncoding) -> Result<(), Broken> {
    let (security, operations) = (bench.site.security.expose().to_owned(), bench.site.operations.expose().to_owned());
    let time = bench.minutes_ago(60);
    let name = encoding.as_str();
    let document = |token: &str| {
        let text = encoding.write(token);
        format!(r#"{{"message":"token {text} it was","source.ip":"203.0.113.9","type":"{name}"}}"#)
    };
    for (number, token) in [&operations, &security].into_iter().enumerate() {
        bench.add_logs([Log::new(format!("{name}-{number}"), time, document(token))]);
    }
    let event = Event::new(format!("event-{name}"), time);
    bench.site.simulator.add_event(event.raw(format!(
        r#"{{"alertEventId":"event-{name}","name":"n {}","severity":"HIGH","eventDate":{}}}"#,
        encoding.write(&security),
        time.timestamp()
    )));
    let page = bench.ok(SEARCH, search(json!({"lucene": format!("type:{name}"), "since": "-2h"}))).await?;
    let report = bench.ok(HUNT, hunt(&["203.0.113.9"], json!({}))).await?;
    let incidents = bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    let part = |answer: &Value, path: &str| answer.pointer(path).cloned().unwrap_or_default().to_string();
    let (sources, of_hunt) = (part(&page, "/logs"), part(&report, "/sightings/0/logs"));
    let events = part(&incidents, "/incidents");
    for (what, text) in [("a search", sources), ("a hunt", of_hunt), ("a fetch", events)] {
        ensure!(text.contains("***"), "{what}: what was a token ({name}) is not overwritten with *");
        for token in [&operations, &security] {
            // Escaped once more where a document stands as a text in JSON.
            let forms = [encoding.write(token), encoding.write(token).replace('\\', "\\\\")];
            ensure!(!forms.iter().any(|form| text.contains(form)), "{what} passed a token on ({name})");
        }
    }
    for status in [400, 401, 500] {
        let fault = Fault::TokenEcho { status, encoding };
        bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Search, 1, fault));
        let answer = bench.call(SEARCH, search(json!({"since": "-1d"}))).await?.to_json().to_string();
        let form = encoding.write(&operations);
        ensure!(!answer.contains(&form), "an error of the status {status} holds a token ({name})");
    }
    bench.site.simulator.faults(FaultPlan::none());
    Ok(())
}

async fn echoed_in_errors(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let (security, operations) = (bench.site.security.expose().to_owned(), bench.site.operations.expose().to_owned());
    let echoes = [
        format!(r#"{{"message":"no such token: {security} {operations}"}}"#),
        format!(r#"{{"code":1,"message":"{security}{operations}{}"}}"#, "x".repeat(5_000)),
        format!("\"{security}\""),
        format!("<html>{operations} {security}</html>"),
        format!(r#"[{{"errorCode":"{security}","message":"{operations}"}}]"#),
        format!("{}{security}{operations}", "padding ".repeat(37)),
        format!("Account region {security} differs from current server region {operations}"),
    ];
    for body in &echoes {
        for status in [400, 401, 403, 404, 429, 500] {
            let fault = Fault::Status { status, retry_after: Some(security.clone()), body: Some(body.clone().into()) };
            let plan = Endpoint::ALL
                .into_iter()
                .fold(FaultPlan::none(), |plan, endpoint| plan.with_all(endpoint, 1, fault.clone()));
            bench.site.simulator.faults(plan);
            let connection = json!({"time_budget_ms": 1_000});
            for (function, mut arguments) in
                [(FETCH, fetch(from("2 hours ago"), json!({}))), (SEARCH, search(json!({"since": "-1d"})))]
            {
                if let Some(arguments) = arguments.as_object_mut() {
                    arguments.insert("connection".into(), connection.clone());
                }
                let answer = bench.call(function, arguments).await?;
                ensure!(matches!(answer, Answer::Err(_)), "{function} succeeded with the status {status}");
            }
        }
    }
    // Where logs are attached, an error becomes a notice.
    let fault = Fault::Status { status: 400, retry_after: None, body: echoes.first().cloned().map(Into::into) };
    bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::EventLogs, 1, fault));
    bench.ok(FETCH, fetch(from("2 hours ago"), json!({"attach_logs": 5}))).await?;
    Ok(())
}

async fn echoed_by_diagnostics(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let (security, operations) = (bench.site.security.expose().to_owned(), bench.site.operations.expose().to_owned());
    for body in [
        format!(r#"{{"accountName":"{security}","accountId":24602}}"#),
        format!(r#"{{"accountName":"{security} and {operations}","accountId":24601}}"#),
        format!(r#"{{"accountName":"n","accountId":"{operations}"}}"#),
        format!(r#"[{{"accountId":24601,"accountName":"n","type":"{security}"}}]"#),
    ] {
        let answer = |text: String| json!({"request": {"method": "GET"}, "answer": {"text": text}, "times": "any"});
        let other = json!({"request": {}, "answer": {"status": 500, "text": security}, "times": "any"});
        let exchanges = [answer(body), other].into_iter().map(serde_json::from_value).collect::<Result<Vec<_>, _>>();
        let exchanges = exchanges.map_err(|error| Broken(error.to_string()))?;
        bench.scripted(CHECK, json!({"connection": {"time_budget_ms": 1_000}}), exchanges).await?;
    }
    Ok(())
}

async fn in_the_arguments(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let (security, operations) = (bench.site.security.expose().to_owned(), bench.site.operations.expose().to_owned());
    // None of these can be used, so none is sent.
    for (function, arguments) in [
        (FETCH, fetch(from(&security), json!({}))),
        (FETCH, fetch(json!({"case": "after", "value": security}), json!({}))),
        (SEARCH, search(json!({"lucene": format!("a AND ({operations}")}))),
        (SEARCH, search(json!({"lucene": format!("*{operations}")}))),
        (SEARCH, search(json!({"since": operations}))),
        (SEARCH, search(json!({"until": security}))),
        (SEARCH, search(json!({"page": operations}))),
        (EVENT_LOGS, json!({"event_id": format!("{security}\n")})),
        (EVENT_LOGS, json!({"event_id": "e", "page": security})),
        (HUNT, hunt(&[&operations], json!({}))),
        (HUNT, hunt(&["evil.example"], json!({"internal_networks": [security]}))),
        (HUNT, hunt(&["evil.example"], json!({"since": operations}))),
    ] {
        let answer = bench.call(function, arguments).await?;
        ensure!(matches!(answer, Answer::Err(_)), "{function} took a token as an argument that cannot be one");
    }
    Ok(())
}

async fn in_a_connection_that_is_refused(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let (security, operations) = (bench.site.security.expose().to_owned(), bench.site.operations.expose().to_owned());
    for connection in [
        json!({"security_token": format!("{security} {operations}")}),
        json!({"security_token": format!("{security}\n{operations}")}),
        json!({"operations_token": format!("{operations}\u{e9}")}),
        json!({"security_token": security.repeat(50)}),
        json!({"endpoint": {"case": "region", "value": security}}),
        json!({"endpoint": {"case": "url", "value": operations}}),
        json!({"endpoint": {"case": "url", "value": format!("https://user:{security}@logz.test")}}),
        json!({"endpoint": {"case": "url", "value": format!("https://logz.test/?token={security}")}}),
        json!({"time_budget_ms": 1}),
    ] {
        let mut arguments = fetch(from("2 hours ago"), json!({}));
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.insert("connection".into(), connection);
        }
        bench.err(FETCH, arguments, "invalid-connection").await?;
    }
    ensure!(bench.site.request_count() == 0, "{} requests were sent", bench.site.request_count());
    Ok(())
}

async fn tokens_that_nobody_has(bench: &mut Bench<'_>) -> Result<(), Broken> {
    let (operations, foreign) = (bench.site.operations.expose().to_owned(), bench.site.foreign.expose().to_owned());
    let security = bench.site.security.expose().to_owned();
    for (tokens, case) in
        [(json!({"security_token": foreign}), "wrong-region"), (json!({"security_token": operations}), "wrong-account")]
    {
        let mut arguments = fetch(from("2 hours ago"), json!({}));
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.insert("connection".into(), tokens);
        }
        bench.err(FETCH, arguments, case).await?;
    }
    bench.site.simulator.remove_tokens(AccountKind::Security);
    bench.err(FETCH, fetch(from("2 hours ago"), json!({})), "unauthorized").await?;
    bench.ok(CHECK, json!({})).await?;
    bench.site.simulator.add_token(AccountKind::Security, Token::new(security));
    bench.ok(FETCH, fetch(from("2 hours ago"), json!({}))).await?;
    Ok(())
}

async fn when_the_network_fails(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let token = bench.site.security.expose().to_owned();
    for fault in [
        Fault::Reset(None),
        Fault::Reset(Some(3)),
        Fault::Truncate(None),
        Fault::HangBeforeHead,
        Fault::HangAfterHead,
        Fault::Html,
        Fault::InvalidJson,
        Fault::Redirect(format!("https://elsewhere.test/{token}")),
    ] {
        bench.site.simulator.faults(FaultPlan::none().with_all(Endpoint::Events, 1, fault));
        let mut arguments = fetch(from("2 hours ago"), json!({}));
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.insert("connection".into(), json!({"time_budget_ms": 1_000}));
        }
        let answer = bench.call(FETCH, arguments).await?;
        ensure!(matches!(answer, Answer::Err(_)), "a fetch succeeded where every request fails");
    }
    Ok(())
}

async fn in_the_cursor(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let page = bench.ok(FETCH, fetch(from("2 hours ago"), json!({"limit": 2}))).await?;
    ensure!(page.get("next").is_some_and(Value::is_string), "there is no cursor");
    let page = bench.ok(SEARCH, search(json!({"since": "-4h", "limit": 10}))).await?;
    ensure!(page.get("next").is_some_and(Value::is_string), "there is no page's token");
    Ok(())
}

async fn tokens_of_the_environment(bench: &mut Bench<'_>) -> Result<(), Broken> {
    bench.fill_small();
    let (security, operations) = (bench.site.security.expose().to_owned(), bench.site.operations.expose().to_owned());
    let url = bench.site.url.clone();
    bench.set_variable("LOGZIO_SECURITY_TOKEN", &security);
    bench.set_variable("LOGZIO_OPERATIONS_TOKEN", &operations);
    let calls = [
        (FETCH, fetch(from("2 hours ago"), json!({}))),
        (EVENT_LOGS, json!({"event_id": "e1"})),
        (SEARCH, search(json!({"since": "-1d"}))),
        (HUNT, hunt(&["203.0.113.9"], json!({}))),
        (CHECK, json!({})),
    ];
    let with = |arguments: &Value, connection: Value| {
        let mut arguments = arguments.clone();
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.insert("connection".into(), connection);
        }
        arguments
    };
    let other_urls = [None, Some("https://elsewhere.test".to_owned()), Some(format!("{url}/other"))];
    for other in &other_urls {
        if let Some(other) = other {
            bench.set_variable("LOGZIO_URL", other);
        }
        for (function, arguments) in &calls {
            let without = with(arguments, json!({"security_token": null, "operations_token": null}));
            bench.err(function, without, "invalid-connection").await?;
        }
        let sent = bench.site.request_count();
        ensure!(sent == 0, "{sent} requests were sent to a URL that the environment does not name");
    }
    // A connection with a token of its own does not get the other one.
    for (function, arguments, own) in [
        (SEARCH, search(json!({"since": "-1d"})), json!({"operations_token": null})),
        (FETCH, fetch(from("2 hours ago"), json!({})), json!({"security_token": null})),
    ] {
        bench.err(function, with(&arguments, own), "invalid-connection").await?;
    }
    ensure!(bench.site.request_count() == 0, "a request was sent without a token of its own");
    // The same URL, written in another way, is the environment's.
    bench.set_variable("LOGZIO_URL", &format!(" {url}/ "));
    for (function, arguments) in &calls {
        bench.ok(function, with(arguments, json!({"security_token": null, "operations_token": null}))).await?;
    }
    Ok(())
}
