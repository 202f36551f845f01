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
use std::time::Duration;

use failure::Failure;

/// How long a thread that is stuck, such as in a write that nobody reads, may keep the command from ending.
const LAST_MOMENT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let outcome = runtime.block_on(commands::run());
            runtime.shutdown_timeout(LAST_MOMENT);
            outcome
        }
        Err(error) => Err(Failure::File(format!("no threads can be started: {error}; raise the limits of this user"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            failure.exit_code()
        }
    }
}
