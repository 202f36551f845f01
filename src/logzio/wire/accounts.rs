//! Accounts: whose a token is, and which ones it can name.

use super::lenient::{count, lenient};
use serde::Deserialize;

/// The answer of `GET /v2/whoami`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whoami {
    /// The account's name.
    #[serde(default, deserialize_with = "lenient")]
    pub account_name: Option<String>,
    /// The account's id.
    #[serde(default, deserialize_with = "count")]
    pub account_id: Option<u64>,
}

/// An entry of `GET /v1/associated-accounts`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssociatedAccount {
    /// The account's id.
    #[serde(default, deserialize_with = "count")]
    pub account_id: Option<u64>,
    /// `SECURITY_ACCOUNT`, `OWNER_ACCOUNT`, `SUB_ACCOUNT` and others.
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub kind: Option<String>,
}

/// The type of a Security account.
pub const SECURITY_ACCOUNT: &str = "SECURITY_ACCOUNT";
