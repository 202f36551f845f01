//! Names of WIT in JSON.

/// The name of a record's field or of a parameter: `_` stands for `-`. Names of cases stay as they are.
#[must_use]
pub fn field_name(name: &str) -> String {
    name.replace('-', "_")
}
