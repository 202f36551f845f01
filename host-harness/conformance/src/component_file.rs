//! The component that is tested, as a file: what it is, what it asks for and what it offers, before anything is called.

use std::borrow::Cow;
use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use logzio_soar_host::{EMBEDDED_COMPONENT, Interfaces, OutgoingBody, Runner, Upstream};

/// How long after its time budget a component is stopped.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// A component to test.
pub(crate) struct ComponentFile {
    /// Its imports and exports, or why it is no component.
    pub(crate) interfaces: Result<Interfaces, String>,
    /// The component ready to be called, or why it cannot be.
    pub(crate) runner: Result<Runner, String>,
}

impl ComponentFile {
    /// Compiles a component: the embedded one if there are no bytes.
    pub(crate) fn load(bytes: Option<&[u8]>, cache: Option<PathBuf>) -> Self {
        let component = bytes.map_or(Cow::Borrowed(EMBEDDED_COMPONENT), |bytes| Cow::Owned(bytes.to_vec()));
        let builder = || {
            let builder = Runner::builder().component(component.clone()).incomplete().grace(GRACE);
            // Where requests go is set for each case.
            let builder = builder.upstream(Upstream::service(tower::service_fn(nowhere)));
            match &cache {
                Some(directory) => builder.cache_directory(directory),
                None => builder,
            }
        };
        match builder().build() {
            Ok(runner) => Self { interfaces: Ok(runner.interfaces()), runner: Ok(runner) },
            Err(error) => {
                let interfaces = builder().interfaces().map_err(|error| error.to_string());
                Self { interfaces, runner: Err(error.to_string()) }
            }
        }
    }
}

async fn nowhere(_: Request<OutgoingBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::default()))
}
