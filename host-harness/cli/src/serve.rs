//! `serve`: the operations over HTTP, until Ctrl-C.

use std::io::{self, Write};

use logzio_soar_host::contract::Endpoint;
use logzio_soar_host::{Access, EMBEDDED_HTTP_COMPONENT, HttpService, Runner};
use tokio::net::TcpListener;

use crate::account::{Account, Needs};
use crate::arguments::ServeArguments;
use crate::failure::{Failure, say};
use crate::interrupt::Interrupt;
use crate::runner;
use crate::table::{cut, printable};

/// The variable with the token that requests have to bring.
const BEARER: &str = "LOGZIO_SOAR_SERVE_TOKEN";
/// The shortest such token, in characters.
const SHORTEST_BEARER: usize = 16;

/// Runs the command.
pub(crate) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let bearer = bearer(&arguments)?;
    let account = Account::find(&arguments.connection, Needs::Nothing)?;
    let runner = build(&arguments, &account).await?;
    let mut service = HttpService::new(runner).at_once(arguments.at_once.into());
    if let Some(token) = &bearer {
        service = service.bearer_token(token);
    }
    if let Some(ms) = account.time_budget_ms() {
        service = service.time_budget_ms(ms);
    }
    if let Some(Endpoint::Url(url)) = account.connection.named_endpoint() {
        // One that cannot be used is what the component answers with.
        service.allow_url(url);
    }
    for url in &arguments.allow_urls {
        if url == "any" {
            service = service.allow_any_url();
        } else if !service.allow_url(url) {
            return Err(Failure::Usage(format!(
                "--allow-url {url} cannot be an endpoint: give an https URL, or http on a loopback address"
            )));
        }
    }
    if !arguments.quiet {
        service = service.log(write_line);
    }

    let listen = arguments.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::File(format!("{listen} cannot be used: {error}; take another address with --listen"))
    })?;
    let mut out = io::stdout();
    writeln!(out, "logzio-soar is at http://{}", listener.local_addr()?)?;
    out.flush()?;
    let mut interrupt = Interrupt::listen();
    let served = service.serve(listener, interrupt.wait()).await;
    served.map_err(|error| Failure::File(format!("the port failed: {error}")))
}

async fn build(arguments: &ServeArguments, account: &Account) -> Result<Runner, Failure> {
    let component = &arguments.connection.component;
    let mut builder = runner::builder(component)
        .incomplete()
        .upstream(account.network()?)
        .memory_limit(usize::from(arguments.memory) << 20);
    if component.component.is_none() {
        builder = builder.component(EMBEDDED_HTTP_COMPONENT);
    }
    for (name, value) in account.environment() {
        builder = builder.environment(name, value);
    }
    let runner = runner::build(builder).await?;
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

/// The token that requests have to bring, if they have to.
fn bearer(arguments: &ServeArguments) -> Result<Option<String>, Failure> {
    let token = match &arguments.bearer_token_file {
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| Failure::file("the token file", file, &error))?;
            Some(text)
        }
        None => std::env::var(BEARER).ok(),
    };
    let token = token.map(|token| token.trim().to_owned());
    match token {
        Some(token) if token.len() < SHORTEST_BEARER || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(Failure::Usage(format!(
                "the bearer token is not usable: make one of at least {SHORTEST_BEARER} letters and digits, such as with \
                 openssl rand -hex 32"
            )))
        }
        Some(token) => Ok(Some(token)),
        None if arguments.listen.ip().is_loopback() => Ok(None),
        None => Err(Failure::Usage(format!(
            "others can reach {}: set {BEARER} or --bearer-token-file, so that not anybody can call the service, or \
             listen on 127.0.0.1",
            arguments.listen
        ))),
    }
}

fn write_line(access: Access) {
    let Access { client, method, path, status, took, bytes, stopped, .. } = access;
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.3fZ");
    let line = format!("{now} {client} {method} {path} {status} {} ms {bytes} bytes", took.as_millis());
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{}", cut(&printable(&line), 240));
    drop(stderr);
    if let Some(why) = stopped {
        say("warning", &why);
    }
}
