//! Logz.io as one case sees it: a simulator of its own, tokens of its own, and every request that came.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SubsecRound, Utc};
use logzio_simulator::{AccountKind, Clock, Region, Simulator, SimulatorOptions, Token};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::canary::Canary;
use super::request::Request;
use super::script::Script;

/// Where a simulator in this process is said to be.
const URL: &str = "https://logz.test";

/// The time of day of every case in this process: half past eight in the morning of a Sunday, UTC.
pub(crate) fn process_now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_336_200, 0).unwrap_or_default()
}

/// The simulated Logz.io of one case.
pub(crate) struct Site {
    /// The accounts, to fill and to make fail.
    pub(crate) simulator: Simulator,
    /// The time that the case began, without a fraction.
    pub(crate) now: DateTime<Utc>,
    /// Where the API is.
    pub(crate) url: String,
    pub(crate) security: Canary,
    pub(crate) operations: Canary,
    pub(crate) foreign: Canary,
    /// The value of a variable that is none of the contract's.
    pub(crate) stranger: Canary,
    seen: Arc<Mutex<Seen>>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    script: Option<Script>,
}

/// Where a simulator is served, and what its clock shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this process, in virtual time.
    Process,
    /// On a port of this machine, at the system's time.
    Port,
}

impl Site {
    /// A site with empty accounts.
    ///
    /// Fails if there is no port to serve on.
    pub(crate) async fn new(place: Place, seed: u64) -> Result<Self, String> {
        let mut random = fastrand::Rng::with_seed(seed);
        let clock = match place {
            Place::Process => Clock::at(process_now()),
            Place::Port => Clock::system(),
        };
        let now = clock.now().trunc_subsecs(0);
        let region = Region::from_code("eu");
        let simulator = Simulator::new(SimulatorOptions { clock, region, seed, ..SimulatorOptions::default() });
        let canary = |name, random: &mut fastrand::Rng| Canary::new(name, random);
        let security = canary("security token", &mut random);
        let operations = canary("operations token", &mut random);
        let foreign = canary("token of another region", &mut random);
        let stranger = canary("variable of the host", &mut random);
        simulator.add_token(AccountKind::Security, Token::new(security.expose()));
        simulator.add_token(AccountKind::Operations, Token::new(operations.expose()));
        simulator.add_token(AccountKind::Foreign, Token::new(foreign.expose()));

        let seen = Arc::new(Mutex::new(Seen::default()));
        let watched = Arc::clone(&seen);
        simulator.intercept(move |parts, body| {
            let mut seen = watched.lock().unwrap_or_else(PoisonError::into_inner);
            let request = Request::new(parts, body);
            let answer = seen.script.as_mut().map(|script| script.answer(&request));
            seen.requests.push(request);
            answer
        });
        let (url, serving) = match place {
            Place::Process => (URL.to_owned(), None),
            Place::Port => {
                let cannot = |error| format!("no port of this machine can be served on: {error}");
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(cannot)?;
                let port = listener.local_addr().map_err(cannot)?.port();
                let served = simulator.clone();
                let serving = tokio::spawn(async move {
                    // A port that fails shows in the answers.
                    let _ = served.serve(listener, std::future::pending()).await;
                });
                (format!("http://127.0.0.1:{port}"), Some(serving))
            }
        };
        Ok(Self { simulator, now, url, security, operations, foreign, stranger, seen, serving })
    }

    /// Every secret of the case.
    pub(crate) fn canaries(&self) -> [&Canary; 4] {
        [&self.security, &self.operations, &self.foreign, &self.stranger]
    }

    /// A text without any secret of the case.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.canaries().iter().fold(text.to_owned(), |text, canary| canary.redact(&text))
    }

    /// From here on requests are answered by a script, or by the simulator again if there is none.
    pub(crate) fn play(&self, script: Option<Script>) {
        self.seen().script = script;
    }

    /// What the script has to say about what was sent.
    pub(crate) fn script_verdict(&self) -> Result<(), String> {
        self.seen().script.as_ref().map_or(Ok(()), Script::verdict)
    }

    /// The requests from a number on.
    pub(crate) fn requests_from(&self, number: usize) -> Vec<Request> {
        self.seen().requests.get(number..).unwrap_or_default().to_vec()
    }

    /// How many requests came.
    pub(crate) fn request_count(&self) -> usize {
        self.seen().requests.len()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}
