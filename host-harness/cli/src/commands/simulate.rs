//! `simulate`: a Logz.io API on a port of this machine, with accounts full of data, until Ctrl-C.

use std::io::{self, Write};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use clap::Args;
use logzio_simulator::{Clock, FaultPlan, Region, RequestRecord, Scenario, Simulator, SimulatorOptions};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Palette, cut, printable};

/// How many everyday logs there are for each security event.
const LOGS_PER_EVENT: f64 = 10.0;
/// How often requests are shown.
const SHOW: Duration = Duration::from_millis(500);

#[derive(Args)]
pub(crate) struct SimulateArguments {
    /// The port on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// The region of the accounts
    #[arg(long, value_name = "CODE", default_value = "us")]
    pub(crate) region: String,
    /// The seed of the data: the same seed and times give the same data
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many days of data before now
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=365))]
    pub(crate) days: u32,
    /// How many days of data after now, which appear as time passes
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=30))]
    pub(crate) days_ahead: u32,
    /// How many security events per hour
    #[arg(long, value_name = "COUNT", default_value_t = 12)]
    pub(crate) events_per_hour: u32,
    /// A fault, such as 'events:429x3;retry-after=2' (may be repeated)
    #[arg(long = "fault", value_name = "PLAN")]
    pub(crate) faults: Vec<String>,
}

/// Runs the command.
pub(super) async fn run(arguments: SimulateArguments) -> Result<(), Failure> {
    let faults = faults(&arguments.faults)?;
    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).await.map_err(|error| {
        Failure::File(format!(
            "port {} on 127.0.0.1 cannot be used: {error}; take another one with --port",
            arguments.port
        ))
    })?;
    let port = listener.local_addr()?.port();

    let simulator = Simulator::new(SimulatorOptions {
        clock: Clock::system(),
        region: Region::from_code(&arguments.region),
        seed: arguments.seed,
        ..SimulatorOptions::default()
    });
    // Whole hours, so that a second start within the hour has the same data.
    let now = Utc::now();
    let hour = now - TimeDelta::seconds(now.timestamp().rem_euclid(3_600));
    let rate = f64::from(arguments.events_per_hour);
    let scenario = Scenario {
        events_per_hour: rate,
        background_logs_per_hour: rate * LOGS_PER_EVENT,
        ..Scenario::new(
            hour - TimeDelta::days(arguments.days.into()),
            hour + TimeDelta::days(arguments.days_ahead.into()),
        )
    };
    let simulated = simulator.clone();
    let generated = tokio::task::spawn_blocking(move || simulated.generate(&scenario))
        .await
        .map_err(|error| Failure::File(format!("the data could not be made: {error}")))?;
    simulator.faults(faults);

    let Palette { title, faint, .. } = Palette::for_stdout();
    let mut out = io::stdout();
    writeln!(
        out,
        "{title}A simulated Logz.io API is at http://127.0.0.1:{port}{title:#}\n\
         region {}, {} security events and {} logs, from {} days ago to {} days ahead\n\n\
         In another terminal:\n\n  \
           export LOGZIO_URL=http://127.0.0.1:{port}\n  \
           export LOGZIO_SECURITY_TOKEN={}\n  \
           export LOGZIO_OPERATIONS_TOKEN={}\n  \
           logzio-soar check\n  \
           logzio-soar fetch --since '7 days ago' --state state.json\n  \
           logzio-soar search 'type:falco' --since '1 hour ago'\n\n\
         {faint}Ctrl-C stops it. Requests:{faint:#}",
        simulator.region().code(),
        generated.events,
        generated.logs,
        arguments.days,
        arguments.days_ahead,
        simulator.security_token(),
        simulator.operations_token(),
    )?;
    out.flush()?;

    let mut interrupt = Interrupt::listen();
    let served = simulator.clone();
    // Whoever started this may not read what it writes: that must not hold up the requests.
    let mut serving = tokio::spawn(async move { served.serve(listener, interrupt.wait()).await });
    loop {
        tokio::select! {
            served = &mut serving => {
                let served = served.unwrap_or_else(|error| Err(io::Error::other(error)));
                return served.map_err(|error| Failure::File(format!("the port failed: {error}")));
            }
            () = tokio::time::sleep(SHOW) => {}
        }
        let requests = simulator.requests();
        if requests.is_empty() {
            continue;
        }
        // They are kept for tests; here they would only fill the memory.
        simulator.clear_requests();
        for request in &requests {
            writeln!(out, "{}", line(request))?;
        }
    }
}

fn faults(plans: &[String]) -> Result<FaultPlan, Failure> {
    plans.join(" ").parse().map_err(|error| Failure::Usage(format!("--fault: {error}")))
}

fn line(request: &RequestRecord) -> String {
    let account = request.account.map_or("no account", |account| account.name());
    cut(
        &printable(&format!(
            "{}  {:4} {:<38}  {}  {:>5} rows  {account}{}",
            request.at.format("%H:%M:%S"),
            request.method,
            request.path,
            request.status.as_u16(),
            request.rows,
            if request.faulty { "  (fault)" } else { "" },
        )),
        160,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_fault_plans_are_one() {
        let plan = faults(&["events:429x3;retry-after=2".into(), "search:500".into()]).unwrap();
        assert_eq!(plan.rules.len(), 2);
    }

    #[test]
    fn a_fault_plan_that_cannot_be_read_is_named() {
        let failure = faults(&["evnts:429".into()]).unwrap_err();
        assert_eq!(failure.code(), 2);
        assert!(failure.message().unwrap().contains("evnts"));
    }
}
