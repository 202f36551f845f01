//! A compiled component, and calls of it. It knows the contract's functions and who may stop them; what a component may
//! reach is the sandbox's part.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use wasmtime::{Config, Engine, Store, Trap, UpdateDeadline};

use crate::bindings::exports::logzio::soar::types;
use crate::bindings::{Plugin, PluginPre};
use crate::connection::Connection;
use crate::contract::{
    Check, Endpoint, Error, FetchRequest, HuntReport, HuntRequest, IncidentPage, Integration, LogPage, LogQuery,
};
use crate::error::RunnerError;
use crate::origin::Origin;
use crate::outgoing::Outgoing;
use crate::sandbox::{Now, Sandbox};
use crate::ticker::Ticker;
use crate::upstream::Upstream;
use crate::{EMBEDDED_COMPONENT, cache};

/// The time budget of a connection that names none, as the contract has it.
const DEFAULT_TIME_BUDGET: Duration = Duration::from_secs(30);
/// The longest time budget of the contract. A component that is given a longer one refuses it at once.
const LONGEST_TIME_BUDGET: Duration = Duration::from_secs(600);

/// A component, compiled once, ready to be called many times and side by side. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    plugin: PluginPre<Sandbox>,
    ticker: Ticker,
    settings: Settings,
}

struct Settings {
    upstream: Upstream,
    now: Now,
    environment: Vec<(String, String)>,
    memory_limit: usize,
    answer_limit: u64,
    result_limit: usize,
    grace: Duration,
}

impl Runner {
    /// The embedded component on the live network, with the default limits.
    ///
    /// # Errors
    /// As [`RunnerBuilder::build`].
    pub fn new() -> Result<Self, RunnerError> {
        Self::builder().build()
    }

    /// A runner with other settings.
    pub fn builder() -> RunnerBuilder {
        RunnerBuilder {
            component: Source::Bytes(Cow::Borrowed(EMBEDDED_COMPONENT)),
            cache: None,
            upstream: None,
            now: Arc::new(SystemTime::now),
            environment: Vec::new(),
            memory_limit: 256 << 20,
            answer_limit: 64 << 20,
            result_limit: 128 << 20,
            grace: Duration::from_secs(5),
        }
    }

    /// A session with the accounts of one connection. Sends nothing, and judges nothing: a connection that cannot be used
    /// is what the component answers with.
    #[must_use]
    pub fn connect(&self, connection: Connection) -> Session {
        let environment = &self.shared.settings.environment;
        let variable = |name: &str| {
            let set = environment.iter().rev().find(|(set, _)| set == name);
            set.map(|(_, value)| value.clone()).filter(|value| !value.trim().is_empty())
        };
        // What the contract says of an endpoint that is left out.
        let endpoint = connection
            .named_endpoint()
            .cloned()
            .or_else(|| variable("LOGZIO_URL").map(Endpoint::Url))
            .or_else(|| variable("LOGZIO_REGION").map(Endpoint::Region))
            .unwrap_or_else(|| Endpoint::Region("us".into()));
        let budget = connection
            .named_time_budget_ms()
            .map_or(DEFAULT_TIME_BUDGET, |ms| Duration::from_millis(ms.into()))
            .min(LONGEST_TIME_BUDGET);
        Session {
            runner: self.clone(),
            allowed: Origin::of_endpoint(&endpoint),
            connection: connection.to_contract(),
            limit: budget + self.shared.settings.grace,
        }
    }

    /// What the component says of itself: `manifest.describe`. It can send nothing meanwhile.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn describe(&self) -> Result<Integration, RunnerError> {
        let session = Session {
            runner: self.clone(),
            allowed: None,
            connection: Connection::new().to_contract(),
            limit: self.shared.settings.grace,
        };
        session.call(async |plugin, store| plugin.logzio_soar_manifest().call_describe(store).await).await
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("upstream", &self.shared.settings.upstream).finish_non_exhaustive()
    }
}

/// The settings of a [`Runner`].
#[must_use]
pub struct RunnerBuilder {
    component: Source,
    cache: Option<PathBuf>,
    upstream: Option<Upstream>,
    now: Now,
    environment: Vec<(String, String)>,
    memory_limit: usize,
    answer_limit: u64,
    result_limit: usize,
    grace: Duration,
}

