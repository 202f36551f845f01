//! How to reach a customer's accounts, as the runner's callers give it. Holds tokens, and does not check them: that is the
//! component's part.

use std::fmt;

use serde_json::Value;
use wasmtime::component::Val;

use super::bindings::exports::logzio::soar::types;
use super::bindings::exports::logzio::soar::types::Endpoint;
use super::json_form::read_types_connection;
use crate::secret::HIDDEN;

/// How to reach a customer's Logz.io accounts: the record `types.connection` of the contract, with a `Debug` that shows no
/// token.
#[derive(Clone, Default, PartialEq)]
pub struct Connection {
    endpoint: Option<Endpoint>,
    security_token: Option<String>,
    operations_token: Option<String>,
    time_budget_ms: Option<u32>,
}

impl Connection {
    /// A connection that leaves everything to the component's environment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The endpoint of a region: a code such as `us` or `eu`.
    #[must_use]
    pub fn region(self, code: impl Into<String>) -> Self {
        self.endpoint(Endpoint::Region(code.into()))
    }

    /// An API with an address of its own: a base URL, `https`, or `http` on a loopback address.
    #[must_use]
    pub fn url(self, url: impl Into<String>) -> Self {
        self.endpoint(Endpoint::Url(url.into()))
    }

    /// Where the API is.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The API token of the Security account.
    #[must_use]
    pub fn security_token(mut self, token: impl Into<String>) -> Self {
        self.security_token = Some(token.into());
        self
    }

    /// The API token of the Operations account.
    #[must_use]
    pub fn operations_token(mut self, token: impl Into<String>) -> Self {
        self.operations_token = Some(token.into());
        self
    }

    /// How long one call may take, retries included, in milliseconds, from 1 000 to 600 000.
    #[must_use]
    pub fn time_budget_ms(mut self, milliseconds: u32) -> Self {
        self.time_budget_ms = Some(milliseconds);
        self
    }

    /// The endpoint, if one is set.
    #[must_use]
    pub fn named_endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }

    /// Whether a Security token is set.
    #[must_use]
    pub fn has_security_token(&self) -> bool {
        self.security_token.is_some()
    }

    /// Whether an Operations token is set.
    #[must_use]
    pub fn has_operations_token(&self) -> bool {
        self.operations_token.is_some()
    }

    pub(crate) fn named_time_budget_ms(&self) -> Option<u32> {
        self.time_budget_ms
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        [&self.security_token, &self.operations_token].into_iter().flatten().map(String::as_str)
    }

    /// The connection of a call, from a value of the type that the component itself has. What it lacks, or has in another
    /// form, is left out.
    pub(crate) fn of_value(value: &Val) -> Self {
        let field = |name: &str| {
            let Val::Record(fields) = value else { return None };
            match fields.iter().find(|(field, _)| field == name) {
                Some((_, Val::Option(Some(value)))) => Some(&**value),
                _ => None,
            }
        };
        let text = |value: &Val| if let Val::String(text) = value { Some(text.clone()) } else { None };
        let endpoint = match field("endpoint") {
            Some(Val::Variant(case, Some(value))) if case == "url" => text(value).map(Endpoint::Url),
            Some(Val::Variant(case, Some(value))) if case == "region" => text(value).map(Endpoint::Region),
            _ => None,
        };
        let time_budget_ms = match field("time-budget-ms") {
            Some(Val::U32(ms)) => Some(*ms),
            _ => None,
        };
        Self {
            endpoint,
            security_token: field("security-token").and_then(text),
            operations_token: field("operations-token").and_then(text),
            time_budget_ms,
        }
    }

    /// Reads the record `types.connection` in its JSON form. `path` is where it stands, for the error.
    ///
    /// # Errors
    /// What is expected, and where. Quotes no value.
    pub fn from_json(value: &Value, path: &str) -> Result<Self, String> {
        let types::Connection { endpoint, security_token, operations_token, time_budget_ms } =
            read_types_connection(value, path)?;
        Ok(Self { endpoint, security_token, operations_token, time_budget_ms })
    }

    pub(crate) fn to_contract(&self) -> types::Connection {
        types::Connection {
            endpoint: self.endpoint.clone(),
            security_token: self.security_token.clone(),
            operations_token: self.operations_token.clone(),
            time_budget_ms: self.time_budget_ms,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |token: &Option<String>| token.as_ref().map(|_| HIDDEN);
        // A URL with a password is refused, but by the component.
        let endpoint = match &self.endpoint {
            Some(Endpoint::Url(url)) if url.contains('@') => Some(format!("url({HIDDEN})")),
            Some(Endpoint::Url(url)) => Some(format!("url({url})")),
            Some(Endpoint::Region(code)) => Some(format!("region({code})")),
            None => None,
        };
        f.debug_struct("Connection")
            .field("endpoint", &endpoint)
            .field("security_token", &hidden(&self.security_token))
            .field("operations_token", &hidden(&self.operations_token))
            .field("time_budget_ms", &self.time_budget_ms)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_appears_in_debug_output() {
        let connection = Connection::new()
            .url("https://name:s3cret@logz.example")
            .security_token("s3cret-1")
            .operations_token("s3cret-2");
        let shown = format!("{connection:?} {connection:#?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
