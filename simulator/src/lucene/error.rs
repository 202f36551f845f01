//! Why a query is refused.

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LuceneError {
    /// It cannot be read.
    Syntax(String),
    /// A term begins with a wildcard.
    LeadingWildcard(String),
}

/// A query that cannot be read, from `column` on.
pub(crate) fn syntax(text: &str, what: &str, column: usize) -> LuceneError {
    LuceneError::Syntax(format!("Failed to parse query [{text}]: {what} at line 1, column {column}."))
}
