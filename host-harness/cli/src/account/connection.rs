//! The connection of a command, and its way into the network.

use std::path::Path;

use logzio_soar_accounts::{Account as NamedAccount, Token};
use logzio_soar_host::contract::Endpoint;
use logzio_soar_host::{Connection, NetworkOptions, RunnerBuilder, Upstream};

use super::arguments::{ConnectionArguments, NetworkArguments, OneAccountArguments, SeveralAccountsArguments};
use super::configuration::configuration;
use super::found::{Found, ca_file, resolve};
use super::named;
use super::needs::{Needs, ask_for_missing};
use crate::component;
use crate::failure::Failure;
use crate::output::say;
use crate::trace::traced;

/// A connection with what the command needs, and the token that tells accounts apart.
pub(crate) struct Account {
    pub(crate) connection: Connection,
    security_token: Option<String>,
    operations_token: Option<String>,
    time_budget_ms: Option<u32>,
}

/// The connections of a command that can ask several accounts at a time.
pub(crate) enum Chosen {
    /// One, named or not.
    One(Account),
    /// Those of these accounts, by name: none of them is connected yet.
    Several(Vec<NamedAccount>),
}

impl Chosen {
    /// Finds out which accounts are meant.
    pub(crate) async fn find(
        accounts: &SeveralAccountsArguments,
        arguments: &ConnectionArguments,
        needs: Needs,
    ) -> Result<Self, Failure> {
        if let Some(several) = named::several(accounts, needs)? {
            return Ok(Self::Several(several));
        }
        let one =
            OneAccountArguments { account: accounts.account.first().cloned(), accounts: accounts.accounts.clone() };
        Account::find(&one, arguments, needs).await.map(Self::One)
    }
}

impl Account {
    /// Puts together the connection of a command.
    pub(crate) async fn find(
        one: &OneAccountArguments,
        arguments: &ConnectionArguments,
        needs: Needs,
    ) -> Result<Self, Failure> {
        if let Some(name) = &one.account {
            let account = named::one(name, one.accounts.as_deref())?;
            return Self::of(&account, arguments, needs).await;
        }
        let file = configuration(arguments.config.as_deref())?;
        let variable = |name: &str| std::env::var(name).ok();
        let mut found = resolve(arguments, &variable, file)?;
        ask_for_missing(&mut found, needs)?;
        Ok(Self::from(found))
    }

    /// The connection of an account of `accounts.toml`, with the tokens that a command needs.
    pub(crate) async fn of(
        account: &NamedAccount,
        arguments: &ConnectionArguments,
        needs: Needs,
    ) -> Result<Self, Failure> {
        if let Some(lack) = named::lack(account, needs) {
            return Err(Failure::Usage(lack));
        }
        let tokens = named::with_needs(account, needs).tokens().await?;
        let text = |token: Option<Token>| token.map(|token| token.expose().to_owned());
        let time_budget = arguments.time_budget.map(|seconds| seconds.saturating_mul(1_000));
        Ok(Self::from(Found {
            endpoint: Some(account.endpoint().clone()),
            security_token: text(tokens.security),
            operations_token: text(tokens.operations),
            time_budget_ms: time_budget.or(account.time_budget_ms()),
        }))
    }

    /// The connection as variables of a component's environment, for calls that bring none of their own. The time budget
    /// has no variable.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let endpoint = self.connection.named_endpoint().map(|endpoint| match endpoint {
            Endpoint::Region(code) => ("LOGZIO_REGION", code.clone()),
            Endpoint::Url(url) => ("LOGZIO_URL", url.clone()),
        });
        let token = |name, token: &Option<String>| token.clone().map(|token| (name, token));
        let tokens = [
            token("LOGZIO_SECURITY_TOKEN", &self.security_token),
            token("LOGZIO_OPERATIONS_TOKEN", &self.operations_token),
        ];
        endpoint.into_iter().chain(tokens.into_iter().flatten()).collect()
    }

    /// The time budget, in milliseconds, if one is set.
    pub(crate) fn time_budget_ms(&self) -> Option<u32> {
        self.time_budget_ms
    }

    /// The Security token, to make a fingerprint of. Empty if there is none.
    pub(crate) fn security_token(&self) -> &str {
        self.security_token.as_deref().unwrap_or_default().trim()
    }
}

impl From<Found> for Account {
    fn from(found: Found) -> Self {
        let Found { endpoint, security_token, operations_token, time_budget_ms } = found;
        let mut connection = Connection::new();
        if let Some(endpoint) = endpoint {
            connection = connection.endpoint(endpoint);
        }
        if let Some(token) = &security_token {
            connection = connection.security_token(token);
        }
        if let Some(token) = &operations_token {
            connection = connection.operations_token(token);
        }
        if let Some(ms) = time_budget_ms {
            connection = connection.time_budget_ms(ms);
        }
        Self { connection, security_token, operations_token, time_budget_ms }
    }
}

/// A builder of the runner for calls over the network as it is asked for. `config` is the configuration file, if it is named.
pub(crate) fn runner(arguments: &NetworkArguments, config: Option<&Path>) -> Result<RunnerBuilder, Failure> {
    let mut network = NetworkOptions::new().proxy_from_environment().insecure(arguments.insecure);
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(file) = ca_file(arguments, &variable, configuration(config)?.ca_file) {
        network = network.ca_file(file);
    }
    if network.is_insecure() {
        say("warning", "--insecure trusts any certificate: an attacker on the network can read the tokens");
    }
    let builder = component::builder(&arguments.component).upstream(Upstream::network_with(&network)?);
    Ok(if arguments.verbose { traced(builder) } else { builder })
}
