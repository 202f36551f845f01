//! Fills a document up to a size.

use bytes::Bytes;

/// The most characters of a field. A little less than what Logz.io takes.
const LONGEST: usize = 32_000;

/// A JSON object with more members, `filler_0` and so on, so that it is `size`
/// bytes long; the same for the same seed. What is no object, or is as long
/// already, stays as it is.
pub(crate) fn filled(document: &Bytes, size: usize, seed: u64) -> Bytes {
    let Some(members) = document.trim_ascii_end().strip_suffix(b"}") else { return document.clone() };
    if document.len() >= size {
        return document.clone();
    }
    let mut filled = Vec::with_capacity(size);
    filled.extend_from_slice(members);
    let mut is_first = members.trim_ascii() == b"{";
    let mut random = fastrand::Rng::with_seed(seed);
    for number in 0.. {
        let head = format!("{}\"filler_{number}\":\"", if is_first { " " } else { "," });
        // The quote and the brace that end it.
        let room = size.saturating_sub(filled.len() + head.len() + 2);
        if room == 0 {
            break;
        }
        is_first = false;
        filled.extend_from_slice(head.as_bytes());
        let length = room.min(LONGEST);
        text(&mut random, length, &mut filled);
        filled.push(b'"');
    }
    // Less than a member needs.
    filled.resize(size - 1, b' ');
    filled.push(b'}');
    filled.into()
}

/// Adds letters that are like no word, with a space now and then.
fn text(random: &mut fastrand::Rng, length: usize, out: &mut Vec<u8>) {
    const LETTERS: &[u8; 16] = b"abcdefghijklmno ";
    let end = out.len() + length;
    while out.len() < end {
        let mut bits = random.u64(..);
        for _ in 0..16.min(end - out.len()) {
            let letter = LETTERS.get((bits & 15) as usize).copied();
            out.push(letter.unwrap_or(b' '));
            bits >>= 4;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_document_is_filled_to_the_byte() {
        for size in [100, 101, 120, 32_100, 32_120, 64_321, 1_048_576] {
            for document in [r#"{"a":1}"#, "{}", "{ }\n"] {
                let document = Bytes::from_static(document.as_bytes());
                let bytes = filled(&document, size, 7);
                assert_eq!(bytes.len(), size);
                let value: Value = serde_json::from_slice(&bytes).unwrap();
                let members = value.as_object().unwrap();
                assert!(members.values().all(|value| value.as_str().is_none_or(|text| text.len() <= LONGEST)));
                assert_eq!(members.get("a").is_some(), document.len() == 7);
                assert!(members.len() > size / 33_000, "{} members", members.len());
                assert_eq!(bytes, filled(&document, size, 7));
            }
        }
        assert_eq!(filled(&Bytes::from_static(b"[1]"), 100, 7), "[1]");
        assert_eq!(filled(&Bytes::from_static(b"{\"a\":1}"), 5, 7), "{\"a\":1}");
    }
}
