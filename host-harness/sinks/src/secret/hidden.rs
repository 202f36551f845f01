//! A secret, and how it is kept out of texts.

use std::fmt;

/// A secret text, which no output shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// White space around it does not count.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(logzio_soar_secrets::HIDDEN)
    }
}

/// What another side said, with `***` in the place of each secret that it holds, also where it stands in JSON or in a part of
/// a URL. Shorter pieces than six characters are no secrets.
pub(crate) fn hide(text: &str, secrets: &[Secret]) -> String {
    let mut pieces: Vec<String> = Vec::new();
    for secret in secrets {
        let parts = secret.expose().split(['/', '?', '&', '=', ' ', ':', '@', '#']);
        for part in parts.chain([secret.expose()]) {
            let in_json = serde_json::to_string(part).unwrap_or_default();
            let in_json = in_json.trim_matches('"');
            pieces.extend([part.to_owned(), in_json.to_owned(), in_json.replace('/', "\\/")]);
        }
    }
    pieces.retain(|piece| piece.len() >= 6);
    // One may be a part of another one, which must not be left behind in pieces.
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    pieces.iter().fold(text.to_owned(), |text, piece| text.replace(piece.as_str(), "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_secret_is_left() {
        let secrets =
            [Secret::new("https://hooks.example/services/T0123456/B0123456/xyzzy\"42"), Secret::new("Bearer abc123")];
        for said in [
            "no https://hooks.example/services/T0123456/B0123456/xyzzy\"42",
            "no /services/T0123456/B0123456/xyzzy\"42",
            r#"no {"path":"\/services\/T0123456\/B0123456\/xyzzy\"42"}"#,
            "no xyzzy\"42",
            "no abc123",
        ] {
            let shown = hide(said, &secrets);
            for part in ["T0123456", "B0123456", "xyzzy", "abc123"] {
                assert!(!shown.contains(part), "{shown}");
            }
            assert!(shown.starts_with("no "), "{shown}");
        }
        assert_eq!(format!("{:?}", Secret::new("s3cret")), "<hidden>");
    }
}
