//! `make bench`: what calls cost as a component in the runner, natively, and in Python, against one simulator on loopback.
//!
//! Each figure is the median of several rounds. In a round, each contestant does each job in a process of its own, so that
//! memory is its own, too; they take turns, so that a busy machine is as hard on each. The simulator is in this process, and
//! counts for none of them.
//!
//! The files stand in these layers:
//!
//! ```text
//! main                     the command: rounds, and workers
//! table                    medians and ratios, as Markdown
//! account                  the account that jobs are done for
//! component, core, python  the contestants
//! native                   a transport for the core, over blocking sockets
//! measure                  CPU and memory of a process
//! job, outcome             what is to be done, and where; how it ends
//! ```

mod account;
mod component;
mod core;
mod job;
mod measure;
mod native;
mod outcome;
mod python;
mod table;

use std::process::{Command, ExitCode};

use account::Account;
use job::{Contestant, Job, Place};
use measure::Measured;
use outcome::Outcome;
use table::Table;

/// How many rounds a figure is the median of.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [worker, contestant, job, place] if worker == "worker" => work(contestant, job, place),
        [] => bench(ROUNDS),
        [rounds] => match rounds.parse() {
            Ok(rounds) if rounds > 0 => bench(rounds),
            _ => Err("give the number of rounds".into()),
        },
        _ => Err("give the number of rounds, or nothing".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does a job in this process, and prints what it took.
fn work(contestant: &str, job: &str, place: &str) -> Outcome<()> {
    let job = Job::named(job).ok_or("no such job")?;
    let place: Place = serde_json::from_str(place)?;
    let contestant = Contestant::ALL.into_iter().find(|known| known.name() == contestant);
    let measured = match contestant.ok_or("no such contestant")? {
        Contestant::Component => component::work(job, &place)?,
        Contestant::Core => core::work(job, &place)?,
        Contestant::Python => return Err("Python has a process of its own".into()),
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn bench(rounds: usize) -> Outcome<()> {
    let account = Account::start()?;
    let mut table = Table::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for job in Job::ALL {
            for contestant in Contestant::ALL.into_iter().filter(|contestant| job.is_for(*contestant)) {
                table.add(job, contestant, in_a_process(contestant, job, &account)?);
            }
        }
    }
    println!("{}", table.markdown());
    Ok(())
}

/// Has a job done in a process of its own.
fn in_a_process(contestant: Contestant, job: Job, account: &Account) -> Outcome<Measured> {
    let place = serde_json::to_string(&account.place(job))?;
    let mut command = match contestant {
        Contestant::Python => python::command(),
        _ => Command::new(std::env::current_exe()?),
    };
    account.forget_requests();
    let output = command.args(["worker", contestant.name(), job.name(), &place]).output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} could not do {}: {}", contestant.name(), job.name(), why.trim()).into());
    }
    let measured: Measured = serde_json::from_slice(&output.stdout)?;
    Ok(Measured { requests: account.requests(), ..measured })
}
