//! What a component sees of WASI during one call: everything that the contract allows, and nothing else.

use tokio::time::Instant;
use wasmtime::Engine;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::p2::bindings::{cli, random};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::clocks::{Monotonic, Now, TimeOfDay};
use super::guard::Guard;
use super::limits::Limits;
use super::output::Output;

/// How many requests, streams and the like a component may hold at a time. Some stay until the call ends: the bindings of
/// wasi:http keep the options of each request that was sent.
const RESOURCES: usize = 50_000;

/// The state of one call.
pub(crate) struct Sandbox {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    guard: Guard,
    pub(crate) limits: Limits,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
}

impl Sandbox {
    /// A sandbox with these variables and as much memory, in bytes.
    pub(crate) fn new(guard: Guard, environment: &[(String, String)], now: Now, memory: usize) -> Self {
        let (stdout, stderr) = (Output::default(), Output::default());
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
        Self { wasi, http: WasiHttpCtx::new(), table, guard, limits: Limits::new(memory), stdout, stderr }
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
        WasiHttpCtxView { hooks: &mut self.guard, table: &mut self.table, ctx: &mut self.http }
    }
}
