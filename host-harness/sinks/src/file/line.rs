//! A line, and what tells it from others.

use sha2::{Digest, Sha256};

/// How many lines are written and synced at once.
pub(super) const MOST_AT_ONCE: usize = 100;

/// A line with its line break, and what tells it from others.
pub(super) struct Line {
    text: Vec<u8>,
    digest: LineDigest,
}

/// What tells a line from others.
pub(super) type LineDigest = [u8; 32];

impl Line {
    pub(super) fn new(text: Vec<u8>) -> Self {
        let digest = digest(&text);
        Self { text, digest }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn digest(&self) -> LineDigest {
        self.digest
    }
}

pub(super) fn digest(line: &[u8]) -> LineDigest {
    Sha256::digest(line).into()
}
