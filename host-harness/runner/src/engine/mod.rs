//! A component that is compiled once and called many times, each call in a sandbox of its own.
//!
//! Belongs here: compiling, instantiating and calling components, by type, by name and by HTTP request, and what a call may
//! do at most. It must not know how requests are sent, nor what a caller does with answers.
//!
//! The files stand in these layers:
//!
//! ```text
//! session, json_call, http_call  the calls
//! execution, builder             one call in its sandbox, and why it was stopped; from settings to a runner
//! runner                         a compiled component and its settings
//! bounds                         what one call may do
//! cache                          compiled components on disk
//! compiled, settings, interfaces
//! pool, private_folder           memory that calls take turns in; folders of this user alone
//! ```

mod bounds;
mod builder;
mod cache;
mod compiled;
mod execution;
mod http_call;
mod interfaces;
mod json_call;
mod pool;
mod private_folder;
mod runner;
mod session;
mod settings;

pub use builder::RunnerBuilder;
pub use interfaces::Interfaces;
pub use runner::Runner;
pub use session::Session;
