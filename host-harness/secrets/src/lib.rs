//! Secrets: kept out of texts, and got from the programs that keep them.
//!
//! Belongs here: what holds for any secret, such as a token of Logz.io, the key of a webhook or the password of a proxy. It must not
//! know what a secret is for, or which characters one has.
//!
//! The modules stand in these layers:
//!
//! ```text
//! command  a secret that a program prints
//! hidden   how secrets are kept out of texts
//! ```

mod command;
mod hidden;

pub use command::{CommandError, CommandErrorKind, LONGEST, first_line};
pub use hidden::{HIDDEN, hide_tokens};
