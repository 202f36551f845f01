//! Why a request got no response.

use std::fmt;

/// Why a request got no response, in as much detail as the component gets.
#[derive(Debug)]
pub enum SendError {
    /// The name could not be resolved; why.
    Dns(String),
    /// Nothing listens there.
    Refused,
    /// No way leads there.
    Unreachable,
    /// The certificate is not trusted.
    Certificate,
    /// TLS could not be set up.
    Tls,
    /// No connection came about in time.
    ConnectTimeout,
    /// No answer came in time.
    ReadTimeout,
    /// The connection was broken off.
    Terminated,
    /// The answer was cut short.
    Incomplete,
    /// The answer is no HTTP.
    Protocol,
    /// The proxy asks for a user and a password, or for others.
    ProxyPassword,
    /// The proxy opens no tunnel.
    ProxyRefused,
    /// The proxy cannot be reached; why.
    ProxyUnreachable(&'static str),
    /// Anything else.
    Other(String),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(why) => write!(f, "its name could not be resolved: {why}"),
            Self::Refused => f.write_str("the connection was refused: nothing listens on that port"),
            Self::Unreachable => f.write_str("no connection could be made"),
            Self::Certificate => f.write_str("its certificate is not trusted: name the file of its authority"),
            Self::Tls => f.write_str("TLS could not be set up: the port may speak no TLS"),
            Self::ConnectTimeout => f.write_str("it did not take the connection in time"),
            Self::ReadTimeout => f.write_str("it did not answer in time"),
            Self::Terminated => f.write_str("it broke off the connection"),
            Self::Incomplete => f.write_str("its answer was cut short"),
            Self::Protocol => f.write_str("it does not speak HTTP"),
            Self::ProxyPassword => f.write_str("the proxy asks for a user and a password: put them into HTTPS_PROXY"),
            Self::ProxyRefused => f.write_str("the proxy opens no tunnel to it"),
            Self::ProxyUnreachable(why) => write!(f, "the proxy cannot be reached: {why}"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for SendError {}
