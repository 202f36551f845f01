//! The proxy on the way out, if there is one: who goes through it, and what it means if it does not let us. TLS to the
//! server goes on inside the tunnel. It knows nothing of who asks, nor of what is sent.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower::{Service, ServiceExt};

use crate::error::RunnerError;
use crate::origin::is_loopback;
use crate::upstream::BoxError;

/// A proxy, and for whom it is not.
#[derive(Clone)]
pub(crate) struct Proxy(Arc<Matcher>);

impl Proxy {
    /// A proxy by its address. An address that cannot be used is an error and not, as the matcher would have it, the same
    /// as none: requests must not find another way out than the one that was asked for.
    pub(crate) fn new(url: &str, exceptions: &str) -> Result<Self, RunnerError> {
        let url = url.trim();
        // `*.` is not a wildcard to the matcher, but is what many write.
        let exceptions = exceptions.replace("*.", ".");
        let matcher = Matcher::builder().https(url).no("").build();
        let proxy = matcher.intercept(&Uri::from_static("https://server.invalid"));
        match proxy.as_ref().map(|proxy| (proxy, proxy.uri().scheme_str().unwrap_or_default())) {
            // A special character in a password ends it early, and the rest is taken for something else.
            Some((proxy, "http" | "https"))
                if proxy.basic_auth().is_some() == url.contains('@') && is_host_and_port(proxy.uri()) => {}
            Some((_, scheme)) if scheme.starts_with("socks") => {
                return Err(RunnerError::Network("SOCKS proxies are not supported: name an HTTP proxy".into()));
            }
            // The address is not quoted, as it may hold a password.
            _ => {
                return Err(RunnerError::Network(
                    "the address of the proxy cannot be used: write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, \
                     and special characters of a password as %40 for @, %3A for :, %2F for /, %23 for #"
                        .into(),
                ));
            }
        }
        Ok(Self(Arc::new(Matcher::builder().https(url).no(exceptions).build())))
    }

    /// The proxy for a destination, if it is one for the proxy.
    fn on_the_way_to(&self, destination: &Uri) -> Option<Intercept> {
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

/// Connects to a destination, directly or through the proxy.
#[derive(Clone)]
pub(crate) struct Route<C> {
    direct: C,
    to_proxy: HttpsConnector<C>,
    proxy: Option<Proxy>,
}

impl<C: Clone> Route<C> {
    pub(crate) fn new(direct: C, tls: ClientConfig, proxy: Option<Proxy>) -> Self {
        Self { to_proxy: HttpsConnector::from((direct.clone(), tls)), direct, proxy }
    }
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

impl<C> Service<Uri> for Route<C>
where
    C: Service<Uri, Response = TokioIo<TcpStream>> + Clone + Send + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError> + Send,
{
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // Each call makes its own connector ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let Some(proxy) = self.proxy.as_ref().and_then(|proxy| proxy.on_the_way_to(&destination)) else {
            let connected = self.direct.clone().oneshot(destination);
            return Box::pin(async move { connected.await.map(MaybeHttpsStream::Http).map_err(Into::into) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy.clone());
        if let Some(password) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(password.clone());
        }
        let connected = tunnel.oneshot(destination);
        Box::pin(async move { connected.await.map_err(|error| ProxyError::of(error).into()) })
    }
}

/// The error of a tunnel, which hyper-util does not name in public.
type TunnelError = <Tunnel<HttpConnector> as Service<Uri>>::Error;

/// Why the proxy was no way.
#[derive(Debug)]
pub(crate) enum ProxyError {
    /// No connection to the proxy, or none that lasted.
    Unreachable(BoxError),
    /// It asks for a user and a password, or for others.
    PasswordNeeded,
    /// It answered something else than yes.
    NoTunnel,
}

impl ProxyError {
    fn of(error: TunnelError) -> Self {
        match error {
            TunnelError::ConnectFailed(why) => Self::Unreachable(why),
            TunnelError::Io(why) => Self::Unreachable(why.into()),
            TunnelError::ProxyAuthRequired => Self::PasswordNeeded,
            TunnelError::MissingHost
            | TunnelError::ProxyHeadersTooLong
            | TunnelError::TunnelUnexpectedEof
            | TunnelError::TunnelUnsuccessful => Self::NoTunnel,
        }
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable(_) => "the proxy cannot be reached",
            Self::PasswordNeeded => "the proxy asks for a user and a password",
            Self::NoTunnel => "the proxy opens no tunnel",
        })
    }
}

impl Error for ProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(why) => Some(&**why),
            Self::PasswordNeeded | Self::NoTunnel => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_for(exceptions: &str, destination: &'static str) -> bool {
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
            assert!(!asked_for(all, host), "{host}");
        }
        for host in ["https://notlogz.test", "https://api.logz.io", "https://11.1.2.3", "https://[2001:db8::2]"] {
            assert!(asked_for(all, host), "{host}");
        }
        assert!(!asked_for("*", "https://api.logz.io"));
    }

    #[test]
    fn the_proxy_is_never_asked_for_a_loopback_address() {
        for host in ["http://127.0.0.1:8080", "https://LOCALHOST", "https://[::1]:8443", "http://127.8.8.8"] {
            assert!(!asked_for("", host), "{host}");
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
