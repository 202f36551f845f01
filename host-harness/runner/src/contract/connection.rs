//! How to reach a customer's accounts, as the runner's callers give it. Holds tokens, and does not check them: that is the
//! component's part.

use std::fmt;

use logzio_soar_wit_json::read;
use logzio_soar_wit_json::refusal::Refusal;
use sha2::{Digest, Sha256};

use super::bindings::exports::logzio::soar::types;
use super::bindings::exports::logzio::soar::types::Endpoint;
use super::json_form::read_types_connection;
use logzio_soar_secrets::HIDDEN;

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

    /// The SHA-256 of a salt and the Security token, if one is set: what tells one account from another where no token may be
    /// kept. White space around the token does not count.
    #[must_use]
    pub fn security_token_digest(&self, salt: &[u8]) -> Option<[u8; 32]> {
        let token = self.security_token.as_ref()?;
        Some(Sha256::new_with_prefix(salt).chain_update(token.trim()).finalize().into())
    }

    pub(crate) fn named_time_budget_ms(&self) -> Option<u32> {
        self.time_budget_ms
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        [&self.security_token, &self.operations_token].into_iter().flatten().map(String::as_str)
    }

    /// The connection of a call, as the contract has it.
    pub(crate) fn of_contract(connection: &types::Connection) -> Self {
        let types::Connection { endpoint, security_token, operations_token, time_budget_ms } = connection.clone();
        Self { endpoint, security_token, operations_token, time_budget_ms }
    }

    /// Reads the record `types.connection` in its JSON form. `path` is where it stands, for the error.
    ///
    /// # Errors
    /// What is expected, and where. Quotes no value.
    pub fn from_json(text: &str, path: &str) -> Result<Self, Refusal> {
        read_types_connection(read::text(text, path)?, path).map(|connection| Self::of_contract(&connection))
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
    fn a_digest_depends_on_the_token_and_the_salt() {
        let digest =
            |token: &str, salt: &str| Connection::new().security_token(token).security_token_digest(salt.as_bytes());
        assert_eq!(digest(" a\n", "salt"), digest("a", "salt"));
        assert_ne!(digest("b", "salt"), digest("a", "salt"));
        assert_ne!(digest("a", "other"), digest("a", "salt"));
        assert_eq!(Connection::new().operations_token("a").security_token_digest(b"salt"), None);
    }

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
