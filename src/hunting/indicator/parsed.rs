//! An indicator's value, read as its kind and checked. Must not know how logs
//! write it.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::domain::{is_domain, is_email};
use crate::hunting::indicator::network::{address, is_short, network, without_port};
use crate::hunting::indicator::url;
use ipnet::IpNet;
use std::net::IpAddr;

/// The widest network of IPv4 that can be looked for, as a prefix's length.
const WIDEST_V4: u8 = 8;

/// The same for IPv6.
const WIDEST_V6: u8 = 16;

/// An indicator's value, as its kind is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parsed {
    /// One address.
    Address(IpAddr),
    /// The addresses of a network.
    Network(IpNet),
    /// The number of a port.
    Port(u16),
    /// Anything else, in lower case.
    Text(String),
}

impl Parsed {
    /// Reads a value of a kind. Also returns how the value is shown.
    ///
    /// # Errors
    /// Why it cannot be looked for, and what to change.
    pub(super) fn read(value: String, kind: IndicatorKind) -> Result<(Self, String), String> {
        let parsed = match kind {
            IndicatorKind::Ip => {
                let address = address(&value).ok_or("it is no IP address: write it as 203.0.113.9 or 2001:db8::9")?;
                return Ok((Self::Address(address), address.to_string()));
            }
            IndicatorKind::Cidr => {
                let network = network(&value)?;
                let widest = if network.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
                if network.prefix_len() < widest || begins_with_zeros(network) {
                    return Err(format!(
                        "the network is too wide: write one of /{widest} or longer{}",
                        if widest == WIDEST_V6 { ", whose first group is not zero" } else { "" }
                    ));
                }
                return Ok((Self::Network(network), network.to_string()));
            }
            IndicatorKind::Port => {
                let why = "it is no port: write a number from 0 to 65535";
                let port: u16 = if is_short(&value) { value.parse().map_err(|_| why)? } else { return Err(why.into()) };
                return Ok((Self::Port(port), port.to_string()));
            }
            IndicatorKind::Domain => {
                let value = without_port(&value).unwrap_or(&value);
                let value = value.strip_suffix('.').unwrap_or(value).to_owned();
                if value.contains('*') {
                    return Err("it holds a wildcard, which Logz.io refuses here: write the domain's own name".into());
                }
                if !is_domain(&value) {
                    return Err("it is no domain: write it as evil.example".into());
                }
                return Ok((Self::Text(value.to_lowercase()), value));
            }
            IndicatorKind::Email if !is_email(&value) => {
                return Err("it is no e-mail address: write it as name@evil.example".into());
            }
            IndicatorKind::Url => {
                url::check(&value)?;
                // A final slash or none is the same place.
                let short = value.trim_end_matches('/').to_lowercase();
                Self::Text(if short.is_empty() { value.to_lowercase() } else { short })
            }
            IndicatorKind::Md5 => hash(&value, 32)?,
            IndicatorKind::Sha1 => hash(&value, 40)?,
            IndicatorKind::Sha256 => hash(&value, 64)?,
            IndicatorKind::Sha512 => hash(&value, 128)?,
            _ => Self::Text(value.to_lowercase()),
        };
        Ok((parsed, value))
    }
}

fn hash(value: &str, length: usize) -> Result<Parsed, String> {
    if value.len() == length && value.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Parsed::Text(value.to_ascii_lowercase()));
    }
    Err(format!("it is no hash of this kind: write {length} hexadecimal digits"))
}

/// Whether a network of IPv6 begins with a group that is zero. Then its
/// addresses have no text in common that they begin with.
fn begins_with_zeros(network: IpNet) -> bool {
    match network {
        IpNet::V4(_) => false,
        IpNet::V6(network) => network.prefix_len() < 128 && network.network().segments().first() == Some(&0),
    }
}
