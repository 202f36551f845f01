//! Tokens: what one is, where one comes from, and how it is got from there. Knows no accounts.

mod command;
mod error;
mod reference;
mod resolve;

use std::fmt;
use std::path::Path;

pub use error::{TokenError, TokenErrorKind};
pub use reference::TokenReference;

use crate::private_file;

/// The longest token that the component takes, in characters.
const LONGEST: usize = 512;

/// An API token, without the white space around it. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token(String);

impl Token {
    /// Takes the white space off a token, and checks it: 1 to 512 visible ASCII characters without `"` and `\`, as an HTTP
    /// header can carry. `source` is what the error calls it, such as `the file acme.token`.
    ///
    /// # Errors
    /// If it is empty, or has another character. The text does not quote it.
    pub fn new(text: &str, source: &str) -> Result<Self, TokenError> {
        let token = text.trim();
        if token.is_empty() {
            return Err(TokenError::unusable(format!("{source} is empty: put an API token of Logz.io into it")));
        }
        let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        if token.len() > LONGEST || !token.bytes().all(visible) {
            return Err(TokenError::unusable(format!(
                "{source} holds no token: there is a space, a line break or another character that a token cannot have, or it \
                 is too long. Copy it again from Logz.io, Settings > Manage tokens > API tokens"
            )));
        }
        Ok(Self(token.to_owned()))
    }

    /// The token in a file.
    ///
    /// # Errors
    /// If the file cannot be read, or holds no token.
    pub fn in_file(path: &Path) -> Result<Self, TokenError> {
        let text = private_file::read(path).map_err(|error| TokenError::file(path, &error))?;
        Self::new(&text, &format!("the token file {}", path.display()))
    }

    /// The token itself, to send it or to make a keyed digest of it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(<hidden>)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_visible_word() {
        assert_eq!(Token::new(" abc-123\n", "it").unwrap().expose(), "abc-123");
        for wrong in ["", " \n", "s3cret s3cret", "s3cret\ns3cret", "s3cret\"", "s3crét", &"s3cret".repeat(100)] {
            let error = Token::new(wrong, "the file x").unwrap_err();
            assert_eq!(error.kind(), TokenErrorKind::Unusable);
            let text = error.to_string();
            assert!(text.starts_with("the file x ") && !text.contains("s3cr"), "{text}");
        }
    }

    #[test]
    fn a_token_never_appears_in_debug_output() {
        let token = Token::new("s3cret-token", "it").unwrap();
        assert!(!format!("{token:?} {token:#?}").contains("s3cret"));
        let reference = TokenReference::Value(token);
        assert!(!format!("{reference:?} {reference:#?} {reference}").contains("s3cret"));
    }
}
