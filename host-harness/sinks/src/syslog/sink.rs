//! Deliveries.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use logzio_soar_network::{NetworkOptions, client_config};
use rustls::ClientConfig;

use super::connection::Connection;
use super::message::{Header, hostname};
use super::settings::SyslogSettings;
use crate::envelope::Envelope;
use crate::error::SinkError;
use crate::sink::{Sink, Undelivered};

/// How many messages are sent before it is asked whether they arrived.
const MOST_AT_ONCE: usize = 50;

/// A syslog server.
pub(crate) struct SyslogSink {
    host: String,
    port: u16,
    header: Header,
    tls: Arc<ClientConfig>,
    connect_timeout: Duration,
    send_timeout: Duration,
    connection: Option<Connection>,
}

impl SyslogSink {
    pub(crate) fn open(settings: &SyslogSettings, folder: &Path) -> Result<Self, SinkError> {
        let mut network = NetworkOptions::new();
        if let Some(file) = &settings.ca_file {
            network = network.ca_file(folder.join(file));
        }
        if let Some((certificate, key)) = &settings.identity {
            network = network.identity(folder.join(certificate), folder.join(key));
        }
        let tls = client_config(&network).map_err(|error| SinkError(error.to_string()))?;
        let header = Header {
            facility: settings.facility,
            hostname: hostname(&settings.hostname.clone().unwrap_or_else(own_name)),
            enterprise: settings.enterprise,
            format: settings.format,
            largest: settings.largest,
        };
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            header,
            tls: Arc::new(tls),
            connect_timeout: settings.connect_timeout,
            send_timeout: settings.send_timeout,
            connection: None,
        })
    }

    /// The connection, which is a new one if the other side closed the last.
    async fn connection(&mut self) -> Result<Connection, Undelivered> {
        if let Some(mut connection) = self.connection.take()
            && !connection.is_closed().await
        {
            return Ok(connection);
        }
        let opening = Connection::open(&self.host, self.port, &self.tls);
        match tokio::time::timeout(self.connect_timeout, opening).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(self.later("could not be reached", &error)),
            Err(_) => Err(self.later("could not be reached", &io::ErrorKind::TimedOut.into())),
        }
    }

    fn later(&self, what: &str, error: &io::Error) -> Undelivered {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let remedy = match (tls, error.kind()) {
            (Some(rustls::Error::InvalidCertificate(_)), _) => {
                "its certificate is not trusted: name the file of its authority in ca-file"
            }
            (Some(rustls::Error::AlertReceived(_)), _) => {
                "it does not take this client: set client-certificate and client-key to those that it trusts"
            }
            (Some(_), _) | (None, io::ErrorKind::UnexpectedEof) => "TLS could not be set up: the port may speak no TLS",
            (None, io::ErrorKind::TimedOut) => "it does not answer in time: check the address and what is on the way",
            (None, io::ErrorKind::ConnectionRefused) => "nothing listens on that port: check the address",
            (None, _) => "the connection broke: it is tried again",
        };
        Undelivered::later(format!("{}:{} {what}: {error}: {remedy}", self.host, self.port))
    }
}

#[async_trait]
impl Sink for SyslogSink {
    fn most_at_once(&self) -> usize {
        MOST_AT_ONCE
    }

    async fn deliver(&mut self, batch: &[Envelope]) -> Result<(), Undelivered> {
        let mut frames = Vec::new();
        for envelope in batch {
            self.header.write(envelope, &mut frames)?;
        }
        let mut connection = self.connection().await?;
        match tokio::time::timeout(self.send_timeout, connection.send(&frames)).await {
            Ok(Ok(())) => {
                self.connection = Some(connection);
                Ok(())
            }
            Ok(Err(error)) => Err(self.later("took no messages", &error)),
            Err(_) => Err(self.later("took no messages", &io::ErrorKind::TimedOut.into())),
        }
    }
}

/// The name of this machine.
#[cfg(unix)]
fn own_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn own_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
