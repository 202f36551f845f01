//! A log that a search found.

use std::sync::Arc;

use super::sort::SortValue;
use crate::logs::Log;

/// A log that matches, and what decides its place.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) log: Arc<Log>,
    /// The values that it is sorted by.
    pub(crate) keys: Vec<SortValue>,
    pub(crate) score: f64,
}
