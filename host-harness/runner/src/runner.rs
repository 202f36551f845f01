//! A compiled component, and calls of it. It knows the contract's functions and who may stop them; what a component may
//! reach is the sandbox's part.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::oneshot;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, InstancePre, Type, Val};
use wasmtime::{Config, Engine, Store, Trap, UpdateDeadline};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};

use crate::bindings::exports::logzio::soar::types;
use crate::bindings::{Plugin, PluginPre};
use crate::call::{Answer, Call};
use crate::connection::Connection;
use crate::contract::{
    Check, Endpoint, Error, FetchRequest, HuntReport, HuntRequest, IncidentPage, Integration, LogPage, LogQuery,
};
use crate::error::RunnerError;
use crate::interfaces::Interfaces;
use crate::json_form;
use crate::observation::{Observation, Observer};
use crate::origin::Origin;
use crate::outgoing::Outgoing;
use crate::request_connection::RequestConnection;
use crate::sandbox::{Now, Sandbox};
use crate::ticker::Ticker;
use crate::upstream::Upstream;
use crate::{EMBEDDED_COMPONENT, cache};

/// The time budget of a connection that names none, as the contract has it.
const DEFAULT_TIME_BUDGET: Duration = Duration::from_secs(30);
/// The longest time budget of the contract. A component that is given a longer one refuses it at once.
const LONGEST_TIME_BUDGET: Duration = Duration::from_secs(600);
/// The package of the contract, and its version.
const PACKAGE: (&str, &str) = ("logzio:soar", "0.1.0");

/// A component, compiled once, ready to be called many times and side by side. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    compiled: Arc<Compiled>,
    settings: Arc<Settings>,
}

struct Compiled {
    engine: Engine,
    linked: InstancePre<Sandbox>,
    /// The same with the contract's types, or what it lacks for that.
    plugin: Result<PluginPre<Sandbox>, String>,
    /// The same as a component that answers HTTP requests, or what it lacks for that.
    service: Result<ProxyPre<Sandbox>, String>,
    ticker: Ticker,
}

#[derive(Clone)]
struct Settings {
    upstream: Upstream,
    now: Now,
    environment: Vec<(String, String)>,
    memory_limit: usize,
    answer_limit: u64,
    result_limit: usize,
    grace: Duration,
    observer: Option<Observer>,
}

