//! The connection of a request: what its body says, else its headers, else the environment; and what of the environment a
//! request may have. The only module that knows header names and variables.

use logzio_soar::contract::{Connection, Endpoint, Error};

use crate::problem::Problem;
use crate::service::Head;

const REGION: &str = "logzio-region";
const URL: &str = "logzio-url";
const SECURITY_TOKEN: &str = "logzio-security-token";
const OPERATIONS_TOKEN: &str = "logzio-operations-token";
const TIME_BUDGET: &str = "logzio-time-budget-ms";

/// Fills up what the body's connection leaves out from the headers of the request.
///
/// # Errors
/// [`Problem::InvalidCall`] for a header that cannot be read.
pub fn filled_up(mut connection: Connection, head: &Head) -> Result<Connection, Problem> {
    let header = |name: &str| head.text(name);
    if connection.endpoint.is_none() {
        connection.endpoint = match (header(REGION)?, header(URL)?) {
            (Some(_), Some(_)) => {
                let why = "both Logzio-Region and Logzio-Url are given: send one of them";
                return Err(Problem::InvalidCall(why.into()));
            }
            (Some(region), None) => Some(Endpoint::Region(region)),
            (None, url) => url.map(Endpoint::Url),
        };
    }
    if connection.security_token.is_none() {
        connection.security_token = header(SECURITY_TOKEN)?;
    }
    if connection.operations_token.is_none() {
        connection.operations_token = header(OPERATIONS_TOKEN)?;
    }
    if connection.time_budget_ms.is_none() {
        let budget = header(TIME_BUDGET)?.map(|text| text.trim().parse());
        connection.time_budget_ms = budget
            .transpose()
            .map_err(|_| Problem::InvalidCall("Logzio-Time-Budget-Ms: a number of milliseconds is expected".into()))?;
    }
    Ok(connection)
}

/// What a request may have of the environment.
pub struct Granted<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    withheld: bool,
}

impl<'a> Granted<'a> {
    /// Tokens of the environment go where the environment says, or to a region of Logz.io's. To a URL that a request names
    /// they do not: whoever may send requests could have them sent to a server of their own.
    pub fn new(connection: &Connection, variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let withheld = match &connection.endpoint {
            Some(Endpoint::Url(url)) => set("LOGZIO_URL").is_none_or(|set| set != url.trim()),
            Some(Endpoint::Region(_)) | None => false,
        };
        Self { variable, withheld }
    }

    /// A variable, if the request may have it.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        if self.withheld && name.ends_with("_TOKEN") { None } else { (self.variable)(name) }
    }

    /// An error with the reason why a token of the environment was not used, if one could have been.
    #[must_use]
    pub fn explained(&self, error: Error) -> Error {
        let held_back = ["LOGZIO_SECURITY_TOKEN", "LOGZIO_OPERATIONS_TOKEN"];
        match error {
            Error::InvalidConnection(text)
                if self.withheld
                    && held_back.iter().any(|name| text.contains(name) && (self.variable)(name).is_some()) =>
            {
                Error::InvalidConnection(format!(
                    "{text}. Tokens of the environment are not sent to a URL that a request names: send the token with it"
                ))
            }
            other => other,
        }
    }
}
