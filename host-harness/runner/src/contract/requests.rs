//! Requests with everything that the contract lets out left out. What a field means, and what its absence means, is said in
//! the contract.

use super::{EventFilter, FetchRequest, FieldRequest, HuntRequest, Indicator, IndicatorKind, LogQuery, Start};

/// All events.
impl Default for EventFilter {
    fn default() -> Self {
        Self { rule_name: None, severities: Vec::new(), tags: Vec::new(), include_muted: false }
    }
}

impl FetchRequest {
    /// All incidents from a time on: `7 days ago`, `2026-11-20T08:00:00Z`.
    #[must_use]
    pub fn since(time: impl Into<String>) -> Self {
        Self::from(Start::At(time.into()))
    }

    /// What follows a page, by its `next`.
    #[must_use]
    pub fn after(next: impl Into<String>) -> Self {
        Self::from(Start::After(next.into()))
    }
}

impl From<Start> for FetchRequest {
    fn from(start: Start) -> Self {
        Self { start, filter: EventFilter::default(), limit: None, look_back_minutes: None, attach_logs: None }
    }
}

impl LogQuery {
    /// A search in Lucene syntax.
    #[must_use]
    pub fn new(lucene: impl Into<String>) -> Self {
        let lucene = lucene.into();
        Self { lucene, since: None, until: None, order: None, fields: Vec::new(), limit: None, page: None }
    }
}

impl HuntRequest {
    /// A hunt for indicators.
    #[must_use]
    pub fn new(indicators: impl IntoIterator<Item = Indicator>) -> Self {
        Self {
            indicators: indicators.into_iter().collect(),
            fields: Vec::new(),
            log_types: None,
            internal_networks: Vec::new(),
            since: None,
            until: None,
            limit_per_indicator: None,
        }
    }
}

impl Indicator {
    /// An indicator of a kind.
    #[must_use]
    pub fn of(kind: IndicatorKind, value: impl Into<String>) -> Self {
        Self { value: value.into(), kind: Some(kind) }
    }
}

/// An indicator whose kind the component recognises.
impl<T: Into<String>> From<T> for Indicator {
    fn from(value: T) -> Self {
        Self { value: value.into(), kind: None }
    }
}

/// The contract's own range.
impl Default for FieldRequest {
    fn default() -> Self {
        Self { since: None, until: None }
    }
}
