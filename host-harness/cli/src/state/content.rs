//! What a state file holds. It knows no file.

use serde::{Deserialize, Serialize};

/// The newest version of the format, which is also the oldest.
pub(super) const VERSION: u32 = 1;

/// The content of a state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) version: u32,
    /// The origin of the API.
    pub(super) endpoint: String,
    /// A fingerprint of the token, which cannot be turned back into it.
    pub(super) account: String,
    /// Where the next fetch starts; none before the first page was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// The file that incidents are appended to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) append: Option<Appended>,
}

/// A file, as far as this state has written it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Appended {
    /// Which file it is, whatever its name became.
    pub(crate) file: file_id::FileId,
    /// Its length in bytes, up to the last page that the cursor stands behind.
    pub(crate) length: u64,
    /// The page that was about to be written behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<Pending>,
}

/// A page that was about to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Its length in bytes.
    pub(crate) length: u64,
    /// Its SHA-256, in hexadecimal.
    pub(crate) sha256: String,
    /// The cursor behind it.
    pub(crate) next: String,
}
