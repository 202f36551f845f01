//! The token that callers of a service must send.

use std::net::SocketAddr;
use std::path::Path;

use crate::account::private_file;
use crate::failure::Failure;

/// The shortest such token, in characters.
const SHORTEST: usize = 16;

/// The token that requests must carry, if any: from a file, or else from a variable of the environment.
///
/// # Errors
/// If it cannot be used, or if there is none and the command line does not say that none is meant, or others than the users of
/// this machine could call the service then.
pub(crate) fn bearer(
    file: Option<&Path>,
    variable: &str,
    no_token: bool,
    listen: SocketAddr,
) -> Result<Option<String>, Failure> {
    let token = match file {
        Some(file) => {
            let text = private_file::read(file).map_err(|error| Failure::file("the token file", file, &error))?;
            private_file::warn_if_others_can_read(file, "a token");
            Some(text)
        }
        None => std::env::var(variable).ok(),
    };
    let token = token.map(|token| token.trim().to_owned());
    match token {
        Some(token) if token.len() < SHORTEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(Failure::Usage(format!(
                "the bearer token is not usable: make one of at least {SHORTEST} letters and digits, such as with \
                 openssl rand -hex 32"
            )))
        }
        Some(_) if no_token => {
            Err(Failure::Usage(format!("there is a token in {variable}: unset it, or leave out --no-token")))
        }
        Some(token) => Ok(Some(token)),
        None if no_token && listen.ip().is_loopback() => Ok(None),
        None if no_token => Err(Failure::Usage(format!(
            "others can reach {listen}: set {variable} or --bearer-token-file in place of --no-token, or listen on 127.0.0.1"
        ))),
        None => Err(Failure::Usage(format!(
            "every user of this machine could call the service: set {variable} or --bearer-token-file to a token that callers \
             must send, such as from openssl rand -hex 32; or say --no-token if all of them may"
        ))),
    }
}
