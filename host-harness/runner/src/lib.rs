//! A sandboxed wasmtime runner for components of the `logzio:soar` contract.
//!
//! A [`Runner`] holds a compiled component, a [`Session`] a connection to one customer's Logz.io accounts. Every call runs in a
//! sandbox of its own, which is dropped when the call ends:
//! - it can send HTTP requests to the one origin that the connection names, and to nothing else;
//! - it has clocks, random numbers, the variables that the builder names, and a standard error that is captured; it has no
//!   files, no sockets and nothing else of the host's environment;
//! - its memory, its time, the responses that it receives and the results that it returns are limited.
//!
//! What the component answers, including its own errors, is the inner `Result` of a call; why the sandbox had to stop it is
//! the outer one, a [`RunnerError`].
//!
//! ```no_run
//! use logzio_soar_host::contract::FetchRequest;
//! use logzio_soar_host::{Connection, Runner};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let runner = Runner::builder().component_file("logzio-soar.wasm").build()?;
//! let session = runner.connect(Connection::new().region("eu").security_token(std::env::var("LOGZIO_SECURITY_TOKEN")?));
//! let page = session.fetch_incidents(&FetchRequest::since("7 days ago")).await??;
//! for incident in &page.incidents {
//!     println!("{} {}", incident.occurred, incident.name);
//! }
//! // Store page.next: the next call goes on behind it, and gives no incident twice.
//! let page = session.fetch_incidents(&FetchRequest { limit: Some(50), ..FetchRequest::after(page.next) }).await??;
//! # Ok(())
//! # }
//! ```
//!
//! The folder `examples` has programs: `fetch` keeps its place in a file, `hunt` looks for indicators, `watch_requests` shows
//! what a call does.
//!
//! # Features
//!
//! `embedded` builds the components of this workspace, for the target `wasm32-wasip2`, and embeds them: `EMBEDDED_COMPONENT`,
//! `EMBEDDED_HTTP_COMPONENT` and `Runner::new` exist only with it. Without it, nothing nested is built, and the component is
//! named with [`RunnerBuilder::component`] or [`RunnerBuilder::component_file`]. Outside of the workspace, such as in a
//! published package, there is no source to build: there the feature needs finished components, named by the variables
//! `LOGZIO_SOAR_COMPONENT` and `LOGZIO_SOAR_HTTP_COMPONENT` during the build.
//!
//! # Layers
//!
//! The modules stand in these layers, and each uses those below it only. The first lines of a folder's `mod.rs` say what
//! belongs there.
//!
//! ```text
//! engine                   components compiled and called
//! sandbox                  what one call lives in
//! contract, upstream       types, connections and JSON; where allowed requests go
//! embedded, error, origin  leaves
//! ```

pub mod contract;
#[cfg(feature = "embedded")]
mod embedded;
mod engine;
mod error;
mod origin;
mod sandbox;
mod upstream;

pub use contract::call::{Answer, Call};
pub use contract::connection::Connection;
pub use contract::schema::CONTRACT_SCHEMA;
#[cfg(feature = "embedded")]
pub use embedded::{EMBEDDED_COMPONENT, EMBEDDED_HTTP_COMPONENT};
pub use engine::{Interfaces, Runner, RunnerBuilder, Session};
pub use error::RunnerError;
pub use logzio_soar_network::{BoxError, NetworkOptions, OutgoingBody, is_loopback};
pub use logzio_soar_secrets::hide_tokens;
pub use sandbox::Observation;
pub use upstream::Upstream;
