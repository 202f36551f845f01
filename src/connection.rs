//! From the connection that a host passes to one that is known to be usable. The only module that knows environment
//! variables.

use crate::contract::{Connection, Endpoint, Error, ServerError};
use crate::masking::Mask;
use crate::region;
use crate::text;
use http::Uri;
use http::uri::Authority;
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
    /// The accounts whose tokens the environment holds and the call does not get.
    withheld: Vec<Account>,
    mask: Mask,
    /// How long one call may take, retries included.
    pub budget: Duration,
}

impl Target {
    /// Checks a connection, with `variable` for what it leaves out.
    ///
    /// A token of the environment is used with the endpoint that the environment names and with the regions of Logz.io.
    /// With any other URL it is not: whoever may choose the URL of a call could have the token sent to a server of their
    /// own.
    ///
    /// # Errors
    /// `invalid-connection`, with what to change.
    pub fn new(connection: &Connection, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let own = match (variable("LOGZIO_URL"), variable("LOGZIO_REGION")) {
            (Some(url), _) => Endpoint::Url(url),
            (None, Some(region)) => Endpoint::Region(region),
            (None, None) => Endpoint::Region(region::DEFAULT.into()),
        };
        let (base, region) = match connection.endpoint.as_ref().unwrap_or(&own) {
            Endpoint::Region(code) => {
                let code = checked_region(code)?;
                (Base::read(&format!("https://{}", region::host(&code)))?, Some(code))
            }
            Endpoint::Url(url) => (Base::read(url.trim())?, None),
        };
        let is_own = || matches!(&own, Endpoint::Url(url) if Base::read(url.trim()).is_ok_and(|own| own.is(&base)));
        let may_use_tokens = base.is_logzio() || is_own();
        let mut withheld = Vec::new();
        let mut token = |account: Account, given: &Option<String>| {
            // A field left empty in a panel arrives as an empty text.
            let mut found = given.clone().filter(|value| !value.trim().is_empty());
            if found.is_none() {
                found = variable(account.variable());
                if found.is_some() && !may_use_tokens {
                    withheld.push(account);
                    found = None;
                }
            }
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
        let Base { scheme, authority, prefix } = base;
        Ok(Self {
            scheme,
            authority,
            prefix,
            region,
            security,
            operations,
            withheld,
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
            let (field, variable) = (account.field(), account.variable());
            Error::InvalidConnection(match self.why_without(account) {
                Some(why) => format!("{why}: give {field} with the URL, or set LOGZIO_URL to it"),
                None => {
                    format!(
                        "there is no token of the {} account: set {field} or the variable {variable}",
                        account.name()
                    )
                }
            })
        })
    }

    /// Why there is no token of an account although the environment holds one; none if it does not.
    #[must_use]
    pub fn why_without(&self, account: Account) -> Option<String> {
        self.withheld.contains(&account).then(|| {
            format!(
                "the token in {} is not sent to {}, which is neither the endpoint that the environment names nor a \
                 region of Logz.io",
                account.variable(),
                self.authority
            )
        })
    }
}

/// A shorter token is no token of Logz.io's, and its letters stand in every sentence.
const SHORTEST_IN_WORDS: usize = 8;

/// An error without the tokens of a connection and of the environment: who pastes one into the wrong field must not find it
/// in a log.
#[must_use]
pub fn without_tokens(error: Error, connection: &Connection, variable: &dyn Fn(&str) -> Option<String>) -> Error {
    let given = [(Account::Security, &connection.security_token), (Account::Operations, &connection.operations_token)];
    let all = given.into_iter().flat_map(|(account, token)| [token.clone(), variable(account.variable())]);
    let tokens: Vec<String> = all.flatten().collect();
    let mask = Mask::new(tokens.iter().map(|token| token.trim()));
    let clean = |text: String| mask.without_tokens(text);
    // In our own words, a token of a few letters would be found by chance.
    let long = Mask::new(tokens.iter().map(|token| token.trim()).filter(|token| token.len() >= SHORTEST_IN_WORDS));
    let clean_words = |text: String| long.without_tokens(text);
    match error {
        Error::InvalidConnection(text) => Error::InvalidConnection(clean(text)),
        Error::InvalidArgument(text) => Error::InvalidArgument(clean(text)),
        Error::QueryRejected(text) => Error::QueryRejected(clean(text)),
        Error::Unauthorized(text) => Error::Unauthorized(clean_words(text)),
        Error::WrongRegion(text) => Error::WrongRegion(clean_words(text)),
        Error::WrongAccount(text) => Error::WrongAccount(clean_words(text)),
        Error::TimedOut(text) => Error::TimedOut(clean_words(text)),
        // A host may quote what it sent.
        Error::Unreachable(text) => Error::Unreachable(clean_words(text)),
        Error::MalformedResponse(text) => Error::MalformedResponse(clean_words(text)),
        Error::Server(ServerError { status, message }) => {
            Error::Server(ServerError { status, message: clean_words(message) })
        }
        Error::RateLimited(wait) => Error::RateLimited(wait),
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

/// The base of a URL.
struct Base {
    scheme: String,
    authority: String,
    prefix: String,
}

impl Base {
    fn read(given: &str) -> Result<Self, Error> {
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
            "http" => {
                return Err(bad("is not encrypted, and the token would travel in clear; http is for loopback only"));
            }
            _ => return Err(bad("is neither https nor http")),
        }
        if !has_usable_port(authority) {
            return Err(bad("has a port that does not exist; ports are 1 to 65535"));
        }
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme, authority: authority.as_str().to_owned(), prefix })
    }

