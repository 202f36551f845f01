//! What one call lives in: the WASI that a component sees, its memory cap, and what it writes. It does not
//! know the contract.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::time::Instant;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime::{Engine, ResourceLimiter};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream, WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock};
use wasmtime_wasi::p2::bindings::{cli, random};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::outgoing::Outgoing;

/// How much of what a component writes to its standard output, and to its standard error, is kept.
const WRITTEN_LIMIT: usize = 64 * 1024;
/// How many requests, streams and the like a component may hold at a time. Some stay until the call ends: the bindings of
/// wasi:http keep the options of each request that was sent.
const RESOURCES: usize = 50_000;
/// How many instances, tables and memories a component may consist of, each.
const PARTS: usize = 100;
/// How many elements all tables may have together.
const TABLE_ELEMENTS: usize = 1_000_000;

/// Tells the time of day.
pub(crate) type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;

pub(crate) struct Sandbox {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    outgoing: Outgoing,
    pub(crate) limits: Limits,
    pub(crate) stdout: Written,
    pub(crate) stderr: Written,
}

impl Sandbox {
    pub(crate) fn new(outgoing: Outgoing, environment: &[(String, String)], now: Now, memory: usize) -> Self {
        let (stdout, stderr) = (Written::default(), Written::default());
        // The builder's defaults grant nothing: no arguments, variables, files or sockets.
        let wasi = WasiCtx::builder()
            .envs(environment)
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .wall_clock(TimeOfDay(now))
            .monotonic_clock(Monotonic(Instant::now()))
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        let limits = Limits { memory_left: memory, elements_left: TABLE_ELEMENTS, refused: false };
        Self { wasi, http: WasiHttpCtx::new(), table, outgoing, limits, stdout, stderr }
    }

    /// Links what the contract allows a component to import, and nothing else: a component that asks for files or sockets
    /// cannot be loaded.
    pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Self>> {
        let mut linker = Linker::new(engine);
        let l = &mut linker;
        wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(l)?;
        cli::environment::add_to_linker::<Self, WasiCli>(l, Self::cli)?;
        cli::exit::add_to_linker::<Self, WasiCli>(l, Self::cli)?;
        cli::terminal_input::add_to_linker::<Self, WasiCli>(l, Self::cli)?;
        cli::terminal_output::add_to_linker::<Self, WasiCli>(l, Self::cli)?;
        cli::terminal_stdin::add_to_linker::<Self, WasiCli>(l, Self::cli)?;
        cli::terminal_stdout::add_to_linker::<Self, WasiCli>(l, Self::cli)?;
        cli::terminal_stderr::add_to_linker::<Self, WasiCli>(l, Self::cli)?;
        random::insecure::add_to_linker::<Self, WasiRandom>(l, |sandbox| sandbox.wasi.random())?;
        random::insecure_seed::add_to_linker::<Self, WasiRandom>(l, |sandbox| sandbox.wasi.random())?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(l)?;
        Ok(linker)
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Sandbox {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Caps all memories of a component together.
pub(crate) struct Limits {
    memory_left: usize,
    elements_left: usize,
    /// The component was refused memory. It may have gone on without, so this is no error by itself.
    pub(crate) refused: bool,
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let left = self.memory_left.checked_sub(desired.saturating_sub(current));
        self.refused |= left.is_none();
        Ok(left.map(|left| self.memory_left = left).is_some())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let left = self.elements_left.checked_sub(desired.saturating_sub(current));
        Ok(left.map(|left| self.elements_left = left).is_some())
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn tables(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        PARTS
    }
}

struct TimeOfDay(Now);

impl HostWallClock for TimeOfDay {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let since = (self.0)().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default()
    }
}

/// The clock that the component's timers run on too, so that a paused tokio clock moves both.
struct Monotonic(Instant);

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Keeps the beginning of what is written to it, and takes the rest without keeping it: a full pipe would make a component
/// fail for having talked too much.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept()).into_owned()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Written {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Written {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // For guests of other versions of WASI, which are not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Written {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut kept = self.kept();
        let room = WRITTEN_LIMIT.saturating_sub(kept.len());
        kept.extend(bytes.iter().take(room));
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITTEN_LIMIT)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Written {
    async fn ready(&mut self) {}
}
