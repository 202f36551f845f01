//! What the errors of hyper, rustls and the system mean.

use std::error::Error;
use std::io;

use crate::failure::SendError;
use crate::resolver::NotResolved;
use crate::route::ProxyError;

/// Why a request failed, from the chain of its error's causes.
pub(crate) fn of(error: &(dyn Error + 'static), connecting: bool) -> SendError {
    if let Some(proxy) = find::<ProxyError>(error) {
        return match proxy {
            ProxyError::PasswordNeeded => SendError::ProxyPassword,
            ProxyError::NoTunnel => SendError::ProxyRefused,
            ProxyError::Unreachable(why) => SendError::ProxyUnreachable(match of(&**why, true) {
                SendError::Dns(_) => "its name could not be resolved",
                SendError::Refused => "the connection was refused",
                SendError::ConnectTimeout => "it does not answer",
                SendError::Certificate => "its certificate is not trusted",
                SendError::Tls => "TLS could not be set up",
                SendError::Terminated => "it broke off the connection",
                _ => "no connection could be made",
            }),
        };
    }
    if let Some(NotResolved(why)) = find::<NotResolved>(error) {
        return SendError::Dns(why.to_string());
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return match tls {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => SendError::Certificate,
            _ => SendError::Tls,
        };
    }
    if let Some(failed) = find::<io::Error>(error) {
        match failed.kind() {
            io::ErrorKind::ConnectionRefused => return SendError::Refused,
            io::ErrorKind::TimedOut if connecting => return SendError::ConnectTimeout,
            io::ErrorKind::TimedOut => return SendError::ReadTimeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                return SendError::Unreachable;
            }
            // A server that hangs up while TLS is being negotiated.
            io::ErrorKind::UnexpectedEof if connecting => return SendError::Tls,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => return SendError::Terminated,
            _ => {}
        }
    }
    match find::<hyper::Error>(error) {
        Some(http) if http.is_incomplete_message() || http.is_closed() || http.is_canceled() => SendError::Terminated,
        Some(http) if http.is_timeout() => SendError::ReadTimeout,
        Some(http) if http.is_parse() => SendError::Protocol,
        _ if connecting => SendError::Unreachable,
        _ => SendError::Other(error.to_string()),
    }
}

/// Why a body failed. The connection is lost in any case, but a response cut short has a name of its own.
pub fn of_body(error: &(dyn Error + 'static)) -> SendError {
    match of(error, false) {
        SendError::Other(_) | SendError::Terminated => SendError::Incomplete,
        other => other,
    }
}

/// The first error of a type in a chain of causes, looking into `io::Error`, which hides what it wraps from the chain.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut error = error;
    loop {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match (error.downcast_ref::<T>(), wrapped) {
            // An `io::Error` around another one adds nothing.
            (Some(found), None) => return Some(found),
            (Some(found), Some(inner)) => return find(inner).or(Some(found)),
            (None, Some(inner)) => error = inner,
            (None, None) => error = error.source()?,
        }
    }
}
