//! Signatures as the Standard Webhooks convention has them: HMAC-SHA256 over the id, the time and the body.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::SinkError;
use crate::secret::Secret;

/// A key that requests are signed with.
#[derive(Clone)]
pub(super) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// A key as it is written: `whsec_` and 24 to 64 bytes in base64.
    pub(super) fn new(text: &Secret) -> Result<Self, SinkError> {
        let key = text
            .expose()
            .strip_prefix("whsec_")
            .and_then(|key| STANDARD.decode(key).ok())
            .filter(|key| (24..=64).contains(&key.len()))
            .and_then(|key| Hmac::new_from_slice(&key).ok());
        key.map(Self).ok_or_else(|| {
            SinkError(
                "the signing key is not one of the Standard Webhooks, whsec_ and 24 to 64 bytes in base64: make one with \
                 echo whsec_$(openssl rand -base64 32)"
                    .into(),
            )
        })
    }

    /// The signature of a message, such as `v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=`.
    pub(super) fn sign(&self, id: &str, seconds: u64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(logzio_soar_secrets::HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with Python's package `standardwebhooks` 1.0.
    #[test]
    fn a_signature_is_that_of_the_convention() {
        let key = SigningKey::new(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_key_of_another_form_is_refused_and_not_shown() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for wrong in ["s3cret", "whsec_s3cret!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &short, &long] {
            let error = SigningKey::new(&Secret::new(wrong)).unwrap_err().to_string();
            assert!(!error.contains(wrong), "{error}");
        }
        for size in [24, 64] {
            assert!(SigningKey::new(&Secret::new(&format!("whsec_{}", STANDARD.encode(vec![7; size])))).is_ok());
        }
    }
}
