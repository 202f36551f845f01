//! What can be typed: commands, flags and their help. It does nothing by itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use logzio_soar_host::contract::{IndicatorKind, Order, Severity};

use crate::sighting::KINDS;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    a check or a case of the conformance suite failed, the demo found something wrong, or not
       all indicators could be looked for
  2    the command line, the connection or an argument is not usable, or Logz.io refused the query
  3    the token is not accepted, is of another region, or is of the wrong kind of account
  4    rate limited, timed out or unreachable: try again later
  5    Logz.io failed, or answered what nobody expects
  6    the component failed, or was stopped by its sandbox
  7    a file or the output could not be read or written
  130  interrupted";

const CONNECTION_HELP: &str = "\
The connection, each part from the first of these that has it:
  1. the flags above
  2. the variables LOGZIO_REGION, LOGZIO_URL, LOGZIO_SECURITY_TOKEN,
     LOGZIO_OPERATIONS_TOKEN and LOGZIO_CA_FILE
  3. the configuration file (TOML): region, url, security-token,
     security-token-file, operations-token, operations-token-file,
     time-budget-ms, ca-file
  4. for a token that the command needs: a question, if there is a terminal
Tokens are never taken from the command line, where other users could read
them.

A proxy is taken from HTTPS_PROXY, or else ALL_PROXY, in upper or lower case:
http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, https:// if it speaks TLS
itself. NO_PROXY lists names and networks that are reached without it; this
machine always is. TLS reaches through the proxy, which reads no tokens.";

const SERVE_HELP: &str = "\
A request brings its connection in its body or in the headers Logzio-Region or
Logzio-Url, Logzio-Security-Token, Logzio-Operations-Token and
Logzio-Time-Budget-Ms. What it leaves out comes from the flags above, the
variables LOGZIO_REGION, LOGZIO_URL, LOGZIO_SECURITY_TOKEN and
LOGZIO_OPERATIONS_TOKEN, or the configuration file. Those tokens go to that
endpoint or to a region of Logz.io's, and never to a URL that a request names.

Where others can reach the address, requests have to bring a token:
--bearer-token-file, or the variable LOGZIO_SOAR_SERVE_TOKEN. On a loopback
address it may be left out.

There is no TLS: put it behind a proxy that has it. GET /openapi.json describes
all of it, GET /healthz answers while the service is there.

HTTPS_PROXY, ALL_PROXY and NO_PROXY are honoured on the way to Logz.io.";

/// Security incidents and logs from Logz.io, through a sandboxed component.
///
/// Try `logzio-soar demo` first: it needs no account and no network.
#[derive(Parser)]
#[command(name = "logzio-soar", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Tell what works and what does not: the endpoint, and what each token serves
    Check(CheckArguments),
    /// Fetch security events as incidents, oldest first
    Fetch(FetchArguments),
    /// Search the logs of the Operations account
    Search(SearchArguments),
    /// Hunt for indicators of compromise in the logs of the Operations account
    Hunt(HuntArguments),
    /// Get the logs that made a rule raise a security event
    Logs(LogsArguments),
    /// Show what the component can be configured with and asked for
    Describe(DescribeArguments),
    /// Serve the operations over HTTP: POST /v1/{operation}, with JSON in and out
    Serve(ServeArguments),
    /// Serve a simulated Logz.io API on this machine
    Simulate(SimulateArguments),
    /// Hold a component, or another host, to the contract
    Conformance(ConformanceArguments),
    /// Show the main job on a simulated account, in about ten seconds
    Demo(DemoArguments),
    /// Run a component for another program, in lines of JSON over standard input and output
    Adapter(AdapterArguments),
}

