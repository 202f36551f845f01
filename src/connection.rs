//! From the connection that a host passes to one that is known to be usable. The only module that knows environment
//! variables.

use crate::contract::{Connection, Endpoint, Error};
use crate::masking::Mask;
use crate::region;
use crate::text;
use http::Uri;
use std::time::Duration;

/// The time that a call may take if the connection names none.
const DEFAULT_BUDGET_MS: u32 = 30_000;
/// The times that a connection may name, in milliseconds.
const BUDGETS_MS: std::ops::RangeInclusive<u32> = 1_000..=600_000;
/// Longer than any token that Logz.io hands out, and short enough for a header.
const LONGEST_TOKEN: usize = 512;
/// How much of a URL that cannot be used is repeated, in characters.
const LONGEST_URL: usize = 80;

/// The API token of one account. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token itself, for the header that carries it and to find it in text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Which of the two accounts of a customer a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// The Cloud SIEM account: events and the logs behind them.
    Security,
    /// The log management account: log search.
    Operations,
}

impl Account {
    /// The name in sentences: `Security` or `Operations`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "Security",
            Self::Operations => "Operations",
        }
    }

    /// The field of the connection that holds this account's token.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Security => "security-token",
            Self::Operations => "operations-token",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Security => "LOGZIO_SECURITY_TOKEN",
            Self::Operations => "LOGZIO_OPERATIONS_TOKEN",
        }
    }
}

/// A connection that was checked: where requests go and what they carry.
pub struct Target {
    /// The scheme, `https` or `http`.
    pub scheme: String,
    /// The host, with the port if it is not the scheme's own.
    pub authority: String,
    /// What goes before each path: empty, or a path without a slash at its end.
    pub prefix: String,
    /// The region code, if the endpoint is a region.
    pub region: Option<String>,
    security: Option<Token>,
    operations: Option<Token>,
    mask: Mask,
    /// How long one call may take, retries included.
    pub budget: Duration,
}

impl Target {
    /// Checks a connection, with `variable` for what it leaves out.
    ///
    /// # Errors
    /// `invalid-connection`, with what to change.
    pub fn new(connection: &Connection, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let endpoint = match &connection.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => match (variable("LOGZIO_URL"), variable("LOGZIO_REGION")) {
                (Some(url), _) => Endpoint::Url(url),
                (None, Some(region)) => Endpoint::Region(region),
                (None, None) => Endpoint::Region(region::DEFAULT.into()),
            },
        };
        let (base, region) = match endpoint {
            Endpoint::Region(code) => {
                let code = checked_region(&code)?;
                (format!("https://{}", region::host(&code)), Some(code))
            }
            Endpoint::Url(url) => (url.trim().to_owned(), None),
        };
        let (scheme, authority, prefix) = checked_url(&base)?;
        let token = |account: Account, given: &Option<String>| {
            // A field left empty in a panel arrives as an empty text.
            let given = given.clone().filter(|value| !value.trim().is_empty());
            let found = given.or_else(|| variable(account.variable()));
            found.map(|text| checked_token(&text, account)).transpose()
        };
        let budget = connection.time_budget_ms.unwrap_or(DEFAULT_BUDGET_MS);
        if !BUDGETS_MS.contains(&budget) {
            return Err(Error::InvalidConnection(format!(
                "a time budget of {budget} ms is not possible: give 1000 to 600000"
            )));
        }
        let security = token(Account::Security, &connection.security_token)?;
        let operations = token(Account::Operations, &connection.operations_token)?;
        let mask = Mask::new(security.iter().chain(&operations).map(Token::expose));
        Ok(Self {
            scheme,
            authority,
            prefix,
            region,
            security,
            operations,
            mask,
            budget: Duration::from_millis(budget.into()),
        })
    }

    /// The token of an account, if there is one.
    #[must_use]
    pub fn token(&self, account: Account) -> Option<&Token> {
        match account {
            Account::Security => self.security.as_ref(),
            Account::Operations => self.operations.as_ref(),
        }
    }

    /// A text without the tokens of the connection, which a server may echo.
    #[must_use]
    pub fn without_tokens(&self, text: String) -> String {
        self.mask.without_tokens(text)
    }

    /// The same; none if the text holds no token.
    #[must_use]
    pub fn masked(&self, text: &str) -> Option<String> {
        self.mask.masked(text)
    }

    /// The same for bytes, in place.
    pub fn overwrite_tokens(&self, bytes: &mut [u8]) {
        self.mask.overwrite(bytes);
    }

    /// The token of an account that the operation cannot do without.
    ///
    /// # Errors
    /// `invalid-connection` if there is none.
    pub fn require(&self, account: Account) -> Result<&Token, Error> {
        self.token(account).ok_or_else(|| {
            Error::InvalidConnection(format!(
                "there is no token of the {} account: set {} or the variable {}",
                account.name(),
                account.field(),
                account.variable()
            ))
        })
    }
}

