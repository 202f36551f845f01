//! IP addresses, networks and ports, as people and logs write them. Must not
//! know kinds of indicators.

use ipnet::{IpNet, Ipv4Subnets};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The services that `tcpdump` and `netstat` write in place of a port.
const SERVICES: &[&str] = &[
    "bootpc",
    "bootps",
    "domain",
    "epmap",
    "finger",
    "ftp",
    "ftp-data",
    "http",
    "http-alt",
    "https",
    "imap",
    "imap2",
    "imaps",
    "ipp",
    "irc",
    "isakmp",
    "kerberos",
    "ldap",
    "ldaps",
    "mdns",
    "microsoft-ds",
    "ms-sql-s",
    "ms-wbt-server",
    "mysql",
    "netbios-dgm",
    "netbios-ns",
    "netbios-ssn",
    "nfs",
    "nntp",
    "ntp",
    "pop3",
    "pop3s",
    "postgresql",
    "radius",
    "rsync",
    "sip",
    "smtp",
    "smtps",
    "snmp",
    "snmptrap",
    "ssh",
    "submission",
    "sunrpc",
    "syslog",
    "telnet",
    "tftp",
    "webcache",
    "whois",
    "www",
    "x11",
];

/// Reads a network; an address alone is one of its own. A mask may stand in
/// place of the length, and a network of IPv4 that is written as IPv6 is that
/// of IPv4.
///
/// # Errors
/// What to write instead.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse::<IpNet>().ok().or_else(|| with_mask(text));
    network
        .map(|network| canonical(network.trunc()))
        .or_else(|| text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical())))
        .ok_or_else(|| "it is no network: write it as 192.0.2.0/24 or 2001:db8::/48".into())
}

/// `192.0.2.0/255.255.255.0`.
fn with_mask(text: &str) -> Option<IpNet> {
    let (address, mask) = text.split_once('/')?;
    IpNet::with_netmask(address.parse().ok()?, mask.parse().ok()?).ok()
}

fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    match (v6.network().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
        (Some(address), Some(length)) => IpNet::new(address.into(), length).unwrap_or(network),
        _ => network,
    }
}

/// Reads an address, perhaps in brackets, or with its interface or a port
/// behind it. One of IPv4 that is written as IPv6 is that of IPv4.
#[must_use]
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, rest)) if rest.is_empty() || rest.starts_with([':', '.']) => inner,
        _ => text,
    };
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| without_zone(bare))
        .or_else(|| v4_with_port(bare).map(IpAddr::V4))
        .or_else(|| v6_with_port(bare).map(IpAddr::V6))
        .map(|address| address.to_canonical())
}

/// `fe80::1%eth0` names the interface too; in a URL, `fe80::1%25eth0`.
fn without_zone(text: &str) -> Option<IpAddr> {
    let (address, zone) = text.split_once('%')?;
    let is_zone = !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    address.parse::<Ipv6Addr>().ok().filter(|_| is_zone).map(IpAddr::V6)
}

/// `203.0.113.9:443`, and `203.0.113.9.443` as `tcpdump` and `netstat` write
/// it, with the port or the name of its service.
fn v4_with_port(text: &str) -> Option<Ipv4Addr> {
    if let Some(host) = without_port(text) {
        return host.parse().ok();
    }
    let (address, port) = text.rsplit_once('.')?;
    address.parse().ok().filter(|_| is_port_or_service(port))
}

/// `2001:db8::9.443`, and all eight groups with a port behind them.
fn v6_with_port(text: &str) -> Option<Ipv6Addr> {
    if let Some((address, _)) = text.rsplit_once('.').filter(|(_, port)| is_port_or_service(port)) {
        return address.parse().ok();
    }
    let (address, port) = text.rsplit_once(':')?;
    let is_whole = address.matches(':').count() == 7 && !address.contains("::");
    address.parse().ok().filter(|_| is_whole && is_port(port))
}

/// What stands before a port, and an address in brackets.
pub(super) fn without_port(text: &str) -> Option<&str> {
    text.split_once(':').filter(|(_, port)| is_port(port)).map(|(host, _)| host)
}

fn is_port_or_service(text: &str) -> bool {
    is_port(text) || SERVICES.contains(&text.to_ascii_lowercase().as_str())
}

fn is_port(text: &str) -> bool {
    port(text).is_some()
}

/// Reads the number of a port, perhaps with its protocol: `443`, `tcp/443`,
/// `443/udp`.
pub(super) fn port(text: &str) -> Option<u16> {
    let lower = text.to_ascii_lowercase();
    let number = ["tcp", "udp"]
        .iter()
        .find_map(|protocol| {
            let before = lower.strip_prefix(protocol).and_then(|rest| rest.strip_prefix(['/', ':']));
            before.or_else(|| lower.strip_suffix(protocol).and_then(|rest| rest.strip_suffix('/')))
        })
        .unwrap_or(&lower);
    // No longer than a port with a zero before it.
    let is_number = (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    number.parse().ok().filter(|_| is_number)
}

/// The networks that make up a range of addresses, up to so many; none if
/// there are more.
pub(super) fn networks_of_range(first: Ipv4Addr, last: Ipv4Addr, most: usize) -> Vec<String> {
    let mut networks = Ipv4Subnets::new(first, last, 0);
    let list: Vec<String> = networks.by_ref().take(most).map(|network| network.to_string()).collect();
    if networks.next().is_some() { Vec::new() } else { list }
}

/// Every address that a text holds as a word. An underscore is no part of a
/// word here: `ip_203.0.113.9`.
pub(super) fn addresses_in(text: &str) -> Vec<IpAddr> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | ':' | '-')))
        .filter(|word| word.contains(':') || word.contains('.') && word.bytes().any(|b| b.is_ascii_digit()))
        .flat_map(|word| {
            // A hyphen is a part of a service's name, or stands between two
            // addresses.
            match address(word.trim_end_matches('.')) {
                Some(address) => vec![address],
                None => word.split('-').flat_map(addresses_of_word).collect(),
            }
        })
        .collect()
}

fn addresses_of_word(word: &str) -> Vec<IpAddr> {
    // The end of a sentence; an address may end with colons itself.
    let word = word.trim_end_matches('.');
    if let Some(address) = address(word).or_else(|| address(word.trim_end_matches(':'))) {
        return vec![address];
    }
    // `src:203.0.113.9:443`, `src:2001:db8::9`.
    let label = word.split_once(':').filter(|(label, _)| label.parse::<Ipv4Addr>().is_err());
    if let Some(address) = label.and_then(|(_, rest)| rest.parse::<Ipv6Addr>().ok()) {
        return vec![IpAddr::V6(address).to_canonical()];
    }
    word.split(':').filter_map(|part| part.parse().ok().or_else(|| v4_with_port(part))).map(IpAddr::V4).collect()
}
