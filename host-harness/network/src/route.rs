//! The way to a server, directly or through a tunnel of the proxy. TLS to the server is set up inside the tunnel.

use std::error::Error;
use std::fmt;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower::{Service, ServiceExt};

use crate::body::BoxError;
use crate::proxy::Proxy;

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
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // Each call prepares its own connector.
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

/// Why no connection came about through the proxy.
#[derive(Debug)]
pub(crate) enum ProxyError {
    /// The proxy cannot be reached, or broke off the connection.
    Unreachable(BoxError),
    /// It requires a user and a password, or different ones.
    PasswordNeeded,
    /// It refused to open a tunnel.
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