/// What one call may do.
#[derive(Clone)]
struct Bounds {
    /// The one origin that it may reach.
    allowed: Option<Origin>,
    /// How long it may take.
    limit: Duration,
    /// What no text of the runner may hold.
    tokens: Vec<String>,
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
            incomplete: false,
            upstream: None,
            now: Arc::new(SystemTime::now),
            environment: Vec::new(),
            memory_limit: 256 << 20,
            answer_limit: 64 << 20,
            result_limit: 128 << 20,
            grace: Duration::from_secs(5),
            observer: None,
        }
    }

    /// A session with the accounts of one connection. Sends nothing, and judges nothing: a connection that cannot be used
    /// is what the component answers with.
    #[must_use]
    pub fn connect(&self, connection: Connection) -> Session {
        let contract = connection.to_contract();
        let tokens = [&contract.security_token, &contract.operations_token];
        let tokens = tokens.into_iter().flatten().cloned().collect();
        let bounds = self.bounds(contract.endpoint.clone(), contract.time_budget_ms, tokens);
        Session { runner: self.clone(), bounds, connection: contract }
    }

    /// The same component with these variables in its environment and no others. Nothing is compiled again.
    #[must_use]
    pub fn with_environment<N, V>(&self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let environment = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.with(|settings| settings.environment = environment)
    }

    /// The same component with as much memory for a call, in bytes. Nothing is compiled again.
    #[must_use]
    pub fn with_memory_limit(&self, bytes: usize) -> Self {
        self.with(|settings| settings.memory_limit = bytes)
    }

    /// The same component with another upstream. Nothing is compiled again.
    #[must_use]
    pub fn with_upstream(&self, upstream: Upstream) -> Self {
        self.with(|settings| settings.upstream = upstream)
    }

    /// The same component with another time of day. Nothing is compiled again.
    #[must_use]
    pub fn with_clock(&self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.now = Arc::new(now))
    }

    /// The same component with this observer. Nothing is compiled again.
    #[must_use]
    pub fn with_observer(&self, observer: impl Fn(Observation) + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.observer = Some(Arc::new(observer)))
    }

    fn with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::clone(&self.settings);
        change(&mut settings);
        Self { compiled: Arc::clone(&self.compiled), settings: Arc::new(settings) }
    }

    /// The imports and exports of the component.
    #[must_use]
    pub fn interfaces(&self) -> Interfaces {
        Interfaces::of(self.compiled.linked.component(), &self.compiled.engine)
    }

    /// What the component says of itself: `manifest.describe`. It can send nothing meanwhile.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped.
    pub async fn describe(&self) -> Result<Integration, RunnerError> {
        let bounds = self.bounds_of_nothing();
        let session = Session { runner: self.clone(), bounds, connection: Connection::new().to_contract() };
        session.call(async |plugin, store| plugin.logzio_soar_manifest().call_describe(store).await).await
    }

    /// Calls a function by its name, with its arguments as JSON. The origin that the component may reach, and how long it
    /// may take, come from the argument `connection`, as [`connect`](Self::connect) takes them; a function without one can
    /// send nothing.
    ///
    /// The function is looked up when it is called, so this works with a component that lacks others
    /// ([`RunnerBuilder::incomplete`]).
    pub async fn call_json(&self, call: &Call) -> Answer {
        let (interface, name, function) = match self.function(&call.function) {
            Ok(function) => function,
            Err(answer) => return answer,
        };
        let parameters: Vec<(&str, Type)> = function.params().collect();
        let parameters: Vec<(&str, &Type)> = parameters.iter().map(|(name, ty)| (*name, ty)).collect();
        let arguments = match json_form::read_fields(&call.arguments, &parameters, "arguments") {
            Ok(arguments) => arguments,
            Err(why) => return Answer::Invalid(why),
        };
        let connection = arguments.iter().find(|(name, _)| name == "connection");
        let bounds = match connection {
            Some((_, connection)) => self.bounds_of(connection),
            None => self.bounds_of_nothing(),
        };
        let arguments: Vec<Val> = arguments.into_iter().map(|(_, value)| value).collect();
        let mut results = vec![Val::Bool(false); function.results().len()];
        let linked = &self.compiled.linked;
        let returned = self.run(&bounds, async |store| {
            let instance = linked.instantiate_async(&mut *store).await?;
            let function = instance
                .get_export_index(&mut *store, None, &interface)
                .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), name))
                .and_then(|function| instance.get_func(&mut *store, function))
                .ok_or_else(|| wasmtime::Error::msg(format!("{interface} has no function {name}")))?;
            function.call_async(&mut *store, &arguments, &mut results).await
        });
        match returned.await {
            Err(stopped) => Answer::Trap(stopped.to_string()),
            Ok(()) => match results.first() {
                Some(Val::Result(Ok(value))) => Answer::Ok(json_form::write_payload(value.as_deref())),
                Some(Val::Result(Err(error))) => Answer::Err(json_form::write_payload(error.as_deref())),
                other => Answer::Ok(json_form::write_payload(other)),
            },
        }
    }

    /// Hands a request to a component of `wasi:http/proxy`, such as [`EMBEDDED_HTTP_COMPONENT`](crate::EMBEDDED_HTTP_COMPONENT),
    /// and returns its whole answer. The origin that it may reach, and how long it may take, come from the request: from
    /// the `connection` of its JSON body, or else from its headers, or else from the component's environment.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped, ended without an answer, or is none for HTTP.
    pub async fn handle(&self, request: Request<Bytes>) -> Result<Response<Bytes>, RunnerError> {
        let service = self.compiled.service.as_ref().map_err(|why| RunnerError::Incomplete(why.clone()))?;
        let bounds = if request.method() == Method::POST {
            let connection = RequestConnection::of(&request);
            self.bounds(connection.endpoint, connection.time_budget_ms, connection.tokens)
        } else {
            self.bounds_of_nothing()
        };
        let most = self.settings.result_limit;
        let answer = self.run(&bounds, async move |store| {
            let (sender, receiver) = oneshot::channel();
            let request = request.map(|body| Full::new(body).map_err(|never| -> ErrorCode { match never {} }));
            let mut http = store.data_mut().http();
            let incoming = http.new_incoming_request(Scheme::Http, request)?;
            let out = http.new_response_outparam(sender)?;
            let proxy = service.instantiate_async(&mut *store).await?;
            let handler = proxy.wasi_http_incoming_handler();
            let mut call = pin!(handler.call_handle(&mut *store, incoming, out));
            let mut receiver = receiver;
            let mut returned = false;
            let answer = tokio::select! {
                biased;
                answer = &mut receiver => answer.ok(),
                called = &mut call => {
                    called?;
                    returned = true;
                    receiver.try_recv().ok()
                }
            };
            let answer = answer.ok_or_else(|| wasmtime::Error::msg("it returned without an answer"))?;
            let answer = answer.map_err(|code| wasmtime::Error::msg(format!("it answered with {code:?}")))?;
            let (head, body) = answer.into_parts();
            let mut body = pin!(Limited::new(body, most).collect());
            // The body is written while the component goes on.
            let body = tokio::select! {
                body = &mut body => body,
                called = &mut call, if !returned => {
                    called?;
                    body.await
                }
            };
            let body = body.map_err(|error| wasmtime::Error::msg(format!("its answer broke off: {error}")))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        });
        answer.await
    }

    /// The interface, as a component exports it, the name and the type of a function.
    fn function<'a>(&self, named: &'a str) -> Result<(String, &'a str, ComponentFunc), Answer> {
        let Some((interface, name)) = named.split_once('.') else {
            let why = "function: an interface and a function of it are expected, such as \"manifest.describe\"";
            return Err(Answer::Invalid(why.into()));
        };
        let (package, version) = PACKAGE;
        let interface = format!("{package}/{interface}@{version}");
        let missing = |what: String| Err(Answer::Missing(format!("{what}: export it, or do not call {named}")));
        let engine = &self.compiled.engine;
        let ty = self.compiled.linked.component().component_type();
        let Some(ComponentItem::ComponentInstance(instance)) = ty.get_export(engine, &interface).map(|item| item.ty)
        else {
            return missing(format!("the component does not export {interface}"));
        };
        match instance.get_export(engine, name).map(|item| item.ty) {
            Some(ComponentItem::ComponentFunc(function)) => Ok((interface, name, function)),
            _ => missing(format!("the component's {interface} has no function {name}")),
        }
    }

    fn bounds(&self, endpoint: Option<Endpoint>, budget_ms: Option<u32>, tokens: Vec<String>) -> Bounds {
        let environment = &self.settings.environment;
        let variable = |name: &str| {
            let set = environment.iter().rev().find(|(set, _)| set == name);
            set.map(|(_, value)| value.clone()).filter(|value| !value.trim().is_empty())
        };
        // What the contract says of an endpoint that is left out.
        let endpoint = endpoint
            .or_else(|| variable("LOGZIO_URL").map(Endpoint::Url))
            .or_else(|| variable("LOGZIO_REGION").map(Endpoint::Region))
            .unwrap_or_else(|| Endpoint::Region("us".into()));
        let budget = budget_ms.map_or(DEFAULT_TIME_BUDGET, |ms| Duration::from_millis(ms.into()));
        let limit = budget.min(LONGEST_TIME_BUDGET) + self.settings.grace;
        Bounds { allowed: Origin::of_endpoint(&endpoint), limit, tokens }
    }

    /// The bounds of a call without a connection: it can send nothing.
    fn bounds_of_nothing(&self) -> Bounds {
        Bounds { allowed: None, limit: self.settings.grace, tokens: Vec::new() }
    }

    /// The bounds of a call with this `types.connection`.
    fn bounds_of(&self, connection: &Val) -> Bounds {
        let field = |name: &str| {
            let Val::Record(fields) = connection else { return None };
            match fields.iter().find(|(field, _)| field == name) {
                Some((_, Val::Option(Some(value)))) => Some(&**value),
                _ => None,
            }
        };
        let text = |value: &Val| if let Val::String(text) = value { Some(text.clone()) } else { None };
        let endpoint = match field("endpoint") {
            Some(Val::Variant(case, Some(value))) if case == "url" => text(value).map(Endpoint::Url),
            Some(Val::Variant(case, Some(value))) if case == "region" => text(value).map(Endpoint::Region),
            _ => None,
        };
        let budget = match field("time-budget-ms") {
            Some(Val::U32(ms)) => Some(*ms),
            _ => None,
        };
        let tokens = [field("security-token"), field("operations-token")];
        self.bounds(endpoint, budget, tokens.into_iter().flatten().filter_map(text).collect())
    }

    /// Runs a call in a sandbox of its own.
    async fn run<T>(
        &self,
        bounds: &Bounds,
        call: impl AsyncFnOnce(&mut Store<Sandbox>) -> wasmtime::Result<T>,
    ) -> Result<T, RunnerError> {
        let Compiled { engine, ticker, .. } = &*self.compiled;
        let settings = &*self.settings;
        let outgoing = Outgoing::new(
            settings.upstream.clone(),
            bounds.allowed.clone(),
            settings.answer_limit,
            settings.observer.clone(),
        );
        let sandbox = Sandbox::new(outgoing, &settings.environment, Arc::clone(&settings.now), settings.memory_limit);
        let mut store = Store::new(engine, sandbox);
        store.limiter(|sandbox| &mut sandbox.limits);
        store.set_hostcall_fuel(settings.result_limit);
        // A busy guest lets others run at every tick, and is stopped here if the timer below is starved all the same.
        let limit = bounds.limit;
        let started = Instant::now();
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            Ok(if started.elapsed() > limit { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });

        let _ticking = ticker.tick();
        let answer = tokio::time::timeout(limit, call(&mut store)).await;
        if let Some(observer) = &settings.observer {
            let sandbox = store.data();
            let written = [sandbox.stdout.text(), sandbox.stderr.text()];
            written.into_iter().filter(|text| !text.is_empty()).for_each(|text| observer(Observation::Output { text }));
        }
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.stopped(&error, store.data(), bounds)),
            Err(_) => Err(RunnerError::DeadlineExceeded { limit }),
        }
    }

    fn stopped(&self, error: &wasmtime::Error, sandbox: &Sandbox, bounds: &Bounds) -> RunnerError {
        let settings = &self.settings;
        if sandbox.limits.refused {
            return RunnerError::MemoryExceeded { limit: settings.memory_limit };
        }
        if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
            return RunnerError::DeadlineExceeded { limit: bounds.limit };
        }
        let message = format!("{error:#}");
        // wasmtime keeps the type of this error to itself.
        if message.contains("fuel allocated for hostcalls has been exhausted") {
            return RunnerError::ResultTooLarge { limit: settings.result_limit };
        }
        let without_tokens = |text: String| self.without_tokens(text, bounds);
        RunnerError::Trap { message: without_tokens(message), stderr: without_tokens(sandbox.stderr.text()) }
    }

    /// A faulty component may have printed what it was given.
    fn without_tokens(&self, text: String, bounds: &Bounds) -> String {
        let set = self.settings.environment.iter().filter(|(name, _)| name.ends_with("_TOKEN"));
        let tokens = bounds.tokens.iter().chain(set.map(|(_, value)| value));
        let tokens = tokens.map(|token| token.trim()).filter(|token| !token.is_empty());
        tokens.fold(text, |text, token| text.replace(token, "***"))
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("upstream", &self.settings.upstream).finish_non_exhaustive()
    }
}

