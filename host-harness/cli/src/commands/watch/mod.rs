//! `watch`: many accounts, polled for good, and their incidents delivered to sinks.

mod documents;
mod dry_run;
mod log_format;
mod logging;
pub(super) mod sources;
mod terminal;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use logzio_soar_host::Runner;
use logzio_soar_watch::state::{Retention, State};
use logzio_soar_watch::{Patience, WatchError, WatchOptions, Watcher};

use super::listening::{CertificateFiles, bearer};
use crate::account::{self, NetworkArguments};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::say;
use log_format::LogFormat;
use sources::{SourceArguments, state_file};

/// The variable with the token that requests for metrics must carry.
const BEARER: &str = "LOGZIO_SOAR_WATCH_TOKEN";

const WATCH_HELP: &str = "\
Accounts come from accounts.toml, sinks from sinks.toml, in the user's
configuration directory for logzio-soar; --stdout, --ndjson and --webhook are
sinks without a file. Both files are read again when they change, and at each
SIGHUP; one that is wrong leaves the former settings in force.

Incidents are stored together with the place behind them and with what each
sink is still to get, in one SQLite file, so that nothing is lost, whatever ends
the process. A sink gets an incident twice only if its acknowledgement was not
written down. `logzio-soar state` looks into that file.

With --listen, /metrics has metrics for Prometheus, /healthz says whether the
process runs, /readyz whether it can do its work. Requests for metrics must
carry a bearer token: set it with --bearer-token-file, or in the variable
LOGZIO_SOAR_WATCH_TOKEN; with --no-token they need none, on this machine only.

SIGTERM and Ctrl-C end it within ten seconds; what is not finished is left for
the next start.";

#[derive(Args)]
#[command(after_help = WATCH_HELP)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The database [default: watch.db in the user's directory for the state of logzio-soar]
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// How many accounts are polled at a time
    #[arg(long, value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) calls: u16,
    /// How long incidents are kept after every sink has taken them, such as 30d
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = humantime::parse_duration)]
    pub(crate) keep: Duration,
    /// How many of them are kept at most
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    pub(crate) keep_at_most: u64,
    /// Give an incident up after so many tries, if the sink takes the one behind it
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) give_up_tries: u32,
    /// Give an incident up that a sink has not taken for so long
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = humantime::parse_duration)]
    pub(crate) give_up_after: Duration,
    /// Fetch a page of each account from where it stands, show what each sink would get, and change nothing
    #[arg(long, conflicts_with = "listen")]
    pub(crate) dry_run: bool,
    /// Serve metrics and health on this address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", help_heading = "Metrics and health")]
    pub(crate) listen: Option<SocketAddr>,
    /// A file with the token that requests for metrics must carry, as Authorization: Bearer TOKEN
    #[arg(long, value_name = "FILE", requires = "listen", help_heading = "Metrics and health")]
    pub(crate) bearer_token_file: Option<PathBuf>,
    /// Answer requests for metrics without a bearer token, from this machine only
    #[arg(long, requires = "listen", conflicts_with = "bearer_token_file", help_heading = "Metrics and health")]
    pub(crate) no_token: bool,
    /// A PEM file with the certificate of the metrics, followed by those between it and one that clients trust
    #[arg(long, value_name = "FILE", requires_all = ["tls_key", "listen"], help_heading = "Metrics and health")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// A PEM file with the private key of that certificate, without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = "Metrics and health")]
    pub(crate) tls_key: Option<PathBuf>,
    /// How logs are written to standard error
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text, help_heading = "Logs")]
    pub(crate) log_format: LogFormat,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// A runner for so many calls at a time.
pub(super) async fn runner(arguments: &NetworkArguments, calls: u16) -> Result<Runner, Failure> {
    component::build(account::runner(arguments, None)?.calls_at_once(u32::from(calls))).await
}

impl From<WatchError> for Failure {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::Configuration(why) => Self::Usage(why),
            other => Self::File(other.to_string()),
        }
    }
}

/// Runs the command.
pub(super) async fn run(arguments: WatchArguments) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen();
    let files = arguments.sources.files()?;
    // Mistakes in the files come before anything that takes time.
    let configuration = files.read().map_err(Failure::Usage)?;
    let state_file = state_file(arguments.state.as_deref())?;
    let listen = arguments.listen.map(|listen| listener(&arguments, listen)).transpose()?;
    if arguments.dry_run {
        let runner = runner(&arguments.network, arguments.calls).await?;
        let dry_run = dry_run::run(&runner, &configuration, &state_file, usize::from(arguments.calls));
        return interrupt.or(dry_run).await?;
    }
    let state = State::open(state_file).map_err(|error| Failure::File(error.to_string()))?;
    let lines = terminal::Lines::new(arguments.log_format);
    logging::start(arguments.log_format, arguments.network.verbose, lines.clone());
    let runner = runner(&arguments.network, arguments.calls).await?;
    let options = WatchOptions {
        calls: usize::from(arguments.calls),
        retention: Retention { age: arguments.keep, incidents: arguments.keep_at_most },
        patience: Patience { tries: arguments.give_up_tries, age: arguments.give_up_after },
    };
    let watcher = Watcher::new(&runner, state, files, options);
    #[cfg(unix)]
    reload_at_hangup(&watcher)?;
    if let Some((listener, service)) = listen {
        let service = service(watcher.status(), watcher.metrics());
        tokio::spawn(async move {
            if let Err(error) = service.serve(listener, std::future::pending()).await {
                tracing::error!("metrics are served no more: {error}; start again");
            }
        });
    }
    lines.follow(watcher.status());
    let ended = watcher.run(interrupt.wait()).await;
    lines.end();
    Ok(ended?)
}

type ServiceOf =
    Box<dyn FnOnce(logzio_soar_watch::Status, logzio_soar_watch::Metrics) -> logzio_soar_http_server::DocumentService>;

/// Where metrics are served, and what serves them.
fn listener(arguments: &WatchArguments, listen: SocketAddr) -> Result<(tokio::net::TcpListener, ServiceOf), Failure> {
    let token = bearer(arguments.bearer_token_file.as_deref(), BEARER, arguments.no_token, listen)?;
    let certificates = match (arguments.tls_cert.clone(), arguments.tls_key.clone()) {
        (Some(certificates), Some(key)) => Some(CertificateFiles { certificates, key }.watch()?),
        _ => None,
    };
    let listener = logzio_soar_http_server::listen(listen).map_err(|error| {
        Failure::File(format!("{listen} cannot be used: {error}; take another address with --listen"))
    })?;
    let scheme = if certificates.is_some() { "https" } else { "http" };
    say("note", &format!("metrics are at {scheme}://{}/metrics", listener.local_addr()?));
    let service = move |status, metrics| {
        let mut service = documents::service(status, metrics);
        if let Some(token) = token {
            service = service.bearer_token(&token, &documents::OPEN);
        }
        match certificates {
            Some(certificates) => service.certificates(certificates),
            None => service,
        }
    };
    Ok((listener, Box::new(service)))
}

#[cfg(unix)]
fn reload_at_hangup(watcher: &Watcher) -> Result<(), Failure> {
    let mut hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    let reload = watcher.reload();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            // One that waits already is enough.
            let _ = reload.try_send(());
        }
    });
    Ok(())
}