#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The region of the account: us, eu, uk, ca, au or another two-letter code [default: us]
    #[arg(long, value_name = "CODE", conflicts_with = "url")]
    pub(crate) region: Option<String>,
    /// The base URL of the API, instead of a region: https, or http on a loopback address
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// A file with the API token of the Security account
    #[arg(long, value_name = "FILE")]
    pub(crate) security_token_file: Option<PathBuf>,
    /// A file with the API token of the Operations account
    #[arg(long, value_name = "FILE")]
    pub(crate) operations_token_file: Option<PathBuf>,
    /// The configuration file [default: config.toml in the user's directory for logzio-soar]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How long one call may take, retries included, in seconds, 1 to 600 [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) time_budget: Option<u32>,
    /// Trust the certificates in this file (PEM) besides the web's: those of a company's own authority
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Trust any certificate: whoever is on the way can read the tokens. For tests only
    #[arg(long)]
    pub(crate) insecure: bool,
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
}

#[derive(Args)]
pub(crate) struct ComponentArguments {
    /// Run this component instead of the embedded one
    #[arg(long, value_name = "FILE")]
    pub(crate) component: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct OutputArguments {
    /// How to write what was found
    ///
    /// json is one array, ndjson one object to a line; both hold events and logs as Logz.io sent them (in ndjson, line
    /// breaks between values become spaces). In csv, a text that a spreadsheet would take for a formula begins with an
    /// apostrophe. Warnings go to standard error.
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; texts are cut to the width of the terminal
    Table,
    /// One array
    Json,
    /// One object to a line
    Ndjson,
    /// Comma-separated values, with a line of titles
    Csv,
}

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct FetchArguments {
    /// Keep the place in this file between runs, so that each event comes once
    ///
    /// It is written after the incidents of a page were written, so a run that is cut off repeats a page at worst, and
    /// loses nothing.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Go on with a state that was written with another token of the same account
    #[arg(long, requires = "state")]
    pub(crate) renewed_token: bool,
    /// Where the first fetch starts: "7 days ago", 2026-11-20, 2026-11-20T08:00:00Z. Without meaning once there is a state
    #[arg(long, value_name = "TIME", default_value = "1 hour ago", allow_hyphen_values = true)]
    pub(crate) since: String,
    /// At most this many incidents [default: 50]
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["all", "follow"])]
    pub(crate) limit: Option<u32>,
    /// Go on until nothing is left
    #[arg(long)]
    pub(crate) all: bool,
    /// Go on for ever: fetch all, and look again after each interval, until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,
    /// How long to wait between looks, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "follow",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) interval: u64,
    /// Only events of rules whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) rule_name: Option<String>,
    /// Only events of these severities: info, low, medium, high, severe, unclassified (may be repeated)
    #[arg(long, value_name = "SEVERITY", value_delimiter = ',', value_parser = severity)]
    pub(crate) severity: Vec<Severity>,
    /// Only events with at least one of these tags (may be repeated)
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) tag: Vec<String>,
    /// Events that the rule's notification settings mute too
    #[arg(long)]
    pub(crate) include_muted: bool,
    /// How far behind the newest event to look for late ones, in minutes, 0 to 1440 [default: 15]
    #[arg(long, value_name = "MINUTES")]
    pub(crate) look_back: Option<u32>,
    /// Attach up to this many logs to each incident, at most 100
    #[arg(long, value_name = "COUNT")]
    pub(crate) attach_logs: Option<u32>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct SearchArguments {
    /// A query in Lucene syntax, such as 'type:falco AND rule:/.*shell.*/'; '*' for every log
    pub(crate) query: String,
    /// Only logs at or after this time: "2 hours ago", 2026-11-20 [default: two days before the end]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// Only logs at or before this time [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    /// At most this many logs
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: u32,
    /// Every log that matches
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    /// Which logs come first
    #[arg(long, value_enum, default_value_t = OrderArgument::NewestFirst)]
    pub(crate) order: OrderArgument,
    /// Only these fields of each log (may be repeated)
    #[arg(long = "field", value_name = "FIELD", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// Count the logs over time instead of showing them
    ///
    /// The range is that between the first and the last log that match, in UTC, in at most 60 bars of 1, 5 or 15 minutes, 1,
    /// 3 or 6 hours, or 1, 7 or more days. It costs two requests for the ends, and one for each bar, or for each day of a
    /// longer bar; where Logz.io does not count all logs of a bar, they are read.
    #[arg(long, conflicts_with_all = ["limit", "all", "order", "fields"])]
    pub(crate) histogram: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

const HUNT_HELP: &str = "\
Defanged values are read as what they stand for: hxxp://evil[.]example. A kind
is told from the value unless --kind names it; that of a user, a host or a
process cannot be told.

Whether something was seen or not, the exit code is 0 if all was looked for: a
script reads `hits`, which is 0 for what was not seen. What cannot be looked for
is told on standard error (in a table, below it), and the exit code is 1 then.
What was found before an interruption or a failure is written too.
";

#[derive(Args)]
#[command(after_help = format!("{HUNT_HELP}\n{CONNECTION_HELP}"))]
pub(crate) struct HuntArguments {
    /// What to look for: addresses, networks, domains, URLs, e-mail addresses, hashes, files, ports, users, hosts, processes
    #[arg(value_name = "VALUE")]
    pub(crate) values: Vec<String>,
    /// Look for the values in this file too, one to a line; - for standard input
    ///
    /// Empty lines are skipped, and what follows a # at the beginning of a line or behind white space. There may be any
    /// number of values: they are looked for 500 at a time.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// What all of the values are: ip, cidr, domain, url, email, md5, sha1, sha256, sha512, host, user, process, file-name, registry-key, port
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<IndicatorKind>,
    /// Look for values of a kind in these fields instead of the usual ones; in any field with KIND= (may be repeated)
    ///
    /// The fields of ip, user and host are also those that addresses, users and hosts are read from.
    #[arg(long = "field", value_name = "KIND=FIELD,FIELD", value_parser = fields)]
    pub(crate) fields: Vec<(IndicatorKind, Vec<String>)>,
    /// A network that is internal besides the private ones, such as 198.51.100.0/24 (may be repeated)
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    pub(crate) internal: Vec<String>,
    /// Only logs at or after this time: "30 days ago", 2026-11-20 [default: seven days before the end]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// Only logs at or before this time [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    /// Show up to this many logs of each indicator, the newest ones, 0 to 1000 [default: 100 in json and ndjson, else 0]
    ///
    /// It changes no count, and neither users, hosts nor addresses. csv and stix have no logs.
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<u32>,
    /// How to write what was found
    ///
    /// json, ndjson and csv have an entry for each indicator that was looked for, seen or not. stix is a bundle of STIX 2.1:
    /// an indicator and a sighting for each, and the users, hosts and addresses that were seen; the same finding has the same
    /// ids at each run. Warnings go to standard error.
    #[arg(long, short, value_enum, default_value_t = HuntFormat::Table)]
    pub(crate) output: HuntFormat,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HuntFormat {
    /// For people
    Table,
    /// One array
    Json,
    /// One object to a line
    Ndjson,
    /// Comma-separated values, with a line of titles
    Csv,
    /// A bundle of STIX 2.1
    Stix,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum OrderArgument {
    NewestFirst,
    OldestFirst,
}

impl From<OrderArgument> for Order {
    fn from(argument: OrderArgument) -> Self {
        match argument {
            OrderArgument::NewestFirst => Self::NewestFirst,
            OrderArgument::OldestFirst => Self::OldestFirst,
        }
    }
}

#[derive(Args)]
#[command(after_help = CONNECTION_HELP)]
pub(crate) struct LogsArguments {
    /// The event's id, as `fetch` shows it
    pub(crate) event_id: String,
    /// At most this many logs
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: u32,
    /// Every log of the event
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Args)]
pub(crate) struct DescribeArguments {
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
    /// How to write it: table or json
    #[arg(long, short, value_enum, default_value_t = DescribeFormat::Table)]
    pub(crate) output: DescribeFormat,
    /// Write the JSON Schema of the contract instead: every type, and the arguments and the answer of every function
    #[arg(long, conflicts_with_all = ["component", "output"])]
    pub(crate) schema: bool,
}

#[derive(Args)]
pub(crate) struct AdapterArguments {
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescribeFormat {
    Table,
    Json,
}

#[derive(Args)]
pub(crate) struct ConformanceArguments {
    /// The component to test instead of the embedded one
    pub(crate) component: Option<PathBuf>,
    /// Show the cases and run none
    #[arg(long)]
    pub(crate) list: bool,
    /// Run only these cases: a group, or the beginning of GROUP/CASE, with * for any text (may be repeated)
    #[arg(long, value_name = "CASES")]
    pub(crate) only: Vec<String>,
    /// Run so many cases at a time [default: one for each processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: Option<u8>,
    /// What all that is random follows from
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Test another host: a command, run by the shell, that speaks the adapter protocol
    ///
    /// The component's path is in its variable LOGZIO_SOAR_COMPONENT. The simulated Logz.io is then served on a port of
    /// this machine, and time is real: it takes minutes.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) adapter: Option<String>,
    /// Test the suite itself: run it once for each rule that this component breaks on demand
    #[arg(long, value_name = "FILE", conflicts_with_all = ["component", "adapter", "only", "junit", "json", "html"])]
    pub(crate) mutants: Option<PathBuf>,
    /// Show every case, not only those that failed
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Write a report as JUnit XML, for CI
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write a report as JSON, for programs
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a report as a page to look at
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = SERVE_HELP)]
pub(crate) struct ServeArguments {
    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8700")]
    pub(crate) listen: SocketAddr,
    /// A file with the token that requests have to bring, as Authorization: Bearer TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) bearer_token_file: Option<PathBuf>,
    /// A URL that requests may name as their endpoint, besides regions of Logz.io's; "any" for any (may be repeated)
    #[arg(long = "allow-url", value_name = "URL")]
    pub(crate) allow_urls: Vec<String>,
    /// How many calls run at a time; others wait for up to ten seconds
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    pub(crate) at_once: u16,
    /// How much memory one call may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u16).range(16..=4_095))]
    pub(crate) memory: u16,
    /// Write no line for each request
    #[arg(long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Args)]
pub(crate) struct SimulateArguments {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// The region that the accounts belong to
    #[arg(long, value_name = "CODE", default_value = "us")]
    pub(crate) region: String,
    /// What the data is made from: the same seed and times make the same data
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many days of data there are before now
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=365))]
    pub(crate) days: u32,
    /// How many days of data appear after now, as the time comes
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=30))]
    pub(crate) days_ahead: u32,
    /// How many security events an hour there are
    #[arg(long, value_name = "COUNT", default_value_t = 12)]
    pub(crate) events_per_hour: u32,
    /// A fault, such as 'events:429x3;retry-after=2' (may be repeated)
    #[arg(long = "fault", value_name = "PLAN")]
    pub(crate) faults: Vec<String>,
}

#[derive(Args)]
pub(crate) struct DemoArguments {
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
    /// What the data is made from
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Do not wait anywhere
    #[arg(long)]
    pub(crate) hurry: bool,
}

fn severity(text: &str) -> Result<Severity, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "info" => Ok(Severity::Info),
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "severe" => Ok(Severity::Severe),
        "unclassified" => Ok(Severity::Unclassified),
        _ => Err("is one of info, low, medium, high, severe, unclassified".into()),
    }
}

fn kind(text: &str) -> Result<IndicatorKind, String> {
    let name = text.trim().to_ascii_lowercase();
    let found = KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind);
    found.ok_or_else(|| format!("is one of {}", KINDS.map(|(_, known)| known).join(", ")))
}

fn fields(text: &str) -> Result<(IndicatorKind, Vec<String>), String> {
    let (name, fields) = text.split_once('=').ok_or("is written as ip=source.ip,destination.ip")?;
    let fields = fields.split(',').map(str::trim).filter(|field| !field.is_empty()).map(str::to_owned).collect();
    Ok((kind(name).map_err(|why| format!("the kind {why}"))?, fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_flag_takes_a_token() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(!name.ends_with("_token") || name == "renewed_token", "{name}");
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
