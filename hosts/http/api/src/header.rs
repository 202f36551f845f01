//! The headers with a connection, for what the body of a request leaves out.

/// The region of the account.
pub const REGION: &str = "Logzio-Region";
/// The base URL of the API, instead of a region.
pub const URL: &str = "Logzio-Url";
/// The API token of the Security account.
pub const SECURITY_TOKEN: &str = "Logzio-Security-Token";
/// The API token of the Operations account.
pub const OPERATIONS_TOKEN: &str = "Logzio-Operations-Token";
/// How long the call may take, in milliseconds.
pub const TIME_BUDGET_MS: &str = "Logzio-Time-Budget-Ms";
