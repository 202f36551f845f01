//! A proxy: its address, and which destinations it is for. Opens no connection.

use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::error::NetworkError;
use crate::loopback::is_loopback;
use crate::options::NetworkOptions;

/// A proxy, and the hosts that it is not for.
#[derive(Clone)]
pub(crate) struct Proxy(Arc<Matcher>);

impl Proxy {
    /// The proxy of some options, if they name one.
    pub(crate) fn named(options: &NetworkOptions) -> Result<Option<Self>, NetworkError> {
        options.named_proxy().map(|(url, exceptions)| Self::new(url, exceptions)).transpose()
    }

    /// A proxy by its address. An address that cannot be used is an error; the matcher would take it for no proxy, and
    /// requests would leave by another way than the one that was chosen.
    fn new(url: &str, exceptions: &str) -> Result<Self, NetworkError> {
        let url = url.trim();
        // Many write `*.`, which is no wildcard to the matcher.
        let exceptions = exceptions.replace("*.", ".");
        let matcher = Matcher::builder().https(url).no("").build();
        let proxy = matcher.intercept(&Uri::from_static("https://server.invalid"));
        match proxy.as_ref().map(|proxy| (proxy, proxy.uri().scheme_str().unwrap_or_default())) {
            // A special character in a password ends it early, and the rest is read as something else.
            Some((proxy, "http" | "https"))
                if proxy.basic_auth().is_some() == url.contains('@') && is_host_and_port(proxy.uri()) => {}
            Some((_, scheme)) if scheme.starts_with("socks") => {
                return Err(NetworkError::Setup("SOCKS proxies are not supported: name an HTTP proxy".into()));
            }
            // The address may hold a password, so it is not quoted.
            _ => {
                return Err(NetworkError::Setup(
                    "the address of the proxy cannot be used: write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, \
                     and special characters of a password as %40 for @, %3A for :, %2F for /, %23 for #"
                        .into(),
                ));
            }
        }
        Ok(Self(Arc::new(Matcher::builder().https(url).no(exceptions).build())))
    }

    /// The proxy, if it is for this destination.
    pub(crate) fn on_the_way_to(&self, destination: &Uri) -> Option<Intercept> {
        let host = destination.host()?.to_ascii_lowercase();
        if is_loopback(&host) { None } else { self.0.intercept(destination) }
    }
}

fn is_host_and_port(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| match authority.port_u16() {
        Some(port) => *authority == format!("{}:{port}", authority.host()).as_str(),
        None => *authority == authority.host(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_used(exceptions: &str, destination: &'static str) -> bool {
        let proxy = Proxy::new("http://proxy.example:3128", exceptions).unwrap();
        proxy.on_the_way_to(&Uri::from_static(destination)).is_some()
    }

    #[test]
    fn exceptions_are_names_addresses_and_networks() {
        let all = "logz.test, .corp.example,*.lan.example ,10.0.0.0/8,2001:db8::1";
        for host in [
            "https://logz.test",
            "https://API.logz.test:8443",
            "https://api.corp.example",
            "https://api.lan.example",
            "https://10.1.2.3",
            "https://[2001:db8::1]",
        ] {
            assert!(!is_used(all, host), "{host}");
        }
        for host in ["https://notlogz.test", "https://api.logz.io", "https://11.1.2.3", "https://[2001:db8::2]"] {
            assert!(is_used(all, host), "{host}");
        }
        assert!(!is_used("*", "https://api.logz.io"));
    }

    #[test]
    fn the_proxy_is_never_used_for_a_loopback_address() {
        for host in ["http://127.0.0.1:8080", "https://LOCALHOST", "https://[::1]:8443", "http://127.8.8.8"] {
            assert!(!is_used("", host), "{host}");
        }
    }

    #[test]
    fn an_address_without_a_scheme_is_that_of_an_http_proxy() {
        for (url, expected) in [
            ("proxy.example:3128", "http://proxy.example:3128/"),
            (" https://proxy.example ", "https://proxy.example/"),
        ] {
            let proxy = Proxy::new(url, "").unwrap().on_the_way_to(&Uri::from_static("https://api.logz.io")).unwrap();
            assert_eq!(proxy.uri(), expected);
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_refused_and_not_shown() {
        for url in [
            "",
            "http://",
            "ftp://name:s3cret@proxy.example",
            "socks5://name:s3cret@proxy.example:1080",
            "http://name:s3cret@proxy.example:port",
            "http://name:s3cret@proxy.example:",
            "http://name:s3cret@proxy.example:99999",
            "http://name:s3cret#1@proxy.example",
            "http://name:s3cret/1@proxy.example",
            "http://name:s3cret?1@proxy.example",
            "http://name:s3cret@1@proxy.example",
            "http://name:s3cret 1@proxy.example",
        ] {
            let error = Proxy::new(url, "").err().unwrap_or_else(|| panic!("{url}")).to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
