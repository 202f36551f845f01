//! The one origin that a session may reach: from a connection's endpoint, and compared with where a request wants to go.
//! It does not know how requests are sent.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use crate::contract::Endpoint;

/// Logz.io's names of its regions, which customers see in the app, and the codes in the API's host names.
const REGION_NAMES: [(&str, &str); 5] = [
    ("us-east-1", "us"),
    ("eu-central-1", "eu"),
    ("eu-west-2", "uk"),
    ("ca-central-1", "ca"),
    ("ap-southeast-2", "au"),
];

/// A scheme, a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an endpoint. None for one that cannot be used: then the session may reach nothing, and the component
    /// says what is wrong with it.
    pub(crate) fn of_endpoint(endpoint: &Endpoint) -> Option<Self> {
        match endpoint {
            Endpoint::Region(code) => Self::of_region(&code.trim().to_ascii_lowercase()),
            Endpoint::Url(url) => Self::of_uri(&url.trim().parse().ok()?),
        }
    }

    fn of_region(code: &str) -> Option<Self> {
        let named = REGION_NAMES.iter().find(|(name, _)| *name == code);
        let code = named.map_or(code, |(_, code)| *code);
        let host = match code {
            "" | "us" => "api.logz.io".to_owned(),
            // Logz.io opens and closes regions; a code of another form must not choose another host.
            _ if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                format!("api-{code}.logz.io")
            }
            _ => return None,
        };
        Some(Self { https: true, host, port: 443 })
    }

    /// The origin of a URL, if a request may go to one like it at all: `https`, or `http` on a loopback address.
    pub(crate) fn of_uri(uri: &Uri) -> Option<Self> {
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let https = match uri.scheme_str()? {
            scheme if scheme.eq_ignore_ascii_case("https") => true,
            scheme if scheme.eq_ignore_ascii_case("http") => false,
            _ => return None,
        };
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() || !(https || is_loopback(&host)) {
            return None;
        }
        // `host:` and `host:x` have no port that can be read, but do have a colon.
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.port().is_some() || authority.as_str().ends_with(':') => return None,
            None if https => 443,
            None => 80,
        };
        Some(Self { https, host, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Whether a host, in lower case and as a URL has it, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(endpoint: Endpoint) -> Option<String> {
        Origin::of_endpoint(&endpoint).map(|origin| origin.to_string())
    }

    #[test]
    fn a_region_names_one_host_of_logzio() {
        for (code, origin) in [
            ("us", "https://api.logz.io:443"),
            ("", "https://api.logz.io:443"),
            (" EU\n", "https://api-eu.logz.io:443"),
            ("eu-central-1", "https://api-eu.logz.io:443"),
            ("nl", "https://api-nl.logz.io:443"),
        ] {
            assert_eq!(shown(Endpoint::Region(code.into())).as_deref(), Some(origin));
        }
    }

    #[test]
    fn a_region_cannot_name_another_host() {
        for code in ["eu.evil.example/", "a/", "@evil", "..", "12", "evil.example#", "é"] {
            assert_eq!(shown(Endpoint::Region(code.into())), None, "{code}");
        }
    }

    #[test]
    fn a_url_is_encrypted_or_loopback() {
        for (url, origin) in [
            ("https://Logz.Example/base/", Some("https://logz.example:443")),
            ("https://logz.example:8443", Some("https://logz.example:8443")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://localhost", Some("http://localhost:80")),
            ("http://logz.example", None),
            ("http://127.0.0.1.evil.example", None),
            ("http://localhost@evil.example", None),
            ("https://user:password@logz.example", None),
            ("https://logz.example:", None),
            ("ftp://127.0.0.1", None),
            ("logz.example", None),
            ("", None),
        ] {
            assert_eq!(shown(Endpoint::Url(url.into())).as_deref(), origin, "{url}");
        }
    }
}