/// An error without the tokens of a connection: a person who pastes one into
/// the wrong field must not find it in a log.
#[must_use]
pub fn without_tokens(error: Error, connection: &Connection, variable: &dyn Fn(&str) -> Option<String>) -> Error {
    let given = [(Account::Security, &connection.security_token), (Account::Operations, &connection.operations_token)];
    let tokens: Vec<String> = given
        .into_iter()
        .filter_map(|(account, token)| token.clone().or_else(|| variable(account.variable())))
        .map(|token| token.trim().to_owned())
        .collect();
    let mask = Mask::new(tokens.iter().map(String::as_str));
    let clean = |text: String| mask.without_tokens(text);
    match error {
        Error::InvalidConnection(text) => Error::InvalidConnection(clean(text)),
        Error::InvalidArgument(text) => Error::InvalidArgument(clean(text)),
        Error::QueryRejected(text) => Error::QueryRejected(clean(text)),
        // What Logz.io answered is clean already.
        other => other,
    }
}

fn checked_region(given: &str) -> Result<String, Error> {
    region::read(given).ok_or_else(|| {
        Error::InvalidConnection(format!(
            "{} is not a Logz.io region: use {}, or the API's URL. The region is shown in Logz.io under Settings > \
             General",
            text::quoted(given, text::LONGEST_VALUE),
            region::codes().join(", ")
        ))
    })
}

