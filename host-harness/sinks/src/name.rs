//! The name of a sink.

use std::fmt;
use std::str::FromStr;

/// The name of a sink: 1 to 64 letters and digits of ASCII, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkName(String);

impl SinkName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SinkName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
            Ok(Self(name.to_owned()))
        } else {
            Err("the name of a sink has 1 to 64 letters, digits, '.', '_' and '-'".into())
        }
    }
}

impl fmt::Display for SinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for SinkName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for good in ["a", "soar.eu-1_b", &"x".repeat(64)] {
            assert_eq!(good.parse::<SinkName>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "ä", "a/b", "a\n", "\"", &"x".repeat(65)] {
            assert!(bad.parse::<SinkName>().is_err(), "{bad:?}");
        }
    }
}
