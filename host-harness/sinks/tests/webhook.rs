//! Webhooks against a server that behaves as each test says.

use std::time::{Duration, Instant};

use logzio_soar_sinks::{Sink, Undelivered};
use serde_json::{Value, json};

use crate::support::{Authority, Folder, Reply, Server, envelope, envelopes, whole};

/// A sink of a server, with more settings.
async fn sink(server: &Server, settings: &str) -> Box<dyn Sink> {
    Folder::with(&format!("[sinks.it]\ntype = \"webhook\"\nurl = \"{}\"\n{settings}", server.url("/hook?a=b")))
        .open()
        .await
}

/// What a delivery of one incident comes to.
async fn outcome(reply: Reply, settings: &str) -> Result<(), Undelivered> {
    let server = Server::start(&[reply]).await;
    sink(&server, settings).await.deliver(&[envelope(1)]).await
}

fn later(outcome: &Result<(), Undelivered>) -> (&str, Option<Duration>) {
    match outcome {
        Err(Undelivered::Later { why, after }) => (why, *after),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_incident_is_a_cloudevent() {
    let server = Server::start(&[Reply::Status(204)]).await;
    sink(&server, "").await.deliver(&[envelope(7)]).await.unwrap();
    let [request] = &server.received()[..] else { panic!() };
    assert_eq!(request.path, "/hook?a=b");
    assert_eq!(request.header("content-type"), "application/cloudevents+json; charset=utf-8");
    let expected = json!({
        "specversion": "1.0",
        "type": "io.logz.siem.incident",
        "source": "/logzio-soar/accounts/acme",
        "id": "5a1e7b2c-7",
        "time": "2026-11-22T08:00:00.250Z",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000007",
        "account": "acme",
        "severity": "high",
        "data": whole("5a1e7b2c-7", "Brute force: many failed SSH logins"),
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn several_incidents_are_a_batch_of_cloudevents() {
    let server = Server::start(&[Reply::Status(200)]).await;
    let mut sink = sink(&server, "batch = 3").await;
    assert_eq!(sink.most_at_once(), 3);
    sink.deliver(&envelopes(1..=4)).await.unwrap();
    let requests = server.received();
    let ids: Vec<Vec<Value>> = requests
        .iter()
        .map(|request| request.json().as_array().unwrap().iter().map(|event| event["id"].clone()).collect())
        .collect();
    assert_eq!(json!(ids), json!([["5a1e7b2c-1", "5a1e7b2c-2", "5a1e7b2c-3"], ["5a1e7b2c-4"]]));
    assert_eq!(requests[0].header("content-type"), "application/cloudevents-batch+json; charset=utf-8");
}

#[tokio::test]
async fn an_incident_can_be_sent_as_it_is() {
    let server = Server::start(&[Reply::Status(200)]).await;
    sink(&server, "body = \"incident\"").await.deliver(&[envelope(1)]).await.unwrap();
    sink(&server, "body = \"incident\"\nbatch = 2").await.deliver(&[envelope(1)]).await.unwrap();
    let [one, list] = &server.received()[..] else { panic!() };
    let mut expected = whole("5a1e7b2c-1", "Brute force: many failed SSH logins");
    expected["account"] = json!("acme");
    expected["sequence"] = json!(1);
    assert_eq!(one.json(), expected);
    assert_eq!(list.json(), json!([expected]));
    assert_eq!(one.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_request_has_the_same_id_however_often_it_is_sent() {
    let server = Server::start(&[Reply::Status(500), Reply::HangUp, Reply::Status(200)]).await;
    let mut sink = sink(&server, "").await;
    for number in [1, 1, 1, 2] {
        let _ = sink.deliver(&[envelope(number)]).await;
    }
    let mut other = envelope(2);
    other.account = "other".into();
    sink.deliver(&[other]).await.unwrap();
    let ids: Vec<String> = server.received().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3] && ids[3] != ids[4], "{ids:?}");
    assert!(ids[0].starts_with("inc_") && ids[0].len() == 36);
}

#[tokio::test]
async fn a_yes_counts_whatever_follows_it() {
    for reply in [
        Reply::With(200, vec![("content-type", "text/html".into())], "<html>\0 garbage".into()),
        Reply::With(202, vec![("content-encoding", "gzip".into())], "no gzip".into()),
        Reply::Half(200),
        Reply::HeadOnly(200),
        Reply::Endless(200),
    ] {
        let started = Instant::now();
        outcome(reply, "body-timeout = \"300ms\"").await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_is_said() {
    let elsewhere = Server::start(&[Reply::Status(200)]).await;
    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::With(status, vec![("location", elsewhere.url("/s3cret"))], String::new());
        let outcome = outcome(reply, "").await;
        let (why, _) = later(&outcome);
        assert!(why.contains("redirects are not followed") && !why.contains("s3cret"), "{why}");
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn trouble_that_passes_is_for_later_with_the_wait_that_is_asked_for() {
    let header = |value: &str| vec![("retry-after", value.to_owned())];
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let outcome = outcome(Reply::With(status, header("7"), String::new()), "").await;
        assert_eq!(later(&outcome).1, Some(Duration::from_secs(7)), "{status}");
    }
    for (value, seconds) in [("999999999999999999999", Some(3600)), ("-5", None), ("\u{7f}x", None), ("tomorrow", None)]
    {
        let Ok(_) = http::HeaderValue::from_str(value) else { continue };
        let outcome = outcome(Reply::With(429, header(value), String::new()), "").await;
        assert_eq!(later(&outcome).1, seconds.map(Duration::from_secs), "{value}");
    }
}

#[tokio::test]
async fn what_will_never_be_taken_is_refused_with_what_was_said() {
    let refused = outcome(Reply::With(422, vec![], "invalid_blocks:\n  [0].text".into()), "").await.unwrap_err();
    assert!(matches!(refused, Undelivered::Refused { .. }));
    assert!(refused.why().contains(" answered 422 (invalid_blocks: [0].text): "), "{refused}");
    let huge = outcome(Reply::With(400, vec![], "x".repeat(1 << 20)), "").await.unwrap_err();
    assert!(huge.why().len() < 500, "{huge}");
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_it() {
    let server = Server::start(&[Reply::Endless(500)]).await;
    let outcome = sink(&server, "").await.deliver(&[envelope(1)]).await;
    assert!(matches!(outcome, Err(Undelivered::Later { .. })));
    // What the system buffers is more than what was read.
    assert!(server.sent() < 16 << 20, "{}", server.sent());
}

#[tokio::test]
async fn a_server_that_hangs_or_hangs_up_is_for_later() {
    let limits = "answer-timeout = \"200ms\"\nbody-timeout = \"200ms\"";
    for (reply, expected) in [
        (Reply::Never, "did not answer in time"),
        (Reply::After(Duration::from_secs(5), 200), "did not answer in time"),
        (Reply::HangUp, "broke off the connection"),
        (Reply::HeadOnly(503), "answered 503"),
        (Reply::Half(503), "answered 503"),
    ] {
        let started = Instant::now();
        let outcome = outcome(reply, limits).await;
        let (why, _) = later(&outcome);
        assert!(why.contains(expected), "{why}");
        assert!(started.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    outcome(Reply::After(Duration::from_millis(300), 200), "answer-timeout = \"5s\"").await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_gone_is_said() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/s3cret", listener.local_addr().unwrap());
    drop(listener);
    let mut sink = Folder::with(&format!("[sinks.it]\ntype = \"webhook\"\nurl = \"{url}\"")).open().await;
    let outcome = sink.deliver(&[envelope(1)]).await;
    let (why, _) = later(&outcome);
    assert!(why.contains("connection was refused") && !why.contains("s3cret"), "{why}");
}

#[tokio::test]
async fn headers_and_secrets_are_sent_and_never_shown() {
    let echo = r#"{"error": "no s3cret-header, no \/hook\/s3cret-path"}"#.to_owned();
    let server = Server::start(&[Reply::With(400, vec![], echo)]).await;
    let folder = Folder::with(
        "[sinks.it]\ntype = \"webhook\"\nurl = { file = \"url\" }\nheaders = { Authorization = { file = \"token\" } }",
    );
    folder.write("url", &server.url("/hook/s3cret-path"));
    folder.write("token", "Bearer s3cret-header\n");
    let refused = folder.open().await.deliver(&[envelope(1)]).await.unwrap_err();
    assert!(refused.why().contains("answered 400") && !refused.why().contains("s3cret"), "{refused}");
    let [request] = &server.received()[..] else { panic!() };
    assert_eq!((request.header("authorization"), &*request.path), ("Bearer s3cret-header", "/hook/s3cret-path"));
    assert!(request.header("user-agent").starts_with("logzio-soar/"));
}

#[tokio::test]
async fn a_secret_that_was_replaced_is_read_again_once_the_old_one_is_refused() {
    let server = Server::start(&[Reply::Status(401), Reply::Status(200)]).await;
    let folder = Folder::with(&format!(
        "[sinks.it]\ntype = \"webhook\"\nurl = \"{}\"\nheaders = {{ Authorization = {{ file = \"token\" }} }}",
        server.url("/")
    ));
    folder.write("token", "old");
    let mut sink = folder.open().await;
    let outcome = sink.deliver(&[envelope(1)]).await;
    assert!(later(&outcome).0.contains("check the secrets"));
    folder.write("token", "new");
    sink.deliver(&[envelope(1)]).await.unwrap();
    let tokens: Vec<_> = server.received().iter().map(|request| request.header("authorization").to_owned()).collect();
    assert_eq!(tokens, ["old", "new"]);
}

#[tokio::test]
async fn a_signature_covers_the_id_the_time_and_the_body() {
    use base64::Engine as _;
    use hmac::{Hmac, KeyInit, Mac};
    let server = Server::start(&[Reply::Status(200)]).await;
    let folder = Folder::with(&format!(
        "[sinks.it]\ntype = \"webhook\"\nurl = \"{}\"\nsigning-key = {{ file = \"new\" }}\nold-signing-key = {{ file = \"old\" }}",
        server.url("/")
    ));
    let base64 = base64::engine::general_purpose::STANDARD;
    folder.write("new", &format!("whsec_{}\n", base64.encode([1; 32])));
    folder.write("old", &format!("whsec_{}\n", base64.encode([2; 24])));
    folder.open().await.deliver(&[envelope(1)]).await.unwrap();
    let [request] = &server.received()[..] else { panic!() };
    let (id, time) = (request.header("webhook-id"), request.header("webhook-timestamp"));
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now.abs_diff(time.parse().unwrap()) < 30);
    let expected: Vec<String> = [vec![1; 32], vec![2; 24]]
        .iter()
        .map(|key| {
            let mut mac: Hmac<sha2::Sha256> = Hmac::new_from_slice(key).unwrap();
            mac.update(&[id.as_bytes(), b".", time.as_bytes(), b".", &request.body].concat());
            format!("v1,{}", base64.encode(mac.finalize().into_bytes()))
        })
        .collect();
    assert_eq!(request.header("webhook-signature"), expected.join(" "));
}

#[tokio::test]
async fn a_companys_own_authority_is_trusted_where_it_is_named() {
    let authority = Authority::new();
    let server = Server::start_with(&[Reply::Status(200)], Some(authority.tls(true))).await;
    let url = format!("[sinks.it]\ntype = \"webhook\"\nurl = \"{}\"\n", server.https("/"));
    let write = |folder: &Folder| {
        let (certificate, key) = authority.client();
        folder.write("ca.pem", &authority.pem());
        folder.write("client.pem", &certificate);
        folder.write("client.key", &key);
    };

    let folder = Folder::with(&url);
    let outcome = folder.open().await.deliver(&[envelope(1)]).await;
    assert!(later(&outcome).0.contains("certificate is not trusted"), "{outcome:?}");

    let folder = Folder::with(&format!("{url}ca-file = \"ca.pem\""));
    write(&folder);
    assert!(folder.open().await.deliver(&[envelope(1)]).await.is_err());

    let identity = "client-certificate = \"client.pem\"\nclient-key = \"client.key\"";
    let folder = Folder::with(&format!("{url}ca-file = \"ca.pem\"\n{identity}"));
    write(&folder);
    folder.open().await.deliver(&[envelope(1)]).await.unwrap();

    folder.write("client.key", &authority.client().1);
    let error = folder.try_open().await.err().unwrap().to_string();
    assert!(error.contains("belongs to another certificate"), "{error}");
    folder.write("client.key", "s3cret");
    let error = folder.try_open().await.err().unwrap().to_string();
    assert!(error.contains("client.key") && !error.contains("s3cret"), "{error}");
}

/// Says where the receiver is for the process that is started with a proxy.
const THROUGH_A_PROXY: &str = "LOGZIO_SOAR_TEST_THROUGH_A_PROXY";

/// Delivers, when started by the test below; else it does nothing.
#[tokio::test]
async fn deliverer() {
    let Ok(url) = std::env::var(THROUGH_A_PROXY) else { return };
    let mut sink = Folder::with(&format!("[sinks.it]\ntype = \"webhook\"\nurl = \"{url}\"")).open().await;
    eprintln!("<{}>", sink.deliver(&[envelope(1)]).await.unwrap_err());
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["webhook::deliverer", "--exact", "--nocapture"])
        .env(THROUGH_A_PROXY, "https://soar.invalid/s3cret")
        .env("HTTPS_PROXY", format!("http://name:s3cret@{}", proxy.local_addr().unwrap()))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut socket = loop {
        match proxy.accept() {
            Ok((socket, _)) => break socket,
            Err(_) if child.try_wait().unwrap().is_some() => panic!("it did not go through the proxy"),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    socket.set_nonblocking(false).unwrap();
    let mut head = [0; 4096];
    let length = socket.read(&mut head).unwrap();
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    socket.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap();
    drop(socket);
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(head.starts_with("CONNECT soar.invalid:443 HTTP/1.1\r\n"), "{head}");
    assert!(said.contains("<https://soar.invalid could not be reached: the proxy opens no tunnel to it"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}
