//! The certificate of the service, with its key. Opens no file and no connection.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a service proves with that it is the one that its clients mean to call.
#[derive(Clone)]
pub struct Certificate(pub(crate) Arc<ServerConfig>);

impl Certificate {
    /// A certificate, the certificates of the authorities between it and one that clients trust, in this order, and the key of
    /// the first: the contents of two PEM files.
    ///
    /// # Errors
    /// [`UnusableCertificate`], whose text quotes nothing from the files.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, UnusableCertificate> {
        use UnusableCertificate as Unusable;

        let mut chain = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(certificates) {
            chain.push(certificate.map_err(|_| Unusable::DamagedCertificate(chain.len() + 1))?);
        }
        if chain.is_empty() {
            return Err(Unusable::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
            let encrypted = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"];
            let is_encrypted = encrypted.iter().any(|mark| key.windows(mark.len()).any(|part| part == mark.as_bytes()));
            if is_encrypted { Unusable::EncryptedKey } else { Unusable::NoKey }
        })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let signs = provider.key_provider.load_private_key(key.clone_key()).is_ok();
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| Unusable::UnknownKey)?
            .with_no_client_auth();
        let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => Unusable::OtherKey,
            _ if signs => Unusable::DamagedCertificate(1),
            _ => Unusable::UnknownKey,
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

/// Why a certificate cannot be used. The text says what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableCertificate {
    /// There is no certificate in PEM.
    NoCertificate,
    /// The certificate of this number, from 1, cannot be read.
    DamagedCertificate(usize),
    /// There is no private key in PEM.
    NoKey,
    /// The private key has a passphrase.
    EncryptedKey,
    /// The private key is of a kind that is not known, or damaged.
    UnknownKey,
    /// The key is not that of the first certificate.
    OtherKey,
}

impl UnusableCertificate {
    /// Whether the fault is in what was given as the key.
    #[must_use]
    pub fn is_of_key(self) -> bool {
        !matches!(self, Self::NoCertificate | Self::DamagedCertificate(_))
    }
}

impl fmt::Display for UnusableCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => {
                f.write_str("it holds no certificate: give a PEM file, in which one begins with -----BEGIN CERTIFICATE-----")
            }
            Self::DamagedCertificate(number) => {
                write!(f, "its certificate number {number} cannot be read: export the certificates again, in PEM")
            }
            Self::NoKey => {
                f.write_str("it holds no private key: give a PEM file, in which one begins with -----BEGIN PRIVATE KEY-----")
            }
            Self::EncryptedKey => f.write_str(
                "its key has a passphrase, and nobody is there to type it: write the key without one, such as with openssl \
                 pkey -in KEY -out NEW, to a file that only the user of the service can read",
            ),
            Self::UnknownKey => {
                f.write_str("its key cannot be read: make an ECDSA P-256, ECDSA P-384, Ed25519 or RSA key of 2048 bits or more")
            }
            Self::OtherKey => f.write_str(
                "it is not the key of the first certificate: give the key that the certificate was made for, and a file that \
                 begins with the service's own certificate",
            ),
        }
    }
}

impl std::error::Error for UnusableCertificate {}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["runner.test".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn refused(certificates: &str, key: &str) -> UnusableCertificate {
        Certificate::from_pem(certificates.as_bytes(), key.as_bytes()).err().unwrap()
    }

    #[test]
    fn a_certificate_and_its_key_can_be_used_with_text_around_them_or_in_one_file() {
        let (certificate, key) = made();
        let more = format!("# ours\n{certificate}\n{}", made().0);
        let both = format!("{key}{certificate}");
        for (certificates, key) in [(&certificate, &key), (&more, &key), (&both, &both)] {
            Certificate::from_pem(certificates.as_bytes(), key.as_bytes()).unwrap();
        }
    }

    #[test]
    fn each_fault_has_an_error_of_its_own() {
        use UnusableCertificate as Unusable;
        let (certificate, key) = made();
        let hollow = "-----BEGIN CERTIFICATE-----\nczNjcmV0\n-----END CERTIFICATE-----\n";
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nczNjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let old =
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nczNjcmV0\n-----END RSA PRIVATE KEY-----\n";
        let unknown = "-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----\n";
        for (certificates, given, expected) in [
            ("", &*key, Unusable::NoCertificate),
            (&key, &key, Unusable::NoCertificate),
            (hollow, &key, Unusable::DamagedCertificate(1)),
            (&format!("{certificate}-----BEGIN CERTIFICATE-----\n"), &key, Unusable::DamagedCertificate(2)),
            (&certificate, "", Unusable::NoKey),
            (&certificate, &certificate, Unusable::NoKey),
            (&certificate, encrypted, Unusable::EncryptedKey),
            (&certificate, old, Unusable::EncryptedKey),
            (&certificate, unknown, Unusable::UnknownKey),
            (&certificate, &made().1, Unusable::OtherKey),
        ] {
            let error = refused(certificates, given);
            assert_eq!(error, expected, "{error}");
            assert_eq!(error.is_of_key(), certificates == certificate, "{error}");
            assert!(!error.to_string().contains("czNjcmV0"));
        }
    }
}
