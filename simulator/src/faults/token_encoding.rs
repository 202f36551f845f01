//! The ways in which a server may write a token.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// How a token is written in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenEncoding {
    /// As it is.
    Plain,
    /// Each character as `\u0073`.
    JsonEscapes,
    /// Base64 of the standard alphabet, with padding.
    Base64,
    /// Base64 of the URL-safe alphabet, without padding.
    Base64Url,
    /// Each byte as `%73`.
    UrlEncoded,
}

impl TokenEncoding {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Plain, Self::JsonEscapes, Self::Base64, Self::Base64Url, Self::UrlEncoded];

    /// The name in a fault plan's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::JsonEscapes => "json-escapes",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::UrlEncoded => "url-encoded",
        }
    }

    /// The token within a JSON string.
    pub fn write(self, token: &str) -> String {
        match self {
            Self::Plain => token.to_owned(),
            Self::JsonEscapes => token.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
            Self::Base64 => STANDARD.encode(token),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(token),
            Self::UrlEncoded => token.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        }
    }
}
