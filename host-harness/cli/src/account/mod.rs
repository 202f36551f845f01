//! The connection of a command: from flags, the environment, the configuration file, an account of
//! `accounts.toml`, or a question. The only place that
//! reads tokens, and it never shows one.

mod arguments;
mod configuration;
mod connection;
mod found;
mod named;
mod needs;
pub(crate) mod private_file;
mod tokens;

pub(crate) use arguments::{
    CONNECTION_HELP, ConnectionArguments, NetworkArguments, OneAccountArguments, SeveralAccountsArguments,
};
pub(crate) use connection::{Account, Chosen, runner};
pub(crate) use named::{accounts_file, read_accounts};
pub(crate) use needs::Needs;
pub(crate) use tokens::ask;