enum Source {
    Bytes(Cow<'static, [u8]>),
    File(PathBuf),
}

impl RunnerBuilder {
    /// The component, as the bytes of a `.wasm`; the embedded one if nothing else is said.
    pub fn component(mut self, wasm: impl Into<Cow<'static, [u8]>>) -> Self {
        self.component = Source::Bytes(wasm.into());
        self
    }

    /// The component, as a `.wasm` file.
    pub fn component_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.component = Source::File(file.into());
        self
    }

    /// Keeps the compiled component in this directory, which is created if need be, and takes it from there the next time.
    /// A directory that others can write to is not used. Nothing is kept if no directory is named.
    pub fn cache_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Where requests go; [`Upstream::network`] if nothing else is said.
    pub fn upstream(mut self, upstream: Upstream) -> Self {
        self.upstream = Some(upstream);
        self
    }

    /// The time of day that the component sees; the system's if nothing else is said. Its timers, and so its time budget,
    /// run on tokio's clock, which a test can pause.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// A variable in the component's environment, which is empty otherwise. A token can be passed so.
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// How much memory one call may take, in bytes; 256 MiB if nothing else is said.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// How long the body of one HTTP answer may be, in bytes as they travel; 64 MiB if nothing else is said.
    pub fn answer_limit(mut self, bytes: u64) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// How much one call may return, in bytes; 128 MiB if nothing else is said.
    pub fn result_limit(mut self, bytes: usize) -> Self {
        self.result_limit = bytes;
        self
    }

    /// How long after its time budget a component may still take to return; 5 seconds if nothing else is said.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Compiles the component, which takes up to some seconds of both time and processor. Needs no tokio runtime.
    ///
    /// # Errors
    /// [`RunnerError::Read`], [`RunnerError::Load`] or [`RunnerError::Network`].
    pub fn build(self) -> Result<Runner, RunnerError> {
        let wasm = match self.component {
            Source::Bytes(wasm) => wasm,
            Source::File(file) => match fs::read(&file) {
                Ok(wasm) => Cow::Owned(wasm),
                Err(source) => return Err(RunnerError::Read { file, source }),
            },
        };
        if !wasm.starts_with(b"\0asm") {
            return Err(RunnerError::Load("it is not a WebAssembly file".into()));
        }
        let load = |error: wasmtime::Error| RunnerError::Load(one_line(&format!("{error:#}")));
        let mut config = Config::new();
        config.epoch_interruption(true);
        let engine = Engine::new(&config).map_err(load)?;
        let component = cache::compile(&engine, &wasm, self.cache.as_deref()).map_err(load)?;
        let linked = Sandbox::linker(&engine).and_then(|linker| linker.instantiate_pre(&component)).map_err(load)?;
        let plugin = PluginPre::new(linked).map_err(load)?;
        let ticker = Ticker::start(&engine).map_err(|error| RunnerError::Load(error.to_string()))?;
        let upstream = match self.upstream {
            Some(upstream) => upstream,
            None => Upstream::network()?,
        };
        let settings = Settings {
            upstream,
            now: self.now,
            environment: self.environment,
            memory_limit: self.memory_limit,
            answer_limit: self.answer_limit,
            result_limit: self.result_limit,
            grace: self.grace,
        };
        Ok(Runner { shared: Arc::new(Shared { engine, plugin, ticker, settings }) })
    }
}

/// A component and a connection. Every call runs in a sandbox of its own; calls can run side by side, and one that is
/// dropped is stopped.
///
/// The outer `Result` of a call is the runner's, the inner one is the component's answer.
#[derive(Clone)]
pub struct Session {
    runner: Runner,
    allowed: Option<Origin>,
    connection: types::Connection,
    limit: Duration,
}

impl Session {
    /// The one origin that the component may send requests to, as `scheme://host:port`. None if the connection's endpoint
    /// cannot be used.
    #[must_use]
    pub fn allowed_origin(&self) -> Option<String> {
        self.allowed.as_ref().map(Origin::to_string)
    }

