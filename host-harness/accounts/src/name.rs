//! Names of accounts.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// The longest name, in characters.
const LONGEST: usize = 64;

/// A word that means every account where names are given.
pub(crate) const ALL: &str = "all";

/// The name of an account: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, the first a letter or a digit. `all` is no name:
/// commands take it for every account.
///
/// A name can stand in a file name, a label of a metric and a command line as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

impl AccountName {
    /// The name as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(allowed) {
            return Err(NameError::Characters);
        }
        if !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return Err(NameError::First);
        }
        if text.eq_ignore_ascii_case(ALL) {
            return Err(NameError::All);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for AccountName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Why a text is no name of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty, too long, or has other characters.
    Characters,
    /// It begins with `.`, `_` or `-`.
    First,
    /// It is `all`.
    All,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Characters => write!(f, "a name has 1 to {LONGEST} characters: A to Z, a to z, 0 to 9, . _ and -"),
            Self::First => f.write_str("a name begins with a letter or a digit"),
            Self::All => f.write_str("\"all\" means every account: take another name"),
        }
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_in_files_labels_and_command_lines() {
        for name in ["a", "acme", "Acme-2.eu_west", "0", &"x".repeat(64)] {
            assert_eq!(name.parse::<AccountName>().unwrap().to_string(), name);
        }
        for (name, error) in [
            ("", NameError::Characters),
            (&*"x".repeat(65), NameError::Characters),
            ("a b", NameError::Characters),
            ("a/b", NameError::Characters),
            ("a\n", NameError::Characters),
            ("a\u{202e}b", NameError::Characters),
            ("müller", NameError::Characters),
            ("a\"b", NameError::Characters),
            ("a,b", NameError::Characters),
            ("..", NameError::First),
            ("-a", NameError::First),
            ("_", NameError::First),
            ("all", NameError::All),
            ("ALL", NameError::All),
        ] {
            assert_eq!(name.parse::<AccountName>(), Err(error), "{name:?}");
        }
    }
}
