//! Errors of the contract as problem documents.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use logzio_soar::contract::{Error, sentence};
use logzio_soar_http_api::problem::{self, Kind, Problem};
use logzio_soar_wit_json::write::to_text;
use serde_json::{Map, Value};

use crate::json_form::write_types_error;

/// The problem of an error, with its JSON form as the members `case` and `value`.
#[must_use]
pub fn of_error(error: &Error) -> Problem {
    // What a writer writes is JSON.
    let form: Map<String, Value> = serde_json::from_str(&to_text(&write_types_error, error)).unwrap_or_default();
    let problem = Problem::new(kind(error), sentence(error)).members(form);
    match error {
        Error::RateLimited(Some(ms)) => problem.header(RETRY_AFTER, ms.div_ceil(1_000).to_string()),
        Error::Unauthorized(_) => problem.header(WWW_AUTHENTICATE, "Logzio-Token"),
        _ => problem,
    }
}

fn kind(error: &Error) -> &'static Kind {
    match error {
        Error::InvalidConnection(_) => &problem::INVALID_CONNECTION,
        Error::InvalidArgument(_) => &problem::INVALID_ARGUMENT,
        Error::QueryRejected(_) => &problem::QUERY_REJECTED,
        Error::Unauthorized(_) => &problem::UNAUTHORIZED,
        Error::WrongRegion(_) => &problem::WRONG_REGION,
        Error::WrongAccount(_) => &problem::WRONG_ACCOUNT,
        Error::RateLimited(_) => &problem::RATE_LIMITED,
        Error::TimedOut(_) => &problem::TIMED_OUT,
        Error::Unreachable(_) => &problem::UNREACHABLE,
        Error::Server(_) => &problem::SERVER,
        Error::MalformedResponse(_) => &problem::MALFORMED_RESPONSE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logzio_soar::contract::ServerError;
    use serde_json::json;

    #[test]
    fn every_error_of_the_contract_is_a_problem_with_its_status_and_its_form() {
        let text = || "why".to_owned();
        for (error, status, case) in [
            (Error::InvalidConnection(text()), 400, "invalid-connection"),
            (Error::InvalidArgument(text()), 400, "invalid-argument"),
            (Error::QueryRejected(text()), 422, "query-rejected"),
            (Error::Unauthorized(text()), 401, "unauthorized"),
            (Error::WrongRegion(text()), 403, "wrong-region"),
            (Error::WrongAccount(text()), 403, "wrong-account"),
            (Error::RateLimited(Some(1_200)), 429, "rate-limited"),
            (Error::RateLimited(None), 429, "rate-limited"),
            (Error::TimedOut(text()), 504, "timed-out"),
            (Error::Unreachable(text()), 502, "unreachable"),
            (Error::Server(ServerError { status: 500, message: text() }), 502, "server"),
            (Error::MalformedResponse(text()), 502, "malformed-response"),
        ] {
            let form: Value = serde_json::from_str(&to_text(&write_types_error, &error)).unwrap();
            let response = of_error(&error).response();
            let problem: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!((response.status().as_u16(), &problem["status"]), (status, &json!(status)));
            assert_eq!(problem["type"], format!("urn:logzio-soar:problem:{case}"));
            assert_eq!(json!({"case": problem["case"], "value": problem["value"]}), form);
            let retry = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap());
            assert_eq!(retry, (form["value"] == json!(1_200)).then_some("2"), "{form}");
        }
    }
}
