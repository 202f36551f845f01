//! One account: where it is, where its tokens come from, and what is fetched from it. Knows no file format.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use logzio_soar_host::Connection;
use logzio_soar_host::contract::{Endpoint, EventFilter, FetchRequest, Start};

use crate::error::AccountError;
use crate::name::AccountName;
use crate::token::{Token, TokenReference};

/// The keys of the tokens.
pub(crate) const SECURITY_TOKEN: &str = "security-token";
pub(crate) const OPERATIONS_TOKEN: &str = "operations-token";

/// An account of `accounts.toml`, with what the file's `[defaults]` set. Two are equal if all settings are; a token that was
/// renewed where the reference points to changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its name.
    pub name: AccountName,
    pub(crate) file: Arc<PathBuf>,
    pub(crate) endpoint: Endpoint,
    pub(crate) security_token: Option<TokenReference>,
    pub(crate) operations_token: Option<TokenReference>,
    pub(crate) time_budget_ms: Option<u32>,
    pub(crate) filter: EventFilter,
    pub(crate) look_back_minutes: Option<u32>,
    pub(crate) attach_logs: Option<u32>,
    pub(crate) first_fetch: String,
    pub(crate) interval: Duration,
}

/// Which of the two tokens of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// That of the Security account, for incidents and their logs.
    Security,
    /// That of the Operations account, for searches and hunts.
    Operations,
}

/// The tokens of an account, as they were when they were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// That of the Security account.
    pub security: Option<Token>,
    /// That of the Operations account.
    pub operations: Option<Token>,
}

impl Account {
    /// The file that it is in.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where its API is: a region, or a URL.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Where the Security token comes from, if the account has one.
    #[must_use]
    pub fn security_token(&self) -> Option<&TokenReference> {
        self.security_token.as_ref()
    }

    /// Where the Operations token comes from, if the account has one.
    #[must_use]
    pub fn operations_token(&self) -> Option<&TokenReference> {
        self.operations_token.as_ref()
    }

    /// Which incidents are fetched.
    #[must_use]
    pub fn filter(&self) -> &EventFilter {
        &self.filter
    }

    /// The time budget of a call, in milliseconds, if one is set.
    #[must_use]
    pub fn time_budget_ms(&self) -> Option<u32> {
        self.time_budget_ms
    }

    /// Where the first fetch starts: a time as the contract has it, such as `1 hour ago`.
    #[must_use]
    pub fn first_fetch(&self) -> &str {
        &self.first_fetch
    }

    /// The time from one poll to the next.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// The account with one of its tokens only: what does not need the other one should neither wait for it nor fail for it.
    /// Incidents and the logs behind them need the Security token.
    #[must_use]
    pub fn only(&self, kind: TokenKind) -> Self {
        match kind {
            TokenKind::Security => Self { operations_token: None, ..self.clone() },
            TokenKind::Operations => Self { security_token: None, ..self.clone() },
        }
    }

    /// The request for a page of its incidents.
    #[must_use]
    pub fn request(&self, start: Start) -> FetchRequest {
        FetchRequest {
            start,
            filter: self.filter.clone(),
            limit: None,
            look_back_minutes: self.look_back_minutes,
            attach_logs: self.attach_logs,
        }
    }

    /// The tokens, got anew each time: files, variables and what commands print may change. Takes at most 30 seconds. A command
    /// is run each time.
    ///
    /// # Errors
    /// The first token that cannot be had.
    pub async fn tokens(&self) -> Result<Tokens, AccountError> {
        // Both to their ends, so that the same error comes each time.
        let (security, operations) = tokio::join!(
            self.resolved(SECURITY_TOKEN, self.security_token.as_ref()),
            self.resolved(OPERATIONS_TOKEN, self.operations_token.as_ref()),
        );
        Ok(Tokens { security: security?, operations: operations? })
    }

    /// The connection, with tokens that are got anew. As long as [`tokens`](Self::tokens).
    ///
    /// # Errors
    /// The first token that cannot be had.
    pub async fn connection(&self) -> Result<Connection, AccountError> {
        Ok(self.connection_with(&self.tokens().await?))
    }

    /// The connection with these tokens.
    #[must_use]
    pub fn connection_with(&self, tokens: &Tokens) -> Connection {
        let mut connection = Connection::new().endpoint(self.endpoint.clone());
        if let Some(token) = &tokens.security {
            connection = connection.security_token(token.expose());
        }
        if let Some(token) = &tokens.operations {
            connection = connection.operations_token(token.expose());
        }
        if let Some(ms) = self.time_budget_ms {
            connection = connection.time_budget_ms(ms);
        }
        connection
    }

    /// The tokens that are not where they should be, as far as that can be seen without running a command.
    #[must_use]
    pub fn missing(&self) -> Vec<AccountError> {
        let tokens = [(SECURITY_TOKEN, &self.security_token), (OPERATIONS_TOKEN, &self.operations_token)];
        let checked = tokens.into_iter().filter_map(|(key, reference)| Some((key, reference.as_ref()?.check().err()?)));
        checked.map(|(key, why)| AccountError::new(&self.file, &self.name, key, why)).collect()
    }

    async fn resolved(
        &self,
        key: &'static str,
        reference: Option<&TokenReference>,
    ) -> Result<Option<Token>, AccountError> {
        let Some(reference) = reference else { return Ok(None) };
        let token = reference.resolve().await;
        token.map(Some).map_err(|why| AccountError::new(&self.file, &self.name, key, why))
    }
}
