//! What a sink gets, and what becomes of what it does not take, over real HTTP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use logzio_soar_accounts::Accounts;
use logzio_soar_sinks::Sinks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::couriers::Couriers;
use super::patience::Patience;
use crate::configuration::Configuration;
use crate::metrics::Metrics;
use crate::routes::Routes;
use crate::state::{Identity, NewIncident, Page, State};
use crate::status::Status;
use crate::stopping::Stop;

/// The ids of each request, and the status that it got.
type Requests = Arc<Mutex<Vec<(Vec<String>, u16)>>>;

/// A receiver that answers by the ids that it gets.
async fn receiver(status: impl Fn(&[String]) -> u16 + Send + Sync + 'static) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (requests, status) = (Requests::default(), Arc::new(status));
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (seen, status) = (Arc::clone(&seen), Arc::clone(&status));
            tokio::spawn(async move {
                while let Some(body) = body(&mut stream).await {
                    let events: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
                    let ids: Vec<String> = events.iter().map(|event| event["id"].as_str().unwrap().into()).collect();
                    let status = status(&ids);
                    seen.lock().unwrap().push((ids, status));
                    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, requests)
}

/// The body of the next request on a connection.
async fn body(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    loop {
        let head = read.windows(4).position(|end| end == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
            if read.len() >= head + 4 + length {
                return Some(read[head + 4..head + 4 + length].to_vec());
            }
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}

struct Site {
    state: State,
    routes: Routes,
    status: Status,
    configuration: Configuration,
    _folder: tempfile::TempDir,
    stop: Option<(Stop, tokio::task::JoinHandle<()>)>,
}

impl Site {
    async fn new(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (accounts, sinks) = (folder.path().join("accounts.toml"), folder.path().join("sinks.toml"));
        std::fs::write(&accounts, "[accounts.acme]\nregion = \"eu\"\nsecurity-token = { environment = \"T\" }\n")
            .unwrap();
        std::fs::write(
            &sinks,
            format!("[sinks.soar]\ntype = \"webhook\"\nbody = \"incident\"\nbatch = 10\nurl = \"{url}\"\n"),
        )
        .unwrap();
        let configuration = Configuration {
            accounts: Arc::new(Accounts::read(&accounts, Duration::from_secs(30)).unwrap()),
            sinks: Arc::new(Sinks::read(&sinks).unwrap()),
        };
        let state = State::open(folder.path().join("state.db")).unwrap();
        let routes = Routes::of(&configuration.sinks, &state).await.unwrap();
        Self { state, routes, status: Status::default(), configuration, _folder: folder, stop: None }
    }

    /// Stores incidents as a poll does.
    async fn store(&self, ids: &[&str]) {
        let identity = Identity { endpoint: "e".into(), token: None };
        let account = self.state.account("acme", identity).await.unwrap().unwrap().number;
        let incidents = ids.iter().map(|id| {
            let json = format!(
                r#"{{"id":"{id}","name":"n","severity":"high","occurred":"2026-11-22T08:00:00.000Z","tags":[]}}"#
            );
            NewIncident {
                id: (*id).into(),
                occurred: "2026-11-22T08:00:00.000Z".into(),
                severity: "high".into(),
                name: "n".into(),
                sinks: self.routes.that_take("acme", &json),
                json,
            }
        });
        let page = Page { poll: None, account, incidents: incidents.collect(), again: false };
        self.state.store(page).await.unwrap();
        self.routes.wake();
    }

    async fn start(&mut self, patience: Patience) {
        let metrics = Metrics::new(&self.status);
        let (state, routes) = (self.state.clone(), self.routes.clone());
        let mut couriers = Couriers::new(state, routes, self.status.clone(), metrics, patience);
        couriers.take_over(&self.configuration).await.unwrap();
        let (in_force, configuration) = watch::channel(self.configuration.clone());
        let (stop, stopping) = Stop::new();
        let task = tokio::spawn(async move {
            let _in_force = in_force;
            couriers.run(configuration, stopping).await;
        });
        self.stop = Some((stop, task));
    }

    async fn stop(&mut self) {
        if let Some((stop, task)) = self.stop.take() {
            stop.set();
            task.await.unwrap();
        }
    }

    /// How many wait, and which are dead letters.
    async fn left(&self) -> (u64, Vec<String>) {
        let waiting = self.state.outboxes().await.unwrap()[0].waiting;
        let dead = self.state.dead_letters(None, None, 100).await.unwrap();
        let id =
            |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap()["id"].as_str().unwrap().to_owned();
        (waiting, dead.iter().map(|letter| id(&letter.incident.json)).collect())
    }

    async fn until(&self, waiting: u64, dead: &[&str]) {
        for _ in 0..600 {
            if self.left().await == (waiting, dead.iter().map(|id| (*id).to_owned()).collect()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?}", self.left().await);
    }
}

fn taken(requests: &Requests) -> Vec<String> {
    let requests = requests.lock().unwrap();
    requests.iter().filter(|(_, status)| *status == 200).flat_map(|(ids, _)| ids.clone()).collect()
}

#[tokio::test]
async fn what_waits_is_delivered_in_order_and_once() {
    let (url, requests) = receiver(|_| 200).await;
    let mut site = Site::new(&url).await;
    let ids: Vec<String> = (0..25).map(|number| format!("{number:02}")).collect();
    site.store(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    site.start(Patience::default()).await;
    site.until(0, &[]).await;
    site.store(&["97", "98"]).await;
    site.until(0, &[]).await;
    site.stop().await;
    assert_eq!(taken(&requests)[..25], ids);
    assert_eq!(taken(&requests)[25..], ["97", "98"]);
    assert_eq!(site.status.sinks()["soar"].delivered, 27);
    // Another start finds nothing to deliver.
    site.start(Patience::default()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(taken(&requests).len(), 27);
}

#[tokio::test]
async fn one_that_is_refused_is_a_dead_letter_and_stops_no_other() {
    let (url, requests) = receiver(|ids| if ids.iter().any(|id| id == "b") { 400 } else { 200 }).await;
    let mut site = Site::new(&url).await;
    site.store(&["a", "b", "c"]).await;
    site.start(Patience::default()).await;
    site.until(0, &["b"]).await;
    assert_eq!(taken(&requests), ["a", "c"]);
}

#[tokio::test]
async fn one_that_the_sink_fails_at_is_given_up_if_it_takes_the_next() {
    let (url, requests) = receiver(|ids| if ids.iter().any(|id| id == "b") { 500 } else { 200 }).await;
    let mut site = Site::new(&url).await;
    site.store(&["b", "c", "d"]).await;
    site.start(Patience { tries: 3, ..Patience::default() }).await;
    site.until(0, &["b"]).await;
    assert_eq!(taken(&requests), ["c", "d"]);
}

#[tokio::test]
async fn an_outage_makes_no_dead_letters() {
    let up = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let (url, requests) =
        receiver(move |_| if is_up.load(std::sync::atomic::Ordering::Relaxed) { 200 } else { 503 }).await;
    let mut site = Site::new(&url).await;
    site.store(&["a", "b"]).await;
    site.start(Patience { tries: 1, ..Patience::default() }).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(site.left().await, (2, vec![]));
    assert!(requests.lock().unwrap().len() >= 4 && site.status.sinks()["soar"].failure.is_some());
    up.store(true, std::sync::atomic::Ordering::Relaxed);
    site.until(0, &[]).await;
    assert_eq!(taken(&requests), ["a", "b"]);
}

#[tokio::test]
async fn one_that_waited_too_long_is_given_up() {
    let (url, _requests) = receiver(|_| 503).await;
    let mut site = Site::new(&url).await;
    site.store(&["a"]).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    site.start(Patience { age: Duration::from_millis(10), ..Patience::default() }).await;
    site.until(0, &["a"]).await;
}
