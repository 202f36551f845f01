//! Where requests that are allowed go: the network, or a service in this process. It knows nothing of WebAssembly.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tower::{Service, ServiceExt};

use crate::error::RunnerError;
use crate::network::Network;
use crate::network_options::NetworkOptions;

/// Any error of a service or of a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request on its way out, and of the answer on its way back.
pub type OutgoingBody = UnsyncBoxBody<Bytes, BoxError>;

/// Where the requests of a component go, once they are allowed.
#[derive(Clone)]
pub struct Upstream(Kind);

#[derive(Clone)]
enum Kind {
    Network(Network),
    Service(Arc<dyn Fn(Request<OutgoingBody>) -> Answering + Send + Sync>),
}

/// The time limits that the component asks for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Patience {
    pub(crate) connect: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
}

/// A request under way.
type Sending = Pin<Box<dyn Future<Output = Result<Response<OutgoingBody>, SendError>> + Send>>;

/// A service at work.
type Answering = Pin<Box<dyn Future<Output = Result<Response<OutgoingBody>, BoxError>> + Send>>;

/// Why no answer came, as far as the component is told.
#[derive(Debug)]
pub(crate) enum SendError {
    Dns(String),
    Refused,
    Unreachable,
    Certificate,
    Tls,
    ConnectTimeout,
    ReadTimeout,
    Terminated,
    Incomplete,
    Protocol,
    ProxyPassword,
    ProxyRefused,
    ProxyUnreachable(&'static str),
    Other(String),
}

impl Upstream {
    /// The network: HTTP/1.1 over TLS with the roots that browsers trust, with connections kept open between requests,
    /// and without a proxy.
    ///
    /// # Errors
    /// [`RunnerError::Network`] if TLS cannot be set up.
    pub fn network() -> Result<Self, RunnerError> {
        Self::network_with(&NetworkOptions::new())
    }

    /// The network, by way of a proxy or with other certificates to trust.
    ///
    /// # Errors
    /// [`RunnerError::Network`] if the address of the proxy cannot be used or TLS cannot be set up,
    /// [`RunnerError::CaFile`] if the file of certificates cannot be used.
    pub fn network_with(options: &NetworkOptions) -> Result<Self, RunnerError> {
        Ok(Self(Kind::Network(Network::new(options)?)))
    }

    /// A service in this process, such as an `axum::Router`, which answers for whatever host is allowed.
    pub fn service<S, B>(service: S) -> Self
    where
        S: Service<Request<OutgoingBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = service
            .map_err(Into::into)
            .map_response(|response: Response<B>| response.map(|body| body.map_err(Into::into).boxed_unsync()));
        Self(Kind::Service(Arc::new(move |request| Box::pin(service.clone().oneshot(request)))))
    }

    pub(crate) fn send(self, request: Request<OutgoingBody>, patience: Patience) -> Sending {
        match self.0 {
            Kind::Network(network) => Box::pin(async move { network.send(request, patience).await }),
            Kind::Service(service) => {
                // Connecting takes no time here.
                let limit = patience.first_byte.unwrap_or(Duration::MAX);
                let answer = tokio::time::timeout(limit, service(request));
                Box::pin(async move {
                    match answer.await {
                        Ok(Ok(response)) => Ok(response),
                        Ok(Err(_)) => Err(SendError::Terminated),
                        Err(_) => Err(SendError::ReadTimeout),
                    }
                })
            }
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Network(_) => "Upstream::network",
            Kind::Service(_) => "Upstream::service",
        })
    }
}
