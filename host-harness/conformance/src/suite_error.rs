//! Why a suite could not be run. What a component does wrong is no error, but in the report.

use std::fmt;

/// Why a suite could not be run: a pattern that means no case, or a list that cannot be read. The text says what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteError(String);

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SuiteError {}

impl From<String> for SuiteError {
    fn from(why: String) -> Self {
        Self(why)
    }
}
