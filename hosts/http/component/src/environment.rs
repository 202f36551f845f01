//! What a request may use of the environment. The only module that knows variables.

use logzio_soar::contract::{Connection, Endpoint, Error};

/// What a request may use of the environment.
pub struct Granted<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    withheld: bool,
}

impl<'a> Granted<'a> {
    /// Tokens of the environment are sent to the endpoint that the environment names, or to a region of Logz.io, but not to a
    /// URL that a request names: whoever may send requests could have them sent to a server of their own.
    pub fn new(connection: &Connection, variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let withheld = match &connection.endpoint {
            Some(Endpoint::Url(url)) => set("LOGZIO_URL").is_none_or(|set| set != url.trim()),
            Some(Endpoint::Region(_)) | None => false,
        };
        Self { variable, withheld }
    }

    /// A variable, if the request may use it.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        if self.withheld && name.ends_with("_TOKEN") { None } else { (self.variable)(name) }
    }

    /// The error, with the reason why a token of the environment was not used, if there is one.
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
    fn an_error_says_that_a_token_was_withheld() {
        let connection = Connection {
            endpoint: Some(Endpoint::Url("https://evil.example".into())),
            security_token: None,
            operations_token: None,
            time_budget_ms: None,
        };
        let granted = Granted::new(&connection, &set);
        let missing = |name| Error::InvalidConnection(format!("set the variable {name}"));
        let explained = |error| matches!(error, Error::InvalidConnection(text) if text.contains("not sent to a URL"));
        assert!(explained(granted.explained(missing("LOGZIO_SECURITY_TOKEN"))));
        assert!(!explained(granted.explained(missing("LOGZIO_OPERATIONS_TOKEN"))), "there is none");
    }
}
