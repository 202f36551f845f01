//! The body of an answer: bytes, of which some may be made only when they are
//! sent, so that a large answer need not be held in memory.
//!
//! Must not know what the bytes say.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Makes a part of a body.
type Make = Arc<dyn Fn() -> Bytes + Send + Sync>;

/// A part of a body.
#[derive(Clone)]
pub(crate) enum Part {
    Ready(Bytes),
    /// Made each time it is sent; with its length, if that is known before.
    Made {
        length: Option<usize>,
        make: Make,
    },
}

impl Part {
    pub(crate) fn made(length: Option<usize>, make: impl Fn() -> Bytes + Send + Sync + 'static) -> Self {
        Self::Made { length, make: Arc::new(make) }
    }

    pub(crate) fn to_bytes(&self) -> Bytes {
        match self {
            Self::Ready(bytes) => bytes.clone(),
            Self::Made { make, .. } => make(),
        }
    }
}

/// The body of an answer.
#[derive(Clone, Default)]
pub struct Body {
    parts: Vec<Part>,
    gzip: bool,
}

impl Body {
    /// The length in bytes; none if it is known only once all of it is made.
    pub fn length(&self) -> Option<usize> {
        let length = |part: &Part| match part {
            Part::Ready(bytes) => Some(bytes.len()),
            Part::Made { length, .. } => *length,
        };
        match self.gzip {
            true => None,
            false => self.parts.iter().map(length).sum(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length() == Some(0)
    }

    /// All of it.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.length().unwrap_or_default());
        for chunk in self.clone().chunks() {
            all.extend_from_slice(&chunk);
        }
        all
    }

    /// Its bytes, a part at a time; each is made when it is asked for.
    pub fn chunks(self) -> impl Iterator<Item = Bytes> + Send + Sync + Unpin + 'static {
        Chunks {
            parts: self.parts.into_iter(),
            encoder: self.gzip.then(|| GzEncoder::new(Vec::new(), Compression::fast())),
        }
    }

    /// The body compressed: at once, or as it is made.
    pub(crate) fn compressed(self) -> Self {
        let body = Self { parts: self.parts, gzip: true };
        match body.parts.iter().all(|part| matches!(part, Part::Ready(_))) {
            true => body.to_vec().into(),
            false => body,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self { parts: vec![Part::Ready(bytes.into())], gzip: false }
    }
}

/// A compressed body is sent in pieces of at least so many bytes, as web servers do: nginx's `gzip_buffers` are of 4 or 8 KB.
const COMPRESSED_PIECE: usize = 8 << 10;

struct Chunks {
    parts: std::vec::IntoIter<Part>,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        loop {
            let chunk = match (self.parts.next(), &mut self.encoder) {
                (Some(part), None) => part.to_bytes(),
                // Writing to memory cannot fail.
                (Some(part), Some(encoder)) => {
                    encoder.write_all(&part.to_bytes()).ok()?;
                    if encoder.get_ref().len() < COMPRESSED_PIECE {
                        continue;
                    }
                    std::mem::take(encoder.get_mut()).into()
                }
                (None, encoder) => return encoder.take()?.finish().ok().map(Bytes::from),
            };
            if !chunk.is_empty() {
                return Some(chunk);
            }
        }
    }
}

/// Writes a body from left to right.
#[derive(Default)]
pub(crate) struct BodyWriter {
    parts: Vec<Part>,
    text: Vec<u8>,
}

impl BodyWriter {
    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) {
        self.text.extend_from_slice(text.as_ref());
    }

    pub(crate) fn part(&mut self, part: Part) {
        match part {
            Part::Ready(bytes) => self.text(bytes),
            made => {
                self.parts.push(Part::Ready(std::mem::take(&mut self.text).into()));
                self.parts.push(made);
            }
        }
    }

    pub(crate) fn finish(mut self) -> Body {
        self.parts.push(Part::Ready(self.text.into()));
        Body { parts: self.parts, gzip: false }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn parts_are_made_as_they_are_asked_for() {
        let made = Arc::new(AtomicUsize::new(0));
        let mut writer = BodyWriter::default();
        writer.text("[");
        for _ in 0..3 {
            let made = Arc::clone(&made);
            writer.part(Part::made(Some(2), move || {
                made.fetch_add(1, Ordering::Relaxed);
                Bytes::from_static(b"1,")
            }));
        }
        writer.part(Part::Ready(Bytes::from_static(b"2]")));
        let body = writer.finish();
        assert_eq!((body.length(), made.load(Ordering::Relaxed)), (Some(9), 0));
        let mut chunks = body.clone().chunks();
        assert_eq!((chunks.next().unwrap(), chunks.next().unwrap()), ("[".into(), "1,".into()));
        assert_eq!(made.load(Ordering::Relaxed), 1);
        assert_eq!(body.to_vec(), b"[1,1,1,2]");

        let compressed = body.compressed();
        assert_eq!(compressed.length(), None);
        let mut text = String::new();
        flate2::read::GzDecoder::new(&compressed.to_vec()[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "[1,1,1,2]");
        assert!(Body::from("").is_empty() && Body::from("x").compressed().length().is_some());
    }
}
