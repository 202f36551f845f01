//! URLs: what one is made of.

use crate::hunting::indicator::network::{address, without_port};

/// Checks that a URL has a scheme and a host that can stand in a log.
pub(super) fn check(value: &str) -> Result<(), String> {
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, value),
    };
    let scheme_is_odd = scheme.is_some_and(|scheme| {
        !scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let named =
        |host: &str| !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    let is_host = (scheme == Some("file") && host.is_empty())
        || address(host).is_some()
        || named(host)
        || without_port(host).is_some_and(named);
    if scheme_is_odd || !is_host {
        let part = if scheme_is_odd { "scheme" } else { "host" };
        return Err(format!("the {part} of the URL cannot be read: write it as http://evil.example/path"));
    }
    Ok(())
}

/// A URL with the slash that a path may be made of, or without it.
pub(super) fn with_other_end(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    match (url.strip_suffix('/'), path.contains(['/', '?', '#'])) {
        (Some(shorter), _) => shorter.to_owned(),
        (None, false) => format!("{url}/"),
        (None, true) => url.to_owned(),
    }
}
