//! What a request asks its sandbox for: the connection that decides where it may go and how long it may take.

use bytes::Bytes;
use http::{Method, Request};
use logzio_soar_host::{Connection, hide_tokens};
use logzio_soar_http_api::connection;

/// What a request asks for.
pub(crate) struct Asked {
    /// Its connection. None if it has none, or one that cannot be read: the component refuses it and sends nothing.
    pub(crate) connection: Option<Connection>,
    /// What no text may hold.
    tokens: Vec<String>,
}

impl Asked {
    /// Reads the connection as the component does.
    pub(crate) fn by(request: &Request<Bytes>) -> Self {
        let (body, headers) = (request.body(), request.headers());
        let read = || {
            let arguments = connection::arguments(body).ok()?;
            let connection = connection::connection(&arguments, headers).ok()?;
            Connection::from_json(&connection.to_string(), "connection").ok()
        };
        let connection = if request.method() == Method::POST { read() } else { None };
        Self { connection, tokens: connection::tokens(body, headers) }
    }

    /// A text without the tokens of the request.
    pub(crate) fn without_tokens(&self, text: &str) -> String {
        hide_tokens(text, &self.tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logzio_soar_host::contract::Endpoint;

    fn by(headers: &[(&str, &str)], body: &'static str) -> Asked {
        let request = Request::post("/v1/search-logs");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Asked::by(&request.body(Bytes::from_static(body.as_bytes())).unwrap())
    }

    #[test]
    fn a_connection_comes_from_the_body_and_the_headers() {
        let headers = [("logzio-region", "eu"), ("logzio-security-token", "t-1")];
        let asked = by(&headers, r#"{"connection":{"security_token":"t-2"}}"#);
        let connection = asked.connection.as_ref().unwrap();
        assert_eq!(connection.named_endpoint(), Some(&Endpoint::Region("eu".into())));
        assert_eq!(asked.without_tokens("t-1 t-2"), "*** ***");
    }

    #[test]
    fn a_request_that_cannot_be_read_may_reach_nothing() {
        for body in
            ["[", r#"{"connection":7}"#, r#"{"connection":{"endpoint":{"case":"url"}}}"#, r#"{"connection":{"a":1}}"#]
        {
            assert!(by(&[("logzio-region", "eu")], body).connection.is_none(), "{body}");
        }
        let both = [("logzio-region", "eu"), ("logzio-url", "https://a.example")];
        assert!(by(&both, "").connection.is_none());
        assert_eq!(by(&[("logzio-security-token", "s3cret")], "[").without_tokens("s3cret"), "***");
    }
}
