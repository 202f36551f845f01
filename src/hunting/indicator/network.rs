//! IP addresses and networks, as people and logs write them. Must not know
//! kinds of indicators.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// Reads a network; an address alone is one of its own.
///
/// # Errors
/// What to write instead.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .map(|network| network.trunc())
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        .ok_or_else(|| "it is no network: write it as 192.0.2.0/24 or 2001:db8::/48".into())
}

/// Reads an address, perhaps in brackets or with a port behind it. One of
/// IPv4 that is written as IPv6 is that of IPv4.
#[must_use]
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, rest)) if rest.is_empty() || rest.starts_with(':') => inner,
        _ => text,
    };
    // `fe80::1%eth0` names the interface too.
    let zoneless = || bare.split_once('%')?.0.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(zoneless)
        .or_else(|| without_port(bare)?.parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4))
        .map(|address| address.to_canonical())
}

/// What stands before a port.
pub(super) fn without_port(text: &str) -> Option<&str> {
    text.split_once(':').filter(|(_, port)| is_short(port) && port.parse::<u16>().is_ok()).map(|(host, _)| host)
}

/// Whether a text is no longer than a port, with a sign or a zero.
pub(super) fn is_short(text: &str) -> bool {
    text.len() <= 6
}
