//! Bodies as they travel, to text. Knows HTTP's content codings, and no JSON.

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// What to ask for, as `accept-encoding`. Logz.io strongly recommends it. (Logz.io API, "Compressing responses".)
pub(super) const ACCEPTED: &str = "gzip, deflate";
/// The largest text that is taken, in bytes; answers to requests that are sent side by side share it. Text and what is
/// read of it are in memory together, and a host gives a component 256 MiB.
pub(super) const LARGEST_TEXT: usize = 32 << 20;

/// How much smaller than its content a compressed body can be, at best. (zlib, "Technical details".)
const BEST_RATIO: usize = 1_032;

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is larger than the limit.
    TooLarge,
    /// It is damaged.
    Broken,
}

/// The bytes of a body with this `content-encoding`, at most `largest`.
pub(super) fn decompressed(body: &[u8], encoding: Option<&str>, largest: usize) -> Result<Vec<u8>, Unreadable> {
    let mut expected = body.len();
    let reader: Box<dyn Read> = match encoding.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => {
            expected = size_in_trailer(body);
            Box::new(MultiGzDecoder::new(body))
        }
        "deflate" => Box::new(ZlibDecoder::new(body)),
        _ => Box::new(body),
    };
    let limit = u64::try_from(largest).unwrap_or(u64::MAX - 1);
    let mut bytes = Vec::with_capacity(expected.min(largest) + 1);
    reader.take(limit + 1).read_to_end(&mut bytes).map_err(|_| Unreadable::Broken)?;
    if bytes.len() > largest { Err(Unreadable::TooLarge) } else { Ok(bytes) }
}

/// How much a gzip body says that it holds, in bytes, if that is possible. It saves copies where it is true.
/// (RFC 1952, section 2.3.1, `ISIZE`.)
fn size_in_trailer(body: &[u8]) -> usize {
    let size = body.last_chunk().map_or(0, |size| u32::from_le_bytes(*size));
    usize::try_from(size).unwrap_or(0).min(body.len().saturating_mul(BEST_RATIO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write;

    #[test]
    fn what_was_compressed_comes_back() {
        let text = b"{\"results\":[]}".as_slice();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(text).unwrap();
        let zlib = zlib.finish().unwrap();
        for (body, encoding) in [
            (text, None),
            (text, Some("identity")),
            (gzip.as_slice(), Some("gzip")),
            (gzip.as_slice(), Some(" X-GZIP ")),
            (zlib.as_slice(), Some("deflate")),
        ] {
            assert_eq!(decompressed(body, encoding, 1_000).as_deref(), Ok(text), "{encoding:?}");
        }
        // Members that follow each other are one body.
        let two = [gzip.as_slice(), gzip.as_slice()].concat();
        assert_eq!(decompressed(&two, Some("gzip"), 1_000), Ok([text, text].concat()));
    }

    #[test]
    fn a_damaged_body_is_broken_and_not_short() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&[b'x'; 1_000]).unwrap();
        let gzip = gzip.finish().unwrap();
        for length in [0, 5, gzip.len() / 2, gzip.len() - 1] {
            assert_eq!(decompressed(&gzip[..length], Some("gzip"), 1_000), Err(Unreadable::Broken), "{length}");
        }
        assert_eq!(decompressed(b"{}", Some("gzip"), 1_000), Err(Unreadable::Broken));
    }

    #[test]
    fn a_body_that_grows_without_end_is_too_large() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let piece = vec![b' '; 1 << 20];
        for _ in 0..=LARGEST_TEXT >> 20 {
            gzip.write_all(&piece).unwrap();
        }
        assert_eq!(decompressed(&gzip.finish().unwrap(), Some("gzip"), LARGEST_TEXT), Err(Unreadable::TooLarge));
    }
}