    /// The host and the port, in one spelling.
    fn server(&self) -> String {
        let authority = self.authority.to_ascii_lowercase();
        let own_port = if self.scheme == "https" { ":443" } else { ":80" };
        authority.strip_suffix(own_port).unwrap_or(&authority).to_owned()
    }

    /// Whether requests go to the same place.
    fn is(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.server() == other.server() && self.prefix == other.prefix
    }

    /// Whether requests go to a region of Logz.io.
    fn is_logzio(&self) -> bool {
        self.scheme == "https" && region::is_host(&self.server())
    }
}

/// Whether the port can be read, if there is one. An HTTP client takes the usual port in place of one that cannot.
fn has_usable_port(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(port) => port
            .strip_prefix(':')
            .filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|port| port.parse::<u16>().ok())
            .is_some_and(|port| port > 0),
        None => false,
    }
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
    fn a_region_that_cannot_be_one_is_refused_with_those_that_are() {
        let eu = target(&connection(Endpoint::Region(" EU ".into()))).unwrap();
        assert_eq!((eu.scheme.as_str(), eu.authority.as_str()), ("https", "api-eu.logz.io"));
        for code in ["None", "e", "eu.evil.example/", "12", "us-west"] {
            assert!(message(&connection(Endpoint::Region(code.into()))).contains("us, eu, uk, ca, au, jp"));
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
            "http://127.0.0.1:99999",
            "http://[::1]:65536",
            "https://logz.example:",
            "https://logz.example:0",
            "https://logz.example:+443",
        ] {
            assert!(target(&connection(Endpoint::Url(url.into()))).is_err(), "{url}");
        }
        assert!(message(&connection(Endpoint::Url("http://127.0.0.1:99999".into()))).contains("1 to 65535"));
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
    fn a_token_of_the_environment_goes_to_no_url_that_only_the_connection_names() {
        let environment = |name: &str| match name {
            "LOGZIO_URL" => Some(" https://Logs.example:443/api/ ".into()),
            "LOGZIO_SECURITY_TOKEN" => Some("sec-of-environment".into()),
            _ => None,
        };
        let given = |endpoint: Option<Endpoint>| Connection {
            endpoint,
            security_token: None,
            operations_token: Some("ops-of-call".into()),
            time_budget_ms: None,
        };
        let url = |url: &str| Some(Endpoint::Url(url.into()));
        let region = |code: &str| Some(Endpoint::Region(code.into()));
        for endpoint in [
            None,
            region("eu"),
            region(""),
            url("https://logs.example/api"),
            url("HTTPS://LOGS.EXAMPLE/api//"),
            url("https://api-jp.logz.io"),
            url("https://API.logz.io:443/"),
        ] {
            let target = Target::new(&given(endpoint.clone()), &environment).unwrap();
            assert_eq!(target.require(Account::Security).unwrap().expose(), "sec-of-environment", "{endpoint:?}");
            assert_eq!(target.why_without(Account::Security), None);
        }
        for elsewhere in [
            "https://evil.example",
            "https://logs.example",
            "https://logs.example/api/other",
            "https://logs.example/API",
            "https://logs.example:8443/api",
            "https://logs.example.evil.example/api",
            "https://api.logz.io.evil.example",
            "https://api.logz.io:8443",
            "https://evil.logz.io",
            "http://127.0.0.1/api",
        ] {
            let target = Target::new(&given(url(elsewhere)), &environment).unwrap();
            let Err(Error::InvalidConnection(text)) = target.require(Account::Security) else {
                panic!("{elsewhere} gets the token of the environment")
            };
            assert!(text.contains("is not sent to") && text.contains("security-token"), "{text}");
            assert!(target.why_without(Account::Operations).is_none(), "it is the call's own");
            assert_eq!(target.require(Account::Operations).unwrap().expose(), "ops-of-call");
        }
        // Without a URL in the environment, no other URL is its own.
        let only_a_token = |name: &str| (name == "LOGZIO_OPERATIONS_TOKEN").then(|| "ops".to_owned());
        let connection = Connection { operations_token: None, ..given(url("https://logs.example/api")) };
        let target = Target::new(&connection, &only_a_token).unwrap();
        assert!(target.require(Account::Operations).is_err());
        let Err(Error::InvalidConnection(text)) = target.require(Account::Security) else { panic!("there is none") };
        assert!(text.contains("there is no token of the Security account"), "{text}");
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
