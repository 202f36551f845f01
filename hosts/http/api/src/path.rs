//! The paths of the API.

/// Before the name of an operation.
pub const OPERATIONS: &str = "/v1/";
/// The OpenAPI document.
pub const OPENAPI: &str = "/openapi.json";
/// That the service runs. Sends no request to Logz.io.
pub const HEALTH: &str = "/healthz";
