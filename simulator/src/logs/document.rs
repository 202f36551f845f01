//! A log in its index: its values as the mapping of its day has them.

use std::borrow::Cow;
use std::sync::Arc;

use super::analysis::is_analyzed;
use super::fields::{Scalar, TIME_FIELD};
use super::log::Log;
use super::mapping::Mapping;

/// A log in its index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Document<'a> {
    pub(crate) log: &'a Arc<Log>,
    mapping: &'a Mapping,
}

impl<'a> Document<'a> {
    pub(crate) fn new(log: &'a Arc<Log>, mapping: &'a Mapping) -> Self {
        Self { log, mapping }
    }

    fn indexed(&self, name: &str, values: &'a [Scalar]) -> Cow<'a, [Scalar]> {
        match self.mapping.field_type(name).and_then(|field_type| field_type.converted(values)) {
            Some(converted) => Cow::Owned(converted),
            None => Cow::Borrowed(values),
        }
    }

    /// The values of a field, none if there is none that can be found.
    pub(crate) fn values(&self, name: &str) -> Cow<'a, [Scalar]> {
        self.indexed(name, self.log.fields().get(name))
    }

    /// The words of each value of an analysed field.
    pub(crate) fn words(&self, name: &str) -> &'a [Vec<String>] {
        self.log.fields().words(name)
    }

    /// The names of the fields, but for the time's.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.log.fields().iter().map(|(name, _)| name).filter(|name| *name != TIME_FIELD)
    }

    /// Whether there is a value in this field, or in one within an object of
    /// this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.log.fields().within(name).any(|(name, values)| is_analyzed(name) || !self.indexed(name, values).is_empty())
    }
}
