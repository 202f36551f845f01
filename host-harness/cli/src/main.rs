//! The command `logzio-soar`: incidents, logs and checks from Logz.io, through a component in a sandbox.
//!
//! The modules stand in layers, and each uses those below only:
//!
//! ```text
//! commands             a module for each command: its arguments, and what it does
//! account, records     the connection of a command; incidents, logs, checks and sightings as they are written
//! delivery             how a page reaches its reader, and when the cursor may move
//! component, interrupt, state
//!                      the runner of a command; Ctrl-C; the state file of `fetch`
//! failure              why a command failed, and with which exit code
//! trace                requests on standard error
//! backoff, directories, output
//!                      leaves
//! ```

mod account;
mod backoff;
mod commands;
mod component;
mod delivery;
mod directories;
mod failure;
mod interrupt;
mod output;
mod records;
mod state;
mod trace;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            failure.exit_code()
        }
    }
}
