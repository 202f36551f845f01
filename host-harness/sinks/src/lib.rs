//! Where incidents go: files, standard output, webhooks and syslog servers, each with a filter and a format of its own.
//!
//! A program that has incidents reads `sinks.toml` with [`Sinks::read`], asks [`SinkSettings::takes`] which sinks an incident is
//! for, opens those with [`SinkSettings::open`], and hands them batches with [`Sink::deliver`]. A batch that was taken is safe:
//! synced to the disk, or acknowledged by whoever answers. What to do with one that was not is up to the program, which keeps it.
//!
//! This crate knows incidents by the JSON form of the contract. It must not know Logz.io, accounts and their tokens, how
//! incidents are fetched, or where they wait.
//!
//! The modules stand in these layers:
//!
//! ```text
//! settings                      sinks.toml: all sinks, read and opened
//! file, standard, syslog, webhook
//!                               the kinds of sinks
//! format                        an incident in the forms that sinks write
//! sink                          what a sink does, and why it did not
//! filter                        which incidents a sink takes
//! document                      the keys of sinks.toml, with errors that name the place
//! secret                        secrets by reference
//! envelope, error, name         leaves
//! ```

mod document;
mod envelope;
mod error;
mod file;
mod filter;
mod format;
mod name;
mod secret;
mod settings;
mod sink;
mod standard;
mod syslog;
mod webhook;

pub use envelope::{Envelope, Incident, Severity};
pub use error::{SinkError, SinksError};
pub use name::SinkName;
pub use settings::{SinkSettings, Sinks};
pub use sink::{Sink, Undelivered};
