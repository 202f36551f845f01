//! An indicator's value, read as its kind and checked. Must not know how logs
//! write it.

use crate::contract::IndicatorKind;
use crate::hunting::indicator::account::Account;
use crate::hunting::indicator::computer::Computer;
use crate::hunting::indicator::domain::{Domain, is_domain};
use crate::hunting::indicator::email::Email;
use crate::hunting::indicator::file_name::behind_variable;
use crate::hunting::indicator::kind;
use crate::hunting::indicator::network::{address, network, port};
use crate::hunting::indicator::registry_key::RegistryKey;
use crate::hunting::indicator::unsupported;
use crate::hunting::indicator::url::Url;
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
    /// The name of a domain.
    Domain(Domain),
    /// A URL.
    Url(Url),
    /// An e-mail address.
    Email(Email),
    /// A hash, in lower case.
    Hash(String),
    /// The name of an account.
    Account(Account),
    /// The name of a computer.
    Computer(Computer),
    /// A key of the registry.
    RegistryKey(RegistryKey),
    /// The name or the path of a file or a program, in lower case and without
    /// what a log writes out, such as `%TEMP%`.
    Path(String),
}

impl Parsed {
    /// Reads a value of a kind. Also returns how the value is shown.
    ///
    /// # Errors
    /// Why it cannot be looked for, and what to change.
    pub(super) fn read(value: String, kind: IndicatorKind) -> Result<(Self, String), String> {
        let parsed = match kind {
            IndicatorKind::Ip => {
                let text = kind::before_bar(&value).unwrap_or(&value).trim_end_matches('/');
                let address = address(text).ok_or_else(|| {
                    unsupported::reason(text)
                        .unwrap_or_else(|| "it is no IP address: write it as 203.0.113.9 or 2001:db8::9".into())
                })?;
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
                let port = port(&value).ok_or("it is no port: write a number from 0 to 65535")?;
                return Ok((Self::Port(port), port.to_string()));
            }
            IndicatorKind::Domain => {
                let name = kind::host(value.trim_end_matches('/')).to_owned();
                if !is_domain(&name) {
                    return Err(unsupported::pattern(&name)
                        .unwrap_or_else(|| "it is no domain: write it as evil.example".into()));
                }
                return Ok((Self::Domain(Domain::read(&name)), name));
            }
            IndicatorKind::Email => {
                Self::Email(Email::read(&value).ok_or("it is no e-mail address: write it as name@evil.example")?)
            }
            IndicatorKind::Url => Self::Url(Url::read(&value)?),
            IndicatorKind::Md5 => hash(&value, 32)?,
            IndicatorKind::Sha1 => hash(&value, 40)?,
            IndicatorKind::Sha256 => hash(&value, 64)?,
            IndicatorKind::Sha512 => hash(&value, 128)?,
            IndicatorKind::User => Self::Account(Account::read(&value)),
            IndicatorKind::Host => Self::Computer(Computer::read(&value)),
            IndicatorKind::RegistryKey => match RegistryKey::read(&value) {
                Some(key) if !key.path.is_empty() => Self::RegistryKey(key),
                Some(_) => return Err("it is a whole hive: write a key in it, such as HKLM\\Software\\Evil".into()),
                None => {
                    return Err("it is no registry key: write it with its hive, such as HKLM\\Software\\Evil".into());
                }
            },
            IndicatorKind::Process | IndicatorKind::FileName => {
                if let Some(sign) = unsupported::wildcard(&value).filter(|_| kind == IndicatorKind::FileName) {
                    return Err(format!("it holds a wildcard ({sign}): write the path or the name of a file whole"));
                }
                Self::Path(behind_variable(&value).unwrap_or(&value).to_lowercase())
            }
        };
        Ok((parsed, value))
    }
}

/// Whether a network of IPv6 begins with a group that is zero. Then its
/// addresses have no text in common that they begin with.
fn begins_with_zeros(network: IpNet) -> bool {
    match network {
        IpNet::V4(_) => false,
        IpNet::V6(network) => network.prefix_len() < 128 && network.network().segments().first() == Some(&0),
    }
}

fn hash(value: &str, length: usize) -> Result<Parsed, String> {
    if value.len() == length && value.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Parsed::Hash(value.to_ascii_lowercase()));
    }
    Err(format!("it is no hash of this kind: write {length} hexadecimal digits"))
}
