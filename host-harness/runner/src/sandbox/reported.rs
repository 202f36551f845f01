//! What a component learns of a request that failed.

use wasmtime_wasi_http::Error;

use logzio_soar_network::SendError;

/// The error code of wasi:http for why no response came.
pub(super) fn reported(error: SendError) -> Error {
    match error {
        SendError::Dns(why) => Error::DnsError { rcode: Some(why), info_code: None },
        SendError::Refused => Error::ConnectionRefused,
        SendError::Unreachable => Error::DestinationUnavailable,
        SendError::Certificate => Error::TlsCertificateError,
        SendError::Tls => Error::TlsProtocolError,
        SendError::ConnectTimeout => Error::ConnectionTimeout,
        SendError::ReadTimeout => Error::ConnectionReadTimeout,
        SendError::Terminated => Error::ConnectionTerminated,
        SendError::Incomplete => Error::HttpResponseIncomplete,
        SendError::Protocol => Error::HttpProtocolError,
        SendError::ProxyPassword => Error::ConfigurationError,
        SendError::ProxyRefused => Error::HttpUpgradeFailed,
        // The only code that can hold a text.
        SendError::ProxyUnreachable(why) => Error::InternalError(Some(format!("the proxy cannot be reached: {why}"))),
        SendError::Other(why) => Error::InternalError(Some(why)),
    }
}
