//! Which requests are let in: those with the right host and bearer token, a body of a limited length, and a URL that the
//! service connects to.

use std::time::Duration;

use bytes::Bytes;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use logzio_soar_host::contract::Endpoint;
use logzio_soar_host::{Connection, Runner, is_loopback};
use logzio_soar_http_api::limit::LONGEST_BODY;
use logzio_soar_http_api::path;
use logzio_soar_http_api::problem::{
    BUSY, INVALID_CALL, MISDIRECTED, NOT_AUTHORIZED, Problem, REQUEST_TIMEOUT, URL_NOT_ALLOWED,
};
use sha2::{Digest, Sha256};

use crate::room::Room;

/// How long a client may take for the head of a request, for its body, and for the next part of a response.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Decides which requests are let in.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    /// The digest of the bearer token that requests need.
    bearer: Option<[u8; 32]>,
    urls: Urls,
}

/// Which URLs a request may name as its endpoint. Regions of Logz.io are always allowed.
#[derive(Clone)]
enum Urls {
    Any,
    /// Those of these origins.
    These(Vec<String>),
}

impl Default for Urls {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl Gate {
    /// The origin of a URL, if it can be an endpoint.
    pub(crate) fn origin_of(url: &str, runner: &Runner) -> Option<String> {
        runner.connect(Connection::new().url(url)).allowed_origin()
    }

    pub(crate) fn require_bearer(&mut self, token: &str) {
        self.bearer = Some(Sha256::digest(token.trim()).into());
    }

    pub(crate) fn allow(&mut self, origin: String) {
        if let Urls::These(allowed) = &mut self.urls {
            allowed.push(origin);
        }
    }

    pub(crate) fn allow_any(&mut self) {
        self.urls = Urls::Any;
    }

    /// Checks a request before its body is read.
    pub(crate) fn check_head(&self, head: &Parts) -> Result<(), Problem> {
        self.check_host(&head.headers)?;
        if matches!(head.uri.path(), path::HEALTH | path::OPENAPI) { Ok(()) } else { self.check_bearer(&head.headers) }
    }

    /// Checks the URL that a connection names, if it names one.
    pub(crate) fn check_url(&self, connection: Option<&Connection>, runner: &Runner) -> Result<(), Problem> {
        let Urls::These(allowed) = &self.urls else { return Ok(()) };
        let Some(Endpoint::Url(url)) = connection.and_then(Connection::named_endpoint) else { return Ok(()) };
        // The component refuses one that cannot be an endpoint, and says why.
        match Self::origin_of(url, runner) {
            Some(origin) if !allowed.contains(&origin) => {
                let detail = "this service connects to regions of Logz.io, and to the URLs that it was started with: name a \
                              region, or start it with --allow-url";
                Err(Problem::new(&URL_NOT_ALLOWED, detail))
            }
            _ => Ok(()),
        }
    }

    /// A page in a browser on this machine can reach a loopback port under a host name of its own, but it has no token. So
    /// without a token, only requests to a loopback address are answered.
    pub(crate) fn check_host(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        if host.is_empty() {
            return Err(Problem::new(&INVALID_CALL, "send the header Host"));
        }
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        if self.bearer.is_some() || is_loopback(name) {
            return Ok(());
        }
        let detail = "without a bearer token, this service answers under a loopback address only: call it as 127.0.0.1, or \
                      start it with a token";
        Err(Problem::new(&MISDIRECTED, detail))
    }

    pub(crate) fn check_bearer(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(expected) = &self.bearer else { return Ok(()) };
        let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
        let given = given.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        // Digests are compared, so that the time it takes reveals nothing of the token.
        let given = given.map(|(_, token)| <[u8; 32]>::from(Sha256::digest(token.trim_ascii())));
        if given.as_ref() == Some(expected) {
            return Ok(());
        }
        let detail = "send the token that the service was started with, as Authorization: Bearer TOKEN";
        Err(Problem::new(&NOT_AUTHORIZED, detail).header(WWW_AUTHENTICATE, "Bearer"))
    }
}

/// The whole body of a request, for which there must be memory.
pub(crate) async fn read(body: Incoming, room: &Room) -> Result<Bytes, Problem> {
    let full = || {
        let detail = "the bodies of other requests take all the memory there is for them: call again in a while";
        Problem::new(&BUSY, detail).header(RETRY_AFTER, "5")
    };
    let reading = async {
        let mut part = room.part().ok_or_else(full)?;
        let mut body = Limited::new(body, LONGEST_BODY);
        let mut read = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| match error {
                error if error.is::<LengthLimitError>() => Problem::too_large(),
                _ => Problem::broken_body(),
            })?;
            let Ok(data) = frame.into_data() else { continue };
            if !part.grow(read.len() + data.len()) {
                return Err(full());
            }
            read.extend_from_slice(&data);
        }
        Ok(part.of(read))
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| {
        let detail = format!("the body did not arrive within {} s: send it again", PATIENCE.as_secs());
        Err(Problem::new(&REQUEST_TIMEOUT, detail))
    })
}
