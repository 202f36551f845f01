//! The components that were built together with this crate.

/// The component that was built together with this crate, as a `.wasm`.
pub const EMBEDDED_COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/logzio-soar.wasm"));

/// The component of `hosts/http` that was built together with this crate, as a `.wasm`: the same operations behind
/// `wasi:http/incoming-handler`, for [`Runner::handle`](crate::Runner::handle).
pub const EMBEDDED_HTTP_COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/logzio-soar-http.wasm"));
