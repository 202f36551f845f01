//! A scheme, a host and a port: what a session may reach is one of these, compared with where a request is for. Knows
//! neither endpoints of the contract nor how requests are sent.

use std::fmt;

use http::Uri;
use logzio_soar_network::is_loopback;

/// A scheme, a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// The `https` origin of a host on its usual port.
    pub(crate) fn https(host: String) -> Self {
        Self { https: true, host, port: 443 }
    }

    /// The origin of a URL. None for one that no request may go to: only `https`, or `http` on a loopback address, is
    /// allowed.
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
        // A port that cannot be read must not count as one that is left out: the client would take the usual one.
        let port = match authority.as_str().strip_prefix(authority.host())? {
            "" if https => 443,
            "" => 80,
            port => {
                port.strip_prefix(':').filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?
            }
        };
        if port == 0 {
            return None;
        }
        Some(Self { https, host, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_encrypted_or_loopback() {
        for (url, origin) in [
            ("https://Logz.Example/base/", Some("https://logz.example:443")),
            ("https://logz.example:8443", Some("https://logz.example:8443")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://LOCALHOST", Some("http://localhost:80")),
            ("http://logz.example", None),
            ("http://127.0.0.1.evil.example", None),
            ("http://localhost@evil.example", None),
            ("https://user:password@logz.example", None),
            ("https://logz.example:", None),
            ("http://127.0.0.1:65535", Some("http://127.0.0.1:65535")),
            ("http://127.0.0.1:65536", None),
            ("http://127.0.0.1:99999", None),
            ("http://[::1]:99999", None),
            ("https://logz.example:18446744073709551696", None),
            ("https://logz.example:0", None),
            ("https://logz.example:+443", None),
            ("ftp://127.0.0.1", None),
            ("logz.example", None),
        ] {
            let found = Origin::of_uri(&url.parse().unwrap()).map(|origin| origin.to_string());
            assert_eq!(found.as_deref(), origin, "{url}");
        }
    }
}
