//! Which certificates are trusted: those that browsers trust, also those of a file, or any. Opens no connection.

use std::path::Path;
use std::sync::Arc;
use std::{fs, iter};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::error::NetworkError;
use crate::options::NetworkOptions;

/// The TLS settings of every connection, including those to a proxy.
///
/// # Errors
/// [`NetworkError::CaFile`] or [`NetworkError::Identity`] if a file cannot be used, [`NetworkError::Setup`] if TLS cannot be set
/// up.
pub fn client_config(options: &NetworkOptions) -> Result<ClientConfig, NetworkError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = options.named_ca_file() {
        add(&mut roots, file).map_err(|why| NetworkError::CaFile { file: file.to_owned(), why })?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| NetworkError::Setup(error.to_string()))?;
    let builder = if options.is_insecure() {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    } else {
        builder.with_root_certificates(roots)
    };
    let Some((certificate, key)) = options.named_identity() else { return Ok(builder.with_no_client_auth()) };
    let (chain, secret) = (chain(certificate)?, private_key(key)?);
    builder.with_client_auth_cert(chain, secret).map_err(|_| {
        let why = format!("its key {} belongs to another certificate, or is of an unknown kind", key.display());
        NetworkError::Identity { file: certificate.to_owned(), why }
    })
}

/// The client's own certificate, and those that issued it.
fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, NetworkError> {
    let failed = |why: String| NetworkError::Identity { file: file.to_owned(), why };
    let text = fs::read(file).map_err(|error| failed(format!("it could not be read: {error}")))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(failed("it holds no certificate; one begins with -----BEGIN CERTIFICATE----- (PEM)".into())),
        Err(_) => Err(failed("its certificate is damaged".into())),
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, NetworkError> {
    let failed = |why: String| NetworkError::Identity { file: file.to_owned(), why };
    let text = fs::read(file).map_err(|error| failed(format!("it could not be read: {error}")))?;
    PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| failed("it holds no private key; one begins with -----BEGIN PRIVATE KEY----- (PEM)".into()))
}

/// Adds the certificates of a file. The errors quote nothing from the file, since it may hold a key.
fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let text = fs::read(file).map_err(|error| format!("it could not be read: {error}"))?;
    let mut certificates = CertificateDer::pem_slice_iter(&text).peekable();
    if certificates.peek().is_none() {
        return Err("it holds no certificate; one begins with -----BEGIN CERTIFICATE----- (PEM)".into());
    }
    for (number, certificate) in iter::zip(1.., certificates) {
        let damaged = || format!("its certificate number {number} is damaged");
        roots.add(certificate.map_err(|_| damaged())?).map_err(|_| damaged())?;
    }
    Ok(())
}

/// Trusts any certificate. The server must still prove that it holds the certificate's key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(file: &Path) -> String {
        client_config(&NetworkOptions::new().ca_file(file)).err().unwrap().to_string()
    }

    #[test]
    fn a_ca_file_that_cannot_be_used_is_refused_with_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        assert!(error(&file).contains("ca.pem: it could not be read: "), "{}", error(&file));

        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for none in ["", "no PEM", &key] {
            fs::write(&file, none).unwrap();
            assert!(error(&file).contains("ca.pem: it holds no certificate"), "{}", error(&file));
        }

        let whole = rcgen::generate_simple_self_signed(["logz.test".to_owned()]).unwrap().cert.pem();
        let hollow = "-----BEGIN CERTIFICATE-----\ns3cret\n-----END CERTIFICATE-----\n";
        let unfinished = "-----BEGIN CERTIFICATE-----\nczNjcmV0\n";
        for damaged in [hollow, unfinished] {
            fs::write(&file, format!("{whole}{damaged}")).unwrap();
            assert!(error(&file).ends_with("ca.pem: its certificate number 2 is damaged"), "{}", error(&file));
        }
    }

    #[test]
    fn a_ca_file_may_hold_several_certificates_and_text_between_them() {
        let certificate = || rcgen::generate_simple_self_signed(["logz.test".to_owned()]).unwrap().cert.pem();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("# ours\n{}\n# theirs\n{}", certificate(), certificate())).unwrap();
        let mut roots = RootCertStore::empty();
        add(&mut roots, file.path()).unwrap();
        assert_eq!(roots.len(), 2);
    }
}
