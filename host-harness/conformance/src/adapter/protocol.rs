//! What both sides of the adapter protocol share. `JSON.md` beside this crate has the protocol.

/// The limits that an adapter may say it enforces.
pub(super) const LIMITS: [&str; 5] = ["one-host", "memory", "deadline", "environment", "files"];
/// The variable with the component's path.
pub const COMPONENT_VARIABLE: &str = "LOGZIO_SOAR_COMPONENT";
