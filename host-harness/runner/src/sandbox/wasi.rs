//! What a component sees of WASI during one call: everything that the contract allows, and nothing else.

use std::ops::RangeInclusive;

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
use super::held_http::HeldHttp;
use super::limits::Limits;
use super::output::Output;

/// One request, stream, pollable or the like for so many bytes of a component's memory. An entry of the table takes the host
/// up to 1.5 KiB besides what is counted for it, so all of them together take a fifth of that memory at most.
const MEMORY_PER_RESOURCE: usize = 8 << 10;
/// How many there may be, whatever the memory: a component of the contract needs some dozens.
const RESOURCES: RangeInclusive<usize> = 128..=16_384;
/// How many random bytes a component may ask for at a time.
const RANDOM_BYTES: u64 = 64 << 10;
/// How large the headers of one message may be, in bytes.
const LARGEST_HEADERS: usize = 64 << 10;

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
        let mut wasi = WasiCtx::builder();
        let wasi = wasi
            .envs(environment)
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .wall_clock(TimeOfDay(now))
            .monotonic_clock(Monotonic(Instant::now()))
            .max_random_size(RANDOM_BYTES)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(Self::resources(memory));
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(LARGEST_HEADERS);
        Self { wasi, http, table, guard, limits: Limits::new(memory), stdout, stderr }
    }

    /// How many resources a component with as much memory, in bytes, may hold at a time.
    pub(crate) fn resources(memory: usize) -> usize {
        (memory / MEMORY_PER_RESOURCE).clamp(*RESOURCES.start(), *RESOURCES.end())
    }

    /// `wasi:http` with what it holds counted.
    fn held_http(&mut self) -> HeldHttp<'_> {
        let http = WasiHttpCtxView { hooks: &mut self.guard, table: &mut self.table, ctx: &mut self.http };
        HeldHttp { http, limits: &mut self.limits }
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
        HeldHttp::add_to_linker(l, Self::held_http)?;
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
