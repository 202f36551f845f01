//! The command `logzio-soar`: incidents, logs and checks from Logz.io, through a component in a sandbox.

mod account;
mod adapter;
mod arguments;
mod check;
mod colour;
mod conformance;
mod demo;
mod describe;
mod failure;
mod fetch;
mod histogram;
mod hunt;
mod indicators;
mod interrupt;
mod logs;
mod output;
mod plot;
mod record;
mod runner;
mod search;
mod serve;
mod sighting;
mod simulate;
mod state;
mod stix;
mod table;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Check(arguments) => check::run(arguments).await,
        Command::Fetch(arguments) => fetch::run(arguments).await,
        Command::Search(arguments) => search::run(arguments).await,
        Command::Hunt(arguments) => hunt::run(arguments).await,
        Command::Logs(arguments) => logs::run(arguments).await,
        Command::Describe(arguments) => describe::run(arguments).await,
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Simulate(arguments) => simulate::run(arguments).await,
        Command::Conformance(arguments) => conformance::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Adapter(arguments) => adapter::run(arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            failure.exit_code()
        }
    }
}
