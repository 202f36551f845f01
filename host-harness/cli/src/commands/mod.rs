//! The command line: a module for each command, with its arguments and what it does.

mod accounts;
mod adapter;
mod check;
mod conformance;
mod demo;
mod describe;
mod fetch;
mod fields;
mod hunt;
mod listening;
mod logs;
mod pages;
mod search;
mod serve;
mod several;
mod simulate;
mod state;
mod watch;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    a check or a conformance case failed, the demo found a difference, or some indicators
       could not be searched for
  2    the command line, the connection or an argument is invalid, or Logz.io rejected the query
  3    the token is invalid, of another region, or of the wrong kind of account
  4    rate limited, timed out or unreachable: try again later
  5    Logz.io failed, or its answer could not be read
  6    the component failed, or the sandbox stopped it
  7    a file or the output could not be read or written
  130  interrupted

With several accounts, the exit code is that of the first account that failed, by name.";

/// Security incidents and logs from Logz.io, through a sandboxed component.
///
/// Try `logzio-soar demo` first: it needs no account and no network.
#[derive(Parser)]
#[command(name = "logzio-soar", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the connection: the endpoint, and what each token gives access to
    Check(check::CheckArguments),
    /// Fetch security events as incidents, oldest first
    Fetch(fetch::FetchArguments),
    /// Poll accounts, keep their incidents in a database, and deliver them to sinks, until Ctrl-C
    Watch(watch::WatchArguments),
    /// Look into the database of `watch`: list, export, back up, back-fill, replay
    State(state::StateArguments),
    /// Search the logs of the Operations account
    Search(search::SearchArguments),
    /// Hunt for indicators of compromise in the logs of the Operations account
    Hunt(hunt::HuntArguments),
    /// Show the log fields that hold indicators of each kind
    Fields(fields::FieldsArguments),
    /// Get the logs that triggered a security event
    Logs(logs::LogsArguments),
    /// List, add, remove and check the named accounts in accounts.toml
    Accounts(accounts::AccountsArguments),
    /// Show the settings and the commands of the component
    Describe(describe::DescribeArguments),
    /// Serve the operations over HTTP: POST /v1/{operation}, as JSON
    Serve(serve::ServeArguments),
    /// Serve a simulated Logz.io API on this machine
    Simulate(simulate::SimulateArguments),
    /// Test whether a component, or another host, conforms to the contract
    Conformance(conformance::ConformanceArguments),
    /// Show the main features on a simulated account, in about ten seconds
    Demo(demo::DemoArguments),
    /// Run a component for another program: one JSON call a line on standard input, one answer a line on standard output
    Adapter(adapter::AdapterArguments),
}

/// Runs the command that was typed.
pub(crate) async fn run() -> Result<(), Failure> {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(arguments).await,
        Command::Fetch(arguments) => fetch::run(arguments).await,
        Command::Watch(arguments) => watch::run(arguments).await,
        Command::State(arguments) => state::run(arguments).await,
        Command::Search(arguments) => search::run(arguments).await,
        Command::Hunt(arguments) => hunt::run(arguments).await,
        Command::Fields(arguments) => fields::run(arguments).await,
        Command::Logs(arguments) => logs::run(arguments).await,
        Command::Accounts(arguments) => accounts::run(arguments).await,
        Command::Describe(arguments) => describe::run(arguments).await,
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Simulate(arguments) => simulate::run(arguments).await,
        Command::Conformance(arguments) => conformance::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Adapter(arguments) => adapter::run(arguments).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use logzio_soar_host::contract::{IndicatorKind, Severity};

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_flag_takes_a_token() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(!name.ends_with("_token") || ["renewed_token", "no_token"].contains(&name), "{name}");
                assert!(argument.get_env().is_none(), "{name}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }

    #[test]
    fn severities_are_given_by_commas_or_one_by_one() {
        for line in ["x fetch --severity high,severe", "x fetch --severity HIGH --severity severe"] {
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            let Command::Fetch(fetch) = arguments.command else { panic!("not a fetch") };
            assert_eq!(fetch.severity, [Severity::High, Severity::Severe]);
        }
    }

    #[test]
    fn fields_are_given_by_kind() {
        let line =
            "x hunt 10.0.0.1 --kind IP --field ip=source.ip,dst --field user= --internal 198.51.100.0/24,fd00::/8";
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        let Command::Hunt(hunt) = arguments.command else { panic!("not a hunt") };
        assert_eq!(hunt.kind, Some(IndicatorKind::Ip));
        let ip = (IndicatorKind::Ip, vec!["source.ip".to_owned(), "dst".to_owned()]);
        assert_eq!(hunt.fields, [ip, (IndicatorKind::User, vec![])]);
        assert_eq!(hunt.internal, ["198.51.100.0/24", "fd00::/8"]);
        for line in ["x hunt a --kind name", "x hunt a --field source.ip", "x hunt a --field name=source.ip"] {
            let message = Arguments::try_parse_from(line.split(' ')).err().unwrap().to_string();
            assert!(message.contains("file-name") || message.contains("ip=source.ip"), "{message}");
        }
    }

    #[test]
    fn a_histogram_shows_no_logs() {
        for flag in ["--limit 5", "--all", "--order newest-first", "--field a"] {
            let line = format!("x search * --histogram {flag}");
            assert!(Arguments::try_parse_from(line.split(' ')).is_err(), "{flag}");
        }
        assert!(Arguments::try_parse_from(["x", "search", "*", "--histogram"]).is_ok());
    }

    #[test]
    fn a_time_may_begin_with_a_hyphen() {
        let arguments = Arguments::try_parse_from(["x", "fetch", "--since", "-7d"]).unwrap();
        let Command::Fetch(fetch) = arguments.command else { panic!("not a fetch") };
        assert_eq!(fetch.since, "-7d");
    }
}
