//! The runner and the component of this workspace each find out by themselves which origin a connection names: the runner
//! must hold any component to it. These tests fail if the two disagree.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use logzio_soar_host::contract::{Endpoint, Error};
use logzio_soar_host::{Connection, Observation, OutgoingBody, Runner, Upstream};

/// What a component asked for, and what it was denied.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn note(&self, url: &str) {
        self.0.lock().unwrap().push(url.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Subject {
    runner: Runner,
    asked: Seen,
    denied: Seen,
}

impl Subject {
    fn new() -> Self {
        let (asked, denied) = (Seen::default(), Seen::default());
        let note = asked.clone();
        let upstream = Upstream::service(tower::service_fn(move |request: Request<OutgoingBody>| {
            note.note(&request.uri().to_string());
            async { Ok::<_, Infallible>(Response::builder().status(401).body(Full::<Bytes>::default()).unwrap()) }
        }));
        let note = denied.clone();
        let runner = Runner::builder()
            .cache_directory(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm"))
            .upstream(upstream)
            .observer(move |observation| {
                if let Observation::Denied { url } = observation {
                    note.note(&url);
                }
            });
        Self { runner: runner.build().unwrap(), asked, denied }
    }

    /// Checks a connection, and that the component asked for the origin that the runner allows and for no other; or that
    /// both take the connection for one that cannot be used.
    async fn check(&self, endpoint: Option<Endpoint>, environment: &[(&str, &str)]) {
        let case = format!("{endpoint:?} {environment:?}");
        let runner = self.runner.with_environment(environment.iter().copied());
        let mut connection = Connection::new().security_token("token").operations_token("token");
        if let Some(endpoint) = endpoint {
            connection = connection.endpoint(endpoint);
        }
        let session = runner.connect(connection);
        let allowed = session.allowed_origin();
        let answer = session.check_connection().await.unwrap();
        let (asked, denied) = (self.asked.take(), self.denied.take());
        assert_eq!(denied, [""; 0], "{case}: the runner allows {allowed:?}");
        match answer.map_err(Error::from) {
            Ok(_) => {
                assert!(!asked.is_empty(), "{case}");
                for url in asked {
                    assert_eq!(Some(origin(&url)), allowed, "{case}");
                }
            }
            Err(Error::InvalidConnection(_)) => assert_eq!((asked.as_slice(), allowed), (&[][..], None), "{case}"),
            Err(other) => panic!("{case}: {other:?}"),
        }
    }
}

/// The origin of a URL, as the runner writes it.
fn origin(url: &str) -> String {
    let uri: http::Uri = url.parse().unwrap();
    let scheme = uri.scheme_str().unwrap();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    format!("{scheme}://{}:{port}", uri.host().unwrap().to_ascii_lowercase())
}

#[tokio::test]
async fn a_component_reaches_the_origin_that_the_runner_allows() {
    let subject = Subject::new();
    let regions = subject.runner.describe().await.unwrap().parameters;
    let regions = regions.into_iter().find(|parameter| parameter.name == "region").unwrap().options;
    assert!(regions.len() >= 5, "{regions:?}");
    let regions = regions.iter().map(String::as_str).chain([
        "",
        " ",
        "EU",
        " eu\n",
        "nl",
        "zz",
        "us-east-1",
        "eu-central-1",
        "EU-WEST-2",
        "ca-central-1",
        "ap-southeast-2",
        "sa-east-1",
        "e",
        "eu1",
        "12",
        "é",
        "..",
        "a/",
        "eu.evil.example/",
        "@evil",
        "evil.example#",
    ]);
    for region in regions {
        subject.check(Some(Endpoint::Region(region.into())), &[]).await;
        subject.check(None, &[("LOGZIO_REGION", region)]).await;
    }
    for url in [
        "https://logz.example",
        "https://logz.example/",
        " https://Logz.Example/base/ ",
        "HTTPS://logz.example",
        "https://logz.example:8443",
        "https://logz.example:",
        "https://logz.example:0",
        "https://logz.example:+443",
        "https://logz.example:65536",
        "http://127.0.0.1:99999",
        "http://[::1]:99999",
        "http://127.0.0.1:8080",
        "http://127.8.8.8",
        "http://[::1]:8080",
        "http://localhost",
        "http://LOCALHOST:1",
        "http://logz.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://[::2]",
        "http://0.0.0.0",
        "http://localhost@evil.example",
        "https://user:password@logz.example",
        "ftp://127.0.0.1",
        "logz.example",
        "//logz.example",
        "https://",
        "https:",
        "https://a b",
        "",
        " ",
    ] {
        subject.check(Some(Endpoint::Url(url.into())), &[]).await;
        subject.check(None, &[("LOGZIO_URL", url)]).await;
    }
}

#[tokio::test]
async fn a_component_reads_the_environment_as_the_runner_does() {
    let subject = Subject::new();
    let (url, region) = (("LOGZIO_URL", "https://logz.example"), ("LOGZIO_REGION", "eu"));
    let empty = [("LOGZIO_URL", " "), ("LOGZIO_REGION", "")];
    for environment in [&[][..], &[url], &[region], &[url, region], &[region, url], &empty, &[empty[0], region]] {
        subject.check(None, environment).await;
        subject.check(Some(Endpoint::Region("uk".into())), environment).await;
        subject.check(Some(Endpoint::Url("https://other.example".into())), environment).await;
    }
}
