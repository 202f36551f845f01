//! Why a request got no response.

/// Why a request got no response, in as much detail as the component gets.
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