fn checked_url(given: &str) -> Result<(String, String, String), Error> {
    let bad = |why: &str| {
        // What stands before an @ may be a password.
        let shown = text::quoted(given.rsplit('@').next().unwrap_or_default(), LONGEST_URL);
        Error::InvalidConnection(format!("the URL {shown} {why}: write, for example, https://api-eu.logz.io"))
    };
    if given.contains(['#', '?']) {
        return Err(bad("has a query or a fragment"));
    }
    let uri: Uri = given.parse().map_err(|_| bad("is not a URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(bad("has no scheme or no host"));
    };
    if authority.as_str().contains('@') {
        return Err(bad("holds a user name, which is not used"));
    }
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "https" => {}
        "http" if is_loopback(authority.host()) => {}
        "http" => return Err(bad("is not encrypted, and the token would travel in clear; http is for loopback only")),
        _ => return Err(bad("is neither https nor http")),
    }
    let prefix = uri.path().trim_end_matches('/').to_owned();
    Ok((scheme, authority.as_str().to_owned(), prefix))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn checked_token(given: &str, account: Account) -> Result<Token, Error> {
    let token = given.trim();
    // Only what a header can carry; a space inside is a slip of copy and paste.
    if token.len() > LONGEST_TOKEN || !token.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') {
        return Err(Error::InvalidConnection(format!(
            "{} is not a token: it holds a space, a line break or another character that a token cannot have, \
             or it is too long. Copy it again from Logz.io, Settings > Manage tokens > API tokens",
            account.field()
        )));
    }
    Ok(Token(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(endpoint: Endpoint) -> Connection {
        Connection {
            endpoint: Some(endpoint),
            security_token: Some("s-1".into()),
            operations_token: None,
            time_budget_ms: None,
        }
    }

    fn target(connection: &Connection) -> Result<Target, Error> {
        Target::new(connection, &|_| None)
    }

    fn message(connection: &Connection) -> String {
        match target(connection) {
            Err(Error::InvalidConnection(text)) => text,
            Err(other) => panic!("not an invalid connection: {other:?}"),
            Ok(_) => panic!("the connection was taken"),
        }
    }

    #[test]
    fn regions_name_their_hosts() {
        for (code, host) in [
            ("us", "api.logz.io"),
            ("", "api.logz.io"),
            (" EU ", "api-eu.logz.io"),
            ("uk", "api-uk.logz.io"),
            ("ca", "api-ca.logz.io"),
            ("au", "api-au.logz.io"),
            ("nl", "api-nl.logz.io"),
            ("eu-central-1", "api-eu.logz.io"),
        ] {
            let target = target(&connection(Endpoint::Region(code.into()))).unwrap();
            assert_eq!((target.scheme.as_str(), target.authority.as_str()), ("https", host));
        }
        for code in ["None", "e", "eu.evil.example/", "12", "us-west"] {
            assert!(message(&connection(Endpoint::Region(code.into()))).contains("us, eu, uk, ca, au"));
        }
    }

    #[test]
    fn a_url_is_encrypted_or_loopback() {
        for url in [
            "https://logz.example/api/",
            "http://127.0.0.1:8080",
            "http://localhost:8080/",
            "http://[::1]:1",
            "HTTPS://logz.example",
        ] {
            assert!(target(&connection(Endpoint::Url(url.into()))).is_ok(), "{url}");
        }
        for url in [
            "http://logz.example",
            "http://127.0.0.1.evil.example",
            "http://10.0.0.1",
            "ftp://logz.example",
            "logz.example",
            "/v1",
            "",
            "https://",
            "https://a@b.example",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "ht!tp://x y",
        ] {
            assert!(target(&connection(Endpoint::Url(url.into()))).is_err(), "{url}");
        }
        let target = target(&connection(Endpoint::Url("https://logz.example:8443/api/".into()))).unwrap();
        assert_eq!((target.authority.as_str(), target.prefix.as_str()), ("logz.example:8443", "/api"));
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let text = message(&connection(Endpoint::Url("https://user:hunter2@logz.example".into())));
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn tokens_are_trimmed_and_checked_without_being_shown() {
        let mut given = connection(Endpoint::Region("us".into()));
        given.security_token = Some("  abc-123\r\n".into());
        assert_eq!(target(&given).unwrap().require(Account::Security).unwrap().expose(), "abc-123");
        for token in ["sec ret", "sec\nret", "sécret", "sec\"ret", &"secret".repeat(100)] {
            given.security_token = Some(token.into());
            let text = message(&given);
            assert!(text.contains("security-token") && !text.contains("sec r") && !text.contains("ret\""), "{text}");
        }
    }

    #[test]
    fn no_token_is_an_invalid_connection() {
        let mut given = connection(Endpoint::Region("us".into()));
        given.security_token = Some("   ".into());
        let target = target(&given).unwrap();
        for account in [Account::Security, Account::Operations] {
            let Err(Error::InvalidConnection(text)) = target.require(account) else { panic!("a token was found") };
            assert!(text.contains(account.field()), "{text}");
        }
    }

    #[test]
    fn what_is_left_out_is_read_from_the_environment() {
        let empty =
            Connection { endpoint: None, security_token: None, operations_token: None, time_budget_ms: Some(5_000) };
        let target = Target::new(&empty, &|name| match name {
            "LOGZIO_REGION" => Some("eu".into()),
            "LOGZIO_OPERATIONS_TOKEN" => Some(" ops ".into()),
            _ => None,
        })
        .unwrap();
        assert_eq!(target.authority, "api-eu.logz.io");
        assert_eq!(target.require(Account::Operations).unwrap().expose(), "ops");
        assert!(target.token(Account::Security).is_none());
        assert_eq!(target.budget, Duration::from_secs(5));
    }

    #[test]
    fn a_token_in_the_wrong_field_is_not_repeated() {
        let mut given = connection(Endpoint::Region("s-1".into()));
        let variable = |name: &str| (name == "LOGZIO_OPERATIONS_TOKEN").then(|| "ops-2".to_owned());
        let error = Target::new(&given, &variable).map(|_| ()).unwrap_err();
        assert_eq!(without_tokens(error.clone(), &given, &|_| None), without_tokens(error.clone(), &given, &variable));
        let Error::InvalidConnection(text) = without_tokens(error, &given, &variable) else { panic!("another error") };
        assert!(!text.contains("s-1") && text.contains("***"), "{text}");
        given.operations_token = None;
        let argument = Error::InvalidArgument("ops-2 is no time".into());
        assert_eq!(without_tokens(argument, &given, &variable), Error::InvalidArgument("***** is no time".into()));
    }

    #[test]
    fn a_time_budget_has_limits() {
        let mut given = connection(Endpoint::Region("us".into()));
        for budget in [0, 999, 600_001] {
            given.time_budget_ms = Some(budget);
            assert!(message(&given).contains("1000 to 600000"));
        }
    }
}
