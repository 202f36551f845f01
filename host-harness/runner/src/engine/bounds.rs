//! What one call may do at most: from its connection, and from the environment for what that leaves out.

use std::time::Duration;

use super::settings::Settings;
use crate::contract::Endpoint;
use crate::contract::connection::Connection;
use crate::contract::endpoint::origin_of;
use crate::origin::Origin;
use logzio_soar_secrets::hide_tokens;

/// The time budget of a connection that names none, as the contract has it.
const DEFAULT_TIME_BUDGET: Duration = Duration::from_secs(30);
/// The longest time budget of the contract. A component refuses a longer one at once.
const LONGEST_TIME_BUDGET: Duration = Duration::from_secs(600);

/// What one call may do.
#[derive(Clone)]
pub(super) struct Bounds {
    /// The one origin that it may reach.
    pub(super) allowed: Option<Origin>,
    /// How long it may take.
    pub(super) limit: Duration,
    /// What no text of the runner may hold.
    tokens: Vec<String>,
}

impl Bounds {
    /// The bounds of a call with this connection; without one, it can send nothing.
    pub(super) fn new(connection: Option<&Connection>, settings: &Settings) -> Self {
        let set = settings.environment.iter().filter(|(name, _)| name.ends_with("_TOKEN"));
        let mut tokens: Vec<String> = set.map(|(_, value)| value.clone()).collect();
        let Some(connection) = connection else {
            return Self { allowed: None, limit: settings.grace, tokens };
        };
        tokens.extend(connection.tokens().map(str::to_owned));
        let variable = |name| settings.variable(name).map(str::to_owned);
        // What the contract says of an endpoint that is left out.
        let endpoint = connection
            .named_endpoint()
            .cloned()
            .or_else(|| variable("LOGZIO_URL").map(Endpoint::Url))
            .or_else(|| variable("LOGZIO_REGION").map(Endpoint::Region))
            .unwrap_or_else(|| Endpoint::Region("us".into()));
        let budget =
            connection.named_time_budget_ms().map_or(DEFAULT_TIME_BUDGET, |ms| Duration::from_millis(ms.into()));
        let limit = budget.min(LONGEST_TIME_BUDGET) + settings.grace;
        Self { allowed: origin_of(&endpoint), limit, tokens }
    }

    /// A text without the tokens that the call was given.
    pub(super) fn without_tokens(&self, text: &str) -> String {
        hide_tokens(text, &self.tokens)
    }
}