    /// `diagnostics.check-connection`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn check_connection(&self) -> Result<Result<Vec<Check>, Error>, RunnerError> {
        self.call(async |plugin, store| {
            let diagnostics = plugin.logzio_soar_diagnostics();
            diagnostics.call_check_connection(store, &self.connection).await
        })
        .await
    }

    /// `incidents.fetch-incidents`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn fetch_incidents(&self, request: &FetchRequest) -> Result<Result<IncidentPage, Error>, RunnerError> {
        self.call(async |plugin, store| {
            let incidents = plugin.logzio_soar_incidents();
            incidents.call_fetch_incidents(store, &self.connection, request).await
        })
        .await
    }

    /// `logs.search-logs`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn search_logs(&self, query: &LogQuery) -> Result<Result<LogPage, Error>, RunnerError> {
        self.call(async |plugin, store| {
            let logs = plugin.logzio_soar_logs();
            logs.call_search_logs(store, &self.connection, query).await
        })
        .await
    }

    /// `logs.get-logs-by-event-id`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn get_logs_by_event_id(
        &self,
        event_id: &str,
        limit: Option<u32>,
        page: Option<&str>,
    ) -> Result<Result<LogPage, Error>, RunnerError> {
        let page = page.map(str::to_owned);
        self.call(async |plugin, store| {
            let logs = plugin.logzio_soar_logs();
            logs.call_get_logs_by_event_id(store, &self.connection, event_id, limit, page.as_ref()).await
        })
        .await
    }

    /// `hunting.hunt-indicators`.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn hunt_indicators(&self, request: &HuntRequest) -> Result<Result<HuntReport, Error>, RunnerError> {
        self.call(async |plugin, store| {
            let hunting = plugin.logzio_soar_hunting();
            hunting.call_hunt_indicators(store, &self.connection, request).await
        })
        .await
    }

    async fn call<T>(
        &self,
        call: impl AsyncFnOnce(&Plugin, &mut Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Result<T, RunnerError> {
        let Shared { engine, plugin, ticker, settings } = &*self.runner.shared;
        let outgoing = Outgoing::new(settings.upstream.clone(), self.allowed.clone(), settings.answer_limit);
        let sandbox = Sandbox::new(outgoing, &settings.environment, Arc::clone(&settings.now), settings.memory_limit);
        let mut store = Store::new(engine, sandbox);
        store.limiter(|sandbox| &mut sandbox.limits);
        store.set_hostcall_fuel(settings.result_limit);
        // A busy guest lets others run at every tick, and is stopped here if the timer below is starved all the same.
        let limit = self.limit;
        let started = Instant::now();
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            Ok(if started.elapsed() > limit { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });

        let _ticking = ticker.tick();
        let answer = tokio::time::timeout(limit, async {
            let plugin = plugin.instantiate_async(&mut store).await?;
            call(&plugin, &mut store).await
        })
        .await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.stopped(&error, store.data())),
            Err(_) => Err(RunnerError::DeadlineExceeded { limit }),
        }
    }

    fn stopped(&self, error: &wasmtime::Error, sandbox: &Sandbox) -> RunnerError {
        let settings = &self.runner.shared.settings;
        if sandbox.limits.refused {
            return RunnerError::MemoryExceeded { limit: settings.memory_limit };
        }
        if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
            return RunnerError::DeadlineExceeded { limit: self.limit };
        }
        let message = format!("{error:#}");
        // wasmtime keeps the type of this error to itself.
        if message.contains("fuel allocated for hostcalls has been exhausted") {
            return RunnerError::ResultTooLarge { limit: settings.result_limit };
        }
        RunnerError::Trap { message: self.without_tokens(message), stderr: self.without_tokens(sandbox.stderr.text()) }
    }

    /// A faulty component may have printed what it was given.
    fn without_tokens(&self, text: String) -> String {
        let given = [&self.connection.security_token, &self.connection.operations_token];
        let environment = &self.runner.shared.settings.environment;
        let set = environment.iter().filter(|(name, _)| name.ends_with("_TOKEN"));
        given
            .into_iter()
            .flatten()
            .chain(set.map(|(_, value)| value))
            .map(|token| token.trim())
            .filter(|token| !token.is_empty())
            .fold(text, |text, token| text.replace(token, "***"))
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("allowed_origin", &self.allowed_origin())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
