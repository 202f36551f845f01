//! The connection of a command: from flags, the environment, the configuration file, or a question. The only place that
//! reads tokens, and it never shows one.

mod arguments;
mod configuration;
mod connection;
mod found;
mod needs;
pub(crate) mod private_file;
mod tokens;

pub(crate) use arguments::{CONNECTION_HELP, ConnectionArguments};
pub(crate) use connection::Account;
pub(crate) use needs::Needs;
