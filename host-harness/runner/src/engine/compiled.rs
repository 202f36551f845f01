//! A component in the form in which it is instantiated.

use wasmtime::Engine;
use wasmtime::component::InstancePre;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use super::pool::Pool;
use crate::contract::bindings::PluginPre;
use crate::sandbox::{Sandbox, Ticker};

/// A compiled component and its engine.
pub(super) struct Compiled {
    pub(super) engine: Engine,
    pub(super) linked: InstancePre<Sandbox>,
    /// The same with the contract's types, or what it lacks for that.
    pub(super) plugin: Result<PluginPre<Sandbox>, String>,
    /// The same as a component that answers HTTP requests, or what it lacks for that.
    pub(super) service: Result<ProxyPre<Sandbox>, String>,
    pub(super) ticker: Ticker,
    pub(super) pool: Pool,
}
