//! The poller behind `logzio-soar watch`: many accounts, a database, and delivery that survives everything short of the disk.
//!
//! A [`Watcher`] polls each account of a [`Configuration`] at its time, stores what it brings in a [`State`](state::State), and
//! delivers it to the sinks that take it. An incident is stored together with the cursor behind it and with a row in the outbox
//! of each sink; an outbox is emptied by what the sink acknowledges. So whatever ends the process, and when, nothing is lost, and
//! a sink gets an incident twice only if its acknowledgement was not written down.
//!
//! It must not know a command line, nor how a sink or Logz.io is spoken to.
//!
//! # Layers
//!
//! ```text
//! watcher                      all of it, from the start to the end
//! back_fill                    what an account had in the past
//! delivery, polling            what sinks get; what accounts bring
//! configuration, routes        which accounts and sinks are in force
//! metrics                      what is counted
//! schedule, state, status, stopping
//!                              when accounts are due; what is remembered; what is known at this moment; when to end
//! ```

mod back_fill;
mod configuration;
mod delivery;
mod metrics;
mod polling;
mod routes;
mod schedule;
pub mod state;
mod status;
mod stopping;
mod watcher;

pub use back_fill::{BackFill, BackFilled};
pub use configuration::{Configuration, ConfigurationFiles};
pub use delivery::Patience;
pub use metrics::Metrics;
pub use polling::PollFailure;
pub use status::{AccountStatus, SinkStatus, Status};
pub use watcher::{WatchError, WatchOptions, Watcher};
