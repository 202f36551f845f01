//! Tokens that are recognised wherever they turn up, whole or in pieces, plain or encoded.

use base64_alphabet::encode;

/// How many consecutive characters of a token count as a leak.
const PIECE: usize = 9;
/// How many pieces a token consists of.
const PIECES: usize = 4;

/// A secret that was made for one case.
#[derive(Clone)]
pub(crate) struct Canary {
    /// What it is, for reports: never the secret itself.
    pub(crate) name: &'static str,
    text: String,
    plain: Vec<String>,
    encoded: Vec<String>,
}

impl Canary {
    /// A canary that follows from a random source.
    pub(crate) fn new(name: &'static str, random: &mut fastrand::Rng) -> Self {
        let text: String = (0..PIECE * PIECES).map(|_| char::from_digit(random.u32(..36), 36).unwrap_or('x')).collect();
        let plain: Vec<String> =
            (0..PIECES).filter_map(|piece| text.get(piece * PIECE..(piece + 1) * PIECE).map(str::to_owned)).collect();
        let mut encoded = Vec::new();
        for piece in &plain {
            // Nine bytes are twelve characters of base64, wherever the nine begin within a token that begins at a
            // multiple of three bytes; and where it does not, the characters in the middle stay whole.
            encoded.push(encode(piece.as_bytes()));
            encoded.extend(piece.get(1..7).map(|part| encode(part.as_bytes())));
            encoded.extend(piece.get(2..8).map(|part| encode(part.as_bytes())));
            encoded.push(piece.bytes().map(|byte| format!("{byte:02x}")).collect());
        }
        Self { name, text, plain, encoded }
    }

    /// The secret.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// Whether a text holds the secret, or enough of it. `lower` is the text in lower case.
    pub(crate) fn is_in(&self, text: &str, lower: &str) -> bool {
        self.plain.iter().any(|piece| lower.contains(piece))
            || self.encoded.iter().any(|piece| text.contains(piece.as_str()))
    }

    /// The text without the secret, for reports.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.replace(&self.text, &format!("<{}>", self.name));
        for piece in self.plain.iter().chain(&self.encoded) {
            text = text.replace(piece.as_str(), "<…>");
        }
        text
    }
}

/// Base64, to search for tokens only.
mod base64_alphabet {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// Encodes whole groups of three bytes.
    pub(super) fn encode(bytes: &[u8]) -> String {
        let mut text = String::new();
        for group in bytes.chunks_exact(3) {
            let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            for shift in [18, 12, 6, 0] {
                let index = usize::try_from(bits >> shift & 63).unwrap_or_default();
                text.extend(ALPHABET.get(index).map(|byte| char::from(*byte)));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canary() -> Canary {
        Canary::new("security token", &mut fastrand::Rng::with_seed(4))
    }

    #[test]
    fn a_token_is_recognised_in_any_dress() {
        let canary = canary();
        let token = canary.expose();
        for text in [
            format!("Bearer {token}."),
            token.to_uppercase(),
            format!("…{}", &token[..20]),
            token[12..30].to_owned(),
            token.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ] {
            assert!(canary.is_in(&text, &text.to_lowercase()), "{text}");
            assert!(!canary.redact(&text.to_lowercase()).contains(token));
        }
        for padding in 0..3 {
            let text = encode(format!("{}{token}xx", "=".repeat(padding)).as_bytes());
            assert!(canary.is_in(&text, &text.to_lowercase()), "base64 {padding} bytes in");
        }
    }

    #[test]
    fn other_texts_are_none_of_it() {
        let canary = canary();
        for text in ["", "*".repeat(36).as_str(), &canary.expose()[..8], "an ordinary sentence"] {
            assert!(!canary.is_in(text, &text.to_lowercase()), "{text}");
        }
    }
}
