//! What the watcher remembers, in one SQLite file: accounts with their cursors, incidents, and what each sink has not
//! acknowledged.
//!
//! Belongs here: everything about the database. It must not know how incidents are fetched, nor how a sink delivers.
//!
//! What is written together: a page's incidents, a row in the outbox for each sink that takes one, and the account's cursor.
//! So after a crash at any point, an incident is either behind the cursor and in its outboxes, or will be fetched again.
//!
//! The files stand in these layers:
//!
//! ```text
//! backup, dead_letters, outbox, retention
//!                          copies; what sinks did not take, and have not taken yet; what need not be kept
//! incidents                incidents, stored with their outboxes and the cursor
//! accounts                 accounts with their cursors
//! handle                   the state as everything else has it
//! thread                   the database's own thread, and its transactions
//! file                     the file and its lock
//! error, numbers, schema   leaves
//! ```

mod accounts;
mod backup;
mod dead_letters;
mod error;
mod file;
mod handle;
mod incidents;
mod numbers;
mod outbox;
mod retention;
mod schema;
mod thread;

pub use accounts::{AccountState, Identity, OtherAccount, Polled};
pub use dead_letters::DeadLetter;
pub use error::{StateError, StateFault};
pub use handle::State;
pub use incidents::{NewIncident, Page, Selection, Stored, StoredIncident};
pub use numbers::{AccountNumber, SinkNumber};
pub use outbox::{OutboxSize, Waiting};
pub use retention::{Removed, Retention};

#[cfg(test)]
mod tests;
