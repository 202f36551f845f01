//! Opaque text that a host keeps for us: a kind, a version, bytes and a checksum, so that damage is noticed when the text
//! comes back. Also the hashes that stay the same from version to version. Knows nothing of what the bytes mean.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// Why an opaque text cannot be opened.
#[derive(Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is not of this kind at all.
    Foreign,
    /// A later version of this component wrote it.
    Newer(u32),
    /// It was cut or edited.
    Broken,
}

/// Packs bytes into a text such as `cursor1.AAAA`.
#[must_use]
pub fn seal(kind: &str, version: u32, bytes: &[u8]) -> String {
    let mut packed = bytes.to_vec();
    packed.extend_from_slice(&checksum(kind, bytes));
    format!("{kind}{version}.{}", URL_SAFE_NO_PAD.encode(packed))
}

/// Unpacks what [`seal`] packed: its version, at most `newest`, and the bytes.
///
/// # Errors
/// What is wrong with the text.
pub fn open(kind: &str, newest: u32, text: &str) -> Result<(u32, Vec<u8>), Damage> {
    let (version, body) =
        text.trim().strip_prefix(kind).and_then(|rest| rest.split_once('.')).ok_or(Damage::Foreign)?;
    let version: u32 = version.parse().map_err(|_| Damage::Foreign)?;
    if version > newest {
        return Err(Damage::Newer(version));
    }
    let mut bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| Damage::Broken)?;
    let at = bytes.len().checked_sub(SUM).ok_or(Damage::Broken)?;
    let sum = bytes.split_off(at);
    if sum != checksum(kind, &bytes) { Err(Damage::Broken) } else { Ok((version, bytes)) }
}

/// A stable hash of 128 bits, of texts one behind the other: the same in every version of this component.
#[must_use]
pub fn hash(texts: &[&str]) -> u128 {
    let mut hasher = SipHasher13::new();
    texts.iter().for_each(|text| hasher.write(text.as_bytes()));
    hasher.finish128().as_u128()
}

/// The first 64 bits of [`hash`].
#[must_use]
pub fn short_hash(texts: &[&str]) -> u64 {
    u64::try_from(hash(texts) & u128::from(u64::MAX)).unwrap_or_default()
}

/// The length of the checksum, in bytes.
const SUM: usize = 6;

fn checksum(kind: &str, bytes: &[u8]) -> [u8; SUM] {
    let mut hasher = SipHasher13::new();
    hasher.write(kind.as_bytes());
    hasher.write(bytes);
    let mut sum = [0; SUM];
    for (to, from) in sum.iter_mut().zip(hasher.finish128().as_u128().to_le_bytes()) {
        *to = from;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens() {
        for bytes in [&b""[..], b"x", &[0; 1000]] {
            assert_eq!(open("k", 2, &seal("k", 2, bytes)), Ok((2, bytes.to_vec())));
        }
    }

    #[test]
    fn damage_is_told_apart() {
        let text = seal("k", 1, b"hello");
        assert_eq!(open("j", 1, &text), Err(Damage::Foreign));
        assert_eq!(open("k", 1, "k1"), Err(Damage::Foreign));
        assert_eq!(open("k", 1, "k99.AAAA"), Err(Damage::Newer(99)));
        for cut in 3..text.len() {
            assert_eq!(open("k", 1, &text[..cut]), Err(Damage::Broken), "{cut}");
        }
        for at in 3..text.len() {
            let mut edited = text.clone().into_bytes();
            edited[at] = if edited[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(open("k", 1, std::str::from_utf8(&edited).unwrap()), Err(Damage::Broken), "{at}");
        }
    }
}
