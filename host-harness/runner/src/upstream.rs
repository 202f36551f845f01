//! Where allowed requests go: the network, or a service in this process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};

use crate::error::RunnerError;
use logzio_soar_network::{BoxError, Client, NetworkOptions, OutgoingBody, SendError, Timeouts};

/// Where the requests of a component go once they are allowed.
#[derive(Clone)]
pub struct Upstream(Kind);

#[derive(Clone)]
enum Kind {
    Network(Client),
    Service(Arc<dyn Fn(Request<OutgoingBody>) -> Serving + Send + Sync>),
}

/// A service that is answering.
type Serving = BoxFuture<'static, Result<Response<OutgoingBody>, BoxError>>;

impl Upstream {
    /// The network: HTTP/1.1 over TLS with the root certificates that browsers trust, without a proxy. Connections are
    /// kept open between requests.
    ///
    /// # Errors
    /// [`RunnerError::Network`] if TLS cannot be set up.
    pub fn network() -> Result<Self, RunnerError> {
        Self::network_with(&NetworkOptions::new())
    }

    /// The network, through a proxy or with other trusted certificates.
    ///
    /// # Errors
    /// [`RunnerError::Network`] if the address of the proxy cannot be used or TLS cannot be set up,
    /// [`RunnerError::CaFile`] if the file of certificates cannot be used.
    pub fn network_with(options: &NetworkOptions) -> Result<Self, RunnerError> {
        Ok(Self(Kind::Network(Client::new(options)?)))
    }

    /// A service in this process, such as an `axum::Router`. It answers for whatever host is allowed.
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

    pub(crate) async fn send(
        self,
        request: Request<OutgoingBody>,
        timeouts: Timeouts,
    ) -> Result<Response<OutgoingBody>, SendError> {
        match self.0 {
            Kind::Network(client) => client.send(request, timeouts).await,
            Kind::Service(service) => {
                // Connecting takes no time here.
                let limit = timeouts.first_byte.unwrap_or(Duration::MAX);
                match tokio::time::timeout(limit, service(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(_)) => Err(SendError::Terminated),
                    Err(_) => Err(SendError::ReadTimeout),
                }
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