/// The settings of a [`Runner`].
#[must_use]
pub struct RunnerBuilder {
    component: Source,
    cache: Option<PathBuf>,
    incomplete: bool,
    upstream: Option<Upstream>,
    now: Now,
    environment: Vec<(String, String)>,
    memory_limit: usize,
    answer_limit: u64,
    result_limit: usize,
    grace: Duration,
    observer: Option<Observer>,
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

    /// Takes a component that lacks functions of the contract, too. [`Runner::call_json`] calls those that it has; a
    /// [`Session`] of it fails with [`RunnerError::Incomplete`].
    pub fn incomplete(mut self) -> Self {
        self.incomplete = true;
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

    /// Tells this what calls do besides answering, as they do it; nobody if nothing else is said. It is called on whatever
    /// thread a call runs on, and holds that call up.
    pub fn observer(mut self, observer: impl Fn(Observation) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Compiles the component, which takes up to some seconds of both time and processor. Needs no tokio runtime.
    ///
    /// # Errors
    /// [`RunnerError::Read`], [`RunnerError::Load`] or [`RunnerError::Network`].
    pub fn build(self) -> Result<Runner, RunnerError> {
        let (engine, component) = self.compile()?;
        let linked = Sandbox::linker(&engine).and_then(|linker| linker.instantiate_pre(&component)).map_err(load)?;
        let plugin = match PluginPre::new(linked.clone()) {
            Err(error) if self.incomplete => Err(one_line(&format!("{error:#}"))),
            plugin => Ok(plugin.map_err(load)?),
        };
        let service = ProxyPre::new(linked.clone()).map_err(|error| one_line(&format!("{error:#}")));
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
            observer: self.observer,
        };
        let compiled = Compiled { engine, linked, plugin, service, ticker };
        Ok(Runner { compiled: Arc::new(compiled), settings: Arc::new(settings) })
    }

    /// The imports and exports of the component, whether it could be run or not. Compiles it as [`build`](Self::build)
    /// does; with a [cache directory](Self::cache_directory), only one of the two takes time.
    ///
    /// # Errors
    /// [`RunnerError::Read`], or [`RunnerError::Load`] if it is no component.
    pub fn interfaces(&self) -> Result<Interfaces, RunnerError> {
        let (engine, component) = self.compile()?;
        Ok(Interfaces::of(&component, &engine))
    }

    fn compile(&self) -> Result<(Engine, Component), RunnerError> {
        let wasm = match &self.component {
            Source::Bytes(wasm) => Cow::Borrowed(&**wasm),
            Source::File(file) => match fs::read(file) {
                Ok(wasm) => Cow::Owned(wasm),
                Err(source) => return Err(RunnerError::Read { file: file.clone(), source }),
            },
        };
        if !wasm.starts_with(b"\0asm") {
            return Err(RunnerError::Load("it is not a WebAssembly file".into()));
        }
        let mut config = Config::new();
        config.epoch_interruption(true);
        let engine = Engine::new(&config).map_err(load)?;
        let component = cache::compile(&engine, &wasm, self.cache.as_deref()).map_err(load)?;
        Ok((engine, component))
    }
}

/// A component and a connection. Every call runs in a sandbox of its own; calls can run side by side, and one that is
/// dropped is stopped.
///
/// The outer `Result` of a call is the runner's, the inner one is the component's answer.
#[derive(Clone)]
pub struct Session {
    runner: Runner,
    bounds: Bounds,
    connection: types::Connection,
}

impl Session {
    /// The one origin that the component may send requests to, as `scheme://host:port`. None if the connection's endpoint
    /// cannot be used.
    #[must_use]
    pub fn allowed_origin(&self) -> Option<String> {
        self.bounds.allowed.as_ref().map(Origin::to_string)
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
        let plugin = match &self.runner.compiled.plugin {
            Ok(plugin) => plugin,
            Err(why) => return Err(RunnerError::Incomplete(why.clone())),
        };
        let answer = self.runner.run(&self.bounds, async |store| {
            let plugin = plugin.instantiate_async(&mut *store).await?;
            call(&plugin, store).await
        });
        answer.await
    }
}

fn load(error: wasmtime::Error) -> RunnerError {
    RunnerError::Load(one_line(&format!("{error:#}")))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("allowed_origin", &self.allowed_origin())
            .field("limit", &self.bounds.limit)
            .finish_non_exhaustive()
    }
}
