//! A report as JSON, for programs.

use super::data::Report;

impl Report {
    /// The report as JSON, for programs: this type with its fields as they are named here. A later version may add fields;
    /// `format` changes only where one changes its meaning or goes.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Nothing in here fails to be written.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
