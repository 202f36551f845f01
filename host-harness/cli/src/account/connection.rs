//! The connection of a command, and its way into the network.

use logzio_soar_host::contract::Endpoint;
use logzio_soar_host::{Connection, NetworkOptions, RunnerBuilder, Upstream};

use super::arguments::ConnectionArguments;
use super::configuration::configuration;
use super::found::resolve;
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
    network: NetworkOptions,
}

impl Account {
    /// Puts together the connection of a command.
    pub(crate) fn find(arguments: &ConnectionArguments, needs: Needs) -> Result<Self, Failure> {
        let file = configuration(arguments.config.as_deref())?;
        let variable = |name: &str| std::env::var(name).ok();
        let mut found = resolve(arguments, &variable, file)?;
        ask_for_missing(&mut found, needs)?;
        let mut connection = Connection::new();
        if let Some(endpoint) = found.endpoint {
            connection = connection.endpoint(endpoint);
        }
        if let Some(token) = &found.security_token {
            connection = connection.security_token(token);
        }
        if let Some(token) = &found.operations_token {
            connection = connection.operations_token(token);
        }
        if let Some(ms) = found.time_budget_ms {
            connection = connection.time_budget_ms(ms);
        }
        let mut network = NetworkOptions::new().proxy_from_environment().insecure(arguments.insecure);
        if let Some(file) = found.ca_file {
            network = network.ca_file(file);
        }
        Ok(Self {
            connection,
            security_token: found.security_token,
            operations_token: found.operations_token,
            time_budget_ms: found.time_budget_ms,
            network,
        })
    }

    /// The network, as this account is reached. Says so if it is not safe.
    pub(crate) fn network(&self) -> Result<Upstream, Failure> {
        if self.network.is_insecure() {
            say("warning", "--insecure trusts any certificate: an attacker on the network can read the tokens");
        }
        Ok(Upstream::network_with(&self.network)?)
    }

    /// A builder of the runner for calls with this connection.
    pub(crate) fn runner(&self, arguments: &ConnectionArguments) -> Result<RunnerBuilder, Failure> {
        let builder = component::builder(&arguments.component).upstream(self.network()?);
        Ok(if arguments.verbose { traced(builder) } else { builder })
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
