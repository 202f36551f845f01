//! The certificate of a service: read from its files at the start, and again at each SIGHUP, so that a renewed one needs no restart.

use std::path::{Path, PathBuf};

use logzio_soar_http_server::Certificate;
use tokio::sync::watch;

use crate::account::private_file;
use crate::failure::Failure;
use crate::output::say;

/// The files of `--tls-cert` and `--tls-key`.
pub(crate) struct CertificateFiles {
    pub(crate) certificates: PathBuf,
    pub(crate) key: PathBuf,
}

impl CertificateFiles {
    /// What the files hold by now, and later what they hold when the process gets SIGHUP. Needs a runtime.
    pub(crate) fn watch(self) -> Result<watch::Receiver<Certificate>, Failure> {
        let (sender, receiver) = watch::channel(self.read()?);
        #[cfg(unix)]
        if let Ok(mut hangup) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
            tokio::spawn(async move {
                while hangup.recv().await.is_some() {
                    let read = self.read();
                    let message = match &read {
                        Ok(_) => None,
                        Err(failure) => failure.message(),
                    };
                    if let Ok(certificate) = read {
                        sender.send_replace(certificate);
                    }
                    // A standard error that nobody reads must not stop the calls.
                    std::thread::spawn(move || match message {
                        Some(why) => say("warning", &format!("the certificate stays as it was: {why}")),
                        None => say("note", "the certificate was read again; new connections get it"),
                    });
                }
            });
        }
        #[cfg(not(unix))]
        drop(sender);
        Ok(receiver)
    }

    fn read(&self) -> Result<Certificate, Failure> {
        let read = |option: &str, file: &Path| {
            private_file::read(file).map_err(|error| {
                let file = file.display();
                Failure::File(format!(
                    "{option} {file}: {error}; name a PEM file that the user of the service can read"
                ))
            })
        };
        let (certificates, key) = (read("--tls-cert", &self.certificates)?, read("--tls-key", &self.key)?);
        private_file::warn_if_others_can_read(&self.key, "a private key");
        Certificate::from_pem(certificates.as_bytes(), key.as_bytes()).map_err(|error| {
            let (option, file) =
                if error.is_of_key() { ("--tls-key", &self.key) } else { ("--tls-cert", &self.certificates) };
            Failure::Usage(format!("{option} {}: {error}", file.display()))
        })
    }
}
