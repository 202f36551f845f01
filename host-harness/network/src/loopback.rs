//! Which hosts are this machine.

use std::net::IpAddr;

/// Whether a host, written as in a URL (`127.0.0.1`, `[::1]`), is this machine: a loopback address, or `localhost` in any
/// letter case. These are the only hosts that may be reached without TLS.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
