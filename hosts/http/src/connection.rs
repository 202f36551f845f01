//! The connection of a request: what its body says, else its headers. What both leave out the core reads from the
//! environment. The only module that knows header names.

use logzio_soar::contract::{Connection, Endpoint};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
