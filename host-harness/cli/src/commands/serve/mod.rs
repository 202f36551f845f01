//! `serve`: the operations over HTTP, until Ctrl-C.

mod access_log;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use logzio_soar_host::contract::Endpoint;
use logzio_soar_host::{EMBEDDED_HTTP_COMPONENT, Runner};
use logzio_soar_http_server::HttpService;

use super::listening::{CertificateFiles, bearer};
use crate::account::{self, Account, ConnectionArguments, Needs, OneAccountArguments};
use crate::component;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use access_log::AccessLog;

/// The variable with the token that requests must carry.
const BEARER: &str = "LOGZIO_SOAR_SERVE_TOKEN";

const SERVE_HELP: &str = "\
A request passes its connection in its body or in the headers Logzio-Region or
Logzio-Url, Logzio-Security-Token, Logzio-Operations-Token and
Logzio-Time-Budget-Ms. What it omits comes from the options above, the
environment variables LOGZIO_REGION, LOGZIO_URL, LOGZIO_SECURITY_TOKEN and
LOGZIO_OPERATIONS_TOKEN, or the configuration file; with --account, from that
account of accounts.toml alone, whose tokens are read once, at the start. Those tokens are sent to
that endpoint or to a Logz.io region only, never to a URL that a request names.

Requests must carry a bearer token: set it with --bearer-token-file, or in the
variable LOGZIO_SOAR_SERVE_TOKEN. With --no-token they need none, and every user
and program of this machine can use the tokens above; the address must then be
a loopback address.

Above 32 connections for each call at a time, or what the limit of open files
allows, a new connection takes the place of the one that is idle the longest.

With --tls-cert and --tls-key, clients connect with TLS: use it where others can
read the network, or run the service behind a reverse proxy. Both files are read
at the start, and again at each SIGHUP, such as after a renewal.

GET /openapi.json describes the API, GET /healthz tells whether the service is
up.

HTTPS_PROXY, ALL_PROXY and NO_PROXY apply to connections to Logz.io.";

#[derive(Args)]
#[command(after_help = SERVE_HELP)]
pub(crate) struct ServeArguments {
    /// The address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8700")]
    pub(crate) listen: SocketAddr,
    /// A file with the token that requests must carry, as Authorization: Bearer TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) bearer_token_file: Option<PathBuf>,
    /// Answer requests without a bearer token, from this machine only
    #[arg(long, conflicts_with = "bearer_token_file")]
    pub(crate) no_token: bool,
    /// A PEM file with the certificate of the service, followed by those between it and one that clients trust
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// A PEM file with the private key of that certificate, without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A URL that requests may name as their endpoint, besides Logz.io regions; "any" for any URL (may be repeated)
    #[arg(long = "allow-url", value_name = "URL")]
    pub(crate) allow_urls: Vec<String>,
    /// How many calls run at a time; others wait for up to ten seconds
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    pub(crate) at_once: u16,
    /// How much memory one call may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u16).range(16..=4_095))]
    pub(crate) memory: u16,
    /// Do not log requests
    #[arg(long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) account: OneAccountArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

/// Runs the command.
pub(super) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let bearer = bearer(arguments.bearer_token_file.as_deref(), BEARER, arguments.no_token, arguments.listen)?;
    let account = Account::find(&arguments.account, &arguments.connection, Needs::Nothing).await?;
    let runner = build(&arguments, &account).await?;
    let mut service = HttpService::new(runner).at_once(arguments.at_once.into());
    if let Some(token) = &bearer {
        service = service.bearer_token(token);
    }
    if let (Some(certificates), Some(key)) = (arguments.tls_cert.clone(), arguments.tls_key.clone()) {
        service = service.certificates(CertificateFiles { certificates, key }.watch()?);
    }
    if let Some(ms) = account.time_budget_ms() {
        service = service.time_budget_ms(ms);
    }
    if let Some(Endpoint::Url(url)) = account.connection.named_endpoint() {
        // One that cannot be used is what the component answers with.
        service = service.clone().allow_url(url).unwrap_or(service);
    }
    for url in &arguments.allow_urls {
        service = if url == "any" {
            service.allow_any_url()
        } else {
            service.allow_url(url).map_err(|error| Failure::Usage(format!("--allow-url {error}")))?
        };
    }
    let mut log = None;
    if !arguments.quiet {
        let (lines, end) = AccessLog::start()?;
        service = service.log(move |access| lines.note(access));
        log = Some(end);
    }

    let listen = arguments.listen;
    let listener = logzio_soar_http_server::listen(listen).map_err(|error| {
        Failure::File(format!("{listen} cannot be used: {error}; take another address with --listen"))
    })?;
    let mut out = io::stdout();
    let scheme = if arguments.tls_cert.is_some() { "https" } else { "http" };
    writeln!(out, "logzio-soar is at {scheme}://{}", listener.local_addr()?)?;
    out.flush()?;
    let mut interrupt = Interrupt::listen();
    let served = service.serve(listener, interrupt.wait()).await;
    drop(service);
    if let Some(log) = log {
        log.wait();
    }
    served.map_err(|error| Failure::File(format!("{listen} cannot be served: {error}")))
}

async fn build(arguments: &ServeArguments, account: &Account) -> Result<Runner, Failure> {
    let network = &arguments.connection.network;
    let mut builder = account::runner(network, arguments.connection.config.as_deref())?;
    builder = builder.incomplete().memory_limit(usize::from(arguments.memory) << 20);
    builder = builder.calls_at_once(u32::from(arguments.at_once) + HEALTH_AND_DOCUMENTS);
    if network.component.component.is_none() {
        builder = builder.component(EMBEDDED_HTTP_COMPONENT);
    }
    for (name, value) in account.environment() {
        builder = builder.environment(name, value);
    }
    let runner = component::build(builder).await?;
    let exports = runner.interfaces().exports;
    if !exports.iter().any(|name| name.starts_with("wasi:http/incoming-handler@")) {
        return Err(Failure::Usage(
            "the component does not answer HTTP requests (it exports no wasi:http/incoming-handler): leave --component \
             out, or name one that does, such as logzio-soar-http.wasm"
                .into(),
        ));
    }
    Ok(runner)
}

/// How many requests that are no calls the service carries out besides.
const HEALTH_AND_DOCUMENTS: u32 = 16;
