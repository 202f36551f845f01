//! The call as such: misdeeds that need no connection, and the operation over a transport that breaks rules.

use crate::call::{self, Host};
use crate::contract::{Connection, Error};
use crate::logzio::client::Client;
use crate::mutations::answer;
use crate::mutations::mutation::Mutation;
use crate::mutations::transport::{AGES, Mutated, TOKEN};
use chrono::{DateTime, Utc};

/// See [`with_client`](crate::call::with_client).
///
/// # Errors
/// As there.
#[cfg(target_family = "wasm")]
pub fn with_client<T>(
    connection: &Connection,
    variable: &dyn Fn(&str) -> Option<String>,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    call::on_wasi(variable, |host| on_host(connection, host, operation))
}

/// See [`on_host`](crate::call::on_host).
///
/// # Errors
/// As there.
pub fn on_host<T>(
    connection: &Connection,
    host: Host,
    operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
) -> Result<T, Error> {
    let transport = Mutated::new(host.transport);
    let standard_error = |line: &str| match Mutation::current() {
        Some(Mutation::RetriesUntraced) if !line.contains("\"try\":1,") => {}
        Some(Mutation::TokenInTrace) => {
            let token = TOKEN.with_borrow(String::clone);
            (host.standard_error)(&line.replace("\"path\":\"", &format!("\"path\":\"/{token}")));
        }
        _ => (host.standard_error)(line),
    };
    let host = Host { transport: &transport, standard_error: &standard_error, ..host };
    let connection = taken(connection, host.variable);
    let token = connection.security_token.as_ref().or(connection.operations_token.as_ref());
    call::on_host(&connection, host, operation).map_err(|error| answer::failed(error, token.map_or("", |token| token)))
}

/// The connection of a call, as it is taken. This comes before everything else, so misdeeds that need no connection happen
/// here.
fn taken(given: &Connection, variable: &dyn Fn(&str) -> Option<String>) -> Connection {
    match Mutation::current() {
        Some(Mutation::TimeBudgetUnchecked) => {
            let budget = given.time_budget_ms.filter(|ms| (1_000..=600_000).contains(ms));
            return Connection { time_budget_ms: budget, ..given.clone() };
        }
        Some(Mutation::EnvironmentTokenAnywhere) => {
            return Connection {
                security_token: given.security_token.clone().or_else(|| variable("LOGZIO_SECURITY_TOKEN")),
                operations_token: given.operations_token.clone().or_else(|| variable("LOGZIO_OPERATIONS_TOKEN")),
                ..given.clone()
            };
        }
        Some(Mutation::EnvironmentPrinted) => {
            for (name, value) in std::env::vars().filter(|(name, _)| !name.starts_with("LOGZIO_")) {
                println!("{name}={value}");
            }
        }
        Some(Mutation::TokenInOutput) => {
            let tokens = [&given.security_token, &given.operations_token];
            tokens.into_iter().flatten().for_each(|token| eprintln!("asking with {}", token.trim()));
        }
        Some(Mutation::TakesMemoryForEver) => {
            let mut taken: Vec<Vec<u8>> = Vec::new();
            loop {
                taken.push(vec![1; 1 << 20]);
                std::hint::black_box(&taken);
            }
        }
        Some(Mutation::LoopsForEver) => loop {
            std::hint::spin_loop();
        },
        Some(Mutation::SleepsForEver) => std::thread::sleep(AGES),
        Some(Mutation::Traps) => std::process::abort(),
        Some(Mutation::Exits) => std::process::exit(0),
        Some(Mutation::PrintsForEver) => loop {
            println!("still here");
        },
        _ => {}
    }
    given.clone()
}
