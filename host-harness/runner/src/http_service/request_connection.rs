//! What an HTTP request says of its connection: the part that decides what its sandbox may reach, and how long it may take.
//! It reads what a component of `hosts/http` reads, by the same rules, and judges nothing.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use crate::contract::Endpoint;
use crate::contract::connection::Connection;

/// The connection of a request, as far as its sandbox depends on it.
#[derive(Default)]
pub(crate) struct RequestConnection {
    /// Where the request wants to go; none where the environment says so.
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) time_budget_ms: Option<u32>,
    /// What no text may hold.
    pub(crate) tokens: Vec<String>,
}

impl RequestConnection {
    pub(crate) fn connection(self) -> Connection {
        let mut connection = Connection::new();
        if let Some(endpoint) = self.endpoint {
            connection = connection.endpoint(endpoint);
        }
        if let Some(ms) = self.time_budget_ms {
            connection = connection.time_budget_ms(ms);
        }
        let mut tokens = self.tokens.into_iter();
        if let Some(token) = tokens.next() {
            connection = connection.security_token(token);
        }
        match tokens.next() {
            Some(token) => connection.operations_token(token),
            None => connection,
        }
    }

    /// The body's `connection`, and the headers for what it leaves out.
    pub(crate) fn of(request: &Request<Bytes>) -> Self {
        if request.method() != Method::POST {
            return Self::default();
        }
        let header = |name: &str| {
            let text = request.headers().get(name)?.to_str().ok()?;
            Some(text.to_owned()).filter(|text| !text.trim().is_empty())
        };
        // A body that cannot be read is answered as such, and nothing is sent for it.
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let field = |name: &str| body.get("connection").and_then(|connection| connection.get(name));
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let endpoint = field("endpoint").and_then(|endpoint| {
            let value = text(endpoint.get("value")?)?;
            match endpoint.get("case")?.as_str()? {
                "region" => Some(Endpoint::Region(value)),
                "url" => Some(Endpoint::Url(value)),
                _ => None,
            }
        });
        let named =
            || header("logzio-region").map(Endpoint::Region).or_else(|| header("logzio-url").map(Endpoint::Url));
        let budget = field("time_budget_ms").and_then(Value::as_u64).and_then(|ms| u32::try_from(ms).ok());
        let tokens = ["security_token", "operations_token"].into_iter().filter_map(|name| text(field(name)?));
        let sent = ["logzio-security-token", "logzio-operations-token"].into_iter().filter_map(header);
        Self {
            endpoint: endpoint.or_else(named),
            time_budget_ms: budget.or_else(|| header("logzio-time-budget-ms")?.trim().parse().ok()),
            tokens: tokens.chain(sent).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&str, &str)], body: &str) -> RequestConnection {
        let mut request = Request::post("/v1/search-logs");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        RequestConnection::of(&request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
    }

    #[test]
    fn the_body_comes_before_the_headers() {
        let headers = [("logzio-region", "eu"), ("logzio-time-budget-ms", "2000"), ("logzio-security-token", "t-1")];
        let body = r#"{"connection":{"endpoint":{"case":"url","value":"https://a.example"},"time_budget_ms":1000,"security_token":"t-2"}}"#;
        let connection = of(&headers, body);
        assert_eq!(connection.endpoint, Some(Endpoint::Url("https://a.example".into())));
        assert_eq!(connection.time_budget_ms, Some(1_000));
        assert_eq!(connection.tokens, ["t-2", "t-1"]);
        let connection = of(&headers, r#"{"connection":{"endpoint":null}}"#);
        assert_eq!(connection.endpoint, Some(Endpoint::Region("eu".into())));
        assert_eq!(connection.time_budget_ms, Some(2_000));
    }

    #[test]
    fn a_body_that_cannot_be_read_says_nothing() {
        for body in ["", "[", "7", r#"{"connection":7}"#, r#"{"connection":{"endpoint":{"case":"url"}}}"#] {
            assert_eq!(of(&[], body).endpoint, None, "{body}");
        }
    }
}
