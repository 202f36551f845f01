//! The connection of a request: what its body says, else its headers, else the environment; and what of the environment a
//! request may have. The only module that knows header names and variables.

use logzio_soar::contract::{Connection, Endpoint, Error};

use crate::head::Head;
use crate::problem::Problem;

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
    let header = |name: &str| match head.text(name)? {
        // A variable that a caller forgot to set: the environment's token must not stand in for it.
        Some(text) if text.trim().is_empty() => {
            Err(Problem::InvalidCall(format!("{name}: it is empty: fill it in, or leave it out")))
        }
        text => Ok(text),
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str) -> Option<String> {
        match name {
            "LOGZIO_URL" => Some("https://logs.example ".into()),
            "LOGZIO_SECURITY_TOKEN" => Some("s3cret".into()),
            _ => None,
        }
    }

    fn granted(endpoint: Option<Endpoint>) -> Option<String> {
        let connection = Connection { endpoint, security_token: None, operations_token: None, time_budget_ms: None };
        Granted::new(&connection, &set).variable("LOGZIO_SECURITY_TOKEN")
    }

    #[test]
    fn a_token_of_the_environment_is_not_sent_to_a_url_that_a_request_names() {
        for url in ["https://evil.example", "https://logs.example.evil.example", "https://logs.example/other", ""] {
            assert_eq!(granted(Some(Endpoint::Url(url.into()))), None, "{url}");
        }
        assert!(granted(None).is_some());
        assert!(granted(Some(Endpoint::Region("eu".into()))).is_some());
        assert!(granted(Some(Endpoint::Url("https://logs.example".into()))).is_some());
    }

    #[test]
    fn an_empty_header_is_not_one_that_is_left_out() {
        for (name, value) in [(SECURITY_TOKEN, ""), (OPERATIONS_TOKEN, " "), (REGION, ""), (URL, ""), (TIME_BUDGET, "")]
        {
            let headers = vec![(name.to_owned(), value.as_bytes().to_vec())];
            let head = Head { method: "POST".into(), path: "/v1/describe".into(), headers };
            let none =
                Connection { endpoint: None, security_token: None, operations_token: None, time_budget_ms: None };
            let refused = filled_up(none, &head).err().map(|problem| problem.response().body);
            let text = String::from_utf8(refused.unwrap_or_default()).unwrap_or_default();
            assert!(text.contains(name) && text.contains("leave it out"), "{name}: {text}");
        }
    }

    #[test]
    fn that_a_token_was_withheld_is_told() {
        let connection = Connection {
            endpoint: Some(Endpoint::Url("https://evil.example".into())),
            security_token: None,
            operations_token: None,
            time_budget_ms: None,
        };
        let granted = Granted::new(&connection, &set);
        let missing = |name| Error::InvalidConnection(format!("set the variable {name}"));
        let told = |error| matches!(error, Error::InvalidConnection(text) if text.contains("not sent to a URL"));
        assert!(told(granted.explained(missing("LOGZIO_SECURITY_TOKEN"))));
        assert!(!told(granted.explained(missing("LOGZIO_OPERATIONS_TOKEN"))), "there is none");
    }
}
