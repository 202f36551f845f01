//! From settings to a runner: reads, compiles and links the component.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wasmtime::component::Component;
use wasmtime::{Config, Engine};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use super::cache;
use super::compiled::Compiled;
use super::interfaces::Interfaces;
use super::pool::Pool;
use super::runner::Runner;
use super::settings::Settings;
use crate::contract::bindings::PluginPre;
use crate::error::RunnerError;
use crate::sandbox::{Now, Observation, Observer, Sandbox, Ticker};
use crate::upstream::Upstream;

const NO_COMPONENT: &str = "none is named, and none is embedded: name one with RunnerBuilder::component_file, or build \
                            logzio-soar-host with the feature `embedded`";

/// The settings of a [`Runner`].
#[must_use]
pub struct RunnerBuilder {
    component: Option<Source>,
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
    count_instructions: bool,
    calls_at_once: u32,
}

enum Source {
    Bytes(Cow<'static, [u8]>),
    File(PathBuf),
}

impl Runner {
    /// The embedded component on the network, with the default limits. Needs the feature `embedded`.
    ///
    /// # Errors
    /// As [`RunnerBuilder::build`].
    #[cfg(feature = "embedded")]
    pub fn new() -> Result<Self, RunnerError> {
        Self::builder().build()
    }

    /// A runner with other settings.
    pub fn builder() -> RunnerBuilder {
        RunnerBuilder {
            #[cfg(feature = "embedded")]
            component: Some(Source::Bytes(Cow::Borrowed(crate::embedded::EMBEDDED_COMPONENT))),
            #[cfg(not(feature = "embedded"))]
            component: None,
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
            count_instructions: false,
            calls_at_once: 256,
        }
    }
}

impl RunnerBuilder {
    /// The component, as the bytes of a `.wasm`. The default is the embedded one; without the feature `embedded`, a
    /// component has to be named.
    pub fn component(mut self, wasm: impl Into<Cow<'static, [u8]>>) -> Self {
        self.component = Some(Source::Bytes(wasm.into()));
        self
    }

    /// The component, as a `.wasm` file.
    pub fn component_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.component = Some(Source::File(file.into()));
        self
    }

    /// Caches the compiled component in this directory, which is created if it does not exist. A directory that others can
    /// write to is not used. By default nothing is cached.
    pub fn cache_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Also accepts a component that lacks functions of the contract. [`Runner::call_json`] calls those that it has; a
    /// [`Session`](crate::Session) of it fails with [`RunnerError::Incomplete`].
    pub fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self
    }

    /// Where requests go. The default is [`Upstream::network`].
    pub fn upstream(mut self, upstream: Upstream) -> Self {
        self.upstream = Some(upstream);
        self
    }

    /// The time of day that the component sees. The default is the system's. Its timers, and so its time budget, use
    /// tokio's clock, which a test can pause.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// Adds a variable to the component's environment, which is empty by default. Tokens can be passed in this way.
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// How much memory one call may take, in bytes: in the component and in what it makes the host hold for it, such as
    /// requests, headers and streams. The default is 256 MiB.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// How long the body of one HTTP response may be, in bytes before decompression. The default is 64 MiB.
    pub fn answer_limit(mut self, bytes: u64) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// How much one call may return, in bytes; never more than its memory. The default is 128 MiB.
    pub fn result_limit(mut self, bytes: usize) -> Self {
        self.result_limit = bytes;
        self
    }

    /// How long after its time budget a component may still take to return. The default is 5 seconds.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// A function that is called with what calls do besides answering, as they do it. It runs on the thread of the call,
    /// which waits for it.
    pub fn observer(mut self, observer: impl Fn(Observation) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// How many calls can run at a time; further ones wait for one of them to end, which counts as their time. The default is
    /// 256. Each takes 4 GiB of address space, and no memory before it runs.
    pub fn calls_at_once(mut self, calls: u32) -> Self {
        self.calls_at_once = calls.max(1);
        self
    }

    /// Also reports how many instructions each call ran, as [`Observation::Instructions`]. Calls take longer then.
    pub fn count_instructions(mut self) -> Self {
        self.count_instructions = true;
        self
    }

    /// Compiles the component, which can take some seconds. Needs no tokio runtime.
    ///
    /// # Errors
    /// [`RunnerError::Read`], [`RunnerError::Load`] or [`RunnerError::Network`].
    pub fn build(self) -> Result<Runner, RunnerError> {
        let (engine, component, pool) = self.compile()?;
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
            count_instructions: self.count_instructions,
        };
        let compiled = Compiled { engine, linked, plugin, service, ticker, pool };
        Ok(Runner { compiled: Arc::new(compiled), settings: Arc::new(settings) })
    }

    /// The imports and exports of the component, even if it cannot be run. Compiles it as [`build`](Self::build) does; with
    /// a [cache directory](Self::cache_directory), only the first of the two takes time.
    ///
    /// # Errors
    /// [`RunnerError::Read`], or [`RunnerError::Load`] if it is no component.
    pub fn interfaces(&self) -> Result<Interfaces, RunnerError> {
        let (engine, component, _) = self.compile()?;
        Ok(Interfaces::of(&component, &engine))
    }

    fn compile(&self) -> Result<(Engine, Component, Pool), RunnerError> {
        let wasm = match &self.component {
            None => return Err(RunnerError::Load(NO_COMPONENT.into())),
            Some(Source::Bytes(wasm)) => Cow::Borrowed(&**wasm),
            Some(Source::File(file)) => match fs::read(file) {
                Ok(wasm) => Cow::Owned(wasm),
                Err(source) => return Err(RunnerError::Read { file: file.clone(), source }),
            },
        };
        if !wasm.starts_with(b"\0asm") {
            return Err(RunnerError::Load("it is not a WebAssembly file".into()));
        }
        let mut config = Config::new();
        config.epoch_interruption(true).consume_fuel(self.count_instructions);
        // A component that a place of the pool cannot hold is refused by the engine, and so is one that is none.
        if let Some((engine, pool)) = Pool::engine(&config, self.calls_at_once)
            && let Ok(component) = cache::compile(&engine, &wasm, self.cache.as_deref())
        {
            return Ok((engine, component, pool));
        }
        let engine = Engine::new(&config).map_err(load)?;
        let component = cache::compile(&engine, &wasm, self.cache.as_deref()).map_err(load)?;
        Ok((engine, component, Pool::none()))
    }
}

fn load(error: wasmtime::Error) -> RunnerError {
    RunnerError::Load(one_line(&format!("{error:#}")))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
