//! The settings of a syslog server.

use std::path::PathBuf;
use std::time::Duration;

use crate::document::Keys;
use crate::format::Format;

/// The port of syslog over TLS.
const PORT: u16 = 6514;

/// The settings of a syslog server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyslogSettings {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) format: Format,
    pub(super) facility: u8,
    /// The name of this machine in messages; what the system says if none.
    pub(super) hostname: Option<String>,
    /// The enterprise number in the id of the structured data.
    pub(super) enterprise: usize,
    /// How many bytes a message has at most.
    pub(super) largest: usize,
    /// For name resolution, TCP and TLS together.
    pub(super) connect_timeout: Duration,
    /// For a batch of messages to reach the other machine.
    pub(super) send_timeout: Duration,
    pub(super) ca_file: Option<PathBuf>,
    /// The files of a certificate and of its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
}

/// The facilities that make sense for a program, by the names that servers use.
const FACILITIES: [(&str, u8); 12] = [
    ("user", 1),
    ("daemon", 3),
    ("auth", 4),
    ("authpriv", 10),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

impl SyslogSettings {
    pub(crate) fn read(keys: &mut Keys<'_>) -> Option<Self> {
        let limit = Duration::from_millis(100)..=Duration::from_secs(600);
        let address = keys.text("address");
        let settings = Self {
            host: String::new(),
            port: PORT,
            format: Format::read(keys),
            facility: keys.choice("facility", &FACILITIES).unwrap_or(16),
            hostname: keys.text("hostname"),
            enterprise: keys.count("enterprise-number", 1..=4_294_967_295).unwrap_or(32_473),
            largest: usize::try_from(keys.size("max-message", 2048..=16 << 20).unwrap_or(8192)).ok()?,
            connect_timeout: keys.duration("connect-timeout", limit.clone()).unwrap_or(Duration::from_secs(10)),
            send_timeout: keys.duration("send-timeout", limit).unwrap_or(Duration::from_secs(30)),
            ca_file: keys.path("ca-file"),
            identity: keys.pair_of_paths("client-certificate", "client-key"),
        };
        let Some(address) = address else {
            keys.missing("address", "\"HOST:6514\"");
            return None;
        };
        let Some((host, port)) = host_and_port(&address) else {
            keys.fault(None, "address", "a host, or a host and a port, such as \"logs.example.com:6514\", is expected");
            return None;
        };
        Some(Self { host, port, ..settings })
    }
}

/// The parts of `host`, `host:port`, `[::1]` or `[::1]:port`.
fn host_and_port(address: &str) -> Option<(String, u16)> {
    let authority: http::uri::Authority = address.parse().ok()?;
    let host = authority.host();
    let port = match address.strip_prefix(host)? {
        "" => PORT,
        port => port.strip_prefix(':')?.parse().ok().filter(|port| *port > 0)?,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_maybe_a_port() {
        for (address, expected) in [
            ("logs.example", Some(("logs.example", 6514))),
            ("logs.example:514", Some(("logs.example", 514))),
            ("[::1]:514", Some(("::1", 514))),
            ("192.0.2.1", Some(("192.0.2.1", 6514))),
            ("", None),
            (":514", None),
            ("logs.example:", None),
            ("logs.example:0", None),
            ("logs.example:99999", None),
            ("user@logs.example", None),
            ("https://logs.example", None),
            ("logs example", None),
        ] {
            assert_eq!(host_and_port(address), expected.map(|(host, port)| (host.to_owned(), port)), "{address}");
        }
    }
}
