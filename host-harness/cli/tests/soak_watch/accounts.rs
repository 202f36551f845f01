//! Simulated accounts in which things happen and go wrong.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{TimeDelta, Utc};
use logzio_simulator::{
    AccountKind, Clock, Endpoint, Event, Fault, FaultPlan, Severity, Simulator, SimulatorOptions, Ties, Token,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Accounts, each a Logz.io of its own.
pub(crate) struct Accounts {
    all: Vec<Simulator>,
    ids: BTreeSet<String>,
    faults: u64,
    requests: Arc<AtomicU64>,
}

impl Accounts {
    /// So many empty accounts, and an `accounts.toml` that names them.
    pub(crate) fn start(runtime: &Runtime, count: u64, folder: &Path) -> Self {
        let requests = Arc::new(AtomicU64::new(0));
        let mut toml =
            String::from("[defaults]\ninterval = \"1500ms\"\nfirst-fetch = \"40 minutes ago\"\ntime-budget = \"2s\"\n");
        let mut all = Vec::new();
        for number in 0..count {
            let simulator = Simulator::new(SimulatorOptions {
                clock: Clock::system(),
                seed: number,
                behaviour: logzio_simulator::Behaviour { ties: Ties::Shuffled, ..Default::default() },
                ..SimulatorOptions::default()
            });
            let token = format!("00000000-0000-4000-8000-{number:012}");
            simulator.add_token(AccountKind::Security, Token::new(&token));
            let counted = Arc::clone(&requests);
            simulator.intercept(move |_, _| {
                counted.fetch_add(1, Ordering::Relaxed);
                None
            });
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let served = simulator.clone();
            runtime.spawn(async move { served.serve(listener, std::future::pending()).await });
            let file = format!("{number}.token");
            private(&folder.join(&file), &token);
            write!(toml, "[accounts.account-{number}]\nurl = \"{url}\"\nsecurity-token = {{ file = \"{file}\" }}\n")
                .unwrap();
            all.push(simulator);
        }
        private(&folder.join("accounts.toml"), &toml);
        Self { all, ids: BTreeSet::new(), faults: 0, requests }
    }

    /// A moment: some events, some of them late, and some faults.
    pub(crate) fn go_on(&mut self, random: &mut fastrand::Rng) {
        for _ in 0..random.usize(0..12) {
            self.add(random, 1);
        }
        if random.u32(0..200) == 0 {
            // More than a page at once.
            self.add(random, 130);
        }
        for _ in 0..random.usize(0..4) {
            let fault = match random.u32(0..8) {
                0 => Fault::status(500),
                1 => Fault::status(503),
                2 => Fault::too_many_requests(Some("1")),
                3 => Fault::Reset(None),
                4 => Fault::Truncate(None),
                5 => Fault::InvalidJson,
                6 => Fault::HangBeforeHead,
                _ => Fault::status(403),
            };
            let account = random.usize(0..self.all.len());
            self.all[account].faults(FaultPlan::none().with(Endpoint::Events, random.u32(1..4), fault));
            self.faults += 1;
        }
    }

    fn add(&mut self, random: &mut fastrand::Rng, count: u32) {
        let account = random.usize(0..self.all.len());
        let now = Utc::now();
        for _ in 0..count {
            let id = format!("{:016x}-{account}", random.u64(..));
            // Whole seconds, so that many share one; up to ten minutes late, within the look-back.
            let date = now - TimeDelta::seconds(random.i64(185..780));
            let event = Event::new(&id, date)
                .rule(7, "Soak: something happened")
                .severity([Severity::Low, Severity::High, Severity::Severe][random.usize(0..3)])
                .visible_at(now + TimeDelta::milliseconds(random.i64(0..3_000)));
            self.all[account].add_event(event);
            self.ids.insert(id);
        }
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&self) {
        self.all.iter().for_each(|simulator| simulator.faults(FaultPlan::none()));
    }

    /// The ids of all events.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.ids.clone()
    }

    pub(crate) fn len(&self) -> u64 {
        self.all.len() as u64
    }

    pub(crate) fn faults(&self) -> u64 {
        self.faults
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

fn private(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
}
