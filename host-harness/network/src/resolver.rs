//! Name resolution by the system, with errors that differ from those of TCP.

use std::error::Error;
use std::task::{Context, Poll};
use std::{fmt, io};

use futures_util::TryFutureExt;
use futures_util::future::MapErr;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiFuture, GaiResolver, Name};
use tower::Service;

/// The system's name resolution, with an error type of its own.
#[derive(Clone)]
pub(crate) struct Resolver(GaiResolver);

impl Resolver {
    pub(crate) fn new() -> Self {
        Self(GaiResolver::new())
    }
}

/// A name could not be resolved.
#[derive(Debug)]
pub(crate) struct NotResolved(pub(crate) io::Error);

impl fmt::Display for NotResolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for NotResolved {}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = NotResolved;
    type Future = MapErr<GaiFuture, fn(io::Error) -> NotResolved>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), NotResolved>> {
        self.0.poll_ready(context).map_err(NotResolved)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        self.0.call(name).map_err(NotResolved)
    }
}
